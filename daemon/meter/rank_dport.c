/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes and packets by destination port. */
#include "daemon/meter/ranking.h"

static unsigned
keys(const struct flow_view *f, uint8_t *const out[2])
{
	return ranking_two(out, f->tuple->flags & TUPLE_PORTS, f->tuple->dport,
	    false, 0);
}

extern const struct ranking dport_ranking;
const struct ranking dport_ranking = {
	.name = "dport",
	.weight = 56,
	.key_size = sizeof(uint16_t),
	.keys = keys,
	.text = ranking_u16_text,
};

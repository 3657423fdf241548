/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes and packets by port, source or destination: once if they are equal. */
#include "daemon/meter/ranking.h"

static unsigned
keys(const struct flow_view *f, uint8_t *const out[2])
{
	bool known = f->tuple->flags & TUPLE_PORTS;

	return ranking_two(out, known, f->tuple->sport, known, f->tuple->dport);
}

extern const struct ranking port_ranking;
const struct ranking port_ranking = {
	.name = "port",
	.weight = 72,
	.key_size = sizeof(uint16_t),
	.keys = keys,
	.text = ranking_u16_text,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes and packets by destination address. */
#include "daemon/meter/ranking.h"

static unsigned
keys(const struct flow_view *f, uint8_t *const out[2])
{
	ranking_host(out[0], f->tuple->dst, f->tuple->flags & TUPLE_V6);
	return 1;
}

extern const struct ranking dst_ranking;
const struct ranking dst_ranking = {
	.name = "dst",
	.weight = 80,
	.is_host = true,
	.key_size = RANKING_HOST,
	.hash = HASH_DST,
	.keys = keys,
	.text = ranking_host_text,
};

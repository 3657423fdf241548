/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes and packets by source and destination address, one way: of packets,
 * and of the tunnels that packets came through.
 */
#include <string.h>

#include "daemon/meter/ranking.h"
#include "dissect/text.h"

enum { VERSION = RANKING_PAIR - 1 };

static unsigned
keys(const struct flow_view *f, uint8_t *const out[2])
{
	memcpy(out[0], f->tuple->src, 16);
	memcpy(out[0] + 16, f->tuple->dst, 16);
	out[0][VERSION] = f->tuple->flags & TUPLE_V6;
	return 1;
}

static size_t
text(char out[RANKING_TEXT], const uint8_t *key)
{
	size_t n = text_addr(out, key, key[VERSION]);

	out[n++] = '>';
	return n + text_addr(out + n, key + 16, key[VERSION]);
}

extern const struct ranking pair_ranking;
const struct ranking pair_ranking = {
	.name = "pair",
	.weight = 160,
	.key_size = RANKING_PAIR,
	.hash = HASH_PAIR,
	.keys = keys,
	.text = text,
};

extern const struct ranking tunnel_ranking;
const struct ranking tunnel_ranking = {
	.name = "tunnel",
	.weight = 6,
	.is_tunnel = true,
	.key_size = RANKING_PAIR,
	.hash = HASH_PAIR,
	.keys = keys,
	.text = text,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes and packets by autonomous system, the source's or the destination's:
 * once if they are the same.  Addresses of unknown system have no key.
 */
#include <string.h>

#include "daemon/meter/ranking.h"

static unsigned
keys(const struct flow_view *f, uint8_t *const out[2])
{
	unsigned n = 0;

	if (f->src->asn != 0)
		memcpy(out[n++], &f->src->asn, sizeof(f->src->asn));
	if (f->dst->asn != 0 && f->dst->asn != f->src->asn)
		memcpy(out[n++], &f->dst->asn, sizeof(f->dst->asn));
	return n;
}

static size_t
text(char out[RANKING_TEXT], const uint8_t *key)
{
	uint32_t asn;

	memcpy(&asn, key, sizeof(asn));
	return ranking_number(out, asn);
}

extern const struct ranking asn_ranking;
const struct ranking asn_ranking = {
	.name = "asn",
	.weight = 16,
	.needs_places = true,
	.key_size = sizeof(uint32_t),
	.keys = keys,
	.text = text,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes and packets by country, the source's or the destination's: once if
 * they are the same.  Addresses of unknown country have no key.
 */
#include <string.h>

#include "daemon/meter/ranking.h"

static unsigned
keys(const struct flow_view *f, uint8_t *const out[2])
{
	unsigned n = 0;

	if (f->src->country[0] != '\0')
		memcpy(out[n++], f->src->country, 2);
	if (f->dst->country[0] != '\0' &&
	    memcmp(f->src->country, f->dst->country, 2) != 0)
		memcpy(out[n++], f->dst->country, 2);
	return n;
}

static size_t
text(char out[RANKING_TEXT], const uint8_t *key)
{
	memcpy(out, key, 2);
	out[2] = '\0';
	return 2;
}

extern const struct ranking country_ranking;
const struct ranking country_ranking = {
	.name = "country",
	.weight = 8,
	.needs_places = true,
	.key_size = 2,
	.keys = keys,
	.text = text,
};

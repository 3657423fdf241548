/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes and packets by application: what a flow's data were recognised as,
 * not what its ports suggest.  Flows of which nothing is known have no key.
 */
#include "daemon/meter/ranking.h"

#include <string.h>

#include "dissect/registry.h"

static unsigned
keys(const struct flow_view *f, uint8_t *const out[2])
{
	if (f->app == 0)
		return 0;
	out[0][0] = (uint8_t)(f->app - 1);
	return 1;
}

static size_t
text(char out[RANKING_TEXT], const uint8_t *key)
{
	size_t n = strnlen(registry[key[0]]->name, RANKING_TEXT - 1);

	memcpy(out, registry[key[0]]->name, n);
	out[n] = '\0';
	return n;
}

extern const struct ranking app_ranking;
const struct ranking app_ranking = {
	.name = "app",
	.weight = 1,
	.key_size = 1,
	.keys = keys,
	.text = text,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes and packets of IP by VLAN: "100", or "100.200" (outer, inner) where
 * two tags are stacked.  Untagged packets have no key.
 */
#include <string.h>

#include "daemon/meter/ranking.h"

enum { N_VLANS = 4 };

static unsigned
keys(const struct flow_view *f, uint8_t *const out[2])
{
	if (f->tuple->n_vlans == 0)
		return 0;
	memcpy(out[0], f->tuple->vlan, 4);
	out[0][N_VLANS] = f->tuple->n_vlans;
	return 1;
}

static size_t
text(char out[RANKING_TEXT], const uint8_t *key)
{
	size_t n = ranking_u16_text(out, key);

	if (key[N_VLANS] < 2)
		return n;
	out[n++] = '.';
	return n + ranking_u16_text(out + n, key + 2);
}

extern const struct ranking vlan_ranking;
const struct ranking vlan_ranking = {
	.name = "vlan",
	.weight = 8,
	.key_size = N_VLANS + 1,
	.keys = keys,
	.text = text,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NSH (RFC 8300, section 2): a packet on its way through service functions.
 *
 *	2 bits version, O, reserved, 6 bits TTL, 6 bits length in words, 4 bits
 *	reserved, 4 bits type of metadata, 8 bits next protocol; 24 bits path,
 *	8 bits index; metadata
 */
#include "dissect/tunnel.h"

enum { METADATA_FIXED = 1 };

static enum verdict
nsh(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 8);
	unsigned words;

	(void)pkt;
	if (h == NULL)
		return DISSECT_SHORT;
	words = be16(h) & 0x3f;
	if (h[0] >> 6 != 0 || words < 2 ||
	    ((h[2] & 15) == METADATA_FIXED && words != 6))
		return DISSECT_BAD;
	if (layer_take(layer, words * 4 - 8) == NULL)
		return DISSECT_SHORT;
	tunnel_protocol(layer, h[3]);
	return DISSECT_OK;
}

const struct dissector nsh_dissector = {
	.name = "nsh",
	.by = BY_ETHERTYPE,
	KEYS(ETHERTYPE_NSH),
	.is_tunnel = true,
	.dissect = nsh,
};

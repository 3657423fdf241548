/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AYIYA (draft-massar-v6ops-ayiya-02, section 3): IPv6 of tunnel brokers.
 *
 *	4 bits logarithm of the identity's length, 4 bits its type; 4 bits
 *	length of the signature in words, 4 bits hash; 4 bits authentication,
 *	4 bits operation; 8 bits next header; 32 bits time; identity, signature
 */
#include "dissect/tunnel.h"

enum { FORWARD = 1, IDENTITY_MAX = 4 };
enum { NEXT_IPV4 = 4, NEXT_IPV6 = 41 };

static enum verdict
ayiya(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = tunnel_peek(layer, 8);
	size_t rest;

	(void)pkt;
	if (h == NULL)
		return tunnel_short(layer);
	if (h[0] >> 4 > IDENTITY_MAX || (h[2] & 15) != FORWARD ||
	    (h[3] != NEXT_IPV4 && h[3] != NEXT_IPV6))
		return DISSECT_OTHER;
	rest = ((size_t)1 << (h[0] >> 4)) + (h[1] >> 4) * 4u;
	if (8 + rest > layer->wire_left)
		return DISSECT_OTHER;
	tunnel_skip(layer, 8);
	if (layer_take(layer, rest) == NULL)
		return DISSECT_SHORT;
	tunnel_type(layer, h[3] == NEXT_IPV4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	return DISSECT_OK;
}

const struct dissector ayiya_dissector = {
	.name = "ayiya",
	.by = BY_UDP_PORT,
	KEYS(5072),
	.is_tunnel = true,
	.dissect = ayiya,
};

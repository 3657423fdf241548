/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extension headers outside of an IPv6 header's chain: the authentication
 * header in IPv4 (RFC 4302, section 2), and what follows the fragment header
 * of a datagram that was put together (RFC 8200, section 4.5).
 *
 *	8 bits next header, 8 bits length, which counts words of 4 bytes less
 *	2 in an authentication header, 8 bytes less 1 in all others
 */
#include "dissect/dissect.h"

enum { ROUTING = 43, AUTHENTICATION = 51, DESTINATION = 60 };

static enum verdict
extension(struct layer *layer, struct pkt *pkt)
{
	size_t unit = layer->next.key == AUTHENTICATION ? 4 : 8;
	const uint8_t *h = layer->cur.p;

	if (cur_len(&layer->cur) < 8)
		return DISSECT_SHORT;
	/* As in the chain, what follows counts also if its end is missing. */
	pkt->tuple.proto = h[0];
	if (layer_take(layer, h[1] * unit + 8) == NULL)
		return DISSECT_SHORT;
	layer->next = (struct next){ BY_IP_PROTO, h[0], 0 };
	return DISSECT_OK;
}

const struct dissector extension_dissector = {
	.name = "extension",
	.by = BY_IP_PROTO,
	KEYS(ROUTING, AUTHENTICATION, DESTINATION),
	.dissect = extension,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LISP's data (RFC 9300, section 5.3): eight bytes, then an IP packet.
 *
 *	N L E V I, 3 bits others, 24 bits nonce or versions, 32 bits instance
 *	or status
 *
 * Nearly any eight bytes are such a header, so the packet behind it has to be
 * as long as the datagram.
 */
#include "dissect/tunnel.h"

enum { HEADER = 8 };

static enum verdict
lisp(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = tunnel_peek(layer, HEADER + 6), *ip;
	uint32_t len;

	if (h == NULL)
		return tunnel_short(layer);
	ip = h + HEADER;
	if (ip[0] >> 4 == 4)
		len = be16(ip + 2);
	else if (ip[0] >> 4 == 6)
		len = 40u + be16(ip + 4);
	else
		return DISSECT_OTHER;
	if (len + HEADER != layer->wire_left && !pkt->is_fragment)
		return DISSECT_OTHER;
	tunnel_skip(layer, HEADER);
	layer_link(layer, LINK_RAW);
	return DISSECT_OK;
}

const struct dissector lisp_dissector = {
	.name = "lisp",
	.by = BY_UDP_PORT,
	KEYS(4341),
	.is_tunnel = true,
	.dissect = lisp,
};

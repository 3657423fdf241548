/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L2TP over UDP: version 2 (RFC 2661, section 3.1), whose data are PPP, and
 * version 3 (RFC 3931, section 4.1.2), which goes on as over IP (l2tpv3.c).
 *
 *	T L x x S x O P x x x x, 4 bits version; length (L); tunnel, session;
 *	two sequence numbers (S); offset and so much padding (O); 16 bits each
 *
 * Control messages (T) have a length and numbers, and carry no packets.
 */
#include "dissect/tunnel.h"

enum {
	CONTROL = 0x8000,
	LENGTH = 0x4000,
	SEQUENCE = 0x0800,
	OFFSET = 0x0200,
	RESERVED = 0x34f0,
	VERSION = 0x000f
};
enum { PROTO_L2TPV3 = 115 };

static enum verdict
control(struct layer *layer, const struct pkt *pkt, uint16_t flags)
{
	const uint8_t *h = tunnel_peek(layer, 12);

	if (h == NULL)
		return tunnel_short(layer);
	if ((flags & (LENGTH | SEQUENCE)) != (LENGTH | SEQUENCE) ||
	    be16(h + 2) < 12 ||
	    (be16(h + 2) > layer->wire_left && !pkt->is_fragment))
		return DISSECT_OTHER;
	tunnel_skip(layer, 12);
	return DISSECT_OK;
}

static enum verdict
data(struct layer *layer, const struct pkt *pkt, uint16_t flags)
{
	size_t at = (flags & LENGTH) != 0 ? 4 : 2, n = at + 4, len;
	const uint8_t *h;

	if ((flags & SEQUENCE) != 0)
		n += 4;
	if ((flags & OFFSET) != 0)
		n += 2;
	h = tunnel_peek(layer, n);
	if (h == NULL)
		return tunnel_short(layer);
	len = at == 4 ? be16(h + 2) : layer->wire_left;
	/* Sessions are not numbered 0. */
	if (len < n || be16(h + at + 2) == 0 ||
	    (len > layer->wire_left && !pkt->is_fragment))
		return DISSECT_OTHER;
	layer_shrink(layer, (uint32_t)len);
	tunnel_skip(layer, n);
	if ((flags & OFFSET) != 0 && layer_take(layer, be16(h + n - 2)) == NULL)
		return DISSECT_SHORT;
	tunnel_type(layer, ETHERTYPE_PPP);
	return DISSECT_OK;
}

static enum verdict
l2tp(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = tunnel_peek(layer, 4);
	uint16_t flags;

	if (h == NULL)
		return tunnel_short(layer);
	flags = be16(h);
	if ((flags & RESERVED) != 0)
		return DISSECT_OTHER;
	if ((flags & CONTROL) != 0)
		return (flags & VERSION) == 2 || (flags & VERSION) == 3
		    ? control(layer, pkt, flags)
		    : DISSECT_OTHER;
	if ((flags & VERSION) == 2)
		return data(layer, pkt, flags);
	/* Version 3: no flags, 16 bits reserved. */
	if (be32(h) != 3u << 16)
		return DISSECT_OTHER;
	tunnel_skip(layer, 4);
	layer->next = (struct next){ BY_IP_PROTO, PROTO_L2TPV3, 0 };
	return DISSECT_OK;
}

const struct dissector l2tp_dissector = {
	.name = "l2tp",
	.by = BY_UDP_PORT,
	KEYS(1701),
	.is_tunnel = true,
	.dissect = l2tp,
};

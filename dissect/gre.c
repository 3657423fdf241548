/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GRE (RFC 2784, RFC 2890 for key and sequence number, RFC 1701 for routing;
 * NVGRE, RFC 7637, is GRE with a key before a frame), and GRE of PPTP (RFC
 * 2637, section 4.1), which is version 1.
 *
 *	C R K S s, 3 bits recursion, A, 4 bits flags, 3 bits version;
 *	16 bits protocol type; then, as far as the bits say,
 *	checksum and offset (C or R), key, sequence number, routing (R)
 */
#include "dissect/tunnel.h"

enum {
	CHECKSUM = 0x8000,
	ROUTING = 0x4000,
	KEY = 0x2000,
	SEQUENCE = 0x1000,
	ACKNOWLEDGMENT = 0x0080, /* version 1 only */
	VERSION = 0x0007
};

enum {
	PROTOCOL_PPTP = 0x880b,
	PROTOCOL_ERSPAN = 0x88be,
	PROTOCOL_WCCP = 0x883e,
	PROTOCOL_FRAME = 0x6400 /* a frame, as some vendors number it */
};

/* Source routes are of no use to anybody; each has four bytes at least. */
enum { ROUTES_MAX = 64 };

/* RFC 1701: address family, offset, length, address; a zero ends them. */
static enum verdict
routing(struct layer *layer)
{
	for (unsigned i = 0; i < ROUTES_MAX; i++) {
		const uint8_t *h = layer_take(layer, 4);

		if (h == NULL)
			return DISSECT_SHORT;
		if (be16(h) == 0 && h[3] == 0)
			return DISSECT_OK;
		if (layer_take(layer, h[3]) == NULL)
			return DISSECT_SHORT;
	}
	return DISSECT_BAD;
}

/*
 * WCCP redirects IPv4, with four bytes of its own before it or without.
 * ERSPAN's first type has no header, and is told by the lack of a number.
 */
static enum verdict
follow(struct layer *layer, uint16_t flags, uint16_t protocol)
{
	const uint8_t *p = tunnel_peek(layer, 1);

	switch (protocol) {
	case PROTOCOL_WCCP:
		if (p != NULL && p[0] >> 4 != 4 && layer_take(layer, 4) == NULL)
			return DISSECT_SHORT;
		tunnel_type(layer, ETHERTYPE_IPV4);
		return DISSECT_OK;
	case PROTOCOL_ERSPAN:
		if ((flags & SEQUENCE) == 0)
			protocol = ETHERTYPE_BRIDGED;
		break;
	case PROTOCOL_FRAME:
		protocol = ETHERTYPE_BRIDGED;
		break;
	default:
		break;
	}
	tunnel_type(layer, protocol);
	return DISSECT_OK;
}

/* The key's upper half is the payload's length, its lower the call. */
static enum verdict
pptp(struct layer *layer, struct pkt *pkt, uint16_t flags, uint16_t protocol)
{
	size_t rest = 0;
	const uint8_t *h;
	uint32_t len;

	if (protocol != PROTOCOL_PPTP || (flags & KEY) == 0 ||
	    (flags & (CHECKSUM | ROUTING)) != 0)
		return DISSECT_BAD;
	if ((flags & SEQUENCE) != 0)
		rest += 4;
	if ((flags & ACKNOWLEDGMENT) != 0)
		rest += 4;
	h = layer_take(layer, 4 + rest);
	if (h == NULL)
		return DISSECT_SHORT;
	len = be16(h);
	if ((flags & SEQUENCE) == 0 || len == 0)
		return DISSECT_OK;
	layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_PPP, 0 };
	if (len > layer->wire_left && !pkt->is_fragment)
		return DISSECT_BAD;
	layer_shrink(layer, len);
	return DISSECT_OK;
}

static enum verdict
gre(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 4);
	enum verdict verdict;
	uint16_t flags;
	size_t rest = 0;

	if (h == NULL)
		return DISSECT_SHORT;
	flags = be16(h);
	if ((flags & VERSION) == 1)
		return pptp(layer, pkt, flags, be16(h + 2));
	if ((flags & VERSION) != 0)
		return DISSECT_BAD;
	if ((flags & (CHECKSUM | ROUTING)) != 0)
		rest += 4;
	if ((flags & KEY) != 0)
		rest += 4;
	if ((flags & SEQUENCE) != 0)
		rest += 4;
	if (rest > 0 && layer_take(layer, rest) == NULL)
		return DISSECT_SHORT;
	verdict = (flags & ROUTING) != 0 ? routing(layer) : DISSECT_OK;
	if (verdict != DISSECT_OK)
		return verdict;
	return follow(layer, flags, be16(h + 2));
}

const struct dissector gre_dissector = {
	.name = "gre",
	.by = BY_IP_PROTO,
	KEYS(47),
	.is_tunnel = true,
	.dissect = gre,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CAPWAP's data (RFC 5415, section 4.3): frames between access points and
 * their controller, unless DTLS hides them.
 *
 *	4 bits version 0, 4 bits type (0: a header in the clear), 5 bits length
 *	in words, 5 bits radio, 5 bits binding, T F L W M K, 3 bits flags;
 *	16 bits fragment, 13 bits its offset, 3 bits reserved; more, as long as
 *	the length says
 */
#include "dissect/tunnel.h"

enum { PREAMBLE_CLEAR = 0, PREAMBLE_DTLS = 1, BINDING_80211 = 1 };
/* Flags of the third and fourth byte. */
enum {
	NATIVE = 0x0100, /* T: a frame of the binding, not of Ethernet */
	FRAGMENT = 0x0080,
	KEEPALIVE = 0x0008,
	RESERVED = 0x0007
};

/*
 * 802.11 with the two bytes of frame control exchanged, as the first
 * controllers sent it and many still do: what matters of the header is its
 * length, and whether contents follow that can be read.
 */
static enum verdict
exchanged(struct layer *layer, const uint8_t *h)
{
	bool has_contents = (h[1] & 0x40) == 0;
	bool is_hidden = (h[0] & 0x44) != 0; /* encrypted, or in fragments */
	size_t n = 24;

	if (!has_contents || is_hidden)
		return DISSECT_OK;
	if ((h[0] & 3) == 3)
		n += 6;
	if ((h[1] & 0x80) != 0)
		n += 2;
	if (layer_take(layer, n) == NULL)
		return DISSECT_SHORT;
	layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_LLC, 0 };
	return DISSECT_OK;
}

/* A data frame begins with the byte 0x?8, the other with flags. */
static enum verdict
wireless(struct layer *layer)
{
	const uint8_t *h = tunnel_peek(layer, 2);

	if (h == NULL)
		return DISSECT_SHORT;
	if ((h[0] & 15) != 8 && (h[1] & 15) == 8)
		return exchanged(layer, h);
	layer_link(layer, LINK_80211);
	return DISSECT_OK;
}

static enum verdict
capwap(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = tunnel_peek(layer, 8);
	uint32_t len;
	uint16_t bits;

	(void)pkt;
	if (h == NULL)
		return tunnel_short(layer);
	if (h[0] == PREAMBLE_DTLS && be24(h + 1) == 0)
		return DISSECT_OK;
	len = (h[1] >> 3) * 4u;
	bits = be16(h + 2) & 0x01ff;
	if (h[0] != PREAMBLE_CLEAR || len < 8 || len > layer->wire_left ||
	    (bits & RESERVED) != 0 || (h[7] & 7) != 0)
		return DISSECT_OTHER;
	if (layer_take(layer, len) == NULL)
		return DISSECT_SHORT;
	if ((bits & (FRAGMENT | KEEPALIVE)) != 0)
		return DISSECT_OK;
	if ((bits & NATIVE) == 0)
		layer_link(layer, LINK_ETHERNET);
	else if ((h[2] >> 1 & 31) == BINDING_80211)
		return wireless(layer);
	return DISSECT_OK;
}

const struct dissector capwap_dissector = {
	.name = "capwap",
	.by = BY_UDP_PORT,
	KEYS(5247),
	.is_tunnel = true,
	.dissect = capwap,
};

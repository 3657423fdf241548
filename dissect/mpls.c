/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MPLS: the label stack (RFC 3032), and what is below it by its first nibble:
 * IP, or a pseudo-wire with Ethernet (RFC 4448) behind a control word
 * (RFC 4385) or without one.
 *
 *	20 bits label, 3 bits traffic class, 1 bit bottom of stack, 8 bits TTL
 */
#include "dissect/dissect.h"

enum {
	LABELS_MAX = 64, /* of one stack; networks use a handful */
	NIBBLE_CONTROL = 0,
	NIBBLE_CHANNEL = 1, /* RFC 5586: the pseudo-wire's own messages */
	CONTROL_WORD = 4
};

/* Whether a type is one that Ethernet in a pseudo-wire has. */
static bool
is_usual(uint16_t type)
{
	switch (type) {
	case 0x0800: /* IPv4, ARP, IPv6 */
	case 0x0806:
	case 0x86dd:
	case 0x8100: /* VLANs */
	case 0x88a8:
	case 0x9100:
	case 0x8847: /* MPLS */
	case 0x8848:
	case 0x8863: /* PPPoE */
	case 0x8864:
	case 0x8809: /* link aggregation, 802.1X, MACsec, PBB, LLDP, CFM */
	case 0x888e:
	case 0x88e5:
	case 0x88e7:
	case 0x88cc:
	case 0x8902:
	case 0x9000:
		return true;
	default:
		return false;
	}
}

/* Whether an Ethernet header at offset at makes sense. */
static bool
is_ethernet(const struct layer *layer, size_t at)
{
	uint16_t type;

	if (cur_len(&layer->cur) < at + 14)
		return false;
	type = be16(layer->cur.p + at + 12);
	return is_usual(type) ||
	    (type > 2 && type <= 1500 && at + 14 + type <= layer->wire_left);
}

/*
 * Nothing in the packet says what a pseudo-wire carries, nor whether there is
 * a control word.  A first nibble of zero means one, unless only the bytes
 * without one make an Ethernet header (many stations' addresses begin so).
 */
static enum verdict
pseudo_wire(struct layer *layer, struct pkt *pkt, unsigned nibble)
{
	if (nibble == NIBBLE_CONTROL && is_ethernet(layer, CONTROL_WORD)) {
		if (layer_take(layer, CONTROL_WORD) == NULL)
			return DISSECT_SHORT;
		layer_link(layer, LINK_ETHERNET);
	} else if (nibble != NIBBLE_CHANNEL && is_ethernet(layer, 0)) {
		layer_link(layer, LINK_ETHERNET);
	} else {
		pkt_note_net(pkt, NET_OTHER);
		if (layer->cut && cur_len(&layer->cur) < CONTROL_WORD + 14)
			return DISSECT_SHORT;
	}
	return DISSECT_OK;
}

static enum verdict
mpls(struct layer *layer, struct pkt *pkt)
{
	unsigned nibble, n = 0;
	const uint8_t *h;

	do {
		if (n++ == LABELS_MAX) {
			pkt->layers_exceeded = true;
			pkt_note_net(pkt, NET_OTHER);
			return DISSECT_OK;
		}
		h = layer_take(layer, 4);
		if (h == NULL)
			return DISSECT_SHORT;
	} while ((h[2] & 1) == 0);
	if (cur_len(&layer->cur) == 0)
		return DISSECT_SHORT;
	nibble = layer->cur.p[0] >> 4;
	if (nibble == 4)
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_IPV4, 0 };
	else if (nibble == 6)
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_IPV6, 0 };
	else
		return pseudo_wire(layer, pkt, nibble);
	return DISSECT_OK;
}

/* One label for one receiver, and for many (RFC 5332). */
const struct dissector mpls_dissector = {
	.name = "mpls",
	.by = BY_ETHERTYPE,
	KEYS(ETHERTYPE_MPLS, 0x8848),
	.dissect = mpls,
};

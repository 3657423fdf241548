/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PPP (RFC 1661, section 2) with or without the address and control bytes of
 * HDLC-like framing (RFC 1662, section 3.1), with or without its fields
 * compressed (RFC 1661, sections 6.5 and 6.6).
 */
#include "dissect/dissect.h"

enum {
	LINK_PPP_SERIAL = 50,
	LINK_PPP_PPPD = 166,
	LINK_CISCO_HDLC = 104,
	ALL_STATIONS = 0xff, /* the address; no protocol */
	UNNUMBERED = 0x03,
	MP_WHOLE = 0xc0, /* RFC 1990, section 3: begin and end */
	BCP_FCS = 0x80, /* RFC 3518, section 4.2 */
	BCP_LAN_ID = 0x40,
	BCP_COMPRESSED = 0x20,
	BCP_8023 = 1
};

/* What is no network protocol, or is one that is not followed. */
static enum verdict
other(struct pkt *pkt)
{
	pkt_note_net(pkt, NET_OTHER);
	return DISSECT_OK;
}

/*
 * Multilink with the long header.  A fragment cannot be read; a packet that
 * needed no fragmenting begins with a protocol field.
 */
static enum verdict
multilink(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 4);

	if (h == NULL)
		return DISSECT_SHORT;
	if ((h[0] & MP_WHOLE) != MP_WHOLE)
		return other(pkt);
	layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_PPP, 0 };
	return DISSECT_OK;
}

/* RFC 3518, section 4.2: flags, MAC type, LAN identification, the frame. */
static enum verdict
bridged(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 2);

	if (h == NULL)
		return DISSECT_SHORT;
	if (h[1] != BCP_8023 || (h[0] & BCP_COMPRESSED) != 0)
		return other(pkt);
	if ((h[0] & BCP_LAN_ID) != 0 && layer_take(layer, 4) == NULL)
		return DISSECT_SHORT;
	if ((h[0] & BCP_FCS) != 0)
		layer_trim(layer, 4);
	layer_link(layer, LINK_ETHERNET);
	return DISSECT_OK;
}

static enum verdict
follow(struct layer *layer, struct pkt *pkt, uint16_t protocol)
{
	switch (protocol) {
	case 0x0021:
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_IPV4, 0 };
		return DISSECT_OK;
	case 0x0057:
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_IPV6, 0 };
		return DISSECT_OK;
	case 0x0281: /* RFC 3032, section 4.3 */
	case 0x0283:
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_MPLS, 0 };
		return DISSECT_OK;
	case 0x0023: /* OSI */
		layer->next = (struct next){ BY_LLC_SAP, 0xfe, 0 };
		return DISSECT_OK;
	case 0x0207: /* CDP */
		layer->next = (struct next){ BY_SNAP_CISCO, 0x2000, 0 };
		return DISSECT_OK;
	case 0x0031:
		return bridged(layer, pkt);
	case 0x003d:
		return multilink(layer, pkt);
	default:
		break;
	}
	/* Control protocols, and what is compressed or encrypted. */
	if (protocol >= 0x8000 || protocol == 0x00fd || protocol == 0x0053 ||
	    protocol == 0x002d || protocol == 0x002f)
		return other(pkt);
	return DISSECT_OK;
}

static enum verdict
ppp(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h;
	uint8_t high, low;

	h = layer_take(layer, 1);
	if (h != NULL && h[0] == ALL_STATIONS) {
		h = layer_take(layer, 2);
		if (h != NULL && h[0] != UNNUMBERED)
			return DISSECT_BAD;
		h = h != NULL ? h + 1 : NULL;
	}
	if (h == NULL)
		return DISSECT_SHORT;
	high = h[0];
	if ((high & 1) != 0)
		return follow(layer, pkt, high);
	h = layer_take(layer, 1);
	if (h == NULL)
		return DISSECT_SHORT;
	low = h[0];
	return follow(layer, pkt, (uint16_t)(high << 8 | low));
}

/*
 * Cisco's HDLC is told by its address, which is no PPP protocol.  pppd writes
 * the direction where the address was.
 */
static enum verdict
ppp_link(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *p = layer->cur.p;

	if (cur_len(&layer->cur) > 0 && (p[0] == 0x0f || p[0] == 0x8f)) {
		layer_link(layer, LINK_CISCO_HDLC);
		return DISSECT_OK;
	}
	if (layer->next.key == LINK_PPP_PPPD && layer_take(layer, 2) == NULL)
		return DISSECT_SHORT;
	return ppp(layer, pkt);
}

const struct dissector ppp_dissector = {
	.name = "ppp",
	.by = BY_ETHERTYPE,
	KEYS(ETHERTYPE_PPP),
	.dissect = ppp,
};

const struct dissector ppp_link_dissector = {
	.name = "ppp_link",
	.by = BY_LINK,
	KEYS(9, LINK_PPP_SERIAL, LINK_PPP_PPPD),
	.dissect = ppp_link,
};

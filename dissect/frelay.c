/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frame relay (ITU-T Q.922, annex A) with multiprotocol encapsulation
 * (RFC 2427), or with Cisco's own, an ethertype.
 *
 *	2 to 4 bytes address, the last has bit 0 set; 1 control; perhaps a
 *	pad of zero; 1 NLPID (ISO/IEC TR 9577)
 */
#include "dissect/snap.h"

enum {
	ADDRESS_MAX = 4,
	CONTROL_UI = 0x03,
	NLPID_Q933 = 0x08,
	NLPID_SNAP = 0x80,
	NLPID_CLNP = 0x81,
	NLPID_ISIS = 0x83,
	NLPID_IPV6 = 0x8e,
	NLPID_IPV4 = 0xcc,
	NLPID_PPP = 0xcf /* RFC 1973 */
};

static bool
address(struct layer *layer)
{
	const uint8_t *h = layer_take(layer, 2);
	unsigned n = 2;

	if (h == NULL)
		return false;
	while ((h[n - 1] & 1) == 0 && n < ADDRESS_MAX) {
		if (layer_take(layer, 1) == NULL)
			return false;
		n++;
	}
	return true;
}

static enum verdict
nlpid(struct layer *layer, struct pkt *pkt, uint8_t id)
{
	switch (id) {
	case NLPID_SNAP:
		return layer_snap(layer, 0);
	case NLPID_IPV4:
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_IPV4, 0 };
		break;
	case NLPID_IPV6:
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_IPV6, 0 };
		break;
	case NLPID_PPP:
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_PPP, 0 };
		break;
	case NLPID_Q933:
		pkt_note_net(pkt, NET_OTHER);
		break;
	default:
		if (id >= NLPID_CLNP && id <= NLPID_ISIS)
			pkt_note_net(pkt, NET_OTHER);
		break;
	}
	return DISSECT_OK;
}

static enum verdict
frelay(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h;

	if (!address(layer) || cur_len(&layer->cur) < 2)
		return DISSECT_SHORT;
	h = layer->cur.p;
	if (h[0] != CONTROL_UI) {
		if (be16(h) > 1500)
			layer->next = (struct next){ BY_ETHERTYPE, be16(h), 0 };
		return layer_take(layer, 2) ? DISSECT_OK : DISSECT_SHORT;
	}
	h = layer_take(layer, 2);
	if (h != NULL && h[1] == 0)
		h = layer_take(layer, 1) ? h + 1 : NULL;
	if (h == NULL)
		return DISSECT_SHORT;
	return nlpid(layer, pkt, h[1]);
}

const struct dissector frelay_dissector = {
	.name = "frelay",
	.by = BY_LINK,
	KEYS(107),
	.dissect = frelay,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PPPoE, the session stage (RFC 2516, section 4).
 *
 *	0 version and type, 1 code, 2 session, 4 length
 */
#include "dissect/dissect.h"

static enum verdict
pppoe(struct layer *layer, struct pkt *pkt)
{
	uint32_t wire = layer->wire_left, len;
	const uint8_t *h = layer_take(layer, 6);

	if (h == NULL)
		return DISSECT_SHORT;
	if (h[0] != 0x11)
		return DISSECT_BAD;
	if (h[1] != 0) { /* a discovery packet, as DLT_PPP_ETHER has too */
		pkt_note_net(pkt, NET_OTHER);
		return DISSECT_OK;
	}
	len = be16(h + 4);
	layer_shrink(layer, len);
	layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_PPP, 0 };
	return len > wire - 6 ? DISSECT_BAD : DISSECT_OK;
}

const struct dissector pppoe_dissector = {
	.name = "pppoe",
	.by = BY_ETHERTYPE,
	KEYS(0x8864),
	.dissect = pppoe,
};

/* DLT_PPP_ETHER: a session without its Ethernet header. */
const struct dissector pppoe_link_dissector = {
	.name = "pppoe_link",
	.by = BY_LINK,
	KEYS(51),
	.dissect = pppoe,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IEEE 802.2 LLC: two service access points and a control field.  Unnumbered
 * information goes on by its destination, or to SNAP; whatever else is not
 * followed.
 */
#include "dissect/snap.h"

enum { SAP_IP = 0x06, SAP_SNAP = 0xaa, CONTROL_UI = 0x03 };

static enum verdict
llc(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h;

	pkt_note_net(pkt, NET_LLC);
	h = layer_take(layer, 3);
	if (h == NULL)
		return DISSECT_SHORT;
	if (h[2] != CONTROL_UI)
		return DISSECT_OK;
	if (h[0] == SAP_SNAP && h[1] == SAP_SNAP)
		return layer_snap(layer, 0);
	if (h[0] == SAP_IP)
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_IPV4, 0 };
	else
		layer->next = (struct next){ BY_LLC_SAP, h[0], 0 };
	return DISSECT_OK;
}

/*
 * Key 1 is 802.3 without LLC in Linux's cooked headers: IPX, read as such.
 * 0x8870 is LLC in a frame too long for a length field.
 */
const struct dissector llc_dissector = {
	.name = "llc",
	.by = BY_ETHERTYPE,
	KEYS(ETHERTYPE_LLC, 1, 0x8870),
	.dissect = llc,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IEEE 802.2 LLC, of which only what can carry IP is followed: SNAP (RFC 1042)
 * and the SAP of IP itself.
 */
#include "dissect/dissect.h"

enum { SAP_IP = 0x06, SAP_SNAP = 0xaa, CONTROL_UI = 0x03 };

/* Which OUIs are followed by an ethertype: RFC 1042 and bridged (802.1H). */
static bool
has_ethertype(uint32_t oui)
{
	return oui == 0x000000 || oui == 0x0000f8;
}

static enum verdict
llc(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h;

	if (pkt->net == NET_UNKNOWN)
		pkt->net = NET_LLC;
	h = layer_take(layer, 3);
	if (h == NULL)
		return DISSECT_SHORT;
	if (h[2] != CONTROL_UI)
		return DISSECT_OK;
	if (h[0] == SAP_IP) {
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_IPV4, 0 };
		return DISSECT_OK;
	}
	if (h[0] != SAP_SNAP || h[1] != SAP_SNAP)
		return DISSECT_OK;
	h = layer_take(layer, 5);
	if (h == NULL)
		return DISSECT_SHORT;
	if (has_ethertype(be24(h)) && be16(h + 3) > 1500)
		layer->next = (struct next){ BY_ETHERTYPE, be16(h + 3), 0 };
	return DISSECT_OK;
}

/* Key 1 is 802.3 without LLC in Linux's cooked headers: IPX, read as such. */
const struct dissector llc_dissector = {
	.name = "llc",
	.by = BY_ETHERTYPE,
	KEYS(ETHERTYPE_LLC, 1),
	.dissect = llc,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ATM's AAL5 with multiprotocol encapsulation (RFC 2684): LLC, bridged
 * Ethernet behind it, or one protocol for the whole circuit, IPv4 by guess.
 */
#include "dissect/snap.h"

static enum verdict
atm(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *p = layer->cur.p;

	pkt_note_net(pkt, NET_LLC);
	if (cur_len(&layer->cur) < 3)
		return DISSECT_SHORT;
	if (be24(p) == 0xaaaa03) {
		if (layer_take(layer, 3) == NULL)
			return DISSECT_SHORT;
		return layer_snap(layer, 2);
	}
	if (p[0] == 0x45)
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_IPV4, 0 };
	else
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_LLC, 0 };
	return DISSECT_OK;
}

const struct dissector atm_dissector = {
	.name = "atm",
	.by = BY_LINK,
	KEYS(11),
	.dissect = atm,
};

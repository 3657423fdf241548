/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VLAN tags: IEEE 802.1Q (0x8100), provider tags of 802.1ad (0x88a8) and what
 * was used before there was a standard (0x9100 …).
 *
 *	3 bits priority, 1 bit drop eligible, 12 bits VID, 16 bits type
 *
 * Of more than two tags the outer two are kept.
 */
#include "dissect/dissect.h"

static enum verdict
vlan(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 4);

	if (h == NULL)
		return DISSECT_SHORT;
	if (pkt->tuple.n_vlans < 2)
		pkt->tuple.vlan[pkt->tuple.n_vlans++] = be16(h) & 0xfff;
	return layer_ethertype(layer, be16(h + 2));
}

const struct dissector vlan_dissector = {
	.name = "vlan",
	.by = BY_ETHERTYPE,
	KEYS(0x8100, 0x88a8, 0x9100, 0x9200, 0x9300),
	.dissect = vlan,
};

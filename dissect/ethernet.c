/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ethernet II and IEEE 802.3: two addresses and a length/type field.
 */
#include "dissect/dissect.h"

static enum verdict
ethernet(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 14);

	(void)pkt;
	if (h == NULL)
		return DISSECT_SHORT;
	return layer_ethertype(layer, be16(h + 12));
}

const struct dissector ethernet_dissector = {
	.name = "ethernet",
	.by = BY_LINK,
	KEYS(1),
	.dissect = ethernet,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARP and RARP (RFC 826, RFC 903): counted, and checked to be whole.
 */
#include "dissect/dissect.h"

static enum verdict
arp(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h;

	if (pkt->net == NET_UNKNOWN || pkt->net == NET_LLC)
		pkt->net = NET_ARP;
	h = layer_take(layer, 8);
	/* Then sender and target, a hardware and a protocol address each. */
	if (h == NULL || layer_take(layer, 2u * (h[4] + h[5])) == NULL)
		return DISSECT_SHORT;
	return DISSECT_OK;
}

const struct dissector arp_dissector = {
	.name = "arp",
	.by = BY_ETHERTYPE,
	KEYS(0x0806, 0x8035),
	.dissect = arp,
};

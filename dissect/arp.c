/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARP and RARP (RFC 826, RFC 903): counted, checked to be whole, and, for
 * IPv4 over Ethernet, asked which station the sender says to be.
 *
 *	0 hardware, 2 protocol, 4 and 5 their addresses' lengths, 6 operation;
 *	sender and target, a hardware and a protocol address each
 */
#include "dissect/dissect.h"

#include <string.h>

#include "dissect/neighbour.h"

static void
sender(struct pkt *pkt, const uint8_t *h)
{
	char text[TEXT_MAC];
	struct message *m;

	/* A probe (RFC 5227, section 2.1.1) has no address yet. */
	if (be32(h + 6) == 0 || (h[0] & 1) != 0)
		return;
	text_mac(text, h);
	m = message_text(&pkt->messages, MESSAGE_ADDR_MAC, text);
	memset(m->addr, 0, sizeof(m->addr));
	memcpy(m->addr, h + 6, 4);
}

static enum verdict
arp(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h, *rest;

	if (pkt->net == NET_UNKNOWN || pkt->net == NET_LLC)
		pkt->net = NET_ARP;
	h = layer_take(layer, 8);
	if (h == NULL)
		return DISSECT_SHORT;
	rest = layer_take(layer, 2u * (h[4] + h[5]));
	if (rest == NULL)
		return DISSECT_SHORT;
	if (be32(h) == 0x00010800 && be16(h + 4) == 0x0604)
		sender(pkt, rest);
	return DISSECT_OK;
}

const struct dissector arp_dissector = {
	.name = "arp",
	.by = BY_ETHERTYPE,
	KEYS(0x0806, 0x8035),
	.dissect = arp,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARCNET with RFC 1201, and RFC 1051 before it, as Linux and BSD give it.
 *
 *	Linux: 0 source, 1 destination, 2 offset, 4 protocol
 *	BSD: 0 source, 1 destination, 2 protocol
 *	RFC 1201: then a flag of fragmentation and a sequence number
 */
#include "dissect/dissect.h"

enum {
	ARCNET_BSD = 7,
	ARCNET_LINUX = 129,
	PROTO_IPV6 = 196,
	PROTO_IP = 212,
	PROTO_ARP = 213,
	PROTO_RARP = 214,
	PROTO_IP_OLD = 240,
	PROTO_ARP_OLD = 241,
	FLAG_EXCEPTION = 0xff /* the flag and number follow once more */
};

static uint32_t
ethertype(uint8_t proto)
{
	switch (proto) {
	case PROTO_IP:
	case PROTO_IP_OLD:
		return ETHERTYPE_IPV4;
	case PROTO_ARP:
	case PROTO_ARP_OLD:
		return 0x0806;
	case PROTO_RARP:
		return 0x8035;
	case PROTO_IPV6:
		return ETHERTYPE_IPV6;
	default:
		return 0;
	}
}

static enum verdict
arcnet(struct layer *layer, struct pkt *pkt)
{
	size_t n = layer->next.key == ARCNET_LINUX ? 5 : 3;
	const uint8_t *h = layer_take(layer, n);
	uint32_t type;

	if (h == NULL)
		return DISSECT_SHORT;
	type = ethertype(h[n - 1]);
	if (h[n - 1] < PROTO_IP_OLD) {
		h = layer_take(layer, 3);
		if (h != NULL && h[0] == FLAG_EXCEPTION)
			h = layer_take(layer, 4) ? h + 4 : NULL;
		if (h == NULL)
			return DISSECT_SHORT;
		if (h[0] != 0)
			type = 0; /* a fragment, which cannot be read */
	}
	if (type != 0)
		layer->next = (struct next){ BY_ETHERTYPE, type, 0 };
	else
		pkt_note_net(pkt, NET_OTHER);
	return DISSECT_OK;
}

const struct dissector arcnet_dissector = {
	.name = "arcnet",
	.by = BY_LINK,
	KEYS(ARCNET_BSD, ARCNET_LINUX),
	.dissect = arcnet,
};

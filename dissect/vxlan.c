/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VXLAN (RFC 7348, section 5), its group policy (draft-smith-vxlan-group-
 * policy-05) and VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe-13, section 3.1).
 *
 *	8 bits flags, 24 bits reserved, 24 bits network, 8 bits reserved;
 *	group policy: flag G, 16 bits of group before the network;
 *	GPE: 2 bits of the flags are a version; flag P: byte 3 says what follows
 *
 * Port 8472 is what Linux took before there was a standard.  Other programs
 * have it, and any of these, as a passing source port, so bits that nobody
 * sends are taken for another protocol's.
 */
#include "dissect/tunnel.h"

enum { PORT_OLD = 8472, PORT_GPE = 4790 };
enum {
	FLAG_GROUP = 0x80,
	FLAG_NETWORK = 0x08,
	GPE_VERSION = 0x30,
	GPE_RESERVED = 0xc0,
	GPE_PROTOCOL = 0x04,
	GPE_MAINTENANCE = 0x01
};

static bool
is_port(const struct pkt *pkt, uint16_t port)
{
	return pkt->tuple.sport == port || pkt->tuple.dport == port;
}

static enum verdict
gpe(struct layer *layer, const uint8_t *h)
{
	if ((h[0] & (GPE_VERSION | GPE_RESERVED)) != 0 || be16(h + 1) != 0 ||
	    h[7] != 0)
		return DISSECT_OTHER;
	tunnel_skip(layer, 8);
	if ((h[0] & GPE_MAINTENANCE) != 0)
		return DISSECT_OK;
	if ((h[0] & GPE_PROTOCOL) != 0)
		tunnel_protocol(layer, h[3]);
	else
		layer_link(layer, LINK_ETHERNET);
	return DISSECT_OK;
}

static enum verdict
vxlan(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = tunnel_peek(layer, 8);

	if (h == NULL)
		return tunnel_short(layer);
	if (is_port(pkt, PORT_GPE))
		return gpe(layer, h);
	if ((h[0] & ~FLAG_GROUP) != FLAG_NETWORK || h[7] != 0)
		return DISSECT_OTHER;
	if (is_port(pkt, PORT_OLD) && be32(h) != (uint32_t)FLAG_NETWORK << 24)
		return DISSECT_OTHER;
	tunnel_skip(layer, 8);
	layer_link(layer, LINK_ETHERNET);
	return DISSECT_OK;
}

const struct dissector vxlan_dissector = {
	.name = "vxlan",
	.by = BY_UDP_PORT,
	KEYS(4789, PORT_OLD, PORT_GPE),
	.is_tunnel = true,
	.dissect = vxlan,
};

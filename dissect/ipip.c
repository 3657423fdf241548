/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What IP carries without a header between: IPv4 (RFC 2003), IPv6 (RFC 2473,
 * RFC 4213), MPLS (RFC 4023) and Ethernet (RFC 8986, section 4.9).
 */
#include "dissect/tunnel.h"

enum { IPV4 = 4, IPV6 = 41, MPLS_IN_IP = 137, ETHERNET = 143 };

static enum verdict
ipip(struct layer *layer, struct pkt *pkt)
{
	(void)pkt;
	switch (layer->next.key) {
	case IPV4:
		tunnel_type(layer, ETHERTYPE_IPV4);
		break;
	case IPV6:
		tunnel_type(layer, ETHERTYPE_IPV6);
		break;
	case MPLS_IN_IP:
		tunnel_type(layer, ETHERTYPE_MPLS);
		break;
	case ETHERNET:
	default:
		layer_link(layer, LINK_ETHERNET);
		break;
	}
	return DISSECT_OK;
}

const struct dissector ipip_dissector = {
	.name = "ipip",
	.by = BY_IP_PROTO,
	KEYS(IPV4, IPV6, MPLS_IN_IP, ETHERNET),
	.is_tunnel = true,
	.dissect = ipip,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMP (RFC 792) and ICMPv6 (RFC 4443): type, code and checksum.  The packet
 * that an error quotes is not traffic and is not looked at.
 */
#include "dissect/dissect.h"

enum { ICMP6 = 58, NDP_FIRST = 134, NDP_LAST = 136 };

static enum verdict
icmp(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer->cur.p;

	if (cur_len(&layer->cur) >= 8)
		pkt_digest(pkt, be32(h) ^ be32(h + 4));
	if (layer_take(layer, 4) == NULL)
		return DISSECT_SHORT;
	/* RFC 4861, section 7.1: the code must be 0. */
	if (pkt->tuple.proto == ICMP6 && h[0] >= NDP_FIRST &&
	    h[0] <= NDP_LAST && h[1] == 0)
		layer->next = (struct next){ BY_ICMP6, h[0], 0 };
	return DISSECT_OK;
}

const struct dissector icmp_dissector = {
	.name = "icmp",
	.by = BY_IP_PROTO,
	KEYS(1, ICMP6),
	.is_app = true,
	.dissect = icmp,
};

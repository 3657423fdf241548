/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv4 (RFC 791).  Addresses, protocol and length count as soon as the fixed
 * header is there; the total length cuts off what the link padded.
 */
#include "dissect/dissect.h"

#include <string.h>

static void
fill(struct pkt *pkt, const uint8_t *h, uint32_t total)
{
	struct tuple *t = &pkt->tuple;

	pkt_next_ip(pkt);
	memset(t->src, 0, sizeof(t->src));
	memset(t->dst, 0, sizeof(t->dst));
	memcpy(t->src, h + 12, 4);
	memcpy(t->dst, h + 16, 4);
	t->sport = t->dport = 0;
	t->proto = h[9];
	t->flags = 0;
	pkt->ip_len = total;
	pkt_digest(pkt, (uint32_t)be16(h + 4) << 16 | (total & 0xffff));
	pkt_digest(pkt, be16(h + 6));
	if (pkt->net == NET_UNKNOWN || pkt->net == NET_LLC)
		pkt->net = NET_IP4;
}

/*
 * A header that contradicts itself (version, IHL, a total length below the
 * header's) is not counted as IP: nothing in it can be believed, and tshark
 * shows no addresses either.
 */
static enum verdict
ipv4(struct layer *layer, struct pkt *pkt)
{
	uint32_t wire = layer->wire_left, hlen, total, offset;
	bool was_fragment = pkt->is_fragment;
	const uint8_t *h;

	/* Under this ethertype IPv6 is wrong, but it is IPv6 all the same. */
	if (cur_len(&layer->cur) > 0 && layer->cur.p[0] >> 4 == 6) {
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_IPV6, 0 };
		return DISSECT_BAD;
	}
	h = layer_take(layer, 20);
	if (h == NULL)
		return DISSECT_SHORT;
	hlen = (h[0] & 15u) * 4;
	total = be16(h + 2);
	if (total == 0)
		total = wire; /* segmentation offload: the card fills it in */
	if (h[0] >> 4 != 4 || hlen < 20 || total < hlen)
		return DISSECT_BAD;
	fill(pkt, h, total);
	if (hlen > 20 && layer_take(layer, hlen - 20) == NULL)
		return DISSECT_SHORT;
	layer_shrink(layer, total - hlen);
	offset = (be16(h + 6) & 0x1fff) * 8;
	if ((be16(h + 6) & 0x3fff) != 0)
		pkt_fragment(pkt, layer, h[9], be16(h + 4), (uint16_t)offset,
		    (h[6] & 0x20) == 0);
	if (offset == 0)
		layer->next = (struct next){ BY_IP_PROTO, h[9], 0 };
	/* Within a fragment the rest is in another packet. */
	return total > wire && !was_fragment ? DISSECT_BAD : DISSECT_OK;
}

const struct dissector ipv4_dissector = {
	.name = "ipv4",
	.by = BY_ETHERTYPE,
	KEYS(ETHERTYPE_IPV4),
	.dissect = ipv4,
};

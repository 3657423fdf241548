/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv6 (RFC 8200) and its chain of extension headers, which are one layer:
 * the protocol that counts is the one at the end of the chain.
 */
#include "dissect/dissect.h"

#include <string.h>

enum {
	HOP_BY_HOP = 0,
	ROUTING = 43,
	FRAGMENT = 44,
	AUTHENTICATION = 51,
	NO_NEXT_HEADER = 59,
	DESTINATION = 60,
	MOBILITY = 135,
	HOST_IDENTITY = 139,
	SHIM6 = 140
};

/* Honest packets have at most seven; a frame of 1514 bytes has room for 182. */
enum { EXTENSIONS_MAX = 64 };

enum { OPTION_PAD1 = 0, OPTION_JUMBO = 0xc2 };

static void
fill(struct pkt *pkt, const uint8_t *h)
{
	struct tuple *t = &pkt->tuple;

	pkt_next_ip(pkt);
	memcpy(t->src, h + 8, 16);
	memcpy(t->dst, h + 24, 16);
	t->sport = t->dport = 0;
	t->proto = h[6];
	t->flags = TUPLE_V6;
	pkt->ip_len = 40u + be16(h + 4);
	pkt_digest(pkt, be32(h) ^ (uint32_t)be16(h + 4) << 16);
	if (pkt->net == NET_UNKNOWN || pkt->net == NET_LLC)
		pkt->net = NET_IP6;
}

/*
 * The jumbo payload option (RFC 2675, section 2) of the hop-by-hop header at
 * c.  Returns 0 if there is none, or a length that needs no jumbogram.
 */
static uint32_t
jumbo_len(struct cur c)
{
	const uint8_t *h = cur_take(&c, 2);
	struct cur options, value;
	uint32_t len;
	uint8_t type;

	if (h == NULL || !cur_sub(&c, h[1] * 8u + 6, &options))
		return 0;
	while (cur_u8(&options, &type)) {
		if (type == OPTION_PAD1)
			continue;
		if (!cur_vec8(&options, &value))
			return 0;
		if (type == OPTION_JUMBO)
			return cur_u32(&value, &len) && len > 65535 ? len : 0;
	}
	return 0;
}

/*
 * Cuts off what follows the payload.  A payload length of 0 without a jumbo
 * option is taken as it stands (as tshark does), also where it might come
 * from segmentation offload.  A jumbo length above what was on the wire is
 * not counted beyond that: 4 GB in a short packet are not traffic.
 */
static enum verdict
shrink(struct layer *layer, struct pkt *pkt, const uint8_t *h)
{
	uint32_t len = be16(h + 4);

	if (len == 0 && h[6] == HOP_BY_HOP) {
		len = jumbo_len(layer->cur);
		if (len > layer->wire_left) {
			pkt->ip_len = 40 + layer->wire_left;
			return DISSECT_BAD;
		}
		pkt->ip_len = 40 + len;
	}
	if (len > layer->wire_left)
		return pkt->is_fragment ? DISSECT_OK : DISSECT_BAD;
	layer_shrink(layer, len);
	return DISSECT_OK;
}

/* How many bytes the extension header at h has, 0 if proto is none. */
static size_t
extension_len(uint8_t proto, const uint8_t *h)
{
	switch (proto) {
	case HOP_BY_HOP:
	case ROUTING:
	case DESTINATION:
	case MOBILITY:
	case HOST_IDENTITY:
	case SHIM6:
		return h[1] * 8u + 8;
	case AUTHENTICATION:
		return h[1] * 4u + 8; /* RFC 4302, section 2.2 */
	case FRAGMENT:
		return 8;
	default:
		return 0;
	}
}

/*
 * The last three may carry a message of their own and then say that nothing
 * follows; what counts is that message, not "no next header".
 */
static bool
is_message(uint8_t proto, uint8_t following)
{
	return following == NO_NEXT_HEADER &&
	    (proto == MOBILITY || proto == HOST_IDENTITY || proto == SHIM6);
}

/*
 * Reads one extension header; *more says whether the chain goes on.  What
 * follows it counts also where its end is missing.
 */
static enum verdict
extension(struct layer *layer, struct pkt *pkt, bool *more)
{
	static const uint8_t none[8];
	bool there = cur_len(&layer->cur) >= 8;
	const uint8_t *h = there ? layer->cur.p : none;
	uint8_t proto = pkt->tuple.proto;
	size_t len = extension_len(proto, h);

	*more = false;
	if (len == 0) {
		layer->next = (struct next){ BY_IP_PROTO, proto, 0 };
		return DISSECT_OK;
	}
	if (there && !is_message(proto, h[0]))
		pkt->tuple.proto = h[0];
	if (layer_take(layer, len) == NULL)
		return DISSECT_SHORT;
	*more = pkt->tuple.proto == h[0];
	if (proto == FRAGMENT) {
		/* Both zero: an "atomic" fragment (RFC 6946) is none. */
		if ((be16(h + 2) & 0xfff9) != 0)
			pkt_fragment(pkt, layer, h[0], be32(h + 4),
			    be16(h + 2) & 0xfff8, (h[3] & 1) == 0);
		*more = be16(h + 2) < 8;
	}
	return DISSECT_OK;
}

static enum verdict
ipv6(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 40);
	enum verdict lengths, verdict = DISSECT_OK;
	bool more = true;

	if (h == NULL)
		return DISSECT_SHORT;
	if (h[0] >> 4 != 6)
		return DISSECT_BAD;
	fill(pkt, h);
	lengths = shrink(layer, pkt, h);
	for (unsigned i = 0; more && i <= EXTENSIONS_MAX; i++)
		verdict = extension(layer, pkt, &more);
	pkt->layers_exceeded |= more;
	return verdict > lengths ? verdict : lengths;
}

const struct dissector ipv6_dissector = {
	.name = "ipv6",
	.by = BY_ETHERTYPE,
	KEYS(ETHERTYPE_IPV6),
	.dissect = ipv6,
};

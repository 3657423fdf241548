/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L2TPv3 over IP (RFC 3931, section 4.1.1): 32 bits session, 0 for control
 * messages.
 *
 * What follows was agreed on elsewhere: a cookie of 0, 4 or 8 bytes, a
 * sublayer of 0 or 4, then a frame of any kind.  So a frame of Ethernet is
 * taken for one only where an IP packet in it fits the rest to the last byte,
 * and IPv4's checksum is right.
 */
#include "dissect/tunnel.h"

enum { ETHERNET_LEN = 14, TAG_LEN = 4, HEADERS_MAX = 12 };
/* What short frames are padded to, without a check sequence; with a tag. */
enum { SHORTEST_FRAME = 60, SHORTEST_TAGGED = 64 };

static bool
is_tag(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8;
}

/* RFC 1071, over the 20 bytes of a header without options. */
static bool
is_summed(const uint8_t *h)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < 20; i += 2)
		sum += be16(h + i);
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

/* Whether n bytes are a frame with IP in it; c has those that were captured. */
static bool
is_frame(struct cur c, uint32_t n)
{
	const uint8_t *h = cur_take(&c, ETHERNET_LEN);
	uint32_t head = ETHERNET_LEN, len;
	uint16_t type;

	if (h == NULL)
		return false;
	type = be16(h + 12);
	for (unsigned i = 0; i < 2 && is_tag(type); i++) {
		h = cur_take(&c, TAG_LEN);
		if (h == NULL)
			return false;
		type = be16(h + 2);
		head += TAG_LEN;
	}
	h = cur_take(&c, 20);
	if (h == NULL)
		return false;
	if (type == ETHERTYPE_IPV4 && h[0] == 0x45 && is_summed(h))
		len = head + be16(h + 2);
	else if (type == ETHERTYPE_IPV6 && h[0] >> 4 == 6)
		len = head + 40 + be16(h + 4);
	else
		return false;
	return len == n ||
	    (len < n && (n == SHORTEST_FRAME || n == SHORTEST_TAGGED));
}

static enum verdict
l2tpv3(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 4);

	(void)pkt;
	if (h == NULL)
		return DISSECT_SHORT;
	if (be32(h) == 0)
		return DISSECT_OK;
	for (size_t n = 0; n <= HEADERS_MAX; n += 4) {
		const uint8_t *p = tunnel_peek(layer, n);

		if (p == NULL ||
		    !is_frame((struct cur){ p + n, layer->cur.end },
			layer->wire_left - (uint32_t)n))
			continue;
		tunnel_skip(layer, n);
		layer_link(layer, LINK_ETHERNET);
		break;
	}
	return DISSECT_OK;
}

const struct dissector l2tpv3_dissector = {
	.name = "l2tpv3",
	.by = BY_IP_PROTO,
	KEYS(115),
	.is_tunnel = true,
	.dissect = l2tpv3,
};

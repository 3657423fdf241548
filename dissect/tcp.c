/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP (RFC 9293) and the options that its measurement needs (RFC 7323): window
 * scale and timestamps.  The segment is a view for the tracker; nothing of its
 * data is read here.
 */
#include "dissect/dissect.h"

enum {
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_SCALE = 3,
	OPTION_TIMESTAMPS = 8,
	SCALE_NONE = 255
};

static void
timestamps(struct segment *s, const uint8_t *p)
{
	s->has_ts = true;
	s->ts_val = be32(p);
	s->ts_ecr = be32(p + 4);
}

/* Every option but two has a length that counts itself (section 3.1). */
static enum verdict
options(struct segment *s, struct cur c)
{
	uint8_t kind, len;
	const uint8_t *p;

	while (cur_u8(&c, &kind) && kind != OPTION_END) {
		if (kind == OPTION_NOP)
			continue;
		if (!cur_u8(&c, &len) || len < 2)
			return DISSECT_BAD;
		p = cur_take(&c, len - 2u);
		if (p == NULL)
			return DISSECT_BAD;
		if (kind == OPTION_TIMESTAMPS && len == 10)
			timestamps(s, p);
		else if (kind == OPTION_SCALE && len == 3)
			s->scale = p[0] < 14 ? p[0] : 14;
	}
	return DISSECT_OK;
}

static enum verdict
read_options(struct segment *s, const uint8_t *p, size_t n)
{
	/* What almost every segment of a connection with timestamps has. */
	if (n == 12 && be32(p) == 0x0101080a) {
		timestamps(s, p + 4);
		return DISSECT_OK;
	}
	return options(s, (struct cur){ p, p + n });
}

static enum verdict
tcp(struct layer *layer, struct pkt *pkt)
{
	struct segment *s = &pkt->segment;
	enum verdict verdict = DISSECT_OK;
	const uint8_t *h, *p;
	size_t hlen;

	layer_ports(layer, pkt);
	h = layer_take(layer, 20);
	if (h == NULL)
		return DISSECT_SHORT;
	hlen = (h[12] >> 4) * 4u;
	if (hlen < 20)
		return DISSECT_BAD;
	pkt_digest(pkt, be32(h + 4));
	pkt_digest(pkt, be32(h + 8) ^ be32(h + 16));
	*s = (struct segment){ .seq = be32(h + 4),
		.ack = be32(h + 8),
		.flags = h[13],
		.window = be16(h + 14),
		.scale = SCALE_NONE };
	if (hlen > 20) {
		p = layer_take(layer, hlen - 20);
		if (p == NULL)
			return DISSECT_SHORT;
		verdict = read_options(s, p, hlen - 20);
	}
	s->data = layer->cur.p;
	s->caplen = (uint32_t)cur_len(&layer->cur);
	s->len = layer->wire_left;
	pkt->has_segment = !pkt->has_fragment;
	return verdict;
}

const struct dissector tcp_dissector = {
	.name = "tcp",
	.by = BY_IP_PROTO,
	KEYS(6),
	.dissect = tcp,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NFLOG, what Linux's packet filter logs: fields of length, type and value,
 * the first two in the host's byte order, each padded to four bytes.
 *
 *	0 family, 1 version, 2 resource; then the fields
 */
#include "dissect/dissect.h"

enum {
	FIELDS_MAX = 64,
	FIELD_HEADER = 1, /* begins with an ethertype, in network order */
	FIELD_PAYLOAD = 9,
	FAMILY_ARP = 3,
	FAMILY_BRIDGE = 7
};

static uint16_t
half(const uint8_t *p, bool is_big)
{
	return (uint16_t)(is_big ? be16(p) : p[1] << 8 | p[0]);
}

static void
payload(struct layer *layer, uint8_t family, uint16_t type)
{
	if (family == FAMILY_ARP)
		type = 0x0806;
	if (family == FAMILY_ARP || (family == FAMILY_BRIDGE && type > 1500))
		layer->next = (struct next){ BY_ETHERTYPE, type, 0 };
	else
		layer_link(layer, LINK_RAW);
}

/*
 * Reads one field; *done: it was the payload, which is left.  The last field's
 * padding may be missing.
 */
static enum verdict
read_field(struct layer *layer, bool is_big, uint16_t *ethertype, bool *done)
{
	const uint8_t *h = layer_take(layer, 4);
	uint32_t n, padded;
	uint16_t type;

	if (h == NULL)
		return DISSECT_SHORT;
	n = half(h, is_big);
	type = half(h + 2, is_big);
	if (n < 4 || n - 4 > layer->wire_left)
		return DISSECT_BAD;
	*done = type == FIELD_PAYLOAD;
	if (*done) {
		layer_shrink(layer, n - 4);
		return DISSECT_OK;
	}
	padded = ((n + 3) & ~3u) - 4;
	if (padded > layer->wire_left)
		padded = layer->wire_left;
	h = layer_take(layer, padded);
	if (h == NULL)
		return DISSECT_SHORT;
	if (type == FIELD_HEADER && padded >= 2)
		*ethertype = be16(h);
	return DISSECT_OK;
}

static enum verdict
nflog(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 4);
	bool is_big = false, done = false;
	uint16_t ethertype = 0;

	if (h == NULL)
		return DISSECT_SHORT;
	if (h[1] != 0)
		return DISSECT_BAD;
	/* A short length read backwards is a long one. */
	if (cur_len(&layer->cur) >= 2)
		is_big = half(layer->cur.p, false) > half(layer->cur.p, true);
	for (unsigned i = 0; i < FIELDS_MAX && layer->wire_left > 0; i++) {
		enum verdict verdict =
		    read_field(layer, is_big, &ethertype, &done);

		if (verdict != DISSECT_OK)
			return verdict;
		if (done) {
			payload(layer, h[0], ethertype);
			return DISSECT_OK;
		}
	}
	pkt_note_net(pkt, NET_OTHER);
	return DISSECT_OK;
}

const struct dissector nflog_dissector = {
	.name = "nflog",
	.by = BY_LINK,
	KEYS(239),
	.dissect = nflog,
};

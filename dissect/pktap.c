/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PKTAP, Apple's tap on all interfaces: a header in the host's byte order,
 * then a packet of the link type that it names.
 *
 *	0 length, 4 type (1: a packet), 8 link type, 12 interface, 36 flags,
 *	40 family, 44 length of the link header, 48 of the trailer, …
 */
#include "dissect/dissect.h"

enum { HEADER_MIN = 52, HEADER_MAX = 4096, TYPE_PACKET = 1 };

static uint32_t
word(const uint8_t *p, bool is_big)
{
	if (is_big)
		return be32(p);
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[1] << 8 | p[0];
}

static enum verdict
pktap(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer->cur.p;
	bool is_big;
	uint32_t n;

	if (cur_len(&layer->cur) < HEADER_MIN)
		return DISSECT_SHORT;
	is_big = word(h, false) > HEADER_MAX;
	n = word(h, is_big);
	if (n < HEADER_MIN || n > HEADER_MAX)
		return DISSECT_BAD;
	if (layer_take(layer, n) == NULL)
		return DISSECT_SHORT;
	if (word(h + 4, is_big) != TYPE_PACKET) {
		pkt_note_net(pkt, NET_OTHER);
		return DISSECT_OK;
	}
	layer_trim(layer, word(h + 48, is_big));
	layer_link(layer, word(h + 8, is_big));
	return DISSECT_OK;
}

/* 149 is DLT_USER2, which Apple used before the type had a number. */
const struct dissector pktap_dissector = {
	.name = "pktap",
	.by = BY_LINK,
	KEYS(258, 149),
	.dissect = pktap,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rings: Token Ring (IEEE 802.5) with source routing, and FDDI (ISO
 * 9314-2).  Frames of data carry LLC.
 *
 *	Token Ring: 0 access control, 1 frame control, 2 and 8 addresses
 *	FDDI: 0 frame control, 1 and 7 addresses
 */
#include "dissect/dissect.h"

enum { TOKEN_RING = 6, FDDI = 10, ROUTED = 0x80 };

static enum verdict
token_ring(struct layer *layer, bool *is_data)
{
	const uint8_t *h = layer_take(layer, 14);
	size_t n;

	if (h == NULL)
		return DISSECT_SHORT;
	*is_data = h[1] >> 6 == 1;
	if ((h[8] & ROUTED) == 0)
		return DISSECT_OK;
	if (cur_len(&layer->cur) == 0)
		return DISSECT_SHORT;
	n = layer->cur.p[0] & 31u;
	if (n < 2)
		return DISSECT_BAD;
	return layer_take(layer, n) ? DISSECT_OK : DISSECT_SHORT;
}

static enum verdict
ring(struct layer *layer, struct pkt *pkt)
{
	enum verdict verdict = DISSECT_OK;
	bool is_data = false;
	const uint8_t *h;

	if (layer->next.key == TOKEN_RING) {
		verdict = token_ring(layer, &is_data);
	} else {
		h = layer_take(layer, 13);
		if (h == NULL)
			return DISSECT_SHORT;
		is_data = (h[0] & 0x70) == 0x50;
	}
	if (verdict != DISSECT_OK)
		return verdict;
	if (is_data)
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_LLC, 0 };
	else
		pkt_note_net(pkt, NET_OTHER);
	return DISSECT_OK;
}

const struct dissector ring_dissector = {
	.name = "ring",
	.by = BY_LINK,
	KEYS(TOKEN_RING, FDDI),
	.dissect = ring,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags other than VLANs: what switches put before a type, or before a whole
 * frame.
 *
 *	0x88e7  IEEE 802.1Q, 9.7 (802.1ah): 4 bytes, then a frame
 *	0x22f3  TRILL, RFC 6325 section 3: 6 bytes and options, then a frame
 *	0x8903  FabricPath: 2 bytes, then a frame
 *	0x8926  VN-tag: 4 bytes, then a type
 *	0x893f  E-tag, IEEE 802.1BR, 7.5: 6 bytes, then a type
 *	0x8909  Cisco's metadata: version, length, options, then a type; in
 *		GRE the type comes first
 */
#include "dissect/dissect.h"

enum {
	PBB = 0x88e7,
	TRILL = 0x22f3,
	FABRICPATH = 0x8903,
	VN_TAG = 0x8926,
	E_TAG = 0x893f,
	METADATA = 0x8909
};

static enum verdict
before_frame(struct layer *layer, size_t n)
{
	if (layer_take(layer, n) == NULL)
		return DISSECT_SHORT;
	layer_link(layer, LINK_ETHERNET);
	return DISSECT_OK;
}

static enum verdict
before_type(struct layer *layer, size_t n)
{
	const uint8_t *h = layer_take(layer, n + 2);

	return h != NULL ? layer_ethertype(layer, be16(h + n)) : DISSECT_SHORT;
}

/*
 * Version and length are a byte each, and small, which no type is.  The length
 * counts options of four bytes.
 */
static enum verdict
metadata(struct layer *layer)
{
	const uint8_t *p = layer->cur.p;

	if (be16(p) <= 1500)
		return before_type(layer, 2 + p[1] * 4u);
	if (cur_len(&layer->cur) < 4 ||
	    layer_take(layer, 4 + p[3] * 4u) == NULL)
		return DISSECT_SHORT;
	return layer_ethertype(layer, be16(p));
}

static enum verdict
tags(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *p = layer->cur.p;

	(void)pkt;
	if (cur_len(&layer->cur) < 2)
		return DISSECT_SHORT;
	switch (layer->next.key) {
	case PBB:
		return before_frame(layer, 4);
	case TRILL: /* five bits across the two bytes: options' words */
		return before_frame(layer, 6 + (be16(p) >> 6 & 31u) * 4);
	case FABRICPATH:
		return before_frame(layer, 2);
	case VN_TAG:
		return before_type(layer, 4);
	case E_TAG:
		return before_type(layer, 6);
	case METADATA:
	default:
		return metadata(layer);
	}
}

const struct dissector tags_dissector = {
	.name = "tags",
	.by = BY_ETHERTYPE,
	KEYS(PBB, TRILL, FABRICPATH, VN_TAG, E_TAG, METADATA),
	.dissect = tags,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TZSP, which access points and routers mirror frames with (no standard: as
 * Ethereal and RouterOS read and write it).
 *
 *	8 bits version 1, 8 bits type, 16 bits what is mirrored; tags: a type,
 *	a length and a value each, but for padding (0) and the end (1)
 */
#include "dissect/tunnel.h"

enum { RECEIVED = 0, TRANSMITTED = 1 };
enum { FRAME_ETHERNET = 1, FRAME_80211 = 18 };
enum { TAG_PADDING = 0, TAG_END = 1, TAGS_MAX = 64 };

/* Writes how many bytes the tags have. */
static enum verdict
tags(const struct layer *layer, struct cur c, size_t *len)
{
	for (unsigned i = 0; i < TAGS_MAX; i++) {
		struct cur value;
		uint8_t type;

		if (!cur_u8(&c, &type))
			return tunnel_short(layer);
		if (type == TAG_END) {
			*len = (size_t)(c.p - layer->cur.p);
			return DISSECT_OK;
		}
		if (type != TAG_PADDING && !cur_vec8(&c, &value))
			return tunnel_short(layer);
	}
	return DISSECT_OTHER;
}

static enum verdict
tzsp(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = tunnel_peek(layer, 4);
	enum verdict verdict;
	size_t len;

	(void)pkt;
	if (h == NULL)
		return tunnel_short(layer);
	if (h[0] != 1 || (h[1] != RECEIVED && h[1] != TRANSMITTED) ||
	    (be16(h + 2) != FRAME_ETHERNET && be16(h + 2) != FRAME_80211))
		return DISSECT_OTHER;
	verdict = tags(layer, (struct cur){ h + 4, layer->cur.end }, &len);
	if (verdict != DISSECT_OK)
		return verdict;
	tunnel_skip(layer, len);
	layer_link(layer,
	    be16(h + 2) == FRAME_ETHERNET ? LINK_ETHERNET : LINK_80211);
	return DISSECT_OK;
}

const struct dissector tzsp_dissector = {
	.name = "tzsp",
	.by = BY_UDP_PORT,
	KEYS(37008),
	.is_tunnel = true,
	.dissect = tzsp,
};

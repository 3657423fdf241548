/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DOCSIS (Cable Labs' MAC and upper layer protocols, 6.2): Ethernet on cable.
 * What an extended header says to be encrypted looks like an unknown type.
 *
 *	0 frame control, 1 parameter, 2 length, 4 extended header, check
 *	sequence (2 bytes), then a frame with its own check sequence
 */
#include "dissect/dissect.h"

static enum verdict
docsis(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 4);
	size_t n;

	if (h == NULL)
		return DISSECT_SHORT;
	if (h[0] >> 6 != 0) {
		pkt_note_net(pkt, NET_OTHER);
		return DISSECT_OK;
	}
	n = 2u + ((h[0] & 1) != 0 ? h[1] : 0u);
	layer_shrink(layer, be16(h + 2) + 2u);
	if (layer_take(layer, n) == NULL)
		return DISSECT_SHORT;
	layer_trim(layer, 4);
	layer_link(layer, LINK_ETHERNET);
	return DISSECT_OK;
}

const struct dissector docsis_dissector = {
	.name = "docsis",
	.by = BY_LINK,
	KEYS(143),
	.dissect = docsis,
};

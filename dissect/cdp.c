/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cisco's discovery protocol.  It has no specification; its layout is known
 * from what implementations agree on.
 *
 *	0 version, 1 time to live, 2 checksum; then TLVs of 2 bytes type and
 *	2 bytes length, which counts these four
 */
#include "dissect/dissect.h"

#include "dissect/neighbour.h"

enum { TLVS_MAX = 128, TLV_DEVICE = 1, TLV_PORT = 3 };

static enum verdict
cdp(struct layer *layer, struct pkt *pkt)
{
	struct cur *c = &layer->cur, value;
	struct cur device = { c->p, c->p }, port = device;
	enum verdict verdict = DISSECT_OK;

	pkt_note_net(pkt, NET_OTHER);
	if (layer_take(layer, 4) == NULL)
		return DISSECT_SHORT;
	for (unsigned i = 0; i < TLVS_MAX && cur_len(c) > 0; i++) {
		const uint8_t *h = cur_take(c, 4);

		if (h == NULL) {
			verdict = DISSECT_SHORT;
			break;
		}
		if (be16(h + 2) < 4) {
			verdict = DISSECT_BAD;
			break;
		}
		if (!cur_sub(c, be16(h + 2) - 4u, &value)) {
			verdict = DISSECT_SHORT;
			break;
		}
		if (be16(h) == TLV_DEVICE)
			device = value;
		else if (be16(h) == TLV_PORT)
			port = value;
	}
	message_neighbour(pkt, &device, &port);
	return verdict;
}

const struct dissector cdp_dissector = {
	.name = "cdp",
	.by = BY_SNAP_CISCO,
	KEYS(0x2000),
	.dissect = cdp,
};

/* In GRE the protocol stands where an ethertype would. */
const struct dissector cdp_gre_dissector = {
	.name = "cdp_gre",
	.by = BY_ETHERTYPE,
	KEYS(0x2000),
	.dissect = cdp,
};

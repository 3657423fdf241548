/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MACsec (IEEE 802.1AE, section 9.3).  What is encrypted stays opaque; what
 * is only protected in its integrity can be read.
 *
 *	0 flags and association, 1 length if short, 2 packet number (4 bytes),
 *	6 channel identifier (8 bytes, if flag SC); at the end 16 bytes ICV
 */
#include "dissect/dissect.h"

enum {
	FLAG_VERSION = 0x80,
	FLAG_SC = 0x20,
	FLAG_ENCRYPTED = 0x08,
	FLAG_CHANGED = 0x04,
	ICV_LEN = 16
};

static enum verdict
macsec(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 6);
	uint8_t flags;

	if (h == NULL)
		return DISSECT_SHORT;
	flags = h[0];
	if ((flags & FLAG_VERSION) != 0)
		return DISSECT_BAD;
	if ((flags & FLAG_SC) != 0 && layer_take(layer, 8) == NULL)
		return DISSECT_SHORT;
	if ((flags & (FLAG_ENCRYPTED | FLAG_CHANGED)) != 0) {
		pkt_note_net(pkt, NET_OTHER);
		return DISSECT_OK;
	}
	h = layer_take(layer, 2);
	if (h == NULL)
		return DISSECT_SHORT;
	layer_trim(layer, ICV_LEN);
	return layer_ethertype(layer, be16(h));
}

const struct dissector macsec_dissector = {
	.name = "macsec",
	.by = BY_ETHERTYPE,
	KEYS(0x88e5),
	.dissect = macsec,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What receivers put before an 802.11 frame: radiotap (www.radiotap.org),
 * PPI, and the older headers of Prism chips and of AVS.
 */
#include "dissect/dissect.h"
#include "dissect/wlan.h"

static uint32_t
le16(const uint8_t *p)
{
	return (uint32_t)p[1] << 8 | p[0];
}

static uint32_t
le32(const uint8_t *p)
{
	return le16(p + 2) << 16 | le16(p);
}

enum {
	RADIOTAP_WORDS = 32, /* of presence bits; more are not believed */
	PRESENT_TSFT = 0x01,
	PRESENT_FLAGS = 0x02,
	PRESENT_MORE = 0x80000000u,
	FLAG_FCS = 0x10, /* the frame ends in its check sequence */
	FLAG_PADDED = 0x20,
	FLAG_BAD_FCS = 0x40
};

/* Returns the byte of flags in a header of n bytes; 0 if there is none. */
static uint8_t
radiotap_flags(const uint8_t *h, size_t n)
{
	uint32_t present = le32(h + 4), word = present;
	size_t at = 8;

	for (unsigned i = 0; (word & PRESENT_MORE) != 0; i++) {
		if (i == RADIOTAP_WORDS || at + 4 > n)
			return 0;
		word = le32(h + at);
		at += 4;
	}
	if ((present & PRESENT_TSFT) != 0)
		at = ((at + 7) & ~(size_t)7) + 8;
	return (present & PRESENT_FLAGS) != 0 && at < n ? h[at] : 0;
}

static enum verdict
radiotap(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer->cur.p;
	uint8_t flags;
	size_t n;

	if (cur_len(&layer->cur) < 8)
		return DISSECT_SHORT;
	n = le16(h + 2);
	if (h[0] != 0 || n < 8)
		return DISSECT_BAD;
	if (layer_take(layer, n) == NULL)
		return DISSECT_SHORT;
	flags = radiotap_flags(h, n);
	if ((flags & FLAG_BAD_FCS) != 0) {
		pkt_note_net(pkt, NET_WIFI);
		return DISSECT_BAD;
	}
	if ((flags & FLAG_FCS) != 0)
		layer_trim(layer, 4);
	layer_link(layer,
	    (flags & FLAG_PADDED) != 0 ? LINK_80211_PADDED : LINK_80211);
	return DISSECT_OK;
}

const struct dissector radiotap_dissector = {
	.name = "radiotap",
	.by = BY_LINK,
	KEYS(127),
	.dissect = radiotap,
};

/*
 * PPI: version, flags, length, link type, then fields of type, length and
 * value, of which "802.11 common" (type 2) tells of the check sequence.
 */
enum { PPI_FIELDS = 32, PPI_80211 = 2, PPI_FCS = 1, PPI_BAD_FCS = 4 };

static uint32_t
ppi_flags(struct cur c)
{
	const uint8_t *h;

	for (unsigned i = 0; i < PPI_FIELDS; i++) {
		struct cur field;

		h = cur_take(&c, 4);
		if (h == NULL || !cur_sub(&c, le16(h + 2), &field))
			return 0;
		if (le16(h) == PPI_80211)
			return cur_len(&field) >= 10 ? le16(field.p + 8) : 0;
	}
	return 0;
}

static enum verdict
ppi(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer->cur.p;
	uint32_t flags;
	size_t n;

	if (cur_len(&layer->cur) < 8)
		return DISSECT_SHORT;
	n = le16(h + 2);
	if (n < 8)
		return DISSECT_BAD;
	if (layer_take(layer, n) == NULL)
		return DISSECT_SHORT;
	layer_link(layer, le32(h + 4));
	if (layer->next.key != LINK_80211)
		return DISSECT_OK;
	flags = ppi_flags((struct cur){ h + 8, h + n });
	if ((flags & PPI_BAD_FCS) != 0) {
		layer->next.by = BY_NONE;
		pkt_note_net(pkt, NET_WIFI);
		return DISSECT_BAD;
	}
	if ((flags & PPI_FCS) != 0)
		layer_trim(layer, 4);
	return DISSECT_OK;
}

const struct dissector ppi_dissector = {
	.name = "ppi",
	.by = BY_LINK,
	KEYS(192),
	.dissect = ppi,
};

/*
 * Both begin with two words, a number and the header's length.  AVS is told
 * from Prism by its number; of Prism's, each driver wrote its own byte order.
 */
enum { AVS_NUMBER = 0x80211000u, HEADER_MAX = 1024 };

static enum verdict
prism(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer->cur.p;
	uint32_t n;

	(void)pkt;
	if (cur_len(&layer->cur) < 8)
		return DISSECT_SHORT;
	n = be32(h + 4);
	if ((be32(h) & 0xfffff000u) != AVS_NUMBER && n > HEADER_MAX)
		n = le32(h + 4);
	if (n < 8 || n > HEADER_MAX)
		return DISSECT_BAD;
	if (layer_take(layer, n) == NULL)
		return DISSECT_SHORT;
	layer_link(layer, LINK_80211);
	return DISSECT_OK;
}

const struct dissector prism_dissector = {
	.name = "prism",
	.by = BY_LINK,
	KEYS(119, 163),
	.dissect = prism,
};

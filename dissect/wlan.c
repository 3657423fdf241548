/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IEEE 802.11: data frames that can be read go on to LLC.  Management and
 * control frames, data without contents, encrypted and fragmented frames are
 * counted as what they are.  Unlike all else here, its numbers are
 * little-endian.
 *
 *	0 frame control, 2 duration, 4, 10, 16 addresses, 22 sequence control,
 *	24 a fourth address, then QoS control, then HT control, if they are
 *	there (section 9.2.4 of the 2020 edition)
 */
#include "dissect/wlan.h"

#include "dissect/dissect.h"

enum {
	VERSION_AND_TYPE = 0x0f,
	DATA = 0x08,
	SUBTYPE_NULL = 0x40, /* in byte 0: no contents */
	SUBTYPE_QOS = 0x80,
	TO_DS = 0x01, /* in byte 1 */
	FROM_DS = 0x02,
	MORE_FRAGMENTS = 0x04,
	PROTECTED = 0x40,
	HT_CONTROL = 0x80,
	QOS_AMSDU = 0x80
};

/*
 * An aggregate (section 9.3.2.2): frames, each behind two addresses and a
 * length.  The first of them stands for all, as a packet has one flow.
 */
static enum verdict
aggregate(struct layer *layer)
{
	const uint8_t *h = layer_take(layer, 14);

	if (h == NULL)
		return DISSECT_SHORT;
	layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_LLC, 0 };
	if (be16(h + 12) > layer->wire_left)
		return DISSECT_BAD;
	layer_shrink(layer, be16(h + 12));
	return DISSECT_OK;
}

/* The bytes between the third address and the contents. */
static size_t
rest_len(const uint8_t *h, bool padded)
{
	size_t n = 24;

	if ((h[1] & (TO_DS | FROM_DS)) == (TO_DS | FROM_DS))
		n += 6;
	if ((h[0] & SUBTYPE_QOS) != 0)
		n += (h[1] & HT_CONTROL) != 0 ? 6 : 2;
	if (padded)
		n = (n + 3) & ~(size_t)3;
	return n - 24;
}

static enum verdict
wlan(struct layer *layer, struct pkt *pkt)
{
	bool padded = layer->next.key == LINK_80211_PADDED;
	bool is_aggregate = false;
	const uint8_t *h, *rest;
	size_t n;

	if (cur_len(&layer->cur) < 2)
		return DISSECT_SHORT;
	h = layer->cur.p;
	if ((h[0] & VERSION_AND_TYPE) != DATA || (h[0] & SUBTYPE_NULL) != 0) {
		pkt_note_net(pkt, NET_WIFI);
		return (h[0] & 3) == 0 ? DISSECT_OK : DISSECT_BAD;
	}
	h = layer_take(layer, 24);
	if (h == NULL)
		return DISSECT_SHORT;
	n = rest_len(h, padded);
	rest = layer_take(layer, n);
	if (rest == NULL)
		return DISSECT_SHORT;
	if ((h[1] & (PROTECTED | MORE_FRAGMENTS)) != 0 || (h[22] & 15) != 0) {
		pkt_note_net(pkt, NET_WIFI);
		return DISSECT_OK;
	}
	if ((h[0] & SUBTYPE_QOS) != 0) {
		size_t at = (h[1] & 3) == (TO_DS | FROM_DS) ? 6 : 0;

		is_aggregate = (rest[at] & QOS_AMSDU) != 0;
	}
	if (is_aggregate)
		return aggregate(layer);
	layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_LLC, 0 };
	return DISSECT_OK;
}

const struct dissector wlan_dissector = {
	.name = "wlan",
	.by = BY_LINK,
	KEYS(105, LINK_80211_PADDED),
	.dissect = wlan,
};

/* In GRE: Aruba's access points number their tunnels so. */
const struct dissector wlan_gre_dissector = {
	.name = "wlan_gre",
	.by = BY_ETHERTYPE,
	KEYS(0x8200, 0x8210, 0x8220, 0x8230, 0x8240, 0x8250, 0x8260, 0x8270,
	    0x8280, 0x8290, 0x82a0, 0x82b0, 0x82c0, 0x82d0, 0x82e0, 0x82f0,
	    0x8300, 0x8310, 0x8320, 0x8330, 0x8340, 0x8350, 0x8360, 0x8370),
	.dissect = wlan,
};

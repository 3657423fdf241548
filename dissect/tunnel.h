/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the dissectors of tunnels share: how their headers number what follows,
 * and looking at a header before it is known to be one.
 */
#ifndef DISSECT_TUNNEL_H
#define DISSECT_TUNNEL_H

#include "dissect/dissect.h"

enum {
	ETHERTYPE_BRIDGED = 0x6558, /* a whole Ethernet frame */
	ETHERTYPE_NSH = 0x894f
};

/* Returns the next n bytes without moving, or NULL if fewer are left. */
MUST_CHECK
static inline const uint8_t *
tunnel_peek(const struct layer *layer, size_t n)
{
	return cur_len(&layer->cur) < n ? NULL : layer->cur.p;
}

/* Moves past n bytes that were peeked at. */
static inline void
tunnel_skip(struct layer *layer, size_t n)
{
	layer->cur.p += n;
	layer->wire_left -= (uint32_t)n;
}

/* What to make of a datagram that is too short for the header. */
static inline enum verdict
tunnel_short(const struct layer *layer)
{
	return layer->cut ? DISSECT_SHORT : DISSECT_OTHER;
}

/*
 * Names the successor by a protocol type as GRE and Geneve have it.  No length
 * stands there, so what is below the first ethertype is nobody's.
 */
static inline void
tunnel_type(struct layer *layer, uint16_t type)
{
	if (type == ETHERTYPE_BRIDGED)
		layer_link(layer, LINK_ETHERNET);
	else if (type >= 0x0600)
		layer->next = (struct next){ BY_ETHERTYPE, type, 0 };
}

/* Names the successor by a next protocol as NSH and VXLAN-GPE have it. */
static inline void
tunnel_protocol(struct layer *layer, uint8_t protocol)
{
	static const uint16_t types[] = { 0, ETHERTYPE_IPV4, ETHERTYPE_IPV6,
		ETHERTYPE_BRIDGED, ETHERTYPE_NSH, ETHERTYPE_MPLS };

	if (protocol < sizeof(types) / sizeof(types[0]))
		tunnel_type(layer, types[protocol]);
}

#endif

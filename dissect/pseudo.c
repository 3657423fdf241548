/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers that a host invents before IP, or before another link's: of which
 * only the length matters.
 *
 *	117  PFLOG, of a packet filter: byte 0 is the length, unpadded
 *	109  ENC, inside of IPsec: 12 bytes
 *	226  IPNET, of Solaris: 24 bytes
 *	204, 205, 206  a byte of direction before PPP, Cisco's HDLC, frame relay
 */
#include "dissect/dissect.h"

enum {
	PFLOG = 117,
	ENC = 109,
	IPNET = 226,
	PPP_WITH_DIRECTION = 204,
	HDLC_WITH_DIRECTION = 205,
	FRELAY_WITH_DIRECTION = 206
};

static enum verdict
pseudo(struct layer *layer, struct pkt *pkt)
{
	uint32_t link = LINK_RAW;
	size_t n = 1;

	(void)pkt;
	if (cur_len(&layer->cur) == 0)
		return DISSECT_SHORT;
	switch (layer->next.key) {
	case PFLOG:
		n = (layer->cur.p[0] + 3u) & ~3u;
		if (n < 8)
			return DISSECT_BAD;
		break;
	case ENC:
		n = 12;
		break;
	case IPNET:
		n = 24;
		break;
	case PPP_WITH_DIRECTION:
		link = 9;
		break;
	case HDLC_WITH_DIRECTION:
		link = 104;
		break;
	case FRELAY_WITH_DIRECTION:
	default:
		link = 107;
		break;
	}
	if (layer_take(layer, n) == NULL)
		return DISSECT_SHORT;
	layer_link(layer, link);
	return DISSECT_OK;
}

const struct dissector pseudo_dissector = {
	.name = "pseudo",
	.by = BY_LINK,
	KEYS(PFLOG, ENC, IPNET, PPP_WITH_DIRECTION, HDLC_WITH_DIRECTION,
	    FRELAY_WITH_DIRECTION),
	.dissect = pseudo,
};

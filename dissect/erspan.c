/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ERSPAN types II and III (draft-foschiano-erspan-03, sections 4.2 and 4.3):
 * what a span port of a switch sends over GRE.  Type I has no header (see
 * gre.c).
 *
 *	4 bits version (1: type II, 2: type III), 12 bits VLAN, 16 bits others;
 *	type II: 12 bits reserved, 20 bits index;
 *	type III: 32 bits time, 16 bits group, 1 bit P, 5 bits frame type,
 *	6 bits hardware, 1 bit direction, 2 bits granularity, 1 bit O:
 *	8 bytes of the platform's follow
 */
#include "dissect/tunnel.h"

enum { TYPE_II = 1, TYPE_III = 2 };
enum { FRAME_ETHERNET = 0, FRAME_IP = 2 };

static enum verdict
type_iii(struct layer *layer)
{
	const uint8_t *h = layer_take(layer, 12);
	unsigned type;

	if (h == NULL)
		return DISSECT_SHORT;
	if ((h[11] & 1) != 0 && layer_take(layer, 8) == NULL)
		return DISSECT_SHORT;
	type = h[10] >> 2 & 31u;
	if (type == FRAME_ETHERNET)
		layer_link(layer, LINK_ETHERNET);
	else if (type == FRAME_IP)
		layer_link(layer, LINK_RAW);
	return DISSECT_OK;
}

static enum verdict
erspan(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *p = tunnel_peek(layer, 1);

	/* These protocol types are GRE's, and no ethertypes. */
	if (pkt->n_ip == 0)
		return DISSECT_OTHER;
	if (p == NULL)
		return DISSECT_SHORT;
	if (p[0] >> 4 == TYPE_III)
		return type_iii(layer);
	if (p[0] >> 4 != TYPE_II)
		return DISSECT_BAD;
	if (layer_take(layer, 8) == NULL)
		return DISSECT_SHORT;
	layer_link(layer, LINK_ETHERNET);
	return DISSECT_OK;
}

const struct dissector erspan_dissector = {
	.name = "erspan",
	.by = BY_ETHERTYPE,
	KEYS(0x88be, 0x22eb),
	.is_tunnel = true,
	.dissect = erspan,
};

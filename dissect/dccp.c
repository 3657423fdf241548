/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DCCP (RFC 4340, section 5.1): the ports, and that the header is whole.
 */
#include "dissect/dissect.h"

static enum verdict
dccp(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h;
	size_t hlen;

	layer_ports(layer, pkt);
	h = layer_take(layer, 12);
	if (h == NULL)
		return DISSECT_SHORT;
	hlen = h[4] * 4u;
	if (hlen < 12)
		return DISSECT_BAD;
	if (layer_take(layer, hlen - 12) == NULL)
		return DISSECT_SHORT;
	return DISSECT_OK;
}

const struct dissector dccp_dissector = {
	.name = "dccp",
	.by = BY_IP_PROTO,
	KEYS(33),
	.dissect = dccp,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP (RFC 9293).  What its data are is told by their content.
 */
#include "dissect/dissect.h"

static enum verdict
tcp(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h;
	size_t hlen;

	layer_ports(layer, pkt);
	h = layer_take(layer, 20);
	if (h == NULL)
		return DISSECT_SHORT;
	hlen = (h[12] >> 4) * 4u;
	if (hlen < 20)
		return DISSECT_BAD;
	if (hlen > 20 && layer_take(layer, hlen - 20) == NULL)
		return DISSECT_SHORT;
	if (cur_len(&layer->cur) > 0)
		layer->next = (struct next){ BY_TCP_DATA, 0, 0 };
	return DISSECT_OK;
}

const struct dissector tcp_dissector = {
	.name = "tcp",
	.by = BY_IP_PROTO,
	KEYS(6),
	.dissect = tcp,
};

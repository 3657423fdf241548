/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EtherIP (RFC 3378): 4 bits version 3, 12 bits zero, an Ethernet frame.
 */
#include "dissect/tunnel.h"

static enum verdict
etherip(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 2);

	(void)pkt;
	if (h == NULL)
		return DISSECT_SHORT;
	/* Section 3: what has another version is to be discarded. */
	if (h[0] >> 4 != 3)
		return DISSECT_BAD;
	layer_link(layer, LINK_ETHERNET);
	return DISSECT_OK;
}

const struct dissector etherip_dissector = {
	.name = "etherip",
	.by = BY_IP_PROTO,
	KEYS(97),
	.is_tunnel = true,
	.dissect = etherip,
};

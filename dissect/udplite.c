/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP-Lite (RFC 3828): UDP with a checksum coverage where the length was.
 */
#include "dissect/dissect.h"

static enum verdict
udplite(struct layer *layer, struct pkt *pkt)
{
	uint32_t wire = layer->wire_left, coverage;
	const uint8_t *h;

	layer_ports(layer, pkt);
	h = layer_take(layer, 8);
	if (h == NULL)
		return DISSECT_SHORT;
	layer->next = (struct next){ BY_UDP_PORT, be16(h), be16(h + 2) };
	/* Section 3.1: 0 means all, and the header is always covered. */
	coverage = be16(h + 4);
	if (coverage != 0 && coverage < 8)
		return DISSECT_BAD;
	if (coverage > wire && !pkt->is_fragment)
		return DISSECT_BAD;
	return DISSECT_OK;
}

const struct dissector udplite_dissector = {
	.name = "udplite",
	.by = BY_IP_PROTO,
	KEYS(136),
	.dissect = udplite,
};

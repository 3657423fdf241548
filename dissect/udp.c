/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP (RFC 768).  Its length field counts the header.
 */
#include "dissect/dissect.h"

static enum verdict
udp(struct layer *layer, struct pkt *pkt)
{
	uint32_t wire = layer->wire_left, len;
	enum verdict verdict = DISSECT_OK;
	const uint8_t *h;

	layer_ports(layer, pkt);
	h = layer_take(layer, 8);
	if (h == NULL)
		return DISSECT_SHORT;
	pkt_digest(pkt, be32(h + 4));
	len = be16(h + 4);
	if (len == 0 && (pkt->tuple.flags & TUPLE_V6) != 0) {
		/* RFC 2675, section 4: the datagram is a jumbogram. */
		len = wire;
		if (wire < 65536)
			verdict = DISSECT_BAD;
	}
	if (len < 8)
		return DISSECT_BAD;
	if (len > wire && !pkt->is_fragment)
		verdict = DISSECT_BAD;
	layer_shrink(layer, len - 8);
	layer->next = (struct next){ BY_UDP_PORT, be16(h), be16(h + 2) };
	return verdict;
}

const struct dissector udp_dissector = {
	.name = "udp",
	.by = BY_IP_PROTO,
	KEYS(17),
	.dissect = udp,
};

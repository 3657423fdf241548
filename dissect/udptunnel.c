/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What UDP carries without a header between: MPLS (RFC 7510), whose first
 * label tells nothing, and GRE (RFC 8086), version 0 and without routing.
 */
#include "dissect/tunnel.h"

enum { PORT_MPLS = 6635, PORT_GRE = 4754 };
enum { PROTO_GRE = 47, GRE_UNUSED = 0x4fff, LABELS_MAX = 8 };

/* A stack ends within a few labels, and none has used up its hops. */
static enum verdict
mpls(struct layer *layer)
{
	struct cur c = layer->cur;

	for (unsigned i = 0; i < LABELS_MAX; i++) {
		const uint8_t *h = cur_take(&c, 4);

		if (h == NULL)
			return tunnel_short(layer);
		if (h[3] == 0)
			return DISSECT_OTHER;
		if ((h[2] & 1) == 0)
			continue;
		tunnel_type(layer, ETHERTYPE_MPLS);
		return DISSECT_OK;
	}
	return DISSECT_OTHER;
}

static enum verdict
gre(struct layer *layer)
{
	const uint8_t *h = tunnel_peek(layer, 4);

	if (h == NULL)
		return tunnel_short(layer);
	if ((be16(h) & GRE_UNUSED) != 0)
		return DISSECT_OTHER;
	layer->next = (struct next){ BY_IP_PROTO, PROTO_GRE, 0 };
	return DISSECT_OK;
}

static enum verdict
udptunnel(struct layer *layer, struct pkt *pkt)
{
	const struct tuple *t = &pkt->tuple;

	return t->sport == PORT_MPLS || t->dport == PORT_MPLS ? mpls(layer)
							      : gre(layer);
}

const struct dissector udptunnel_dissector = {
	.name = "udptunnel",
	.by = BY_UDP_PORT,
	KEYS(PORT_MPLS, PORT_GRE),
	.is_tunnel = true,
	.dissect = udptunnel,
};

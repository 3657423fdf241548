/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Geneve (RFC 8926, section 3.4) and its options.
 *
 *	2 bits version, 6 bits options' length in words, O, C, 6 bits reserved,
 *	16 bits protocol type, 24 bits network, 8 bits reserved; options:
 *	16 bits class, 8 bits type, 3 bits reserved, 5 bits length in words
 */
#include "dissect/tunnel.h"

static enum verdict
options(struct cur c)
{
	const uint8_t *h;

	while (cur_len(&c) > 0) {
		h = cur_take(&c, 4);
		if (h == NULL || cur_take(&c, (h[3] & 31u) * 4) == NULL)
			return DISSECT_BAD;
	}
	return DISSECT_OK;
}

static enum verdict
geneve(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = tunnel_peek(layer, 8), *p;
	size_t len;

	(void)pkt;
	if (h == NULL)
		return tunnel_short(layer);
	if (h[0] >> 6 != 0 || (h[1] & 0x3f) != 0 || h[7] != 0 ||
	    be16(h + 2) < 0x0600)
		return DISSECT_OTHER;
	tunnel_skip(layer, 8);
	len = (h[0] & 0x3fu) * 4;
	p = layer_take(layer, len);
	if (p == NULL)
		return DISSECT_SHORT;
	tunnel_type(layer, be16(h + 2));
	return options((struct cur){ p, p + len });
}

const struct dissector geneve_dissector = {
	.name = "geneve",
	.by = BY_UDP_PORT,
	KEYS(6081),
	.is_tunnel = true,
	.dissect = geneve,
};

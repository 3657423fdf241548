/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Teredo (RFC 4380, section 5.1.1): IPv6 behind network address translators.
 *
 *	perhaps an authentication: 0x0001, lengths of identifier and value, 8
 *	bits each, both, 64 bits nonce, 8 bits confirmation;
 *	perhaps an origin: 0x0000, port and IPv4 address, inverted;
 *	an IPv6 packet; perhaps trailers
 *
 * The port may be a passing source, so the IPv6 header has to make sense.
 */
#include "dissect/tunnel.h"

enum { ORIGIN = 0, AUTHENTICATION = 1 };

/* How many bytes are before the IPv6 header, as far as they are in c. */
static size_t
indicators(const struct cur *c)
{
	size_t n = 0;

	if (cur_len(c) >= 4 && be16(c->p) == AUTHENTICATION)
		n = 4u + c->p[2] + c->p[3] + 8 + 1;
	if (cur_len(c) >= n + 2 && be16(c->p + n) == ORIGIN)
		n += 8;
	return n;
}

/*
 * Teredo's prefix (section 2.6), the one before the standard, or link-local:
 * one side of every packet has such an address.
 */
static bool
is_teredo(const uint8_t *address)
{
	return be32(address) == 0x20010000 || be32(address) == 0x3ffe831f ||
	    (be16(address) & 0xffc0) == 0xfe80;
}

static enum verdict
teredo(struct layer *layer, struct pkt *pkt)
{
	size_t n = indicators(&layer->cur);
	const uint8_t *h = tunnel_peek(layer, n + 40);

	if (h == NULL)
		return tunnel_short(layer);
	h += n;
	if (h[0] >> 4 != 6 || (!is_teredo(h + 8) && !is_teredo(h + 24)) ||
	    (n + 40 + be16(h + 4) > layer->wire_left && !pkt->is_fragment))
		return DISSECT_OTHER;
	tunnel_skip(layer, n);
	tunnel_type(layer, ETHERTYPE_IPV6);
	return DISSECT_OK;
}

const struct dissector teredo_dissector = {
	.name = "teredo",
	.by = BY_UDP_PORT,
	KEYS(3544),
	.is_tunnel = true,
	.dissect = teredo,
};

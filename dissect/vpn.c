/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encrypted tunnels, recognised; what is inside stays there: IKE and ESP in
 * UDP (RFC 7296, section 3.1; RFC 3948), WireGuard (its paper, section 5.4).
 */
#include "dissect/recognise.h"

/* Two cookies, next payload, version 1.0 or 2.0, and the message's length. */
static bool
is_ike(const struct cur *c)
{
	const uint8_t *p = c->p;

	return cur_len(c) >= 28 && (p[17] == 0x10 || p[17] == 0x20) &&
	    be32(p + 24) == cur_len(c);
}

static enum verdict
ike(struct layer *layer, struct pkt *pkt)
{
	(void)pkt;
	return is_ike(&layer->cur) ? DISSECT_OK : DISSECT_OTHER;
}

/* Port 4500: four zero bytes before IKE, an SPI before ESP, or a keep-alive. */
static enum verdict
natt(struct layer *layer, struct pkt *pkt)
{
	struct cur c = layer->cur;
	const uint8_t *p = cur_take(&c, 4);

	(void)pkt;
	if (cur_len(&layer->cur) == 1 && layer->cur.p[0] == 0xff)
		return DISSECT_OK;
	if (p == NULL || (be32(p) == 0 && !is_ike(&c)))
		return DISSECT_OTHER;
	return DISSECT_OK;
}

static enum probe
wireguard(const struct cur *data)
{
	const uint8_t *p = data->p;
	size_t n = cur_len(data);

	if (n < 32 || p[1] != 0 || p[2] != 0 || p[3] != 0)
		return PROBE_NO;
	return (p[0] == 1 && n == 148) || (p[0] == 2 && n == 92) ? PROBE_EITHER
								 : PROBE_NO;
}

const struct dissector ike_dissector = {
	.name = "ike",
	.by = BY_UDP_PORT,
	KEYS(500),
	.is_app = true,
	.dissect = ike,
};

const struct dissector natt_dissector = {
	.name = "ike",
	.by = BY_UDP_PORT,
	KEYS(4500),
	.is_app = true,
	.dissect = natt,
};

const struct dissector wireguard_dissector = {
	.name = "wireguard",
	.by = BY_UDP_DATA,
	.is_app = true,
	.first = "\x01\x02",
	.n_first = 2,
	.probe = wireguard,
	.dissect = recognise_datagram,
};

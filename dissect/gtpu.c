/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GTP-U (3GPP TS 29.281, sections 5.1 and 5.2.1): what mobile networks carry
 * their users' packets in.
 *
 *	3 bits version, PT, reserved, E, S, PN; 8 bits type; 16 bits length of
 *	what follows these eight bytes; 32 bits tunnel; if E, S or PN:
 *	16 bits number, 8 bits N-PDU number, 8 bits next extension, each of
 *	them a length in words, contents, and the next one's type
 *
 * Before that, version 0 (3GPP TS 09.60, section 6) had data and control on one
 * port, in 20 bytes: 3 bits version, PT, three ones, S; type; length of what
 * follows the 20 bytes; two numbers, 16 bits each; 8 bits number, 24 ones; 64
 * bits tunnel.
 *
 * The port is one that systems give to passing sources, so all of this has to
 * be right.
 */
#include "dissect/tunnel.h"

enum {
	VERSION_AND_TYPE = 0xf8, /* with the reserved bit */
	VERSION_1 = 0x30,
	VERSION_0 = 0x1e, /* without the last bit */
	FLAGS_OPTIONAL = 0x07,
	FLAG_EXTENSION = 0x04
};
enum { MESSAGE_T_PDU = 255, PORT_VERSION_0 = 3386 };
enum { EXTENSIONS_MAX = 16 };

/* Echo, errors, tunnel status, end marker: section 6.1. */
static bool
is_signal(uint8_t type)
{
	return type == 1 || type == 2 || type == 26 || type == 31 ||
	    type == 253 || type == 254;
}

static bool
is_ip(uint8_t first)
{
	return (first >= 0x45 && first <= 0x4f) || first >> 4 == 6;
}

static enum verdict
extensions(struct layer *layer, uint8_t type)
{
	for (unsigned i = 0; type != 0; i++) {
		const uint8_t *h = tunnel_peek(layer, 1), *p;
		size_t len;

		if (h == NULL)
			return DISSECT_SHORT;
		len = h[0] * 4u;
		if (len == 0 || i == EXTENSIONS_MAX)
			return DISSECT_BAD;
		p = layer_take(layer, len);
		if (p == NULL)
			return DISSECT_SHORT;
		type = p[len - 1];
	}
	return DISSECT_OK;
}

/* What a session carries may be IP, or a frame, which nothing tells. */
static enum verdict
contents(struct layer *layer)
{
	const uint8_t *h = tunnel_peek(layer, 1);

	if (layer->wire_left == 0)
		return DISSECT_OK;
	if (h == NULL)
		return DISSECT_SHORT;
	if (is_ip(h[0]))
		layer_link(layer, LINK_RAW);
	return DISSECT_OK;
}

static enum verdict
t_pdu(struct layer *layer, uint8_t flags)
{
	enum verdict verdict = DISSECT_OK;
	const uint8_t *h;

	if ((flags & FLAGS_OPTIONAL) != 0) {
		h = layer_take(layer, 4);
		if (h == NULL)
			return DISSECT_SHORT;
		if ((flags & FLAG_EXTENSION) != 0)
			verdict = extensions(layer, h[3]);
	}
	return verdict == DISSECT_OK ? contents(layer) : verdict;
}

/* On its port are also charging records, which are another format. */
static enum verdict
version_0(struct layer *layer, const struct pkt *pkt)
{
	const uint8_t *h = tunnel_peek(layer, 20);
	uint32_t len;

	if (h == NULL)
		return tunnel_short(layer);
	len = be16(h + 2);
	if ((h[0] & 0xfe) != VERSION_0 || h[1] != MESSAGE_T_PDU ||
	    (len + 20 > layer->wire_left && !pkt->is_fragment))
		return DISSECT_OTHER;
	tunnel_skip(layer, 20);
	layer_shrink(layer, len);
	return contents(layer);
}

static enum verdict
gtpu(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = tunnel_peek(layer, 8);
	uint32_t len;

	if (pkt->tuple.dport == PORT_VERSION_0 ||
	    pkt->tuple.sport == PORT_VERSION_0)
		return version_0(layer, pkt);
	if (h == NULL)
		return tunnel_short(layer);
	len = be16(h + 2);
	if ((h[0] & VERSION_AND_TYPE) != VERSION_1 ||
	    (h[1] != MESSAGE_T_PDU && !is_signal(h[1])) ||
	    (len + 8 > layer->wire_left && !pkt->is_fragment))
		return DISSECT_OTHER;
	tunnel_skip(layer, 8);
	layer_shrink(layer, len);
	return h[1] == MESSAGE_T_PDU ? t_pdu(layer, h[0]) : DISSECT_OK;
}

const struct dissector gtpu_dissector = {
	.name = "gtpu",
	.by = BY_UDP_PORT,
	KEYS(2152, PORT_VERSION_0),
	.is_tunnel = true,
	.dissect = gtpu,
};

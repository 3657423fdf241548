/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STUN (RFC 8489, section 5), and with it TURN (RFC 8656), on whatever port:
 * recognised by the magic cookie and the length.
 */
#include "dissect/dissect.h"

enum { HEADER = 20 };

static const uint32_t cookie = 0x2112a442;

static enum probe
probe(const struct cur *data)
{
	const uint8_t *p = data->p;
	size_t len = cur_len(data);

	if (len < HEADER || be32(p + 4) != cookie || p[0] >= 0x40)
		return PROBE_NO;
	/* Some don't fill up to multiples of four, as they should. */
	if (be16(p + 2) != len - HEADER &&
	    (be16(p + 2) % 4 != 0 || be16(p + 2) > len - HEADER))
		return PROBE_NO;
	/* The two bits of the class: a request or indication, or not. */
	return (p[0] & 1) == 0 ? PROBE_CLIENT : PROBE_SERVER;
}

static enum verdict
stun(struct layer *layer, struct pkt *pkt)
{
	(void)layer;
	(void)pkt;
	return DISSECT_OK;
}

/* Section 5: methods that exist have a type below 0x0200. */
const struct dissector stun_dissector = {
	.name = "stun",
	.by = BY_UDP_DATA,
	.first = "\0\1",
	.n_first = 2,
	.is_app = true,
	.probe = probe,
	.dissect = stun,
};

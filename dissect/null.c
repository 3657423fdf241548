/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BSD loopback: the address family in the host's byte order, and that host
 * may have been another one.  A family fits into 16 bits, so the half that is
 * not zero tells the order.  Some writers put an ethertype there.
 */
#include "dissect/dissect.h"

/* AF_INET6 differs: NetBSD and OpenBSD, FreeBSD, macOS, Windows, Linux. */
enum {
	FAMILY_INET = 2,
	FAMILY_INET6_LINUX = 10,
	FAMILY_INET6_WINDOWS = 23,
	FAMILY_INET6_BSD = 24,
	FAMILY_INET6_FREEBSD = 28,
	FAMILY_INET6_MACOS = 30
};

static enum verdict
null(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 4);
	uint32_t family;

	(void)pkt;
	if (h == NULL)
		return DISSECT_SHORT;
	family = be32(h);
	if (family >> 16 != 0)
		family = (uint32_t)h[3] << 24 | (uint32_t)h[2] << 16 |
		    (uint32_t)h[1] << 8 | h[0];
	switch (family) {
	case FAMILY_INET:
		family = ETHERTYPE_IPV4;
		break;
	case FAMILY_INET6_LINUX:
	case FAMILY_INET6_WINDOWS:
	case FAMILY_INET6_BSD:
	case FAMILY_INET6_FREEBSD:
	case FAMILY_INET6_MACOS:
		family = ETHERTYPE_IPV6;
		break;
	default:
		break;
	}
	if (family > 1500 && family <= 0xffff)
		layer->next = (struct next){ BY_ETHERTYPE, family, 0 };
	return DISSECT_OK;
}

const struct dissector null_dissector = {
	.name = "null",
	.by = BY_LINK,
	KEYS(0, 108),
	.dissect = null,
};

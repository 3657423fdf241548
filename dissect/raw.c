/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No link layer at all: the version nibble of the IP header decides, also
 * where the link type promises one version.
 */
#include "dissect/dissect.h"

static enum verdict
raw(struct layer *layer, struct pkt *pkt)
{
	(void)pkt;
	if (cur_len(&layer->cur) == 0)
		return DISSECT_SHORT;
	switch (layer->cur.p[0] >> 4) {
	case 4:
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_IPV4, 0 };
		return DISSECT_OK;
	case 6:
		layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_IPV6, 0 };
		return DISSECT_OK;
	default:
		return DISSECT_BAD;
	}
}

/* DLT_RAW differs: most systems, OpenBSD, in files; then IPv4 and IPv6. */
const struct dissector raw_dissector = {
	.name = "raw",
	.by = BY_LINK,
	KEYS(12, 14, 101, 228, 229),
	.dissect = raw,
};

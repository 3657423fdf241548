/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linux cooked capture (LINKTYPE_LINUX_SLL): what capturing on "any" gives.
 *
 *	0 packet type, 2 ARPHRD, 4 address length, 6 address, 14 protocol
 */
#include "dissect/sll.h"

static enum verdict
sll(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 16);

	(void)pkt;
	if (h == NULL)
		return DISSECT_SHORT;
	sll_protocol(layer, be16(h + 2), be16(h + 14));
	return DISSECT_OK;
}

const struct dissector sll_dissector = {
	.name = "sll",
	.by = BY_LINK,
	KEYS(113),
	.dissect = sll,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linux cooked capture, version 2 (LINKTYPE_LINUX_SLL2).
 *
 *	0 protocol, 2 zero, 4 interface index, 8 ARPHRD, 10 packet type,
 *	11 address length, 12 address
 */
#include "dissect/sll.h"

static enum verdict
sll2(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 20);

	(void)pkt;
	if (h == NULL)
		return DISSECT_SHORT;
	sll_protocol(layer, be16(h + 8), be16(h));
	return DISSECT_OK;
}

const struct dissector sll2_dissector = {
	.name = "sll2",
	.by = BY_LINK,
	KEYS(276),
	.dissect = sll2,
};

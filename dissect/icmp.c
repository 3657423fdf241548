/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMP (RFC 792) and ICMPv6 (RFC 4443): type, code and checksum.  The packet
 * that an error quotes is not traffic and is not looked at.
 */
#include "dissect/dissect.h"

static enum verdict
icmp(struct layer *layer, struct pkt *pkt)
{
	(void)pkt;
	return layer_take(layer, 4) != NULL ? DISSECT_OK : DISSECT_SHORT;
}

const struct dissector icmp_dissector = {
	.name = "icmp",
	.by = BY_IP_PROTO,
	KEYS(1, 58),
	.dissect = icmp,
};

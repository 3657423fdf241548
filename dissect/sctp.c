/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCTP (RFC 9260, section 3.1): ports, verification tag and checksum.
 */
#include "dissect/dissect.h"

static enum verdict
sctp(struct layer *layer, struct pkt *pkt)
{
	layer_ports(layer, pkt);
	return layer_take(layer, 12) != NULL ? DISSECT_OK : DISSECT_SHORT;
}

const struct dissector sctp_dissector = {
	.name = "sctp",
	.by = BY_IP_PROTO,
	KEYS(132),
	.dissect = sctp,
};

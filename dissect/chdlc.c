/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cisco's HDLC: PPP's older relative, with ethertypes for protocols.  RFC
 * 1547, section 4.3.1, and LINKTYPE_C_HDLC describe it.
 *
 *	0 address (unicast 0x0f, broadcast 0x8f), 1 zero, 2 protocol
 */
#include "dissect/dissect.h"

enum { SLARP = 0x8035, CDP = 0x2000, OSI = 0xfefe };

static enum verdict
chdlc(struct layer *layer, struct pkt *pkt)
{
	const uint8_t *h = layer_take(layer, 4);
	uint16_t protocol;

	if (h == NULL)
		return DISSECT_SHORT;
	protocol = be16(h + 2);
	if (protocol == SLARP) /* keepalives; RARP's number, but not RARP */
		pkt_note_net(pkt, NET_OTHER);
	else if (protocol == CDP)
		layer->next = (struct next){ BY_SNAP_CISCO, CDP, 0 };
	else if (protocol == OSI)
		layer->next = (struct next){ BY_LLC_SAP, 0xfe, 0 };
	else if (protocol > 1500)
		layer->next = (struct next){ BY_ETHERTYPE, protocol, 0 };
	return DISSECT_OK;
}

const struct dissector chdlc_dissector = {
	.name = "chdlc",
	.by = BY_LINK,
	KEYS(104),
	.dissect = chdlc,
};

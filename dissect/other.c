/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is recognised and not followed: links that carry no network, and
 * protocols of a link or of a network other than IP.  They are counted as
 * such, so that what is unknown is really unknown.
 */
#include "dissect/dissect.h"

static enum verdict
other(struct layer *layer, struct pkt *pkt)
{
	(void)layer;
	pkt_note_net(pkt, NET_OTHER);
	return DISSECT_OK;
}

const struct dissector other_link_dissector = {
	.name = "other_link",
	.by = BY_LINK,
	/* USB */
	KEYS(186, 189, 220, 249, 266, 288,
	    /* Bluetooth */
	    187, 201, 251, 254, 255, 256, 272,
	    /* IEEE 802.15.4 */
	    195, 215, 230, 283,
	    /* CAN, netlink, D-Bus, virtual machines' sockets */
	    190, 227, 253, 231, 271),
	.dissect = other,
};

const struct dissector other_type_dissector = {
	.name = "other_type",
	.by = BY_ETHERTYPE,
	/* PPPoE discovery, pause frames, link aggregation, 802.1X */
	KEYS(0x8863, 0x8808, 0x8809, 0x888e,
	    /* loopback, CFM, precision time, wake on LAN, LLTD, RRCP */
	    0x9000, 0x8902, 0x88f7, 0x0842, 0x88d9, 0x8899,
	    /* Homeplug twice, IEEE 1905, MVRP, MMRP, IEEE 1722 */
	    0x887b, 0x88e1, 0x893a, 0x88f5, 0x88f6, 0x22f0,
	    /* IS-IS of TRILL, Microsoft's load balancing */
	    0x22f4, 0x886f,
	    /* Fibre Channel, its set-up, ATA */
	    0x8906, 0x8914, 0x88a2,
	    /* PROFINET, EtherCAT, Powerlink, GOOSE, GSE, SV, SERCOS, HSR, PRP */
	    0x8892, 0x88a4, 0x88ab, 0x88b8, 0x88b9, 0x88ba, 0x88cd, 0x892f,
	    0x88fb,
	    /* IPX, DECnet, LAT, AppleTalk and its ARP, NetBEUI, VINES */
	    0x8137, 0x8138, 0x6001, 0x6002, 0x6003, 0x6004, 0x809b, 0x80f3,
	    0x8191, 0x0bad,
	    /* CAN and CAN FD, as Linux numbers them */
	    0x000c, 0x000d),
	.dissect = other,
};

/* Spanning tree, OSI (IS-IS), IPX, NetBIOS. */
const struct dissector other_sap_dissector = {
	.name = "other_sap",
	.by = BY_LLC_SAP,
	KEYS(0x42, 0xfe, 0xe0, 0xf0),
	.dissect = other,
};

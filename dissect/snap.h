/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SNAP (IEEE 802, section 9): an OUI and a protocol that it numbers.  LLC,
 * frame relay and ATM all come to it, each by a key of their own.
 */
#ifndef DISSECT_SNAP_H
#define DISSECT_SNAP_H

#include "dissect/dissect.h"

enum {
	OUI_ETHERTYPE = 0x000000, /* RFC 1042 */
	OUI_BRIDGE_TUNNEL = 0x0000f8, /* IEEE 802.1H */
	OUI_CISCO = 0x00000c,
	OUI_8021 = 0x0080c2, /* bridged frames: RFC 2427, RFC 2684 */
	PID_ETHERNET_FCS = 1,
	PID_ETHERNET = 7
};

/* Reads the header; pad is what stands before a bridged Ethernet frame. */
MUST_CHECK
static inline enum verdict
layer_snap(struct layer *layer, unsigned pad)
{
	const uint8_t *h = layer_take(layer, 5);
	uint32_t oui;
	uint16_t pid;

	if (h == NULL)
		return DISSECT_SHORT;
	oui = be24(h);
	pid = be16(h + 3);
	if (oui == OUI_CISCO)
		layer->next = (struct next){ BY_SNAP_CISCO, pid, 0 };
	if ((oui == OUI_ETHERTYPE || oui == OUI_BRIDGE_TUNNEL) && pid > 1500)
		layer->next = (struct next){ BY_ETHERTYPE, pid, 0 };
	if (oui != OUI_8021 || (pid != PID_ETHERNET_FCS && pid != PID_ETHERNET))
		return DISSECT_OK;
	if (pid == PID_ETHERNET_FCS)
		layer_trim(layer, 4);
	if (layer_take(layer, pad) == NULL)
		return DISSECT_SHORT;
	layer_link(layer, LINK_ETHERNET);
	return DISSECT_OK;
}

#endif

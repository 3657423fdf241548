/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two "cooked" headers of Linux have in common: the protocol field
 * means something else for some types of device.
 */
#ifndef DISSECT_SLL_H
#define DISSECT_SLL_H

#include "dissect/dissect.h"

/* ARPHRD_ numbers, https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html */
enum {
	ARPHRD_FRAME_RELAY = 770,
	ARPHRD_80211 = 801,
	ARPHRD_80211_PRISM = 802,
	ARPHRD_80211_RADIOTAP = 803,
	ARPHRD_NETLINK = 824
};

/* Names the successor of a header whose device has type arphrd. */
static inline void
sll_protocol(struct layer *layer, uint16_t arphrd, uint16_t protocol)
{
	switch (arphrd) {
	case ARPHRD_FRAME_RELAY:
		layer_link(layer, 107);
		return;
	case ARPHRD_80211:
		layer_link(layer, LINK_80211);
		return;
	case ARPHRD_80211_PRISM:
		layer_link(layer, 119);
		return;
	case ARPHRD_80211_RADIOTAP:
		layer_link(layer, 127);
		return;
	case ARPHRD_NETLINK:
		layer_link(layer, 253);
		return;
	default:
		break;
	}
	/*
	 * Below the ethertypes: 1 is 802.3 without LLC, 3 Ethernet, 4 is
	 * 802.2, 0x000c and 0x000d are CAN.
	 */
	if (protocol == 3)
		layer_link(layer, LINK_ETHERNET);
	else if (protocol > 1500 || protocol == 1 ||
	    protocol == ETHERTYPE_LLC || protocol == 0x000c ||
	    protocol == 0x000d)
		layer->next = (struct next){ BY_ETHERTYPE, protocol, 0 };
}

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the headers of radios say to the 802.11 dissector, in the only way that
 * layers speak: by the key of their successor.
 */
#ifndef DISSECT_WLAN_H
#define DISSECT_WLAN_H

/* No DLT_ value: a frame whose header is padded to a multiple of four. */
enum { LINK_80211_PADDED = 510 };

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PPP in all its dress: PPPoE, HDLC-like framing, compressed fields; and
 * Cisco's HDLC.
 */
#include "tests/lib/frame.h"

/* clang-format off */
#define LCP "\xc0\x21\x09\x01\x00\x08\x00\x00\x00\x00"

static const struct frame_case cases[] = {
	{ FRAME("PPPoE session, padding", 1, DISSECT_OK, 50,
	    ETH("\x88\x64") "\x11\x00\x00\x07\x00\x1e" "\x00\x21"
	    SMALL4 "\x00\x00\x00"),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("PPPoE, echo request", 1, DISSECT_OK, 22,
	    ETH("\x88\x64") "\x11\x00\x00\x07\x00\x0a" LCP),
	    NET_OTHER, 0, "" },
	{ FRAME("PPPoE, longer than the packet", 1, DISSECT_BAD, 0,
	    ETH("\x88\x64") "\x11\x00\x00\x07\x00\x1f" "\x00\x21" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("PPPoE, padding is not contents", 1, DISSECT_BAD, 0,
	    ETH("\x88\x64") "\x11\x00\x00\x07\x00\x15" "\x00\x31\x00\x01"
	    ETH("\x00\x04") "\x42\x42\x03" "\x00\x00\x00"),
	    NET_LLC, 0, "" },
	{ FRAME("PPPoE, version 2", 1, DISSECT_BAD, 0,
	    ETH("\x88\x64") "\x21\x00\x00\x07\x00\x1e" "\x00\x21" SMALL4),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("PPPoE discovery", 1, DISSECT_OK, 14,
	    ETH("\x88\x63") "\x11\x09\x00\x00\x00\x00"),
	    NET_OTHER, 0, "" },
	{ FRAME("PPPoE without Ethernet", 51, DISSECT_OK, 56,
	    "\x11\x00\x00\x07\x00\x32" "\x00\x57" SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("discovery without Ethernet", 51, DISSECT_OK, 6,
	    "\x11\x09\x00\x00\x00\x00"),
	    NET_OTHER, 0, "" },
	{ FRAME("PPP", 9, DISSECT_OK, 32,
	    "\xff\x03" "\x00\x21" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("PPP, all compressed", 9, DISSECT_OK, 29,
	    "\x21" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("PPP, only the address", 9, DISSECT_OK, 30,
	    "\x00\x21" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("PPP with pppd's direction", 166, DISSECT_OK, 32,
	    "\x01\x03" "\x00\x21" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("MPLS", 50, DISSECT_OK, 36,
	    "\xff\x03" "\x02\x81" "\x00\x01\x01\x40" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("bridged, LAN identification, check sequence", 9, DISSECT_OK,
	    50, "\x00\x31" "\xc0\x01" "\x00\x00\x00\x01"
	    ETH4 SMALL4 "\xff\xff\xff\xff"),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("bridged token ring", 9, DISSECT_OK, 4,
	    "\x00\x31" "\x00\x03" "\x00\x00\x00\x01"),
	    NET_OTHER, 0, "" },
	{ FRAME("multilink, whole", 9, DISSECT_OK, 38,
	    "\xff\x03" "\x00\x3d" "\xc0\x00\x00\x01" "\x00\x21" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("multilink, a part", 9, DISSECT_OK, 6,
	    "\x00\x3d" "\x80\x00\x00\x01" "\x00\x21" SMALL4),
	    NET_OTHER, 0, "" },
	{ FRAME("OSI", 9, DISSECT_OK, 2, "\x00\x23" "\x83"),
	    NET_OTHER, 0, "" },
	{ FRAME("encrypted", 9, DISSECT_OK, 1, "\xfd" "\x00\x00"),
	    NET_OTHER, 0, "" },
	{ FRAME("another protocol", 9, DISSECT_OK, 2, "\x00\x55" "\x00"),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("Cisco's HDLC", 104, DISSECT_OK, 32,
	    "\x0f\x00\x08\x00" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("the same in a file of PPP", 50, DISSECT_OK, 32,
	    "\x8f\x00\x08\x00" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("SLARP is not RARP", 104, DISSECT_OK, 4,
	    "\x8f\x00\x80\x35" "\x00\x00\x00\x02"),
	    NET_OTHER, 0, "" },
	{ FRAME("OSI in Cisco's HDLC", 104, DISSECT_OK, 4,
	    "\x0f\x00\xfe\xfe" "\x03\x83"),
	    NET_OTHER, 0, "" },
	{ FRAME("address without control", 9, DISSECT_BAD, 0,
	    "\xff\x13" "\x00\x21" SMALL4),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("header cut", 104, DISSECT_BAD, 0, "\x0f\x00\x08"),
	    NET_UNKNOWN, 0, "" },
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	FRAME_CASES(cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

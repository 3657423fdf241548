/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Old local networks: the rings, ARCNET; and Ethernet on cable.
 */
#include "tests/lib/frame.h"

/* clang-format off */
#define SNAP4 "\xaa\xaa\x03" "\x00\x00\x00\x08\x00"
#define A1 "\x02\x00\x00\x00\x00\x01"

static const struct frame_case cases[] = {
	{ FRAME("Token Ring", 6, DISSECT_OK, 50,
	    "\x10\x40" MACS SNAP4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("Token Ring, source routing", 6, DISSECT_OK, 56,
	    "\x10\x40" A1 "\x82\x00\x00\x00\x00\x02"
	    "\x06\x30\x00\x11\x00\x20" SNAP4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("a route without a length", 6, DISSECT_BAD, 0,
	    "\x10\x40" A1 "\x82\x00\x00\x00\x00\x02" "\x00\x30" SNAP4),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("Token Ring, monitor present", 6, DISSECT_OK, 14,
	    "\x10\x05" MACS),
	    NET_OTHER, 0, "" },
	{ FRAME("FDDI", 10, DISSECT_OK, 49,
	    "\x50" MACS SNAP4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("FDDI, station management", 10, DISSECT_OK, 13,
	    "\x41" MACS),
	    NET_OTHER, 0, "" },
	{ FRAME("ARCNET of Linux", 129, DISSECT_OK, 36,
	    "\x01\x02\x00\x00\xd4" "\x00\x00\x01" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("ARCNET of BSD, IPv6", 7, DISSECT_OK, 54,
	    "\x01\x02\xc4" "\x00\x00\x01" SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("ARCNET, RFC 1051", 129, DISSECT_OK, 33,
	    "\x01\x02\x00\x00\xf0" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("ARCNET, exception", 7, DISSECT_OK, 38,
	    "\x01\x02\xd4" "\xff\xff\xff" "\x00\x00\x00\x01" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("ARCNET, a fragment", 129, DISSECT_OK, 8,
	    "\x01\x02\x00\x00\xd4" "\x01\x00\x01" SMALL4),
	    NET_OTHER, 0, "" },
	{ FRAME("ARCNET, ARP", 129, DISSECT_OK, 18,
	    "\x01\x02\x00\x00\xd5" "\x00\x00\x01"
	    "\x00\x07\x08\x00\x00\x01\x00\x01\x01\x01"),
	    NET_ARP, 0, "" },
	{ FRAME("DOCSIS", 143, DISSECT_OK, 48,
	    "\x00\x00\x00\x2e" "\x00\x00" ETH4 SMALL4 "\xff\xff\xff\xff"),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("DOCSIS, extended header, LLC", 143, DISSECT_OK, 26,
	    "\x01\x03\x00\x18" "\x30\x01\x00" "\x00\x00"
	    ETH("\x00\x03") "\x42\x42\x03" "\xff\xff\xff\xff" "\xee"),
	    NET_LLC, 0, "" },
	{ FRAME("DOCSIS, management", 143, DISSECT_OK, 4,
	    "\xc2\x00\x00\x18" "\x00\x00"),
	    NET_OTHER, 0, "" },
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

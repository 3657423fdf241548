/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frame relay and ATM: multiprotocol encapsulation.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("IPv4", 107, DISSECT_OK, 32,
	    "\x18\x41" "\x03\xcc" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("a long address, a pad, IPv6", 107, DISSECT_OK, 55,
	    "\x18\x40\x00\x01" "\x03\x00\x8e" SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("SNAP", 107, DISSECT_OK, 38,
	    "\x18\x41" "\x03\x00\x80" "\x00\x00\x00\x08\x00" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("bridged Ethernet", 107, DISSECT_OK, 52,
	    "\x18\x41" "\x03\x00\x80" "\x00\x80\xc2\x00\x07" ETH4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("PPP", 107, DISSECT_OK, 33,
	    "\x18\x41" "\x03\xcf" "\x21" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("Cisco's encapsulation", 107, DISSECT_OK, 32,
	    "\x18\x41" "\x08\x00" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("management", 107, DISSECT_OK, 4,
	    "\x00\x01" "\x03\x08" "\x00\x75"),
	    NET_OTHER, 0, "" },
	{ FRAME("IS-IS", 107, DISSECT_OK, 5,
	    "\x18\x41" "\x03\x00\x83"),
	    NET_OTHER, 0, "" },
	{ FRAME("address cut", 107, DISSECT_BAD, 0, "\x18\x40\x00"),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("ATM, LLC", 11, DISSECT_OK, 36,
	    "\xaa\xaa\x03" "\x00\x00\x00\x08\x00" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("ATM, bridged Ethernet, a pad", 11, DISSECT_OK, 52,
	    "\xaa\xaa\x03" "\x00\x80\xc2\x00\x01" "\x00\x00" ETH4 SMALL4
	    "\xff\xff\xff\xff"),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("ATM, a circuit of IPv4", 11, DISSECT_OK, 28, SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("ATM, OSI", 11, DISSECT_OK, 3, "\xfe\xfe\x03" "\x83"),
	    NET_LLC, 0, "" },
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

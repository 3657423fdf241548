/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LLC, and IP behind it.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("spanning tree", 1, DISSECT_OK, 17,
	    ETH("\x00\x07") "\x42\x42\x03" "\x00\x00\x00\x00"),
	    NET_LLC, 0, "" },
	{ FRAME("raw IPX", 1, DISSECT_OK, 17,
	    ETH("\x00\x04") "\xff\xff\x00\x04"),
	    NET_LLC, 0, "" },
	{ FRAME("SNAP, IPv4, padding", 1, DISSECT_OK, 50,
	    ETH("\x00\x24") "\xaa\xaa\x03" "\x00\x00\x00\x08\x00"
	    SMALL4 "\x00\x00"),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("SNAP of 802.1H", 1, DISSECT_OK, 50,
	    ETH("\x00\x24") "\xaa\xaa\x03" "\x00\x00\xf8\x08\x00"
	    SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("SNAP of a vendor", 1, DISSECT_OK, 22,
	    ETH("\x00\x24") "\xaa\xaa\x03" "\x00\x00\x0c\x08\x00"
	    SMALL4),
	    NET_LLC, 0, "" },
	{ FRAME("SNAP with a length", 1, DISSECT_OK, 22,
	    ETH("\x00\x0b") "\xaa\xaa\x03" "\x00\x00\x00\x00\x03"
	    "\xaa\xaa\x03"),
	    NET_LLC, 0, "" },
	{ FRAME("SAP of IP", 1, DISSECT_OK, 45,
	    ETH("\x00\x1f") "\x06\x06\x03"
	    SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("SNAP of 802.1, Ethernet, check sequence", 1, DISSECT_OK, 64,
	    ETH("\x00\x36") "\xaa\xaa\x03" "\x00\x80\xc2\x00\x01"
	    ETH4 SMALL4 "\xff\xff\xff\xff"),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("a frame too long for a length", 1, DISSECT_OK, 50,
	    ETH("\x88\x70") "\xaa\xaa\x03" "\x00\x00\x00\x08\x00"
	    SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("supervisory frame", 1, DISSECT_OK, 17,
	    ETH("\x00\x04") "\xaa\xaa\x01\x01"),
	    NET_LLC, 0, "" },
	{ FRAME("SNAP cut by the length", 1, DISSECT_BAD, 0,
	    ETH("\x00\x07") "\xaa\xaa\x03" "\x00\x00\x00\x08\x00"
	    SMALL4),
	    NET_LLC, 0, "" },
	{ FRAME("length 2", 1, DISSECT_BAD, 0,
	    ETH("\x00\x02") "\x42\x42\x03"),
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

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ethernet II and 802.3.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("IPv4", 1, DISSECT_OK, 42,
	    ETH4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("IPv4 with padding", 1, DISSECT_OK, 42,
	    ETH4 SMALL4 "\xff\xff\xff\xff\xff\xff"),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("unknown ethertype", 1, DISSECT_OK, 14,
	    ETH("\x88\xb5") "abc"),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("neither length nor type", 1, DISSECT_OK, 14,
	    ETH("\x05\xdd") "\xaa\xaa\x03"),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("type 1535", 1, DISSECT_OK, 14,
	    ETH("\x05\xff") "\xaa\xaa\x03"),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("length, then padding", 1, DISSECT_OK, 17,
	    ETH("\x00\x03") "\x42\x42\x03" "\x00\x00\x00"),
	    NET_LLC, 0, "" },
	{ FRAME("length beyond the frame", 1, DISSECT_BAD, 0,
	    ETH("\x00\x04") "\x42\x42\x03"),
	    NET_LLC, 0, "" },
	{ FRAME("header cut", 1, DISSECT_BAD, 0,
	    MACS "\x08"),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("nothing", 1, DISSECT_BAD, 0,
	    ""),
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

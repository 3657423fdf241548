/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMP of both versions: no ports, and the packet quoted is not counted.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("echo request", 1, DISSECT_OK, 38,
	    ETH4 IP4("\x45", "\x00\x1c", "\x00\x00", "\x01")
	    "\x08\x00\x00\x00\x00\x01\x00\x01"),
	    NET_IP4, 28, "10.0.0.1 > 10.0.0.2 1" },
	{ FRAME("port unreachable", 1, DISSECT_OK, 38,
	    ETH4 IP4("\x45", "\x00\x38", "\x00\x00", "\x01")
	    "\x03\x03\x00\x00\x00\x00\x00\x00"
	    SMALL4),
	    NET_IP4, 56, "10.0.0.1 > 10.0.0.2 1" },
	{ FRAME("ICMPv6", 1, DISSECT_OK, 58,
	    ETH6 IP6("\x00\x08", "\x3a") "\x80\x00\x00\x00\x00\x01\x00\x01"),
	    NET_IP6, 48, "2001:db8::1 > 2001:db8::2 58" },
	{ FRAME("header cut", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x17", "\x00\x00", "\x01") "\x08\x00\x00"),
	    NET_IP4, 23, "10.0.0.1 > 10.0.0.2 1" },
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

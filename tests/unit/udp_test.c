/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP: its length field against the packet's.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("no data", 1, DISSECT_OK, 42,
	    ETH4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("length below eight", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x1c", "\x00\x00", "\x11") UDP("\x00\x07")),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("length 0 in IPv4", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x1c", "\x00\x00", "\x11") UDP("\x00\x00")),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("length 0 without a jumbogram", 1, DISSECT_BAD, 0,
	    ETH6 IP6("\x00\x08", "\x11") UDP("\x00\x00")),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("length beyond the packet", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x1c", "\x00\x00", "\x11") UDP("\x00\x09")),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("length within the packet", 1, DISSECT_OK, 42,
	    ETH4 IP4("\x45", "\x00\x1d", "\x00\x00", "\x11") UDP("\x00\x08")
	    "x"),
	    NET_IP4, 29, SMALL4_FLOW },
	{ FRAME("header cut", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x1b", "\x00\x00", "\x11")
	    "\x03\xe8\x00\x09\x00\x08\x00"),
	    NET_IP4, 27, SMALL4_FLOW },
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

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP-Lite: the coverage field.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("all covered", 1, DISSECT_OK, 42,
	    ETH4 IP4("\x45", "\x00\x1d", "\x00\x00", "\x88") UDP("\x00\x00")
	    "x"),
	    NET_IP4, 29, "10.0.0.1.1000 > 10.0.0.2.9 136" },
	{ FRAME("header covered", 1, DISSECT_OK, 42,
	    ETH4 IP4("\x45", "\x00\x1d", "\x00\x00", "\x88") UDP("\x00\x08")
	    "x"),
	    NET_IP4, 29, "10.0.0.1.1000 > 10.0.0.2.9 136" },
	{ FRAME("half a header covered", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x1d", "\x00\x00", "\x88") UDP("\x00\x04")
	    "x"),
	    NET_IP4, 29, "10.0.0.1.1000 > 10.0.0.2.9 136" },
	{ FRAME("more covered than there is", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x1d", "\x00\x00", "\x88") UDP("\x00\x0a")
	    "x"),
	    NET_IP4, 29, "10.0.0.1.1000 > 10.0.0.2.9 136" },
	{ FRAME("header cut", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x18", "\x00\x00", "\x88")
	    "\x03\xe8\x00\x09"),
	    NET_IP4, 24, "10.0.0.1.1000 > 10.0.0.2.9 136" },
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

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP: ports count with four bytes, whatever the header becomes.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("no data", 1, DISSECT_OK, 54,
	    ETH4 IP4("\x45", "\x00\x28", "\x00\x00", "\x06") TCP("\x50")),
	    NET_IP4, 40, "10.0.0.1.1000 > 10.0.0.2.80 6" },
	{ FRAME("options and data", 1, DISSECT_OK, 58,
	    ETH4 IP4("\x45", "\x00\x2e", "\x00\x00", "\x06") TCP("\x60")
	    "\x01\x01\x01\x00" "hi"),
	    NET_IP4, 46, "10.0.0.1.1000 > 10.0.0.2.80 6" },
	{ FRAME("data offset 4", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x28", "\x00\x00", "\x06") TCP("\x40")),
	    NET_IP4, 40, "10.0.0.1.1000 > 10.0.0.2.80 6" },
	{ FRAME("data offset beyond the packet", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x28", "\x00\x00", "\x06") TCP("\xf0")),
	    NET_IP4, 40, "10.0.0.1.1000 > 10.0.0.2.80 6" },
	{ FRAME("only ports", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x18", "\x00\x00", "\x06")
	    "\x03\xe8\x00\x50"),
	    NET_IP4, 24, "10.0.0.1.1000 > 10.0.0.2.80 6" },
	{ FRAME("ports cut", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x17", "\x00\x00", "\x06") "\x03\xe8\x00"),
	    NET_IP4, 23, "10.0.0.1 > 10.0.0.2 6" },
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

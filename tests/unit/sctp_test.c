/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCTP: the common header.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("common header", 1, DISSECT_OK, 46,
	    ETH4 IP4("\x45", "\x00\x20", "\x00\x00", "\x84")
	    "\x03\xe8\x00\x09\x00\x00\x00\x01\x00\x00\x00\x00"),
	    NET_IP4, 32, "10.0.0.1.1000 > 10.0.0.2.9 132" },
	{ FRAME("only ports", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x18", "\x00\x00", "\x84")
	    "\x03\xe8\x00\x09"),
	    NET_IP4, 24, "10.0.0.1.1000 > 10.0.0.2.9 132" },
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

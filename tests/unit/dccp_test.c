/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DCCP: ports and a data offset.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("extended sequence numbers", 1, DISSECT_OK, 50,
	    ETH4 IP4("\x45", "\x00\x24", "\x00\x00", "\x21")
	    "\x03\xe8\x00\x09\x04\x00\x00\x00"
	    "\x05\x00\x00\x00\x00\x00\x00\x01"),
	    NET_IP4, 36, "10.0.0.1.1000 > 10.0.0.2.9 33" },
	{ FRAME("data offset within the header", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x20", "\x00\x00", "\x21")
	    "\x03\xe8\x00\x09\x02\x00\x00\x00\x04\x00\x00\x01"),
	    NET_IP4, 32, "10.0.0.1.1000 > 10.0.0.2.9 33" },
	{ FRAME("data offset beyond the packet", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x20", "\x00\x00", "\x21")
	    "\x03\xe8\x00\x09\x04\x00\x00\x00\x04\x00\x00\x01"),
	    NET_IP4, 32, "10.0.0.1.1000 > 10.0.0.2.9 33" },
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

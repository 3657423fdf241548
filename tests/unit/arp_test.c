/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARP is counted, and must be whole.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("request, padding", 1, DISSECT_OK, 42,
	    ETH("\x08\x06") "\x00\x01\x08\x00\x06\x04\x00\x01"
	    "\x02\x00\x00\x00\x00\x01" "\x0a\x00\x00\x01"
	    "\x00\x00\x00\x00\x00\x00" "\x0a\x00\x00\x02" "\x00\x00"),
	    NET_ARP, 0, "" },
	{ FRAME("RARP", 1, DISSECT_OK, 24,
	    ETH("\x80\x35") "\x00\x01\x08\x00\x00\x01\x00\x03" "\x01\x02"),
	    NET_ARP, 0, "" },
	{ FRAME("addresses longer than the packet", 1, DISSECT_BAD, 0,
	    ETH("\x08\x06") "\x00\x01\x08\x00\xff\xff\x00\x01" "\x01\x02"),
	    NET_ARP, 0, "" },
	{ FRAME("header cut", 1, DISSECT_BAD, 0,
	    ETH("\x08\x06") "\x00\x01\x08\x00\x06\x04\x00"),
	    NET_ARP, 0, "" },
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

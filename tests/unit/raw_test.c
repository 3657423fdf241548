/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw IP: the nibble decides.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("RAW 12", 12, DISSECT_OK, 28,
	    SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("RAW 14", 14, DISSECT_OK, 48,
	    SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("RAW 101", 101, DISSECT_OK, 28,
	    SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("IPV4", 228, DISSECT_OK, 28,
	    SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("IPV6", 229, DISSECT_OK, 48,
	    SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("IPv6 where IPv4 was promised", 228, DISSECT_OK, 48,
	    SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("version 5", 12, DISSECT_BAD, 0,
	    "\x55\x00"),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("nothing", 12, DISSECT_BAD, 0,
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

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BSD loopback in either byte order.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("little-endian", 0, DISSECT_OK, 32,
	    "\x02\x00\x00\x00"
	    SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("big-endian", 0, DISSECT_OK, 32,
	    "\x00\x00\x00\x02"
	    SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("LOOP", 108, DISSECT_OK, 32,
	    "\x00\x00\x00\x02"
	    SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("IPv6 of NetBSD", 0, DISSECT_OK, 52,
	    "\x18\x00\x00\x00"
	    SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("IPv6 of FreeBSD", 0, DISSECT_OK, 52,
	    "\x00\x00\x00\x1c"
	    SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("IPv6 of macOS", 0, DISSECT_OK, 52,
	    "\x1e\x00\x00\x00"
	    SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("IPv6 of Linux", 0, DISSECT_OK, 52,
	    "\x0a\x00\x00\x00"
	    SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("IPv6 of Windows", 0, DISSECT_OK, 52,
	    "\x17\x00\x00\x00"
	    SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("ethertype", 0, DISSECT_OK, 52,
	    "\x00\x00\x86\xdd"
	    SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("unknown family", 0, DISSECT_OK, 4,
	    "\x07\x00\x00\x00"
	    SMALL4),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("neither order", 0, DISSECT_OK, 4,
	    "\x02\x00\x00\x02"
	    SMALL4),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("family cut", 0, DISSECT_BAD, 0,
	    "\x02\x00\x00"),
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

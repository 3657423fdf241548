/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NSH: metadata of both types, what follows.
 */
#include "tests/lib/tunnel.h"

#define PATH "\x00\x00\x01\xff"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("metadata of fixed length, IPv4", 1, DISSECT_OK,
	    14 + 24 + 28,
	    ETH("\x89\x4f") "\x0f\xc6\x01\x01" PATH "0123456789abcdef"
	    SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("metadata of any length, IPv6", 1, DISSECT_OK,
	    14 + 12 + 48,
	    ETH("\x89\x4f") "\x0f\xc3\x02\x02" PATH "0123"
	    SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("no metadata, a frame", 1, DISSECT_OK, 14 + 8 + 42,
	    ETH("\x89\x4f") "\x0f\xc2\x02\x03" PATH ETH4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("NSH in NSH", 1, DISSECT_OK, 14 + 16 + 28,
	    ETH("\x89\x4f") "\x0f\xc2\x02\x04" PATH "\x0f\xc2\x02\x01" PATH
	    SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("an unknown protocol", 1, DISSECT_OK, 22,
	    ETH("\x89\x4f") "\x0f\xc2\x02\x06" PATH SMALL4),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("version 1", 1, DISSECT_BAD, 0,
	    ETH("\x89\x4f") "\x4f\xc2\x02\x01" PATH SMALL4),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("length 1", 1, DISSECT_BAD, 0,
	    ETH("\x89\x4f") "\x0f\xc1\x02\x01" PATH SMALL4),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("fixed metadata of another length", 1, DISSECT_BAD, 0,
	    ETH("\x89\x4f") "\x0f\xc2\x01\x01" PATH SMALL4),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("length beyond the packet", 1, DISSECT_BAD, 0,
	    ETH("\x89\x4f") "\x0f\xff\x02\x01" PATH SMALL4),
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

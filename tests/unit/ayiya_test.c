/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AYIYA: identity and signature, and what is forwarded.
 */
#include "tests/lib/tunnel.h"

/* clang-format off */
#define IDENTITY "0123456789abcdef"
#define SIGNATURE "0123456789abcdefghij"

static const struct tunnel_case cases[] = {
	TUNNEL("IPv6", DISSECT_OK, 8 + 16 + 20 + 48, 2, SMALL6_FLOW,
	    "\x41\x52\x11\x29" "time" IDENTITY SIGNATURE SMALL6),
	TUNNEL("IPv4, unsigned", DISSECT_OK, 8 + 4 + 28, 2, INNER4_FLOW,
	    "\x21\x00\x01\x04" "time" "0123" INNER4),
	TUNNEL("no operation", DISSECT_OK, 8, 1, "",
	    "\x41\x52\x10\x3b" "time" IDENTITY SIGNATURE),
	TUNNEL("an identity that is too long", DISSECT_OK, 8, 1, "",
	    "\x51\x00\x01\x29" "time" IDENTITY IDENTITY SMALL6),
	TUNNEL("a signature beyond the packet", DISSECT_OK, 8, 1, "",
	    "\x41\xf2\x11\x29" "time" IDENTITY SIGNATURE),
	TUNNEL("empty", DISSECT_OK, 0, 1, "", ""),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	TUNNEL_CASES(cases, 17, 5072);
}

static void
test_passing_source(void **state)
{
	(void)state;
	tunnel_passing_source(5072);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_passing_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

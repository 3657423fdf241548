/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MPLS and GRE straight in UDP.
 */
#include "tests/lib/tunnel.h"

/* clang-format off */
static const struct tunnel_case mpls[] = {
	TUNNEL("two labels", DISSECT_OK, 36, 2, INNER4_FLOW,
	    "\x00\x01\x00\x40" "\x00\x02\x01\x40" INNER4),
	TUNNEL("a stack without end", DISSECT_OK, 0, 1, "",
	    "\x00\x01\x00\x40" "\x00\x02\x00\x40"),
	TUNNEL("hops used up", DISSECT_OK, 0, 1, "",
	    "\x00\x01\x01\x00" INNER4),
	TUNNEL("empty", DISSECT_OK, 0, 1, "", ""),
};

static const struct tunnel_case gre[] = {
	TUNNEL("key", DISSECT_OK, 36, 2, INNER4_FLOW,
	    "\x20\x00\x08\x00" "\x00\x00\x00\x01" INNER4),
	TUNNEL("version 1", DISSECT_OK, 4, 1, "",
	    "\x20\x01\x08\x00" "\x00\x00\x00\x01" INNER4),
	TUNNEL("routing", DISSECT_OK, 4, 1, "",
	    "\x40\x00\x08\x00" "\x00\x00\x00\x00" INNER4),
	TUNNEL("empty", DISSECT_OK, 0, 1, "", ""),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	TUNNEL_CASES(mpls, 17, 6635);
	TUNNEL_CASES(gre, 17, 4754);
}

static void
test_passing_source(void **state)
{
	(void)state;
	tunnel_passing_source(6635);
	tunnel_passing_source(4754);
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

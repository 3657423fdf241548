/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LISP's data: the packet behind the header decides.
 */
#include "tests/lib/tunnel.h"

#define HEADER "\x80\x12\x34\x56\x00\x00\x00\x01"

/* clang-format off */
static const struct tunnel_case cases[] = {
	TUNNEL("IPv4", DISSECT_OK, 36, 2, INNER4_FLOW, HEADER INNER4),
	TUNNEL("IPv6", DISSECT_OK, 56, 2, SMALL6_FLOW, HEADER SMALL6),
	TUNNEL("IPv4 of another length", DISSECT_OK, 14, 1, "",
	    HEADER INNER4 "x"),
	TUNNEL("IPv6 of another length", DISSECT_OK, 14, 1, "",
	    HEADER SMALL6 "x"),
	TUNNEL("something else", DISSECT_OK, 14, 1, "", HEADER "abcdef"),
	TUNNEL("empty", DISSECT_OK, 0, 1, "", ""),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	TUNNEL_CASES(cases, 17, 4341);
}

static void
test_passing_source(void **state)
{
	(void)state;
	tunnel_passing_source(4341);
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

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EtherIP: the version, then a frame.
 */
#include "tests/lib/tunnel.h"

/* clang-format off */
static const struct tunnel_case cases[] = {
	TUNNEL("frame", DISSECT_OK, 44, 2, INNER4_FLOW,
	    "\x30\x00" INNER_FRAME),
	TUNNEL("version 4", DISSECT_BAD, 0, 1, "", "\x40\x00" INNER_FRAME),
	TUNNEL("header cut", DISSECT_BAD, 0, 1, "", "\x30"),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	TUNNEL_CASES(cases, 97, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

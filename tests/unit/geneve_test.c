/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Geneve: options, what follows, headers that are none.
 */
#include "tests/lib/tunnel.h"

#define VNI "\x00\x00\x01\x00"

/* clang-format off */
static const struct tunnel_case cases[] = {
	TUNNEL("frame", DISSECT_OK, 50, 2, INNER4_FLOW,
	    "\x00\x00\x65\x58" VNI INNER_FRAME),
	TUNNEL("IPv4", DISSECT_OK, 36, 2, INNER4_FLOW,
	    "\x00\x00\x08\x00" VNI INNER4),
	TUNNEL("two options, critical", DISSECT_OK, 68, 2, SMALL6_FLOW,
	    "\x03\x40\x86\xdd" VNI "\x01\x02\x80\x01" "abcd"
	    "\x01\x02\x03\x00" SMALL6),
	TUNNEL("maintenance", DISSECT_OK, 36, 2, INNER4_FLOW,
	    "\x00\x80\x08\x00" VNI INNER4),
	TUNNEL("an option longer than all options", DISSECT_BAD, 0, 2,
	    INNER4_FLOW,
	    "\x01\x00\x08\x00" VNI "\x01\x02\x03\x01" INNER4),
	TUNNEL("options longer than the packet", DISSECT_BAD, 0, 1, "",
	    "\x3f\x00\x08\x00" VNI INNER4),
	TUNNEL("version 1", DISSECT_OK, 8, 1, "",
	    "\x40\x00\x08\x00" VNI INNER4),
	TUNNEL("reserved bits", DISSECT_OK, 8, 1, "",
	    "\x00\x01\x08\x00" VNI INNER4),
	TUNNEL("a length for a type", DISSECT_OK, 8, 1, "",
	    "\x00\x00\x00\x04" VNI "\xaa\xaa\x03\x00\x00\x00\x08\x00" INNER4),
	TUNNEL("too short for a header", DISSECT_OK, 0, 1, "",
	    "\x00\x00\x08\x00"),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	TUNNEL_CASES(cases, 17, 6081);
}

static void
test_passing_source(void **state)
{
	(void)state;
	tunnel_passing_source(6081);
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

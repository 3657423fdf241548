/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GRE: optional fields, routing, what follows, and PPTP's version.
 */
#include "tests/lib/tunnel.h"

/* clang-format off */
static const struct tunnel_case cases[] = {
	TUNNEL("IPv4", DISSECT_OK, 32, 2, INNER4_FLOW,
	    "\x00\x00\x08\x00" INNER4),
	TUNNEL("IPv6", DISSECT_OK, 52, 2, SMALL6_FLOW,
	    "\x00\x00\x86\xdd" SMALL6),
	TUNNEL("checksum, key, sequence number", DISSECT_OK, 44, 2,
	    INNER4_FLOW,
	    "\xb0\x00\x08\x00" "\x00\x00\x00\x00" "\x00\x00\x00\x01"
	    "\x00\x00\x00\x02" INNER4),
	TUNNEL("routing", DISSECT_OK, 52, 2, INNER4_FLOW,
	    "\x40\x00\x08\x00" "\x00\x00\x00\x00"
	    "\x08\x00\x00\x04" "\x0a\x00\x00\x09"
	    "\x08\x00\x00\x00" "\x00\x00\x00\x00" INNER4),
	TUNNEL("routing without end", DISSECT_BAD, 0, 1, "",
	    "\x40\x00\x08\x00" "\x00\x00\x00\x00"
	    "\x08\x00\x00\x00" "\x08\x00\x00\x00"),
	TUNNEL("a route longer than the packet", DISSECT_BAD, 0, 1, "",
	    "\x40\x00\x08\x00" "\x00\x00\x00\x00"
	    "\x08\x00\x00\xff" "\x00\x00\x00\x00" INNER4),
	TUNNEL("NVGRE", DISSECT_OK, 50, 2, INNER4_FLOW,
	    "\x20\x00\x65\x58" "\x00\x00\x01\x00" INNER_FRAME),
	TUNNEL("a frame as others number it", DISSECT_OK, 46, 2, INNER4_FLOW,
	    "\x00\x00\x64\x00" INNER_FRAME),
	TUNNEL("MPLS", DISSECT_OK, 36, 2, INNER4_FLOW,
	    "\x00\x00\x88\x47" "\x00\x01\x01\x40" INNER4),
	TUNNEL("WCCP, version 1", DISSECT_OK, 32, 2, INNER4_FLOW,
	    "\x00\x00\x88\x3e" INNER4),
	TUNNEL("WCCP, version 2", DISSECT_OK, 36, 2, INNER4_FLOW,
	    "\x00\x00\x88\x3e" "\x01\x00\x00\x00" INNER4),
	TUNNEL("keepalive", DISSECT_OK, 4, 1, "", "\x00\x00\x00\x00"),
	TUNNEL("a type that is a length among ethertypes", DISSECT_OK, 4, 1,
	    "", "\x00\x00\x00\x04" "\xaa\xaa\x03\x00\x00\x00\x08\x00" INNER4),
	TUNNEL("version 2", DISSECT_BAD, 0, 1, "",
	    "\x00\x02\x08\x00" INNER4),
	TUNNEL("an IPv4 header that is none", DISSECT_BAD, 0, 1, "",
	    "\x00\x00\x08\x00" "\x35\x00\x00\x1c"
	    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
	TUNNEL("GRE twice", DISSECT_OK, 56, 3, INNER4_FLOW,
	    "\x00\x00\x08\x00" IP4("\x45", "\x00\x34", "\x00\x00", "\x2f")
	    "\x00\x00\x08\x00" INNER4),
	TUNNEL("PPTP", DISSECT_OK, 16 + 4 + 28, 2, INNER4_FLOW,
	    "\x30\x81\x88\x0b" "\x00\x20\x00\x01" "\x00\x00\x00\x01"
	    "\x00\x00\x00\x02" "\xff\x03\x00\x21" INNER4),
	TUNNEL("PPTP without acknowledgment, padded", DISSECT_OK,
	    12 + 1 + 28, 2, INNER4_FLOW,
	    "\x30\x01\x88\x0b" "\x00\x1d\x00\x01" "\x00\x00\x00\x01"
	    "\x21" INNER4 "\x00\x00"),
	TUNNEL("PPTP's length cuts off", DISSECT_BAD, 0, 2, INNER4_FLOW,
	    "\x30\x01\x88\x0b" "\x00\x1c\x00\x01" "\x00\x00\x00\x01"
	    "\x21" INNER4),
	TUNNEL("PPTP that only acknowledges", DISSECT_OK, 12, 1, "",
	    "\x20\x81\x88\x0b" "\x00\x00\x00\x01" "\x00\x00\x00\x01"),
	TUNNEL("PPTP's length beyond the packet", DISSECT_BAD, 0, 2,
	    INNER4_FLOW,
	    "\x30\x01\x88\x0b" "\x00\x21\x00\x01" "\x00\x00\x00\x01"
	    "\xff\x03\x00\x21" INNER4),
	TUNNEL("version 1 without a key", DISSECT_BAD, 0, 1, "",
	    "\x10\x01\x88\x0b" "\x00\x00\x00\x01" "\xff\x03\x00\x21" INNER4),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	TUNNEL_CASES(cases, 47, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

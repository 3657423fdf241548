/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L2TP: optional fields of version 2, and version 3 over UDP and over IP.
 */
#include "tests/lib/tunnel.h"

/* clang-format off */
#define PPP4 "\xff\x03\x00\x21" INNER4
#define IDS "\x00\x01\x00\x02"

static const struct tunnel_case over_udp[] = {
	TUNNEL("data", DISSECT_OK, 38, 2, INNER4_FLOW, "\x00\x02" IDS PPP4),
	TUNNEL("length", DISSECT_OK, 40, 2, INNER4_FLOW,
	    "\x40\x02\x00\x28" IDS PPP4),
	TUNNEL("length and what is beyond it", DISSECT_OK, 40, 2,
	    INNER4_FLOW, "\x40\x02\x00\x28" IDS PPP4 "xx"),
	TUNNEL("length cuts off", DISSECT_BAD, 0, 2, INNER4_FLOW,
	    "\x40\x02\x00\x27" IDS PPP4),
	TUNNEL("numbers, offset, priority", DISSECT_OK, 47, 2, INNER4_FLOW,
	    "\x4b\x02\x00\x2f" IDS "\x00\x01\x00\x00" "\x00\x01" "x" PPP4),
	TUNNEL("offset beyond the packet", DISSECT_BAD, 0, 1, "",
	    "\x02\x02" IDS "\x01\x00" PPP4),
	TUNNEL("length beyond the packet", DISSECT_OK, 8, 1, "",
	    "\x40\x02\x00\x29" IDS PPP4),
	TUNNEL("length below the header's", DISSECT_OK, 8, 1, "",
	    "\x40\x02\x00\x07" IDS PPP4),
	TUNNEL("session 0", DISSECT_OK, 6, 1, "",
	    "\x00\x02\x00\x01\x00\x00" PPP4),
	TUNNEL("reserved flags", DISSECT_OK, 4, 1, "",
	    "\x10\x02" IDS PPP4),
	TUNNEL("version 1", DISSECT_OK, 4, 1, "", "\x00\x01" IDS PPP4),
	TUNNEL("control", DISSECT_OK, 12, 1, "",
	    "\xc8\x02\x00\x0c" IDS "\x00\x01\x00\x00"),
	TUNNEL("control without a length", DISSECT_OK, 12, 1, "",
	    "\x88\x02" IDS "\x00\x01\x00\x00" "\x00\x00"),
	TUNNEL("version 3", DISSECT_OK, 0, 2, INNER4_FLOW,
	    "\x00\x03\x00\x00" "\x00\x00\x00\x09" INNER_FRAME),
	TUNNEL("version 3, control", DISSECT_OK, 12, 1, "",
	    "\xc8\x03\x00\x0c" "\x00\x00\x00\x01" "\x00\x01\x00\x00"),
	TUNNEL("empty", DISSECT_OK, 0, 1, "", ""),
};

static const struct tunnel_case over_ip[] = {
	TUNNEL("no cookie, no sublayer", DISSECT_OK, 0, 2, INNER4_FLOW,
	    "\x00\x00\x00\x09" INNER_FRAME),
	TUNNEL("a cookie", DISSECT_OK, 0, 2, INNER4_FLOW,
	    "\x00\x00\x00\x09" "abcd" INNER_FRAME),
	TUNNEL("a long cookie and a sublayer", DISSECT_OK, 0, 2, INNER4_FLOW,
	    "\x00\x00\x00\x09" "abcdefgh" "\x40\x00\x00\x01" INNER_FRAME),
	TUNNEL("a padded frame with a VLAN", DISSECT_OK, 0, 2, INNER4_FLOW,
	    "\x00\x00\x00\x09" ETH("\x81\x00") "\x00\x07\x08\x00" INNER4
	    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
	TUNNEL("IPv6", DISSECT_OK, 0, 2, SMALL6_FLOW,
	    "\x00\x00\x00\x09" "abcd" ETH6 SMALL6),
	TUNNEL("a wrong checksum", DISSECT_OK, 0, 1, "",
	    "\x00\x00\x00\x09" ETH4 SMALL4),
	TUNNEL("a wrong length", DISSECT_OK, 0, 1, "",
	    "\x00\x00\x00\x09" ETH6 SMALL6 "\x00"),
	TUNNEL("control", DISSECT_OK, 4, 1, "",
	    "\x00\x00\x00\x00" INNER_FRAME),
	TUNNEL("nothing", DISSECT_OK, 4, 1, "", "\x00\x00\x00\x09"),
	TUNNEL("session cut", DISSECT_BAD, 0, 1, "", "\x00\x00\x00"),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	TUNNEL_CASES(over_udp, 17, 1701);
	TUNNEL_CASES(over_ip, 115, 0);
}

static void
test_passing_source(void **state)
{
	(void)state;
	tunnel_passing_source(1701);
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

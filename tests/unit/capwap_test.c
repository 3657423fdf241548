/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CAPWAP's data: frames of Ethernet, of 802.11, and of 802.11 with its first
 * two bytes exchanged.
 */
#include "tests/lib/tunnel.h"

/* clang-format off */
#define FRAGMENT "\x00\x00\x00\x00"
/* What follows the frame control of a data frame, to LLC's end. */
#define REST "\x00\x00" MACS "\x02\x00\x00\x00\x00\x03" "\x00\x00"
#define LLC "\xaa\xaa\x03\x00\x00\x00\x08\x00"

static const struct tunnel_case cases[] = {
	TUNNEL("Ethernet", DISSECT_OK, 8 + 42, 2, INNER4_FLOW,
	    "\x00\x10\x40\x00" FRAGMENT INNER_FRAME),
	TUNNEL("a longer header", DISSECT_OK, 16 + 42, 2, INNER4_FLOW,
	    "\x00\x20\x40\x20" FRAGMENT "12345678" INNER_FRAME),
	TUNNEL("802.11", DISSECT_OK, 8 + 32 + 28, 2, INNER4_FLOW,
	    "\x00\x10\x43\x00" FRAGMENT "\x08\x01" REST LLC INNER4),
	TUNNEL("802.11, exchanged", DISSECT_OK, 8 + 32 + 28, 2, INNER4_FLOW,
	    "\x00\x10\x43\x00" FRAGMENT "\x01\x08" REST LLC INNER4),
	TUNNEL("802.11, exchanged, quality of service, four addresses",
	    DISSECT_OK, 8 + 40 + 28, 2, INNER4_FLOW,
	    "\x00\x10\x43\x00" FRAGMENT "\x03\x88" REST
	    "\x02\x00\x00\x00\x00\x04" "\x00\x00" LLC INNER4),
	TUNNEL("802.11, exchanged, no data", DISSECT_OK, 10, 1, "",
	    "\x00\x10\x43\x00" FRAGMENT "\x01\x48" REST),
	TUNNEL("802.11, exchanged, encrypted", DISSECT_OK, 10, 1, "",
	    "\x00\x10\x43\x00" FRAGMENT "\x41\x08" REST LLC INNER4),
	TUNNEL("another binding", DISSECT_OK, 8, 1, "",
	    "\x00\x10\x45\x00" FRAGMENT INNER_FRAME),
	TUNNEL("fragment", DISSECT_OK, 8, 1, "",
	    "\x00\x10\x40\x80" FRAGMENT INNER_FRAME),
	TUNNEL("keepalive", DISSECT_OK, 8, 1, "",
	    "\x00\x10\x42\x08" FRAGMENT "\x00\x16\x00\x23\x00\x10"),
	TUNNEL("DTLS", DISSECT_OK, 8, 1, "",
	    "\x01\x00\x00\x00" "\x17\xfe\xfd\x00"),
	TUNNEL("header beyond the packet", DISSECT_OK, 8, 1, "",
	    "\x00\xf8\x40\x00" FRAGMENT INNER_FRAME),
	TUNNEL("version 1", DISSECT_OK, 8, 1, "",
	    "\x10\x10\x40\x00" FRAGMENT INNER_FRAME),
	TUNNEL("empty", DISSECT_OK, 0, 1, "", ""),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	TUNNEL_CASES(cases, 17, 5247);
}

static void
test_passing_source(void **state)
{
	(void)state;
	tunnel_passing_source(5247);
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

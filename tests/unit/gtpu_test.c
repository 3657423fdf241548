/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GTP-U: optional fields, extensions, and what only looks like it.
 */
#include "tests/lib/tunnel.h"

#define TEID "\x00\x00\x00\x01"

/* clang-format off */
static const struct tunnel_case cases[] = {
	TUNNEL("IPv4", DISSECT_OK, 36, 2, INNER4_FLOW,
	    "\x30\xff\x00\x1c" TEID INNER4),
	TUNNEL("IPv6", DISSECT_OK, 56, 2, SMALL6_FLOW,
	    "\x30\xff\x00\x30" TEID SMALL6),
	TUNNEL("sequence number", DISSECT_OK, 40, 2, INNER4_FLOW,
	    "\x32\xff\x00\x20" TEID "\x00\x01\x00\x00" INNER4),
	TUNNEL("an extension's type, but no flag", DISSECT_OK, 40, 2,
	    INNER4_FLOW,
	    "\x32\xff\x00\x20" TEID "\x00\x01\x00\x85" INNER4),
	TUNNEL("two extensions", DISSECT_OK, 52, 2, INNER4_FLOW,
	    "\x34\xff\x00\x2c" TEID "\x00\x00\x00\x85" "\x01\x00\x00\x40"
	    "\x02\x00\x00\x00" "\x00\x00\x00\x00" INNER4),
	TUNNEL("an extension without length", DISSECT_BAD, 0, 1, "",
	    "\x34\xff\x00\x24" TEID "\x00\x00\x00\x85" "\x00\x00\x00\x00"
	    INNER4),
	TUNNEL("an extension beyond the length", DISSECT_BAD, 0, 1, "",
	    "\x34\xff\x00\x24" TEID "\x00\x00\x00\x85" "\x09\x00\x00\x00"
	    INNER4),
	TUNNEL("what follows the length is cut off", DISSECT_BAD, 0, 2,
	    "192.0.2.1.1000 > 198.51.100.1.9 17",
	    "\x30\xff\x00\x1b" TEID INNER4),
	TUNNEL("no IP", DISSECT_OK, 9, 1, "",
	    "\x30\xff\x00\x04" TEID "\x02\x00\x00\x00"),
	TUNNEL("nothing", DISSECT_OK, 8, 1, "", "\x30\xff\x00\x00" TEID),
	TUNNEL("echo", DISSECT_OK, 8, 1, "",
	    "\x32\x01\x00\x04" TEID "\x00\x01\x00\x00"),
	TUNNEL("end marker", DISSECT_OK, 8, 1, "",
	    "\x30\xfe\x00\x00" TEID),
	TUNNEL("a type that is not of this port", DISSECT_OK, 8, 1, "",
	    "\x30\x10\x00\x1c" TEID INNER4),
	TUNNEL("version 2", DISSECT_OK, 8, 1, "",
	    "\x50\xff\x00\x1c" TEID INNER4),
	TUNNEL("GTP'", DISSECT_OK, 8, 1, "",
	    "\x20\xff\x00\x1c" TEID INNER4),
	TUNNEL("length beyond the packet", DISSECT_OK, 8, 1, "",
	    "\x30\xff\x00\x1d" TEID INNER4),
	TUNNEL("too short for a header", DISSECT_OK, 0, 1, "",
	    "\x30\xff\x00\x1c"),
};

#define NUMBERS \
	"\x00\x01\x00\x00" "\xff\xff\xff\xff" "\x00\x01\x02\x03\x04\x05\x06\x07"

static const struct tunnel_case version_0[] = {
	TUNNEL("IPv4", DISSECT_OK, 48, 2, INNER4_FLOW,
	    "\x1e\xff\x00\x1c" NUMBERS INNER4),
	TUNNEL("with a number", DISSECT_OK, 48, 2, INNER4_FLOW,
	    "\x1f\xff\x00\x1c" NUMBERS INNER4),
	TUNNEL("nothing", DISSECT_OK, 20, 1, "",
	    "\x1e\xff\x00\x00" NUMBERS),
	TUNNEL("charging", DISSECT_OK, 20, 1, "",
	    "\x0e\xff\x00\x1c" NUMBERS INNER4),
	TUNNEL("control", DISSECT_OK, 20, 1, "",
	    "\x1e\x10\x00\x1c" NUMBERS INNER4),
	TUNNEL("length beyond the packet", DISSECT_OK, 20, 1, "",
	    "\x1e\xff\x00\x1d" NUMBERS INNER4),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	TUNNEL_CASES(cases, 17, 2152);
	TUNNEL_CASES(version_0, 17, 3386);
}

/* A hundred of them, and they end well. */
static void
test_extensions_are_bounded(void **state)
{
	enum { HEAD = 12, LEN = HEAD + 4 * 100 };
	static uint8_t bytes[LEN + 28] =
	    "\x34\xff\x01\xb0" TEID "\x00\x00\x00\x85";
	static const struct tunnel_case c = { "many extensions", DISSECT_BAD, 0,
		1, "", (const char *)bytes, sizeof(bytes) };

	(void)state;
	for (size_t i = HEAD; i < LEN; i += 4)
		memcpy(bytes + i, "\x01\x00\x00\x85", 4);
	bytes[LEN - 1] = 0;
	memcpy(bytes + LEN, INNER4, 28);
	tunnel_run(&c, 17, 2152);
}

static void
test_passing_source(void **state)
{
	(void)state;
	tunnel_passing_source(2152);
	tunnel_passing_source(3386);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_extensions_are_bounded),
		cmocka_unit_test(test_passing_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

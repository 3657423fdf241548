/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Teredo: its two indicators, and packets that are not its own.
 */
#include "tests/lib/tunnel.h"

/* clang-format off */
#define ADDRESS(first) first "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
#define HEAD(src, dst) \
	"\x60\x00\x00\x00" "\x00\x08\x11\x40" ADDRESS(src) ADDRESS(dst)
#define TEREDO "\x20\x01\x00\x00"
#define GLOBAL "\x20\x01\x0d\xb8"
#define LOCAL "\xfe\x80\x00\x00"
#define PACKET HEAD(TEREDO, GLOBAL) UDP("\x00\x08")
#define FLOW "2001::1.1000 > 2001:db8::1.9 17"
#define ORIGIN "\x00\x00" "\xfc\x17" "\xf5\xff\xff\xfe"

static const struct tunnel_case cases[] = {
	TUNNEL("plain", DISSECT_OK, 48, 2, FLOW, PACKET),
	TUNNEL("towards a client", DISSECT_OK, 48, 2,
	    "2001:db8::1.1000 > 2001::1.9 17",
	    HEAD(GLOBAL, TEREDO) UDP("\x00\x08")),
	TUNNEL("origin", DISSECT_OK, 56, 2, FLOW, ORIGIN PACKET),
	TUNNEL("authentication", DISSECT_OK, 61, 2, FLOW,
	    "\x00\x01\x00\x00" "12345678" "\x00" PACKET),
	TUNNEL("authentication with a value, then origin", DISSECT_OK, 74, 2,
	    FLOW,
	    "\x00\x01\x02\x03" "abxyz" "12345678" "\x00" ORIGIN PACKET),
	TUNNEL("solicitation", DISSECT_OK, 48, 2,
	    "fe80::1.1000 > ff02::1.9 17",
	    HEAD(LOCAL, "\xff\x02\x00\x00") UDP("\x00\x08")),
	TUNNEL("bubble", DISSECT_OK, 40, 2, "2001::1 > 2001::1 59",
	    "\x60\x00\x00\x00" "\x00\x00\x3b\x40" ADDRESS(TEREDO)
	    ADDRESS(TEREDO)),
	TUNNEL("trailer", DISSECT_OK, 48, 2, FLOW,
	    PACKET "\x02\x04\x00\x00\x00\x00"),
	TUNNEL("addresses that are not Teredo's", DISSECT_OK, 40, 1, "",
	    HEAD(GLOBAL, GLOBAL) UDP("\x00\x08")),
	TUNNEL("longer than the packet", DISSECT_OK, 40, 1, "",
	    HEAD(TEREDO, GLOBAL) "1234567"),
	TUNNEL("version 4", DISSECT_OK, 40, 1, "",
	    "\x40\x00\x00\x00" "\x00\x08\x11\x40" ADDRESS(TEREDO)
	    ADDRESS(GLOBAL) UDP("\x00\x08")),
	TUNNEL("authentication longer than the packet", DISSECT_OK, 0, 1, "",
	    "\x00\x01\xff\xff" PACKET),
	TUNNEL("empty", DISSECT_OK, 0, 1, "", ""),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	TUNNEL_CASES(cases, 17, 3544);
}

static void
test_passing_source(void **state)
{
	(void)state;
	tunnel_passing_source(3544);
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

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TZSP: tags, what is mirrored.
 */
#include "tests/lib/tunnel.h"

/* clang-format off */
#define DATA_80211 \
	"\x08\x00\x00\x00" MACS "\x02\x00\x00\x00\x00\x03" "\x00\x00" \
	"\xaa\xaa\x03\x00\x00\x00\x08\x00"

static const struct tunnel_case cases[] = {
	TUNNEL("frame", DISSECT_OK, 5 + 42, 2, INNER4_FLOW,
	    "\x01\x00\x00\x01" "\x01" INNER_FRAME),
	TUNNEL("tags, padding", DISSECT_OK, 9 + 42, 2, INNER4_FLOW,
	    "\x01\x01\x00\x01" "\x00" "\x0a\x01\x20" "\x01" INNER_FRAME),
	TUNNEL("802.11", DISSECT_OK, 5 + 32 + 28, 2, INNER4_FLOW,
	    "\x01\x00\x00\x12" "\x01" DATA_80211 INNER4),
	TUNNEL("tags without end", DISSECT_OK, 0, 1, "",
	    "\x01\x00\x00\x01" "\x00\x00\x00"),
	TUNNEL("a tag beyond the packet", DISSECT_OK, 0, 1, "",
	    "\x01\x00\x00\x01" "\x0a\xff" INNER_FRAME),
	TUNNEL("version 2", DISSECT_OK, 4, 1, "",
	    "\x02\x00\x00\x01" "\x01" INNER_FRAME),
	TUNNEL("keepalive", DISSECT_OK, 4, 1, "", "\x01\x04\x00\x00" "\x01"),
	TUNNEL("empty", DISSECT_OK, 0, 1, "", ""),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	TUNNEL_CASES(cases, 17, 37008);
}

static void
test_padding_is_bounded(void **state)
{
	static uint8_t bytes[1000] = "\x01\x00\x00\x01";
	static const struct tunnel_case c = { "padding", DISSECT_OK, 0, 1, "",
		(const char *)bytes, sizeof(bytes) };

	(void)state;
	tunnel_run(&c, 17, 37008);
}

static void
test_passing_source(void **state)
{
	(void)state;
	tunnel_passing_source(37008);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_padding_is_bounded),
		cmocka_unit_test(test_passing_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

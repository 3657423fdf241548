/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extension headers outside of IPv6's chain.
 */
#include "tests/lib/frame.h"

/* clang-format off */
#define AH(next, words) \
	next words "\x00\x00" "\x00\x00\x01\x00" "\x00\x00\x00\x01"

static const struct frame_case cases[] = {
	{ FRAME("AH in IPv4", 1, DISSECT_OK, 14 + 20 + 24 + 8,
	    ETH4 IP4("\x45", "\x00\x34", "\x00\x00", "\x33")
	    AH("\x11", "\x04") "0123456789ab" UDP("\x00\x08")),
	    NET_IP4, 52, SMALL4_FLOW },
	{ FRAME("AH before a tunnel", 1, DISSECT_OK, 14 + 20 + 12 + 48,
	    ETH4 IP4("\x45", "\x00\x50", "\x00\x00", "\x33")
	    AH("\x29", "\x01") SMALL6),
	    NET_IP4, 48, SMALL6_FLOW },
	{ FRAME("destination options", 1, DISSECT_OK, 14 + 20 + 8 + 8,
	    ETH4 IP4("\x45", "\x00\x24", "\x00\x00", "\x3c")
	    "\x11\x00\x01\x04\x00\x00\x00\x00" UDP("\x00\x08")),
	    NET_IP4, 36, SMALL4_FLOW },
	{ FRAME("AH beyond the packet", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x20", "\x00\x00", "\x33")
	    AH("\x11", "\x04")),
	    NET_IP4, 32, "10.0.0.1 > 10.0.0.2 17" },
	{ FRAME("AH cut", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x18", "\x00\x00", "\x33")
	    "\x11\x04\x00\x00"),
	    NET_IP4, 24, "10.0.0.1 > 10.0.0.2 51" },
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	FRAME_CASES(cases);
}

/* A chain of these headers is bounded by the walk. */
static void
test_chain_is_bounded(void **state)
{
	static uint8_t bytes[34 + 8 * 60];
	size_t n = sizeof(bytes);
	const struct pkt *p;

	(void)state;
	memcpy(bytes, ETH4 IP4("\x45", "\x00\x00", "\x00\x00", "\x3c"), 34);
	for (size_t i = 34; i < n; i += 8)
		memcpy(bytes + i, "\x3c\x00\x01\x04\x00\x00\x00\x00", 8);
	p = frame_once(1, bytes, n, n);
	assert_true(p->layers_exceeded);
	assert_int_equal(p->verdict, DISSECT_OK);
}

/* What follows the fragment header of a datagram that is whole again. */
static void
test_datagram(void **state)
{
	static const char bytes[] =
	    "\x11\x00\x01\x04\x00\x00\x00\x00" UDP("\x00\x08");
	struct fragment f = { .proto = 60, .is_v6 = true };

	(void)state;
	frame_once(1, "", 0, 0); /* fills the tables */
	dissect_datagram(&frame_tables, &frame_pkt, &f,
	    guard_put(bytes, sizeof(bytes) - 1), sizeof(bytes) - 1);
	assert_int_equal(frame_pkt.verdict, DISSECT_OK);
	assert_string_equal(frame_flow(&frame_pkt), "::.1000 > ::.9 17");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_chain_is_bounded),
		cmocka_unit_test(test_datagram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

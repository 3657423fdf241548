/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is straight in IP: IPv4, IPv6, MPLS, Ethernet.
 */
#include "tests/lib/tunnel.h"

/* clang-format off */
static const struct tunnel_case ipv4[] = {
	TUNNEL("IPv4", DISSECT_OK, 28, 2, INNER4_FLOW, INNER4),
	TUNNEL("three deep", DISSECT_OK, 48, 3, INNER4_FLOW,
	    IP4("\x45", "\x00\x30", "\x00\x00", "\x04") INNER4),
	TUNNEL("a header that is none", DISSECT_BAD, 0, 1, "",
	    "\x05\x00\x00\x1c" "abcdefghijklmnopqrstuvwx"),
	TUNNEL("nothing", DISSECT_BAD, 0, 1, "", ""),
};

static const struct tunnel_case ipv6[] = {
	TUNNEL("IPv6", DISSECT_OK, 48, 2, SMALL6_FLOW, SMALL6),
	TUNNEL("IPv4 in IPv6 in IPv4", DISSECT_OK, 68, 3, INNER4_FLOW,
	    IP6("\x00\x1c", "\x04") INNER4),
};

static const struct tunnel_case mpls[] = {
	TUNNEL("two labels", DISSECT_OK, 36, 2, INNER4_FLOW,
	    "\x00\x01\x00\x40" "\x00\x02\x01\x40" INNER4),
};

static const struct tunnel_case ethernet[] = {
	TUNNEL("frame", DISSECT_OK, 42, 2, INNER4_FLOW, INNER_FRAME),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	TUNNEL_CASES(ipv4, 4, 0);
	TUNNEL_CASES(ipv6, 41, 0);
	TUNNEL_CASES(mpls, 137, 0);
	TUNNEL_CASES(ethernet, 143, 0);
}

/* The outermost and the innermost are kept, whatever is between them. */
static void
test_outer(void **state)
{
	static const struct tunnel_case c = TUNNEL("IPv4 in IPv6 in IPv4",
	    DISSECT_OK, 0, 3, INNER4_FLOW, IP6("\x00\x1c", "\x04") INNER4);
	static const struct tuple outer = { .src = { 10, 0, 0, 1 },
		.dst = { 10, 0, 0, 2 },
		.proto = 41 };
	static const struct tuple inner = { .src = { 192, 0, 2, 1 },
		.dst = { 198, 51, 100, 1 },
		.sport = 1000,
		.dport = 9,
		.proto = 17,
		.flags = TUPLE_PORTS };
	const struct pkt *p = tunnel_run(&c, 41, 0);

	(void)state;
	assert_memory_equal(&p->outer, &outer, sizeof(outer));
	assert_memory_equal(&p->tuple, &inner, sizeof(inner));
	assert_int_equal(p->outer_len, 20 + 40 + 28);
	assert_int_equal(p->ip_len, 28);
}

/* An inner packet longer than what carries it. */
static void
test_length_beyond_the_outer(void **state)
{
	static const char bytes[] =
	    ETH4 IP4("\x45", "\x00\x2f", "\x00\x00", "\x04") INNER4;
	const struct pkt *p =
	    frame_once(1, bytes, sizeof(bytes) - 1, sizeof(bytes) - 1);

	(void)state;
	assert_int_equal(p->verdict, DISSECT_BAD);
	assert_string_equal(frame_tables.list[p->failed]->name, "ipv4");
	assert_int_equal(p->n_ip, 2);
	assert_int_equal(p->ip_len, 28);
}

/* IPv6 all the way: every second layer is a tunnel. */
static void
test_depth_is_bounded(void **state)
{
	enum { TIMES = 30 };
	static uint8_t bytes[14 + 40 * TIMES];
	size_t n = sizeof(bytes);
	const struct pkt *p;

	(void)state;
	memcpy(bytes, ETH6, 14);
	for (size_t i = 0; i < TIMES; i++) {
		uint8_t *h = bytes + 14 + 40 * i;
		size_t left = 40 * (TIMES - i - 1);

		memcpy(h, IP6("\x00\x00", "\x29"), 40);
		h[4] = (uint8_t)(left >> 8);
		h[5] = (uint8_t)left;
	}
	p = frame_once(1, bytes, n, n);
	assert_true(p->layers_exceeded);
	assert_int_equal(p->n_layers, PKT_LAYERS);
	assert_int_equal(p->n_ip, PKT_LAYERS / 2);
	assert_int_equal(p->verdict, DISSECT_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_outer),
		cmocka_unit_test(test_length_beyond_the_outer),
		cmocka_unit_test(test_depth_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

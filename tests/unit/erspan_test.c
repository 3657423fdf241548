/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ERSPAN: the three types within GRE.
 */
#include "tests/lib/tunnel.h"

#define GRE(type) "\x10\x00" type "\x00\x00\x00\x01"

/* clang-format off */
static const struct tunnel_case cases[] = {
	TUNNEL("type I", DISSECT_OK, 46, 2, INNER4_FLOW,
	    "\x00\x00\x88\xbe" INNER_FRAME),
	TUNNEL("type II", DISSECT_OK, 58, 2, INNER4_FLOW,
	    GRE("\x88\xbe") "\x10\x01\x00\x00" "\x00\x00\x00\x00"
	    INNER_FRAME),
	TUNNEL("type III", DISSECT_OK, 62, 2, INNER4_FLOW,
	    GRE("\x22\xeb") "\x20\x01\x00\x00" "\x00\x00\x00\x00"
	    "\x00\x00\x00\x00" INNER_FRAME),
	TUNNEL("type III with a platform's header", DISSECT_OK, 70, 2,
	    INNER4_FLOW,
	    GRE("\x22\xeb") "\x20\x01\x00\x00" "\x00\x00\x00\x00"
	    "\x00\x00\x00\x01" "\x01\x02\x03\x04\x05\x06\x07\x08"
	    INNER_FRAME),
	TUNNEL("type III with IP", DISSECT_OK, 48, 2, INNER4_FLOW,
	    GRE("\x22\xeb") "\x20\x01\x00\x00" "\x00\x00\x00\x00"
	    "\x00\x00\x08\x00" INNER4),
	TUNNEL("type III with something else", DISSECT_OK, 20, 1, "",
	    GRE("\x22\xeb") "\x20\x01\x00\x00" "\x00\x00\x00\x00"
	    "\x00\x00\x0c\x00" INNER4),
	TUNNEL("version 3", DISSECT_BAD, 0, 1, "",
	    GRE("\x88\xbe") "\x30\x01\x00\x00" "\x00\x00\x00\x00"
	    INNER_FRAME),
	TUNNEL("nothing behind GRE", DISSECT_BAD, 0, 1, "",
	    GRE("\x88\xbe")),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	TUNNEL_CASES(cases, 47, 0);
}

/* The mirrored frame's tags count after those of the link. */
static void
test_vlan(void **state)
{
	static const char payload[] =
	    GRE("\x88\xbe") "\x10\x01\x00\x00\x00\x00\x00\x00" MACS
			    "\x81\x00\x00\x07\x08\x00" INNER4;
	static uint8_t bytes[128];
	size_t n = tunnel_build(bytes, 47, 0, payload, sizeof(payload) - 1);
	const struct pkt *p = frame_once(1, bytes, n, n);

	(void)state;
	assert_string_equal(frame_flow(p), INNER4_FLOW);
	assert_int_equal(p->tuple.n_vlans, 1);
	assert_int_equal(p->tuple.vlan[0], 7);
}

/* The same type in a frame is not ERSPAN's. */
static void
test_only_in_gre(void **state)
{
	static const char bytes[] =
	    ETH("\x88\xbe") "\x10\x01\x00\x00\x00\x00\x00\x00" INNER_FRAME;
	const struct pkt *p =
	    frame_once(1, bytes, sizeof(bytes) - 1, sizeof(bytes) - 1);

	(void)state;
	assert_int_equal(p->n_ip, 0);
	assert_int_equal(p->tunnel, 0);
	assert_int_equal(p->verdict, DISSECT_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_vlan),
		cmocka_unit_test(test_only_in_gre),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

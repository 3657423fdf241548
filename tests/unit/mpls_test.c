/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MPLS: the stack, what is below it, and what only looks like it.
 */
#include "tests/lib/frame.h"

/* clang-format off */
#define LABEL "\x00\x01\x00\x40"
#define BOTTOM "\x00\x02\x01\x40"
#define CONTROL "\x00\x00\x00\x00"
#define X7(x) x x x x x x x
#define X8(x) X7(x) x

static const struct frame_case cases[] = {
	{ FRAME("IPv4", 1, DISSECT_OK, 46,
	    ETH("\x88\x47") BOTTOM SMALL4 "\x00\x00"),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("three labels, IPv6, for many", 1, DISSECT_OK, 74,
	    ETH("\x88\x48") LABEL LABEL BOTTOM SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("Ethernet behind a control word", 1, DISSECT_OK, 64,
	    ETH("\x88\x47") BOTTOM CONTROL ETH4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("the same with a sequence number, LLC", 1, DISSECT_OK, 39,
	    ETH("\x88\x47") BOTTOM "\x00\x00\x12\x34"
	    ETH("\x00\x03") "\x42\x42\x03"),
	    NET_LLC, 0, "" },
	{ FRAME("Ethernet without one", 1, DISSECT_OK, 0,
	    ETH("\x88\x47") BOTTOM ETH4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("another pseudo-wire", 1, DISSECT_OK, 36,
	    ETH("\x88\x47") BOTTOM CONTROL "\xff\xff\xff\xff\xff\xff\xff\xff"
	    "\xff\xff\xff\xff\xff\xff"),
	    NET_OTHER, 0, "" },
	{ FRAME("a short one", 1, DISSECT_OK, 20,
	    ETH("\x88\x47") BOTTOM "\x00\x00"),
	    NET_OTHER, 0, "" },
	{ FRAME("associated channel", 1, DISSECT_OK, 0,
	    ETH("\x88\x47") BOTTOM "\x10\x00\x00\x21" ETH4 SMALL4),
	    NET_OTHER, 0, "" },
	{ FRAME("nothing below", 1, DISSECT_BAD, 0,
	    ETH("\x88\x47") BOTTOM),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("no bottom", 1, DISSECT_BAD, 0,
	    ETH("\x88\x47") LABEL LABEL),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("a stack of 64", 1, DISSECT_OK, 298,
	    ETH("\x88\x47") X7(X8(LABEL)) X7(LABEL) BOTTOM SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
};
/* clang-format on */

/* What is not believed is said so. */
static void
test_deep_stack(void **state)
{
	static const char bytes[] = ETH("\x88\x47") X8(X8(LABEL)) BOTTOM SMALL4;
	const struct pkt *p =
	    frame_once(1, bytes, sizeof(bytes) - 1, sizeof(bytes) - 1);

	(void)state;
	assert_int_equal(p->verdict, DISSECT_OK);
	assert_int_equal(p->net, NET_OTHER);
	assert_true(p->layers_exceeded);
}

static void
test_cases(void **state)
{
	(void)state;
	FRAME_CASES(cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_deep_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARP is counted, and must be whole.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("request, padding", 1, DISSECT_OK, 42,
	    ETH("\x08\x06") "\x00\x01\x08\x00\x06\x04\x00\x01"
	    "\x02\x00\x00\x00\x00\x01" "\x0a\x00\x00\x01"
	    "\x00\x00\x00\x00\x00\x00" "\x0a\x00\x00\x02" "\x00\x00"),
	    NET_ARP, 0, "" },
	{ FRAME("RARP", 1, DISSECT_OK, 24,
	    ETH("\x80\x35") "\x00\x01\x08\x00\x00\x01\x00\x03" "\x01\x02"),
	    NET_ARP, 0, "" },
	{ FRAME("addresses longer than the packet", 1, DISSECT_BAD, 0,
	    ETH("\x08\x06") "\x00\x01\x08\x00\xff\xff\x00\x01" "\x01\x02"),
	    NET_ARP, 0, "" },
	{ FRAME("header cut", 1, DISSECT_BAD, 0,
	    ETH("\x08\x06") "\x00\x01\x08\x00\x06\x04\x00"),
	    NET_ARP, 0, "" },
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	FRAME_CASES(cases);
}

/* clang-format off */
#define SAYS(mac, addr)                                        \
	ETH("\x08\x06") "\x00\x01\x08\x00\x06\x04\x00\x02"  \
	mac addr "\x02\x00\x00\x00\x00\x02" "\x0a\x00\x00\x02"
#define STATION "\x00\x00\x5e\x00\x53\x01"
/* clang-format on */

static void
test_sender(void **state)
{
	static const struct frame says =
	    FRAME("says", 1, DISSECT_OK, 42, SAYS(STATION, "\x0a\x00\x00\x01"));
	static const uint8_t addr[16] = { 10, 0, 0, 1 };
	const struct pkt *p = frame_run(&says);

	(void)state;
	assert_int_equal(p->messages.n, 1);
	assert_int_equal(p->messages.m[0].kind, MESSAGE_ADDR_MAC);
	assert_false(p->messages.m[0].addr_is_v6);
	assert_memory_equal(p->messages.m[0].addr, addr, 16);
	assert_string_equal(p->messages.m[0].name, "00:00:5e:00:53:01");
}

static void
test_senders_that_say_nothing(void **state)
{
	static const char probe[] = SAYS(STATION, "\x00\x00\x00\x00");
	static const char group[] =
	    SAYS("\x01\x00\x5e\x00\x53\x01", "\x0a\x00\x00\x01");

	(void)state;
	assert_int_equal(frame_once(1, probe, 42, 42)->messages.n, 0);
	assert_int_equal(frame_once(1, group, 42, 42)->messages.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_sender),
		cmocka_unit_test(test_senders_that_say_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VLAN tags of all three kinds, and what follows them.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("802.1Q", 1, DISSECT_OK, 46,
	    ETH("\x81\x00") "\x00\x01" "\x08\x00"
	    SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("802.1ad", 1, DISSECT_OK, 66,
	    ETH("\x88\xa8") "\x00\x01" "\x86\xdd"
	    SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("0x9100", 1, DISSECT_OK, 46,
	    ETH("\x91\x00") "\x00\x01" "\x08\x00"
	    SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("0x9200, 0x9300", 1, DISSECT_OK, 50,
	    ETH("\x92\x00") "\x00\x01" "\x93\x00" "\x00\x02" "\x08\x00"
	    SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("802.3 length behind the tag", 1, DISSECT_OK, 21,
	    ETH("\x81\x00") "\x00\x01" "\x00\x03" "\x42\x42\x03"),
	    NET_LLC, 0, "" },
	{ FRAME("tag cut", 1, DISSECT_BAD, 0,
	    ETH("\x81\x00") "\x00\x01\x08"),
	    NET_UNKNOWN, 0, "" },
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	FRAME_CASES(cases);
}

static void
check_vlans(const char *bytes, size_t n, unsigned n_vlans, unsigned outer,
    unsigned inner)
{
	const struct pkt *p = frame_once(1, bytes, n, n);

	assert_int_equal(p->tuple.n_vlans, n_vlans);
	assert_int_equal(p->tuple.vlan[0], outer);
	assert_int_equal(p->tuple.vlan[1], inner);
}

#define CHECK_VLANS(bytes, ...) \
	check_vlans(bytes, sizeof(bytes) - 1, __VA_ARGS__)

static void
test_outer_two_are_kept(void **state)
{
	(void)state;
	CHECK_VLANS(ETH4 SMALL4, 0, 0, 0);
	/* Priority and drop bit are no part of the number. */
	CHECK_VLANS(ETH("\x81\x00") "\xf0\x64"
				    "\x08\x00" SMALL4,
	    1, 100, 0);
	CHECK_VLANS(ETH("\x88\xa8") "\x0f\xff"
				    "\x81\x00"
				    "\x00\x02"
				    "\x08\x00" SMALL4,
	    2, 4095, 2);
	CHECK_VLANS(ETH("\x81\x00") "\x00\x01"
				    "\x81\x00"
				    "\x00\x02"
				    "\x81\x00"
				    "\x00\x03"
				    "\x08\x00" SMALL4,
	    2, 1, 2);
}

static void
test_tags_without_end(void **state)
{
	uint8_t bytes[14 + 64 * 4] = MACS "\x81\x00";
	const struct pkt *p;

	(void)state;
	for (size_t i = 14; i < sizeof(bytes); i += 4)
		memcpy(bytes + i, "\x00\x07\x81\x00", 4);
	p = frame_once(1, bytes, sizeof(bytes), sizeof(bytes));
	assert_true(p->layers_exceeded);
	assert_int_equal(p->n_layers, PKT_LAYERS);
	assert_int_equal(p->tuple.n_vlans, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_outer_two_are_kept),
		cmocka_unit_test(test_tags_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

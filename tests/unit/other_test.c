/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is recognised and not followed, and what is unknown.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("USB", 220, DISSECT_OK, 0, "abc"), NET_OTHER, 0, "" },
	{ FRAME("Bluetooth", 201, DISSECT_OK, 0, "abc"), NET_OTHER, 0, "" },
	{ FRAME("IEEE 802.15.4", 195, DISSECT_OK, 0, "abc"),
	    NET_OTHER, 0, "" },
	{ FRAME("CAN", 227, DISSECT_OK, 0, ""), NET_OTHER, 0, "" },
	{ FRAME("unknown link", 147, DISSECT_OK, 0, "abc"),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("loopback", 1, DISSECT_OK, 14, ETH("\x90\x00") "\x00\x00"),
	    NET_OTHER, 0, "" },
	{ FRAME("802.1X", 1, DISSECT_OK, 14, ETH("\x88\x8e") "\x01"),
	    NET_OTHER, 0, "" },
	{ FRAME("LLC says so first", 1, DISSECT_OK, 17,
	    ETH("\x00\x04") "\xfe\xfe\x03\x83"),
	    NET_LLC, 0, "" },
	{ FRAME("unknown type", 1, DISSECT_OK, 14, ETH("\x88\xb5") "abc"),
	    NET_UNKNOWN, 0, "" },
};
/* clang-format on */

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

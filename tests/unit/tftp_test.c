/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TFTP: what opens a transfer.
 */
#include "tests/lib/datagram.h"

extern const struct dissector tftp_dissector;

/* clang-format off */
static const struct datagram_case cases[] = {
	DATAGRAM("a read", DISSECT_OK, "", "\x00\x01" "a.bin\x00" "octet\x00"),
	DATAGRAM_NEED("a write with options", DISSECT_OK, "", 8,
	    "\x00\x02" "a\x00" "net\x00" "blksize\x00" "1428\x00"),
	DATAGRAM_NEED("an acknowledgement", DISSECT_OK, "", 2,
	    "\x00\x04\x00\x01"),
	DATAGRAM_NEED("an error", DISSECT_OK, "", 2,
	    "\x00\x05\x00\x01" "not found\x00"),
	DATAGRAM("no name", DISSECT_OTHER, "", "\x00\x01" "\x00" "octet\x00"),
	DATAGRAM("no mode", DISSECT_OTHER, "", "\x00\x01" "a.bin\x00"),
	DATAGRAM("control bytes in the name", DISSECT_OTHER, "",
	    "\x00\x01" "a\nb\x00" "octet\x00"),
	DATAGRAM("hardly an acknowledgement", DISSECT_OTHER, "",
	    "\x00\x04\x00"),
	DATAGRAM("hardly an error", DISSECT_OTHER, "", "\x00\x05\x00\x01"),
	DATAGRAM("an operation of nobody", DISSECT_OTHER, "",
	    "\x00\x07\x00\x00"),
	DATAGRAM("nothing", DISSECT_OTHER, "", ""),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	DATAGRAM_CASES(tftp_dissector, cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

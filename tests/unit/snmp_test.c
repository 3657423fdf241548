/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SNMP: the beginning of a message.
 */
#include "tests/lib/datagram.h"

extern const struct dissector snmp_dissector;

/* clang-format off */
static const struct datagram_case cases[] = {
	/* The message behind the version does not matter. */
	DATAGRAM_NEED("version 1", DISSECT_OK, "", 6,
	    "\x30\x0c" "\x02\x01\x00" "\x04\x06" "public" "\xa0"),
	DATAGRAM_NEED("version 2c, a long length", DISSECT_OK, "", 8,
	    "\x30\x82\x00\x0c" "\x02\x01\x01" "\x04\x06" "public" "\xa0"),
	DATAGRAM_NEED("version 3", DISSECT_OK, "", 6,
	    "\x30\x05" "\x02\x01\x03" "\x30\x00"),
	DATAGRAM("longer than the datagram", DISSECT_BAD, "",
	    "\x30\x09" "\x02\x01\x00" "\x04\x06" "pub"),
	DATAGRAM("shorter than its version", DISSECT_BAD, "",
	    "\x30\x03" "\x02\x01\x00" "\x04\x00"),
	DATAGRAM("version 2", DISSECT_OTHER, "",
	    "\x30\x07" "\x02\x01\x02" "\x04\x02" "ab"),
	DATAGRAM("version 3 with a community", DISSECT_OTHER, "",
	    "\x30\x07" "\x02\x01\x03" "\x04\x02" "ab"),
	DATAGRAM("no definite length", DISSECT_OTHER, "",
	    "\x30\x80" "\x02\x01\x00" "\x04\x02" "ab"),
	DATAGRAM("text", DISSECT_OTHER, "", "0123456789"),
	DATAGRAM("nothing", DISSECT_SHORT, "", ""),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	DATAGRAM_CASES(snmp_dissector, cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

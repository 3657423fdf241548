/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RADIUS: header and first attribute.
 */
#include "tests/lib/datagram.h"

extern const struct dissector radius_dissector;

/* clang-format off */
#define AUTHENTICATOR "0123456789abcdef"

static const struct datagram_case cases[] = {
	DATAGRAM_NEED("a request", DISSECT_OK, "", 20,
	    "\x01\x2a\x00\x1a" AUTHENTICATOR "\x01\x06" "alic"),
	DATAGRAM_NEED("a response with padding behind it", DISSECT_OK, "", 20,
	    "\x02\x2a\x00\x14" AUTHENTICATOR "\x00\x00"),
	DATAGRAM("longer than the datagram", DISSECT_BAD, "",
	    "\x01\x2a\x00\x1b" AUTHENTICATOR "\x01\x06" "alic"),
	DATAGRAM("an attribute longer than the message", DISSECT_BAD, "",
	    "\x01\x2a\x00\x1a" AUTHENTICATOR "\x01\x07" "alic"),
	DATAGRAM("an attribute shorter than its header", DISSECT_BAD, "",
	    "\x01\x2a\x00\x1a" AUTHENTICATOR "\x01\x01" "alic"),
	DATAGRAM("a length below the header's", DISSECT_OTHER, "",
	    "\x01\x2a\x00\x13" AUTHENTICATOR),
	DATAGRAM("a length above the most", DISSECT_OTHER, "",
	    "\x01\x2a\x10\x01" AUTHENTICATOR),
	DATAGRAM("a code of nobody", DISSECT_OTHER, "",
	    "\x06\x2a\x00\x14" AUTHENTICATOR),
	DATAGRAM("nothing", DISSECT_OTHER, "", ""),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	DATAGRAM_CASES(radius_dissector, cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSDP: the first line.
 */
#include "tests/lib/datagram.h"

extern const struct dissector ssdp_dissector;

/* clang-format off */
static const struct datagram_case cases[] = {
	DATAGRAM_NEED("a search", DISSECT_OK, "", 16,
	    "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n"),
	DATAGRAM_NEED("a notification", DISSECT_OK, "", 14,
	    "NOTIFY * HTTP/1.1\r\nNT: upnp:rootdevice\r\n\r\n"),
	DATAGRAM_NEED("a response", DISSECT_OK, "", 7,
	    "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n"),
	DATAGRAM("a page", DISSECT_OTHER, "", "GET / HTTP/1.1\r\n\r\n"),
	DATAGRAM("nothing", DISSECT_OTHER, "", ""),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	DATAGRAM_CASES(ssdp_dissector, cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

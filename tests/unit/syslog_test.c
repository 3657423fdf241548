/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syslog: the priority, in datagrams and at a connection's beginning.
 */
#include "tests/lib/datagram.h"

extern const struct dissector syslog_dissector, syslog_tcp_dissector;

/* clang-format off */
static const struct datagram_case cases[] = {
	DATAGRAM_NEED("RFC 5424's example", DISSECT_OK, "", 4,
	    "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 -"),
	DATAGRAM("the least", DISSECT_OK, "", "<0>"),
	DATAGRAM("the most", DISSECT_OK, "", "<191>"),
	DATAGRAM("more than the most", DISSECT_OTHER, "", "<192>a"),
	DATAGRAM("too many digits", DISSECT_OTHER, "", "<0001>a"),
	DATAGRAM("no digits", DISSECT_OTHER, "", "<>a"),
	DATAGRAM("XML", DISSECT_OTHER, "", "<a>1</a>"),
	DATAGRAM("no end", DISSECT_OTHER, "", "<34"),
	DATAGRAM("nothing", DISSECT_OTHER, "", ""),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	DATAGRAM_CASES(syslog_dissector, cases);
}

static void
test_cut(void **state)
{
	(void)state;
	datagram_once(&syslog_dissector, "<34", 3, 1);
	assert_int_equal(datagram_verdict, DISSECT_SHORT);
}

static enum probe
probe(const char *bytes)
{
	size_t n = strlen(bytes);
	const uint8_t *p = guard_put(bytes, n);

	return syslog_tcp_dissector.probe(&(struct cur){ p, p + n });
}

static void
test_probe(void **state)
{
	(void)state;
	assert_int_equal(probe("<34>1 "), PROBE_CLIENT);
	assert_int_equal(probe("<34"), PROBE_MORE);
	assert_int_equal(probe("99 <34>1 "), PROBE_CLIENT);
	assert_int_equal(probe("99 <34"), PROBE_MORE);
	assert_int_equal(probe("99 "), PROBE_MORE);
	assert_int_equal(probe("99"), PROBE_MORE);
	assert_int_equal(probe("123456 <1>"), PROBE_CLIENT);
	assert_int_equal(probe("1234567 <1>"), PROBE_NO);
	assert_int_equal(probe("99 34>"), PROBE_NO);
	assert_int_equal(probe("99x<34>"), PROBE_NO);
	assert_int_equal(probe("USER a"), PROBE_NO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

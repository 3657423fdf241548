/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names in DNS messages: how they are written, how long they may be, and every
 * way to lie about them.
 */
#include "tests/lib/datagram.h"

#include "tests/lib/dns_message.h"

extern const struct dissector dns_dissector;

/* clang-format off */
#define LABEL65                                                            \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"x"

static const struct datagram_case names[] = {
	DATAGRAM("one question", DISSECT_OK, WWW_ASKED,
	    QUERY(ONE) WWW A),
	DATAGRAM("the root", DISSECT_OK, ASKED("."),
	    QUERY(ONE) "\x00" A),
	DATAGRAM("upper case", DISSECT_OK, WWW_ASKED,
	    QUERY(ONE) "\x03" "wWW" "\x07" "EXAMPLE" "\x03" "Com" "\x00" A),
	DATAGRAM("control bytes and UTF-8", DISSECT_OK,
	    ASKED("a\\x0ab.\xc3\xbc\\xff"),
	    QUERY(ONE) "\x03" "a\nb" "\x03" "\xc3\xbc\xff" "\x00" A),
	DATAGRAM("a dot in a label", DISSECT_OK, ASKED("a.b.c"),
	    QUERY(ONE) "\x03" "a.b" "\x01" "c" "\x00" A),
	DATAGRAM("no question", DISSECT_OK, "",
	    QUERY("\x00\x00")),
	DATAGRAM("two questions, one pointer", DISSECT_OK,
	    ASKED("example.com") "\n" WWW_ASKED,
	    QUERY("\x00\x02") EXAMPLE "\x00" A "\x03" "www" Q A),
	DATAGRAM("second question missing", DISSECT_BAD, ASKED("example.com"),
	    QUERY("\x00\x02") EXAMPLE "\x00" A "\xc0\xff" A),
	DATAGRAM("pointer to itself", DISSECT_BAD, "",
	    QUERY(ONE) Q A),
	DATAGRAM("pointer to its own name", DISSECT_BAD, "",
	    QUERY(ONE) "\x01" "a" Q A),
	DATAGRAM("pointer forwards", DISSECT_BAD, "",
	    QUERY(ONE) "\xc0\x12" A "\x01" "a" "\x00"),
	DATAGRAM("pointer past the end", DISSECT_BAD, "",
	    QUERY(ONE) "\xff\xff" A),
	DATAGRAM("two pointers in a circle", DISSECT_BAD, ASKED("example.com"),
	    QUERY("\x00\x02") EXAMPLE "\x00" A "\xc0\x1f\xc0\x1d" A),
	DATAGRAM("half a pointer", DISSECT_SHORT, "",
	    QUERY(ONE) "\xc0"),
	DATAGRAM("label beyond the message", DISSECT_SHORT, "",
	    QUERY(ONE) "\x3f" "abc"),
	DATAGRAM("reserved label type", DISSECT_BAD, "",
	    QUERY(ONE) "\x41" LABEL65 "\x00" A),
	DATAGRAM("another reserved label type", DISSECT_BAD,
	    ASKED("example.com"),
	    QUERY("\x00\x02") EXAMPLE "\x00" A "\x80\x0c" A),
	DATAGRAM("text", DISSECT_SHORT, "",
	    "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	DATAGRAM("nothing", DISSECT_SHORT, "",
	    ""),
};
/* clang-format on */

static void
test_names(void **state)
{
	(void)state;
	DATAGRAM_CASES(dns_dissector, names);
}

/* A name of n labels of one byte, the last of them of last bytes. */
static const char *
long_name(size_t n, size_t last)
{
	uint8_t bytes[600] = QUERY(ONE);
	size_t len = 12;

	for (size_t i = 0; i + 1 < n; i++) {
		bytes[len++] = 1;
		bytes[len++] = 'x';
	}
	bytes[len++] = (uint8_t)last;
	memset(bytes + len, 'y', last);
	len += last;
	memcpy(bytes + len, "\x00" A, 5);
	return datagram_run(&dns_dissector, bytes, len + 5, len + 5);
}

static void
test_length_of_a_name(void **state)
{
	(void)state;
	long_name(127, 1);
	assert_int_equal(datagram_verdict, DISSECT_OK);
	assert_int_equal(datagram_pkt.messages.m[0].len, 253);
	assert_string_equal(long_name(127, 2), "");
	assert_int_equal(datagram_verdict, DISSECT_BAD);
	long_name(200, 1);
	assert_int_equal(datagram_verdict, DISSECT_BAD);
}

/* Question i is a label and a pointer to question i - 1. */
static void
jumps(size_t n)
{
	uint8_t bytes[600] = QUERY("\x00\x00");
	size_t len = 12, previous = 0;

	bytes[5] = (uint8_t)(n + 1);
	for (size_t i = 0; i <= n; i++) {
		size_t start = len;

		bytes[len++] = 1;
		bytes[len++] = 'j';
		if (i > 0) {
			bytes[len++] = 0xc0;
			bytes[len++] = (uint8_t)previous;
		} else {
			bytes[len++] = 0;
		}
		memcpy(bytes + len, A, 4);
		len += 4;
		previous = start;
	}
	datagram_run(&dns_dissector, bytes, len, len);
}

static void
test_sixteen_jumps(void **state)
{
	(void)state;
	jumps(16);
	assert_int_equal(datagram_verdict, DISSECT_OK);
	jumps(17);
	assert_int_equal(datagram_verdict, DISSECT_BAD);
	assert_int_equal(datagram_pkt.messages.n, 2 * 17);
}
int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_length_of_a_name),
		cmocka_unit_test(test_sixteen_jumps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

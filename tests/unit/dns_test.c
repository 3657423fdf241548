/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS queries: names, pointers, and every way to lie about them.
 */
#include "tests/lib/frame.h"

/* clang-format off */
#define HEAD(flags, n) "\x12\x34" flags n "\x00\x00\x00\x00\x00\x00"
#define QUERY(n) HEAD("\x01\x00", n)
#define ONE "\x00\x01"
#define A "\x00\x01\x00\x01"
#define LABEL65                                                            \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"x"
#define EXAMPLE "\x07" "example" "\x03" "com"

#define CASE(name, verdict, names, ...)                                    \
	{                                                                  \
		name, verdict, names, __VA_ARGS__, sizeof(__VA_ARGS__) - 1 \
	}

static const struct {
	const char *name;
	enum verdict verdict;
	const char *names;
	const char *bytes;
	size_t n;
} cases[] = {
	CASE("one question", DISSECT_OK, "www.example.com",
	    QUERY(ONE) "\x03" "www" EXAMPLE "\x00" A),
	CASE("the root", DISSECT_OK, ".",
	    QUERY(ONE) "\x00" A),
	CASE("upper case", DISSECT_OK, "www.example.com",
	    QUERY(ONE) "\x03" "wWW" "\x07" "EXAMPLE" "\x03" "Com" "\x00" A),
	CASE("control bytes and UTF-8", DISSECT_OK, "a\\x0ab.\xc3\xbc\\xff",
	    QUERY(ONE) "\x03" "a\nb" "\x03" "\xc3\xbc\xff" "\x00" A),
	CASE("a response", DISSECT_OK, "",
	    HEAD("\x80\x00", ONE) EXAMPLE "\x00" A),
	CASE("no question", DISSECT_OK, "",
	    QUERY("\x00\x00")),
	CASE("two questions, one pointer", DISSECT_OK,
	    "example.com www.example.com",
	    QUERY("\x00\x02") EXAMPLE "\x00" A "\x03" "www" "\xc0\x0c" A),
	CASE("what follows the questions is not looked at", DISSECT_OK,
	    "example.com",
	    QUERY(ONE) EXAMPLE "\x00" A "\xff\xff\xff"),
	CASE("second question missing", DISSECT_BAD, "example.com",
	    QUERY("\x00\x02") EXAMPLE "\x00" A),
	CASE("type and class cut", DISSECT_BAD, "",
	    QUERY(ONE) EXAMPLE "\x00\x00\x01\x00"),
	CASE("label beyond the message", DISSECT_BAD, "",
	    QUERY(ONE) "\x3f" "abc"),
	CASE("pointer to itself", DISSECT_BAD, "",
	    QUERY(ONE) "\xc0\x0c" A),
	CASE("pointer to its own name", DISSECT_BAD, "",
	    QUERY(ONE) "\x01" "a" "\xc0\x0c" A),
	CASE("pointer forwards", DISSECT_BAD, "",
	    QUERY(ONE) "\xc0\x12" A "\x01" "a" "\x00"),
	CASE("pointer past the end", DISSECT_BAD, "",
	    QUERY(ONE) "\xff\xff" A),
	CASE("two pointers in a circle", DISSECT_BAD, "example.com",
	    QUERY("\x00\x02") EXAMPLE "\x00" A "\xc0\x1f\xc0\x1d" A),
	CASE("half a pointer", DISSECT_BAD, "",
	    QUERY(ONE) "\xc0"),
	CASE("reserved label type", DISSECT_BAD, "",
	    QUERY(ONE) "\x41" LABEL65 "\x00" A),
	CASE("another reserved label type", DISSECT_BAD, "example.com",
	    QUERY("\x00\x02") EXAMPLE "\x00" A "\x80\x0c" A),
	CASE("header cut", DISSECT_BAD, "",
	    "\x12\x34\x01\x00\x00\x01"),
	CASE("text", DISSECT_BAD, "",
	    "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	CASE("nothing", DISSECT_BAD, "",
	    ""),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct pkt *p =
		    frame_payload(17, 53, cases[i].bytes, cases[i].n);

		if (p->verdict != cases[i].verdict ||
		    strcmp(frame_names(p), cases[i].names) != 0)
			fail_msg("%s: verdict %d, names %s", cases[i].name,
			    p->verdict, frame_names(p));
		assert_int_equal(p->tuple.dport, 53);
	}
}

static void
test_ports(void **state)
{
	static const uint16_t ports[] = { 53, 5353, 5355, 54 };
	static const char query[] = QUERY(ONE) EXAMPLE "\x00" A;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(frame_payload(17, ports[i], query,
				     sizeof(query) - 1)
				     ->n_messages,
		    i < 3);
	assert_int_equal(frame_payload(6, 53, query, sizeof(query) - 1)
			     ->n_messages,
	    0);
}

/* What lies behind the length of the UDP header is no part of the message. */
static void
test_length_of_udp(void **state)
{
	static const char query[] = QUERY(ONE) EXAMPLE "\x00" A;
	uint8_t bytes[200];
	size_t len = frame_build(bytes, 17, 53, query, sizeof(query) - 1);

	(void)state;
	assert_int_equal(frame_once(1, bytes, len, len)->n_messages, 1);
	bytes[39] = 8 + 12;
	assert_int_equal(frame_once(1, bytes, len, len)->n_messages, 0);
	assert_int_equal(frame_pkt.verdict, DISSECT_BAD);
}

/* A name of n labels of one byte: 2 n + 1 bytes on the wire. */
static const struct pkt *
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
	return frame_payload(17, 53, bytes, len + 5);
}

static void
test_length_of_a_name(void **state)
{
	const struct pkt *p = long_name(127, 1);

	(void)state;
	assert_int_equal(p->verdict, DISSECT_OK);
	assert_int_equal(p->messages[0].len, 253);
	p = long_name(127, 2);
	assert_int_equal(p->verdict, DISSECT_BAD);
	assert_int_equal(p->n_messages, 0);
	assert_int_equal(long_name(200, 1)->verdict, DISSECT_BAD);
}

/* Question i is a label and a pointer to question i - 1. */
static const struct pkt *
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
	return frame_payload(17, 53, bytes, len);
}

static void
test_sixteen_jumps(void **state)
{
	(void)state;
	assert_int_equal(jumps(16)->verdict, DISSECT_OK);
	assert_int_equal(jumps(17)->verdict, DISSECT_BAD);
	assert_int_equal(jumps(17)->n_messages, 17);
}

static void
test_many_questions(void **state)
{
	uint8_t bytes[12 + 40 * 7] = QUERY("\xff\xff");
	const struct pkt *p;

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		memcpy(bytes + 12 + 7 * i, "\x01x\x00" A, 7);
		bytes[12 + 7 * i + 1] = (uint8_t)('A' + i % 26);
	}
	p = frame_payload(17, 53, bytes, sizeof(bytes));
	assert_int_equal(p->verdict, DISSECT_OK);
	assert_int_equal(p->n_messages, PKT_MESSAGES);
	assert_string_equal(p->messages[24].name, "y");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_length_of_udp),
		cmocka_unit_test(test_length_of_a_name),
		cmocka_unit_test(test_sixteen_jumps),
		cmocka_unit_test(test_many_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1: how long headers and names may be, what is kept of a connection, and
 * that nothing is read twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/http_feed.h"

/* A request of n fields, each so long, then a Host. */
static void
big(size_t n_fields, size_t field, size_t piece)
{
	static uint8_t bytes[65000];
	size_t len = 16;

	memcpy(bytes, "GET / HTTP/1.1\r\n", len);
	for (size_t i = 0; i < n_fields; i++) {
		memset(bytes + len, 'a', field);
		memcpy(bytes + len + field - 2, "\r\n", 2);
		len += field;
	}
	memcpy(bytes + len, "Host: h\r\n", 9);
	feed_init(&f, &http_dissector, NULL);
	feed(&f, false, bytes, len + 9, piece, false);
}

static void
test_header_is_bounded(void **state)
{
	(void)state;
	for (size_t piece = 0; piece < 1500; piece += 1460) {
		big(99, 10, piece);
		assert_string_equal(names("HTTP_REQUEST"), "h/");
		big(101, 10, piece);
		assert_string_equal(names("HTTP_REQUEST"), "");
		assert_int_equal(f.sides[0].verdict, STREAM_BAD);
		big(1, 16000, piece);
		assert_string_equal(names("HTTP_REQUEST"), "h/");
		big(1, 16400, piece);
		assert_string_equal(names("HTTP_REQUEST"), "");
		assert_int_equal(f.sides[0].verdict, STREAM_BAD);
	}
}

static void
test_long_name_is_cut(void **state)
{
	char bytes[1000] = "GET /";
	const char *name;

	(void)state;
	memset(bytes + 5, 'x', 600);
	strcpy(bytes + 605, " HTTP/1.1\r\nHost: h\r\n\r\n");
	feed_init(&f, &http_dissector, NULL);
	say(false, bytes);
	name = names("HTTP_REQUEST");
	assert_int_equal(strlen(name), 259);
	assert_memory_equal(name, "h/xxx", 5);
}

/* Bodies are not kept, whatever their length. */
static void
test_bodies_are_skipped(void **state)
{
	(void)state;
	feed_init(&f, &http_dissector, NULL);
	say(true,
	    "HTTP/1.1 200 \r\nContent-Length: 9223372036854775799\r\n\r\nx");
	assert_int_equal(f.sides[1].n_rest, 0);
	assert_int_equal(f.sides[1].skip, 9223372036854775798);
	feed_init(&f, &http_dissector, NULL);
	say(true,
	    "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3fffffffffffffff\r\nxy");
	assert_int_equal(f.sides[1].skip, 0x3ffffffffffffffd);
}

/*
 * Of a line that comes byte by byte no byte is looked at twice: the dissector
 * remembers.  A line feed planted in what was seen would be found otherwise.
 */
static void
test_nothing_is_read_twice(void **state)
{
	static const char bytes[] = "GET / HTTP/1.1\r\nHost: h\r\nA: bcdefgh";
	uint8_t *p;

	(void)state;
	feed_init(&f, &http_dissector, NULL);
	feed(&f, false, bytes, sizeof(bytes) - 1, 1, false);
	assert_int_equal(f.sides[0].n_rest, sizeof(bytes) - 1);
	p = f.sides[0].rest;
	memcpy(p, "XXX\nXXX\n\n\n", 10);
	memcpy(p + sizeof(bytes) - 5, "\n\n", 2);
	feed(&f, false, "i", 1, 0, false);
	assert_int_equal(f.sides[0].verdict, STREAM_MORE);
	assert_int_equal(f.sides[0].n_rest, sizeof(bytes));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_is_bounded),
		cmocka_unit_test(test_long_name_is_cut),
		cmocka_unit_test(test_bodies_are_skipped),
		cmocka_unit_test(test_nothing_is_read_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1: how long headers and names may be, what is kept of a connection, and
 * that the time it takes is linear.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
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

/* CPU time in us of what a connection with these bytes costs. */
static double
cost(const char *head, const char *repeated, size_t n, size_t piece)
{
	static char bytes[400000];
	size_t len = strlen(head), unit = strlen(repeated);
	double best = 1e9;

	memcpy(bytes, head, len);
	for (size_t i = 0; i < n; i++, len += unit)
		memcpy(bytes + len, repeated, unit);
	for (unsigned i = 0; i < 7; i++) {
		clock_t begin = clock();

		feed_init(&f, &http_dissector, NULL);
		for (size_t at = 0; at < len; at += 8192) {
			feed(&f, false, bytes + at,
			    len - at < 8192 ? len - at : 8192, piece, false);
			f.n_log = 0;
		}
		if ((double)(clock() - begin) < best)
			best = (double)(clock() - begin);
	}
	return best * 1e6 / CLOCKS_PER_SEC;
}

/*
 * Twice the input costs at most 2.5 times as much.  One-byte segments are not
 * measured here: the feed copies what is left for each.
 */
static void
test_time_is_linear(void **state)
{
	static const char post[] = "POST / HTTP/1.1\r\nHost: h\r\n"
				   "Transfer-Encoding: chunked\r\n\r\n";
	static const struct {
		const char *name, *head, *repeated;
		size_t n;
	} cases[] = {
		{ "chunks", post, "1\r\na\r\n", 30000 },
		{ "empty lines", "GET / HTTP/1.1\r\n\r\n", "\r\n", 60000 },
		{ "requests", "", "GET / HTTP/1.1\n\n", 10000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double once = 0, twice = 1e9;

		/* Somebody else may have had the machine meanwhile. */
		for (unsigned k = 0; k < 10 && twice > 2.5 * once + 200; k++) {
			once = cost(cases[i].head, cases[i].repeated,
			    cases[i].n, 0);
			twice = cost(cases[i].head, cases[i].repeated,
			    2 * cases[i].n, 0);
		}
		if (twice > 2.5 * once + 200)
			fail_msg("%s: %.0f us, twice as many %.0f us",
			    cases[i].name, once, twice);
	}
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
		cmocka_unit_test(test_time_is_linear),
		cmocka_unit_test(test_nothing_is_read_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

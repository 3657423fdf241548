/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1: whose answer a response is, how long it took, and of which requests
 * that can't be told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/http_feed.h"

#define GET_(path) "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"
#define EMPTY "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"

static void
test_lost_requests_have_no_time(void **state)
{
	(void)state;
	/* The server's side begins while two wait: whose answer is it? */
	feed_init(&f, &http_dissector, NULL);
	say(false, GET_("/1"));
	say(false, GET_("/2"));
	say(true, EMPTY);
	assert_string_equal(names("HTTP_TIME"), "");
	say(true, EMPTY);
	say(false, GET_("/3"));
	f.ts_ns += 3 * STEP_NS;
	say(true, EMPTY);
	assert_string_equal(names("HTTP_TIME"), "h 4000");
	/* The client's side has a gap. */
	feed_gap(&f, false);
	say(false, GET_("/4"));
	say(true, EMPTY);
	assert_string_equal(names("HTTP_TIME"), "h 4000 h 1000");
}

static void
test_response_before_its_request(void **state)
{
	(void)state;
	feed_init(&f, &http_dissector, NULL);
	say(false, GET_("/1"));
	say(true, EMPTY);
	assert_string_equal(names("HTTP_TIME"), "h 1000");
	say(true, EMPTY);
	f.ts_ns -= STEP_NS / 2;
	say(false, GET_("/2"));
	say(false, GET_("/3"));
	say(true, EMPTY);
	assert_string_equal(names("HTTP_TIME"), "h 1000 h 1000");
}

/* More are pending than there is room for: these have no time. */
static void
test_many_pending(void **state)
{
	char expected[200] = "h 1000", paths[40][80];

	(void)state;
	feed_init(&f, &http_dissector, NULL);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(paths[i], sizeof(paths[i]),
		    "GET /%u HTTP/1.1\r\nHost: h\r\n\r\n", i);
		feed(&f, false, paths[i], strlen(paths[i]), 0, false);
	}
	for (unsigned i = 0; i < 41; i++) {
		/* There is a place again, but others wait before it. */
		if (i == 3)
			feed(&f, false, paths[0], strlen(paths[0]), 0, false);
		say(true, EMPTY);
		if (i > 0 && i < 16)
			snprintf(expected + strlen(expected), 16, " h %u000",
			    i + 1);
	}
	assert_string_equal(names("HTTP_TIME"), expected);
	say(false, GET_("/"));
	say(true, EMPTY);
	strcat(expected, " h 1000");
	assert_string_equal(names("HTTP_TIME"), expected);
}

/* Two hosts are remembered at a time; of a third there is no time. */
static void
test_many_hosts(void **state)
{
	(void)state;
	feed_init(&f, &http_dissector, NULL);
	say(false,
	    "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	    "GET / HTTP/1.1\r\nHost: b\r\n\r\n"
	    "GET / HTTP/1.1\r\nHost: c\r\n\r\n"
	    "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	say(true, EMPTY EMPTY EMPTY EMPTY);
	say(false, "GET / HTTP/1.1\r\nHost: c\r\n\r\n");
	say(true, EMPTY);
	assert_string_equal(names("HTTP_TIME"), "a 1000 b 1000 a 1000 c 1000");
}

/* A time is never 0, which would be none; nor does it run backwards. */
static void
test_short_times(void **state)
{
	(void)state;
	feed_init(&f, &http_dissector, NULL);
	say(false, GET_("/1"));
	f.ts_ns -= STEP_NS;
	say(true, EMPTY);
	say(false, GET_("/2"));
	f.ts_ns -= 2 * STEP_NS;
	say(true, EMPTY);
	assert_string_equal(names("HTTP_TIME"), "h 1");
}

/* The message says that its host is cut, and looks so. */
static void
test_long_host(void **state)
{
	char host[200] = "", request[300], expected[200];

	(void)state;
	memset(host, 'h', 80);
	snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n",
	    host);
	snprintf(expected, sizeof(expected), "%.71s\xe2\x80\xa6 1000", host);
	feed_init(&f, &http_dissector, NULL);
	say(false, request);
	say(true, EMPTY);
	assert_string_equal(names("HTTP_TIME"), expected);
	assert_string_equal(names("HTTP_HOST"), host);
	request[strlen(request) - 14] = '\0';
	strcat(request, "\r\n\r\n");
	say(false, request);
	say(true, EMPTY);
	snprintf(expected, sizeof(expected), " %.70s 1000", host);
	assert_non_null(strstr(names("HTTP_TIME"), expected));
}

/* A client that does not wait for the tunnel, and nobody who answers. */
static void
test_connect_without_response(void **state)
{
	static char bytes[20000];

	(void)state;
	feed_init(&f, &http_dissector, NULL);
	say(false, "CONNECT h:443 HTTP/1.1\r\n\r\n");
	say(false, "\x16\x03\x01");
	assert_int_equal(f.sides[0].verdict, STREAM_MORE);
	assert_int_equal(f.sides[0].n_rest, 3);
	memset(bytes, 'x', sizeof(bytes) - 1);
	say(false, bytes);
	assert_int_equal(f.sides[0].verdict, STREAM_LEAVE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lost_requests_have_no_time),
		cmocka_unit_test(test_response_before_its_request),
		cmocka_unit_test(test_many_pending),
		cmocka_unit_test(test_many_hosts),
		cmocka_unit_test(test_short_times),
		cmocka_unit_test(test_long_host),
		cmocka_unit_test(test_connect_without_response),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

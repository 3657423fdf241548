/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1: what is a request and by which name it counts, what is a response,
 * and where bodies end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/guard.h"
#include "tests/lib/http_feed.h"

static const size_t pieces[] = { 0, 1, 2, 3, 7 };

enum { N_PIECES = sizeof(pieces) / sizeof(pieces[0]) };

static const struct {
	const char *name;
	const char *names;
	const char *bytes;
} requests[] = {
	{ "host and path", "example.com/a/b?q=1&r=%20",
	    "GET /a/b?q=1&r=%20 HTTP/1.1\r\nHost: example.com\r\n\r\n" },
	{ "host is lower case, the path is not", "example.com:8080/A",
	    "POST /A HTTP/1.0\r\nA: b\r\n"
	    "hOsT:\t EXAMPLE.com:8080 \t\r\n" },
	{ "bare line feeds", "h/", "GET / HTTP/1.1\nHost:h\n" },
	{ "no host", "198.51.100.1/path",
	    "GET /path HTTP/1.0\r\nAccept: */*\r\n\r\n" },
	{ "no field", "198.51.100.1/", "GET / HTTP/1.0\r\n\r\n" },
	{ "empty host", "198.51.100.1/", "GET / HTTP/1.1\r\nHost: \r\n\r\n" },
	{ "the first host counts", "a/",
	    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" },
	{ "host behind the header", "198.51.100.1/",
	    "GET / HTTP/1.1\r\n\r\nHost: body\r\n" },
	{ "absolute form", "proxied.example/P",
	    "GET http://Proxied.Example/P HTTP/1.1\r\nHost: other\r\n" },
	{ "absolute form, no path", "h?Q", "GET https://H?Q HTTP/1.1\r\n\r\n" },
	{ "absolute form with a user", "h:81/",
	    "GET http://u:p@h:81/ HTTP/1.1\r\n\r\n" },
	{ "a host with a user", "h:81/",
	    "GET / HTTP/1.1\r\nHost: u:p@H:81\r\n\r\n" },
	{ "a user only", "198.51.100.1/", "GET / HTTP/1.1\r\nHost: u@\r\n" },
	{ "a URL in the query is no scheme", "h/r?u=http://X/",
	    "GET /r?u=http://X/ HTTP/1.1\r\nHost: h\r\n" },
	{ "authority form", "example.com:443",
	    "CONNECT Example.com:443 HTTP/1.1\r\nHost: x\r\n" },
	{ "asterisk form", "h*", "OPTIONS * HTTP/1.1\r\nHost: h\r\n" },
	{ "WebDAV", "h/d", "VERSION-CONTROL /d HTTP/1.1\r\nHost: h\r\n" },
	{ "longest method", "h/d",
	    "UPDATEREDIRECTREF /d HTTP/1.1\r\nHost: h\r\n" },
	{ "control bytes", "h\\x1b/\\x01\\xff",
	    "GET /\x01\xff HTTP/1.1\r\nHost: h\x1b\r\n" },
	{ "two spaces", "", "GET  /  HTTP/1.1\r\nHost: h\r\n" },
	{ "a space in the target", "h/a", "GET /a b HTTP/1.1\r\nHost: h\r\n" },
	{ "a word behind the version", "", "GET /a HTTP/1.1 x\r\nHost: h\r\n" },
	{ "version 2", "", "GET / HTTP/2.0\r\nHost: h\r\n" },
	{ "folded line", "h/",
	    "GET / HTTP/1.1\r\nA: b\r\n Host: x\r\nHost: h\r\n" },
	{ "host is cut off", "", "GET / HTTP/1.1\r\nHost: exam" },
	{ "request line is cut off", "", "GET /very/long" },
	{ "no version, a path", "h/", "GET /\r\nHost: h\r\n\r\n" },
	{ "no version, no path", "", "GET x\r\nHost: h\r\n\r\n" },
	{ "no target", "", "GET HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "RTSP", "", "OPTIONS rtsp://h/ RTSP/1.0\r\nHost: h\r\n\r\n" },
	{ "SIP", "", "NOTIFY sip:a@b SIP/2.0\r\nHost: h\r\n\r\n" },
	{ "unknown method", "", "GOT / HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "unknown method later", "h/ h/2",
	    "GET / HTTP/1.1\r\nHost: h\r\n\r\nX!y /2 HTTP/1.1\r\nHost: h\r\n" },
	{ "method as a prefix", "", "GETX / HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "lower case", "", "get / HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "a response", "", "HTTP/1.1 200 OK\r\nHost: h\r\n" },
	{ "empty lines before it", "h/",
	    "\r\n\nGET / HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "an empty length", "h/1",
	    "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n"
	    "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "pipelined", "h/1 h/2 h/3",
	    "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: h\r\n"
	    "\r\n\r\n\nGET /3 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "a body by length", "h/1 h/2",
	    "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 16\r\n\r\n"
	    "GET / HTTP/1.1\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "one length twice", "h/1 h/2",
	    "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2, 2\r\n"
	    "Content-Length: 2\r\n\r\nabGET /2 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "two lengths", "h/1",
	    "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
	    "Content-Length: 3\r\n\r\nabGET /2 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "a length that is none", "h/1",
	    "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: +2\r\n\r\n"
	    "abGET /2 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "a length that is too large", "h/1",
	    "POST /1 HTTP/1.1\r\nHost: h\r\n"
	    "Content-Length: 18446744073709551618\r\n\r\n"
	    "abGET /2 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "a folded length", "h/1",
	    "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n 0\r\n\r\n"
	    "abGET /2 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "a space before a length's colon", "h/1",
	    "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length : 2\r\n\r\n"
	    "abGET /2 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "chunks, extensions, trailers", "h/1 h/2",
	    "POST /1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3\r\nabc\r\n00A ;x=\"y\"\r\n0123456789\r\n000\r\nHost: t\r\n\r\n"
	    "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "chunks beat a length", "h/1 h/2",
	    "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n"
	    "Transfer-Encoding: gzip,\r\n\tCHUNKED\r\n\r\n0\r\n\r\n"
	    "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "a coding that hides the end", "h/1",
	    "POST /1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, x\r\n"
	    "\r\n0\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "a coding that is none", "h/1 h/2",
	    "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
	    "Transfer-Encoding: Identity\r\n\r\n"
	    "xGET /2 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "a field instead of a request line", "h/1",
	    "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nVia: /x HTTP/1.1\r\n\r\n" },
	{ "a chunk's size that is none", "h/1",
	    "POST /1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "-1\r\n\r\n0\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "a chunk's size that is too large", "h/1",
	    "POST /1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "10000000000000000\r\n0\r\n\r\nGET /2 HTTP/1.1\r\n"
	    "Host: h\r\n\r\n" },
	{ "a chunk that is longer than its size", "h/1",
	    "POST /1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "1\r\nab\r\n0\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n" },
};

static void
test_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		for (size_t k = 0; k < N_PIECES; k++) {
			const char *bytes = requests[i].bytes;

			feed_init(&f, &http_dissector, NULL);
			feed(&f, false, bytes, strlen(bytes), pieces[k], true);
			if (strcmp(names("HTTP_REQUEST"), requests[i].names))
				fail_msg("%s: piece %zu: \"%s\"",
				    requests[i].name, pieces[k],
				    names("HTTP_REQUEST"));
		}
}

enum { STEPS = 8 };

/* What both sides say in turn, 1 ms apart: 'C' or 'S', then the bytes. */
static const struct {
	const char *name;
	const char *steps[STEPS];
	const char *log;
} talks[] = {
	{ "everything of a request and its response",
	    { "CGET /a HTTP/1.1\r\nUser-Agent: Some/1.0 (x)\r\n"
	      "Host: WWW.Example.com.:8080\r\nUser-Agent: no\r\n\r\n",
		"SHTTP/1.1 200 OK\r\nContent-Type: Text/HTML; charset=x\r\n"
		"Content-Length: 5\r\n\r\nHello",
		"CGET /b HTTP/1.1\r\nHost: 192.0.2.7:80\r\n\r\n",
		"SHTTP/1.0 404 \r\nContent-Length: 0\r\n\r\n" },
	    "HTTP_USER_AGENT Some/1.0 (x)\n"
	    "HTTP_REQUEST www.example.com.:8080/a\n"
	    "HTTP_HOST www.example.com\nHTTP_METHOD GET\n"
	    "ADDR_NAME www.example.com 2\n"
	    "HTTP_RESPONSE\nHTTP_STATUS 200\nHTTP_2XX\nHTTP_TYPE text/html\n"
	    "HTTP_TIME www.example.com 1000\n"
	    "HTTP_REQUEST 192.0.2.7:80/b\nHTTP_HOST 192.0.2.7\n"
	    "HTTP_METHOD GET\n"
	    "HTTP_RESPONSE\nHTTP_STATUS 404\nHTTP_4XX\n"
	    "HTTP_TIME 192.0.2.7 1000\n" },
	{ "an address of version 6, none at all",
	    { "CPUT / HTTP/1.1\r\nHost: [2001:DB8::1]:80\r\n\r\n"
	      "PUT / HTTP/1.1\r\n\r\nPUT / HTTP/1.1\r\nHost: a.7\r\n\r\n" },
	    "HTTP_REQUEST [2001:db8::1]:80/\nHTTP_HOST 2001:db8::1\n"
	    "HTTP_METHOD PUT\n"
	    "HTTP_REQUEST 198.51.100.1/\nHTTP_HOST 198.51.100.1\n"
	    "HTTP_METHOD PUT\n"
	    "HTTP_REQUEST a.7/\nHTTP_HOST a.7\nHTTP_METHOD PUT\n" },
	{ "no name of a proxy",
	    { "CGET http://a.example/ HTTP/1.1\r\nHost: b\r\n\r\n" },
	    "HTTP_REQUEST a.example/\nHTTP_HOST a.example\n"
	    "HTTP_METHOD GET\n" },
	{ "no body: HEAD, 204, 304, 100",
	    { "CHEAD / HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\n\r\n"
	      "HEAD / HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\n\r\n",
		"SHTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n"
		"HTTP/1.1 204 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"SHTTP/1.1 100 Continue\r\n\r\n",
		"SHTTP/1.1 304 OK\r\nContent-Length: 50\r\n\r\n"
		"HTTP/1.1 500\r\n\r\n" },
	    "HTTP_REQUEST 198.51.100.1/\nHTTP_HOST 198.51.100.1\n"
	    "HTTP_METHOD HEAD\n"
	    "HTTP_REQUEST 198.51.100.1/\nHTTP_HOST 198.51.100.1\n"
	    "HTTP_METHOD HEAD\n"
	    "HTTP_REQUEST 198.51.100.1/\nHTTP_HOST 198.51.100.1\n"
	    "HTTP_METHOD HEAD\n"
	    "HTTP_REQUEST 198.51.100.1/\nHTTP_HOST 198.51.100.1\n"
	    "HTTP_METHOD HEAD\n"
	    "HTTP_RESPONSE\nHTTP_STATUS 200\nHTTP_2XX\n"
	    "HTTP_TIME 198.51.100.1 1000\n"
	    "HTTP_RESPONSE\nHTTP_STATUS 204\nHTTP_2XX\n"
	    "HTTP_TIME 198.51.100.1 1000\n"
	    "HTTP_RESPONSE\nHTTP_STATUS 100\nHTTP_1XX\n"
	    "HTTP_RESPONSE\nHTTP_STATUS 304\nHTTP_3XX\n"
	    "HTTP_TIME 198.51.100.1 3000\n"
	    "HTTP_RESPONSE\nHTTP_STATUS 500\nHTTP_5XX\n"
	    "HTTP_TIME 198.51.100.1 3000\n" },
	{ "no body of a length: 204, 304",
	    { "SHTTP/1.1 304 \r\nContent-Length: 50\r\n\r\n"
	      "HTTP/1.1 204 \r\nContent-Length: 50\r\n\r\n"
	      "HTTP/1.1 399 \r\nContent-Length: 0\r\n\r\n" },
	    "HTTP_RESPONSE\nHTTP_STATUS 304\nHTTP_3XX\n"
	    "HTTP_RESPONSE\nHTTP_STATUS 204\nHTTP_2XX\n"
	    "HTTP_RESPONSE\nHTTP_STATUS 399\nHTTP_3XX\n" },
	{ "chunks of a response, trailers, then a body until the end",
	    { "SHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	      "1\r\nx\r\n0\r\nA: b\r\n\r\nHTTP/1.1 299 \r\n"
	      "Content-Type: a/b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" },
	    "HTTP_RESPONSE\nHTTP_STATUS 200\nHTTP_2XX\n"
	    "HTTP_RESPONSE\nHTTP_STATUS 299\nHTTP_2XX\nHTTP_TYPE a/b\n" },
	{ "Shoutcast, and a coding that never ends",
	    { "SICY 200 OK\r\nContent-Type: audio/mpeg\r\n"
	      "Transfer-Encoding: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" },
	    "HTTP_RESPONSE\nHTTP_STATUS 200\nHTTP_2XX\n"
	    "HTTP_TYPE audio/mpeg\n" },
	{ "upgrade",
	    { "CGET / HTTP/1.1\r\nHost: h\r\n\r\n",
		"SHTTP/1.1 101 \r\nUpgrade: WebSocket, x\r\n\r\n"
		"HTTP/1.1 200 OK\r\n\r\n" },
	    "HTTP_REQUEST h/\nHTTP_HOST h\nHTTP_METHOD GET\nADDR_NAME h 2\n"
	    "HTTP_RESPONSE\nHTTP_STATUS 101\nHTTP_1XX\n"
	    "HTTP_UPGRADE websocket\nHTTP_TIME h 1000\n" },
	{ "a tunnel, at the second try",
	    { "CCONNECT h:443 HTTP/1.1\r\n\r\n",
		"SHTTP/1.1 407 \r\nContent-Length: 1\r\n\r\nx",
		"CCONNECT h:443 HTTP/1.1\r\n\r\n", "CGET / HTTP/1.1\r\n\r\n",
		"SHTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nGET" },
	    "HTTP_REQUEST h:443\nHTTP_HOST h\nHTTP_METHOD CONNECT\n"
	    "HTTP_RESPONSE\nHTTP_STATUS 407\nHTTP_4XX\nHTTP_TIME h 1000\n"
	    "HTTP_REQUEST h:443\nHTTP_HOST h\nHTTP_METHOD CONNECT\n"
	    "HTTP_RESPONSE\nHTTP_STATUS 200\nHTTP_2XX\nHTTP_TIME h 2000\n"
	    "HTTP_UPGRADE connect\n" },
};

/* Plays a conversation, of which only n bytes are there. */
static void
play(size_t talk, size_t piece, size_t n, bool is_end)
{
	feed_init(&f, &http_dissector, NULL);
	for (unsigned i = 0; i < STEPS && talks[talk].steps[i] != NULL; i++) {
		const char *step = talks[talk].steps[i] + 1;
		size_t len = strlen(step);

		if (len > n)
			len = n;
		n -= len;
		f.ts_ns += STEP_NS;
		feed(&f, step[-1] == 'S', step, len, piece, false);
	}
	if (f.sides[0].verdict == STREAM_LEAVE ||
	    f.sides[1].verdict == STREAM_LEAVE)
		is_end = false; /* the rest is another protocol's */
	for (unsigned i = 0; i < 2 && is_end; i++)
		feed(&f, i, "", 0, 0, true);
	feed_fini(&f);
}

static void
test_talks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(talks) / sizeof(talks[0]); i++)
		for (size_t k = 0; k < N_PIECES; k++) {
			play(i, pieces[k], SIZE_MAX, k % 2 == 0);
			if (strcmp(f.log, talks[i].log) != 0)
				fail_msg("%s: piece %zu:\n%s", talks[i].name,
				    pieces[k], f.log);
		}
}

/* What is cut off says less, never anything else. */
static void
test_shorter(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(talks) / sizeof(talks[0]); i++) {
		size_t n = 0;

		for (unsigned k = 0; k < STEPS; k++)
			if (talks[i].steps[k] != NULL)
				n += strlen(talks[i].steps[k]) - 1;
		for (size_t len = 0; len < n; len++) {
			play(i, len % 5, len, len % 2 == 0);
			if (strncmp(f.log, talks[i].log, f.n_log) != 0)
				fail_msg("%s: %zu bytes:\n%s", talks[i].name,
				    len, f.log);
		}
	}
}

static void
test_probe(void **state)
{
	static const struct {
		const char *bytes;
		enum probe said;
	} cases[] = {
		{ "G", PROBE_MORE },
		{ "GET", PROBE_MORE },
		{ "GET ", PROBE_MORE },
		{ "GET /", PROBE_CLIENT },
		{ "GET http", PROBE_MORE },
		{ "GET http://a", PROBE_CLIENT },
		{ "GET / HTTP/1.1\r\n", PROBE_CLIENT },
		{ "GET / HTTP/1.1 \r\n", PROBE_NO },
		{ "CONNECT a:1 HTTP/1.0\n", PROBE_CLIENT },
		{ "CONNECT a:1", PROBE_MORE },
		{ "SUBSCRIBE sip:a SIP/2.0\r\n", PROBE_NO },
		{ "UPDATEREDIRECTREF", PROBE_MORE },
		{ "UPDATEREDIRECTREFX", PROBE_NO },
		{ "GE ", PROBE_NO },
		{ "PROP /", PROBE_NO },
		{ "PRI * HTTP/2.0\r\n", PROBE_NO },
		{ "H", PROBE_MORE },
		{ "HTTP/1.1 20", PROBE_MORE },
		{ "HTTP/1.1 200", PROBE_SERVER },
		{ "HTTP/0.9 200 OK", PROBE_SERVER },
		{ "HTTP/2.0 200 OK", PROBE_SERVER },
		{ "HTTP/1.1  200", PROBE_SERVER },
		{ "HTTP/1.1 2000", PROBE_NO },
		{ "HTTP/ 200", PROBE_NO },
		{ "HTTP/1234567.9 200", PROBE_NO },
		{ "HTTP/1.1\t200", PROBE_NO },
		{ "HTTP/1.1 2x", PROBE_NO },
		{ "ICY 200 OK", PROBE_SERVER },
		{ "IC", PROBE_MORE },
		{ "\r\n\r", PROBE_MORE },
		{ "\r\nHTTP/1.1 200\r\n", PROBE_SERVER },
		{ "\r\nabc", PROBE_NO },
		{ "abc", PROBE_NO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = strlen(cases[i].bytes);
		const uint8_t *p = guard_put(cases[i].bytes, n);
		struct cur c = { p, p + n };

		if (http_dissector.probe(&c) != cases[i].said)
			fail_msg("%s: %d", cases[i].bytes,
			    http_dissector.probe(&c));
	}
}

static void
test_bad_is_told_from_done(void **state)
{
	(void)state;
	feed_init(&f, &http_dissector, NULL);
	say(false, "POST / HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n");
	assert_int_equal(f.sides[0].verdict, STREAM_BAD);
	say(true, "HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\n");
	assert_int_equal(f.sides[1].verdict, STREAM_DONE);
}

static void
test_server_in_ipv6(void **state)
{
	(void)state;
	feed_init(&f, &http_dissector, NULL);
	f.tuple.flags |= TUPLE_V6;
	memcpy(f.tuple.dst, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
	say(false, "GET / HTTP/1.0\r\n\r\n");
	assert_string_equal(names("HTTP_REQUEST"), "[2001:db8::2]/");
	assert_string_equal(names("HTTP_HOST"), "2001:db8::2");
}

/* What a snaplen has cut counts as far as it can be told. */
static void
test_cut_requests(void **state)
{
	static const struct {
		const char *bytes, *log;
	} cases[] = {
		{ "GET /a HTT", "HTTP_REQUEST 198.51.100.1/a\n" },
		{ "GET /a HTTP/1.1\r\nHo", "HTTP_REQUEST 198.51.100.1/a\n" },
		{ "GET /a", "" },
		{ "GET /a HTTP/1.1\r\nHost: h\r\nUs", "HTTP_REQUEST h/a\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = strlen(cases[i].log);

		feed_init(&f, &http_dissector, NULL);
		feed(&f, false, cases[i].bytes, strlen(cases[i].bytes), 0,
		    false);
		feed_cut(&f, false);
		assert_memory_equal(f.log, cases[i].log, n);
		assert_int_equal(f.n_log > 0, n > 0);
		feed_fini(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_talks),
		cmocka_unit_test(test_shorter),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_bad_is_told_from_done),
		cmocka_unit_test(test_server_in_ipv6),
		cmocka_unit_test(test_cut_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

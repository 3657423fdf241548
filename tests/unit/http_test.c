/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1: what is a request and by which name it counts, what is a response,
 * where bodies end, and whose answer a response is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "tests/lib/feed.h"
#include "tests/lib/guard.h"

extern const struct dissector http_dissector;

static struct feed f;
static const size_t pieces[] = { 0, 1, 2, 3, 7 };

enum { N_PIECES = sizeof(pieces) / sizeof(pieces[0]), STEP_NS = 1000000 };

/* The names of the log's messages of one kind, with spaces between. */
static const char *
names(const char *kind)
{
	static char out[FEED_LOG];
	const char *line = f.log, *end;
	size_t n = strlen(kind), len = 0;

	for (; (end = strchr(line, '\n')) != NULL; line = end + 1)
		if (strncmp(line, kind, n) == 0 && line[n] == ' ')
			len += (size_t)snprintf(out + len, sizeof(out) - len,
			    "%s%.*s", len > 0 ? " " : "",
			    (int)(end - line - (ptrdiff_t)n - 1), line + n + 1);
	out[len] = '\0';
	return out;
}

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
say(bool is_server, const char *bytes)
{
	f.ts_ns += STEP_NS;
	feed(&f, is_server, bytes, strlen(bytes), 0, false);
}

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
		cmocka_unit_test(test_lost_requests_have_no_time),
		cmocka_unit_test(test_response_before_its_request),
		cmocka_unit_test(test_many_pending),
		cmocka_unit_test(test_many_hosts),
		cmocka_unit_test(test_short_times),
		cmocka_unit_test(test_long_host),
		cmocka_unit_test(test_bad_is_told_from_done),
		cmocka_unit_test(test_connect_without_response),
		cmocka_unit_test(test_header_is_bounded),
		cmocka_unit_test(test_long_name_is_cut),
		cmocka_unit_test(test_server_in_ipv6),
		cmocka_unit_test(test_bodies_are_skipped),
		cmocka_unit_test(test_time_is_linear),
		cmocka_unit_test(test_nothing_is_read_twice),
		cmocka_unit_test(test_cut_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

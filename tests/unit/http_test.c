/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1 requests: what counts, and by which name.
 */
#include "tests/lib/frame.h"

static const struct {
	const char *name;
	enum verdict verdict;
	const char *names;
	const char *bytes;
} cases[] = {
	{ "host and path", DISSECT_OK, "example.com/a/b?q=1&r=%20",
	    "GET /a/b?q=1&r=%20 HTTP/1.1\r\nHost: example.com\r\n\r\n" },
	{ "host is lower case, the path is not", DISSECT_OK,
	    "example.com:8080/A",
	    "POST /A HTTP/1.0\r\nA: b\r\n"
	    "hOsT:\t EXAMPLE.com:8080 \t\r\n" },
	{ "bare line feeds", DISSECT_OK, "h/", "GET / HTTP/1.1\nHost:h\n" },
	{ "no host", DISSECT_OK, "10.0.0.2/path",
	    "GET /path HTTP/1.0\r\nAccept: */*\r\n\r\n" },
	{ "no field", DISSECT_OK, "10.0.0.2/", "GET / HTTP/1.0\r\n\r\n" },
	{ "empty host", DISSECT_OK, "10.0.0.2/",
	    "GET / HTTP/1.1\r\nHost: \r\n\r\n" },
	{ "the first host counts", DISSECT_OK, "a/",
	    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" },
	{ "host behind the header", DISSECT_OK, "10.0.0.2/",
	    "GET / HTTP/1.1\r\n\r\nHost: body\r\n" },
	{ "absolute form", DISSECT_OK, "proxied.example/P",
	    "GET http://Proxied.Example/P HTTP/1.1\r\nHost: other\r\n" },
	{ "absolute form, no path", DISSECT_OK, "h?Q",
	    "GET https://H?Q HTTP/1.1\r\n\r\n" },
	{ "a URL in the query is no scheme", DISSECT_OK, "h/r?u=http://X/",
	    "GET /r?u=http://X/ HTTP/1.1\r\nHost: h\r\n" },
	{ "authority form", DISSECT_OK, "example.com:443",
	    "CONNECT Example.com:443 HTTP/1.1\r\nHost: x\r\n" },
	{ "asterisk form", DISSECT_OK, "h*",
	    "OPTIONS * HTTP/1.1\r\nHost: h\r\n" },
	{ "WebDAV", DISSECT_OK, "h/d",
	    "VERSION-CONTROL /d HTTP/1.1\r\nHost: h\r\n" },
	{ "longest method", DISSECT_OK, "h/d",
	    "UPDATEREDIRECTREF /d HTTP/1.1\r\nHost: h\r\n" },
	{ "control bytes", DISSECT_OK, "h\\x1b/\\x00\\xff",
	    "GET /\xc0\x80\xff HTTP/1.1\r\nHost: h\x1b\r\n" },
	{ "two spaces", DISSECT_OK, "", "GET  /  HTTP/1.1\r\nHost: h\r\n" },
	{ "a space in the target", DISSECT_OK, "",
	    "GET /a b HTTP/1.1\r\nHost: h\r\n" },
	{ "a word behind the version", DISSECT_OK, "",
	    "GET /a HTTP/1.1 x\r\nHost: h\r\n" },
	{ "version 2", DISSECT_OK, "", "GET / HTTP/2.0\r\nHost: h\r\n" },
	{ "folded line", DISSECT_OK, "h/",
	    "GET / HTTP/1.1\r\nA: b\r\n Host: x\r\nHost: h\r\n" },
	{ "host continues in the next segment", DISSECT_OK, "",
	    "GET / HTTP/1.1\r\nHost: exam" },
	{ "request line continues in the next segment", DISSECT_OK, "",
	    "GET /very/long" },
	{ "no version", DISSECT_OK, "", "GET /\r\nHost: h\r\n\r\n" },
	{ "no target", DISSECT_OK, "", "GET HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "RTSP", DISSECT_OK, "",
	    "OPTIONS rtsp://h/ RTSP/1.0\r\nHost: h\r\n\r\n" },
	{ "SIP", DISSECT_OK, "", "NOTIFY sip:a@b SIP/2.0\r\nHost: h\r\n\r\n" },
	{ "unknown method", DISSECT_OK, "",
	    "GOT / HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "method as a prefix", DISSECT_OK, "",
	    "GETX / HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "lower case", DISSECT_OK, "", "get / HTTP/1.1\r\nHost: h\r\n\r\n" },
	{ "a response", DISSECT_OK, "", "HTTP/1.1 200 OK\r\nHost: h\r\n" },
};

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct pkt *p;
		char bytes[200];
		size_t n = strlen(cases[i].bytes);

		memcpy(bytes, cases[i].bytes, n);
		/* A literal can't hold a NUL and be measured. */
		for (size_t k = 0; k + 1 < n; k++)
			if (memcmp(bytes + k, "\xc0\x80", 2) == 0) {
				memmove(bytes + k, bytes + k + 1, --n - k);
				bytes[k] = '\0';
			}
		p = frame_payload(6, 8080, bytes, n);
		if (p->verdict != cases[i].verdict ||
		    strcmp(frame_names(p), cases[i].names) != 0)
			fail_msg("%s: verdict %d, names %s", cases[i].name,
			    p->verdict, frame_names(p));
	}
}

/* A request of n fields, each so long, then a Host. */
static const struct pkt *
big(size_t n_fields, size_t field)
{
	static uint8_t frame[66000], bytes[65000];
	size_t len = 16;

	memcpy(bytes, "GET / HTTP/1.1\r\n", len);
	for (size_t i = 0; i < n_fields; i++) {
		memset(bytes + len, 'a', field);
		memcpy(bytes + len + field - 2, "\r\n", 2);
		len += field;
	}
	memcpy(bytes + len, "Host: h\r\n", 9);
	len = frame_build(frame, 6, 80, bytes, len + 9);
	return frame_once(1, frame, len, len);
}

static void
test_header_is_bounded(void **state)
{
	const struct pkt *p = big(99, 10);

	(void)state;
	assert_string_equal(frame_names(p), "h/");
	p = big(101, 10);
	assert_int_equal(p->verdict, DISSECT_BAD);
	assert_int_equal(p->n_messages, 0);
	p = big(1, 16000);
	assert_string_equal(frame_names(p), "h/");
	p = big(1, 16400);
	assert_int_equal(p->verdict, DISSECT_BAD);
	assert_int_equal(p->n_messages, 0);
}

static void
test_long_name_is_cut(void **state)
{
	char bytes[1000] = "GET /";
	const struct pkt *p;

	(void)state;
	memset(bytes + 5, 'x', 600);
	strcpy(bytes + 605, " HTTP/1.1\r\nHost: h\r\n\r\n");
	p = frame_payload(6, 80, bytes, strlen(bytes));
	assert_int_equal(p->n_messages, 1);
	assert_true(p->messages[0].cut);
	assert_int_equal(p->messages[0].len, 259);
	assert_memory_equal(p->messages[0].name, "h/xxx", 5);
}

static void
test_server_in_ipv6(void **state)
{
	static const char bytes[] =
	    ETH6 IP6("\x00\x26", "\x06") TCP("\x50") "GET / HTTP/1.0\r\n\r\n";
	const struct pkt *p =
	    frame_once(1, bytes, sizeof(bytes) - 1, sizeof(bytes) - 1);

	(void)state;
	assert_string_equal(frame_names(p), "[2001:db8::2]/");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_header_is_bounded),
		cmocka_unit_test(test_long_name_is_cut),
		cmocka_unit_test(test_server_in_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

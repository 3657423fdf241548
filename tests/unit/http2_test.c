/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2: frames, header blocks in parts, and what becomes a message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/codec/hpack.h"
#include "tests/lib/feed.h"
#include "tests/lib/guard.h"

extern const struct dissector http2_dissector;

static const struct codecs codecs = { .hpack_new = hpack_new,
	.hpack_free = hpack_free,
	.hpack_read = hpack_read };

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

enum { HEADERS = 1, SETTINGS = 4, PUSH = 5, CONTINUATION = 9 };
enum { END = 4, PADDED = 8, PRIORITY = 32 };

static struct feed f;
static const size_t pieces[] = { 0, 1, 2, 3, 7 };

/* What one side says, as it is put together. */
struct bytes {
	uint8_t p[200000];
	size_t n;
};

static struct bytes client, server;

static void
put(struct bytes *b, const void *p, size_t n)
{
	assert_true(b->n + n <= sizeof(b->p));
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static void
put_frame(struct bytes *b, unsigned type, unsigned flags, uint32_t stream,
    const void *payload, size_t n)
{
	const uint8_t head[9] = { (uint8_t)(n >> 16), (uint8_t)(n >> 8),
		(uint8_t)n, (uint8_t)type, (uint8_t)flags,
		(uint8_t)(stream >> 24), (uint8_t)(stream >> 16),
		(uint8_t)(stream >> 8), (uint8_t)stream };

	put(b, head, sizeof(head));
	put(b, payload, n);
}

/* RFC 7541, section 6.2: "name\0value\0…" as literals; 0x40: they stay. */
static size_t
pack(uint8_t *out, uint8_t first, const char *const *fields)
{
	size_t n = 0;

	for (; *fields != NULL; fields++) {
		out[n++] = first;
		for (unsigned i = 0; i < 2; i++) {
			const char *text = i == 0 ? fields[0] : *++fields;
			size_t len = strlen(text);

			assert_true(len < 127);
			out[n++] = (uint8_t)len;
			memcpy(out + n, text, len);
			n += len;
		}
	}
	return n;
}

#define FIELDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
put_headers(struct bytes *b, uint32_t stream, const char *const *fields)
{
	uint8_t block[2000];

	put_frame(b, HEADERS, END, stream, block, pack(block, 0, fields));
}

static void
begin(void)
{
	client.n = server.n = 0;
	put(&client, PREFACE, sizeof(PREFACE) - 1);
	put_frame(&client, SETTINGS, 0, 0, "\0\1\0\0\x10\0", 6);
	put_frame(&server, SETTINGS, 0, 0, "", 0);
}

/* Runs both sides, 1 ms apart. */
static const char *
run(size_t piece, bool is_end)
{
	feed_init(&f, &http2_dissector, &codecs);
	f.ts_ns = 5000000;
	feed(&f, false, client.p, client.n, piece, is_end);
	f.ts_ns += 1000000;
	feed(&f, true, server.p, server.n, piece, is_end);
	feed_fini(&f);
	assert_int_equal(hpack_stats()->n, 0);
	return f.log;
}

/* In every kind of pieces the log is this; shorter ones begin like it. */
static void
check(const char *log)
{
	size_t n[2] = { client.n, server.n };

	for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++)
		assert_string_equal(run(pieces[k], k % 2), log);
	for (client.n = 0, server.n = 0; server.n < n[1];
	     client.n < n[0] ? client.n++ : server.n++) {
		run(client.n % 5, server.n % 2);
		assert_memory_equal(f.log, log, f.n_log);
	}
	client.n = n[0];
	server.n = n[1];
}

#define GET(host, path)                                            \
	FIELDS(":method", "GET", ":path", path, ":scheme", "http", \
	    ":authority", host, "user-agent", "Some/2")
#define GET_LOG(host, path)                                          \
	"HTTP2_REQUEST\nHTTP_REQUEST " host path "\nHTTP_HOST " host \
	"\nHTTP_METHOD GET\nADDR_NAME " host " 2\n"                  \
	"HTTP_USER_AGENT Some/2\n"

static void
test_requests_and_responses(void **state)
{
	(void)state;
	begin();
	put_headers(&client, 1, GET("a.Example", "/1?Q"));
	put_frame(&client, 0, 0, 1, "DATA", 4);
	put_headers(&client, 3,
	    FIELDS(":method", "HEAD", ":path", "/3", "host", "b.example:80"));
	put_headers(&client, 1, FIELDS("trailer", "x"));
	put_frame(&server, 8, 0, 0, "\0\0\0\1", 4);
	put_headers(&server, 3,
	    FIELDS(":status", "404", "content-type", "Text/plain; a=b"));
	put_headers(&server, 1, FIELDS(":status", "103"));
	put_headers(&server, 1, FIELDS(":status", "200"));
	put_frame(&server, 0, 0, 1, "more data", 9);
	put_headers(&server, 1, FIELDS("grpc-status", "0"));
	put_headers(&server, 5, FIELDS(":status", "500"));
	check("HTTP2_REQUEST\nHTTP_REQUEST a.example/1?Q\n"
	      "HTTP_HOST a.example\nHTTP_METHOD GET\nADDR_NAME a.example 2\n"
	      "HTTP_USER_AGENT Some/2\n"
	      "HTTP2_REQUEST\nHTTP_REQUEST b.example:80/3\n"
	      "HTTP_HOST b.example\nHTTP_METHOD HEAD\nADDR_NAME b.example 2\n"
	      "HTTP_RESPONSE\nHTTP_STATUS 404\nHTTP_4XX\n"
	      "HTTP_TYPE text/plain\nHTTP_TIME b.example 1000\n"
	      "HTTP_RESPONSE\nHTTP_STATUS 103\nHTTP_1XX\n"
	      "HTTP_RESPONSE\nHTTP_STATUS 200\nHTTP_2XX\n"
	      "HTTP_TIME a.example 1000\n"
	      "HTTP_RESPONSE\nHTTP_STATUS 500\nHTTP_5XX\n");
}

static void
test_tunnels(void **state)
{
	(void)state;
	begin();
	client.n = sizeof(PREFACE) - 1;
	put_frame(&client, SETTINGS, 1, 0, "", 0);
	put_frame(&client, SETTINGS, 0, 0, "", 0);
	put_headers(&client, 1,
	    FIELDS(":method", "CONNECT", ":authority", "a.example:443"));
	put_headers(&client, 3,
	    FIELDS(":method", "CONNECT", ":protocol", "websocket", ":path",
		"/ws", ":authority", "b.example"));
	put_headers(&client, 5, FIELDS(":method", "GET", ":path", "/"));
	put_headers(&server, 1, FIELDS(":status", "200"));
	put_headers(&server, 3, FIELDS(":status", "200"));
	check("HTTP2_REQUEST\nHTTP_REQUEST a.example:443\n"
	      "HTTP_HOST a.example\nHTTP_METHOD CONNECT\n"
	      "HTTP2_REQUEST\nHTTP_REQUEST b.example/ws\n"
	      "HTTP_HOST b.example\nHTTP_METHOD CONNECT\n"
	      "ADDR_NAME b.example 2\n"
	      "HTTP2_REQUEST\nHTTP_REQUEST 198.51.100.1/\n"
	      "HTTP_HOST 198.51.100.1\nHTTP_METHOD GET\n"
	      "HTTP_RESPONSE\nHTTP_STATUS 200\nHTTP_2XX\n"
	      "HTTP_TIME a.example 1000\nHTTP_UPGRADE connect\n"
	      "HTTP_RESPONSE\nHTTP_STATUS 200\nHTTP_2XX\n"
	      "HTTP_TIME b.example 1000\nHTTP_UPGRADE websocket\n");
}

/* Padding, priority, CONTINUATION; the table goes on from block to block. */
static void
test_blocks_in_parts(void **state)
{
	uint8_t block[200] = { 2, 0, 0, 0, 0, 16 };
	size_t n = 6;

	(void)state;
	begin();
	n += pack(block + n, 0x40, GET("h", "/"));
	memset(block + n, 0, 2);
	put_frame(&client, HEADERS, END | PADDED | PRIORITY, 1, block, n + 2);
	/* Everything of the first one, by its index. */
	put_frame(&client, HEADERS, 0, 3, "\xc2", 1);
	put_frame(&client, CONTINUATION, 0, 3, "", 0);
	put_frame(&client, CONTINUATION, 0, 3, "\xc1\xc0", 2);
	put_frame(&client, CONTINUATION, END, 3, "\xbf\xbe", 2);
	/* A promise changes the table too; it is no request. */
	memcpy(block, "\1\0\0\0\2", 5);
	n = 5 + pack(block + 5, 0x40, FIELDS(":method", "GET", ":path", "/p"));
	block[n++] = 0;
	put_frame(&server, PUSH, END | PADDED, 1, block, n);
	put_headers(&server, 2, FIELDS(":status", "200"));
	put_frame(&server, HEADERS, END | PADDED, 3, "\0\x88\xbe", 3);
	check(GET_LOG("h", "/")
		GET_LOG("h", "/") "HTTP_RESPONSE\nHTTP_STATUS 200\nHTTP_2XX\n"
				  "HTTP_RESPONSE\nHTTP_STATUS "
				  "200\nHTTP_2XX\nHTTP_TIME h 1000\n");
}

/* A time is from the end of the request's block to the first byte of its own. */
static void
test_times_of_split_blocks(void **state)
{
	size_t at;

	(void)state;
	begin();
	put_headers(&client, 1, GET("h", "/"));
	put_headers(&client, 3, GET("h", "/"));
	feed_init(&f, &http2_dissector, &codecs);
	f.ts_ns = 1000000;
	feed(&f, false, client.p, client.n, 0, false);
	f.n_log = 0;
	f.log[0] = '\0';
	for (unsigned i = 1; i < 4; i += 2) {
		at = server.n;
		put_frame(&server, HEADERS, 0, i, "\x88", 1);
		put_frame(&server, CONTINUATION, END, i, "", 0);
		f.ts_ns += 5000000;
		feed(&f, true, server.p + (i == 1 ? 0 : at),
		    i == 1 ? at + 10 : 10, 0, false);
		f.ts_ns += 7000000;
		feed(&f, true, server.p + at + 10, server.n - at - 10, 0,
		    false);
	}
	assert_string_equal(f.log,
	    "HTTP_RESPONSE\nHTTP_STATUS 200\nHTTP_2XX\nHTTP_TIME h 5000\n"
	    "HTTP_RESPONSE\nHTTP_STATUS 200\nHTTP_2XX\nHTTP_TIME h 17000\n");
	feed_fini(&f);
}

/* What the client said after its preface, and the verdict. */
static void
bad(const char *name, enum stream_verdict verdict)
{
	for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
		size_t piece = pieces[k];

		run(client.n > STREAM_BUFFER ? 1000 + piece : piece, false);
		if (f.sides[0].verdict != verdict || f.n_log != 0)
			fail_msg("%s: %d\n%s", name, f.sides[0].verdict, f.log);
	}
	begin();
}

static void
test_bad(void **state)
{
	static const uint8_t zeros[66000];

	(void)state;
	begin();
	client.n = sizeof(PREFACE) - 1;
	put_frame(&client, 8, 0, 0, "\0\0\0\1", 4);
	bad("no settings", STREAM_BAD);
	client.n = sizeof(PREFACE) - 1;
	put_frame(&client, SETTINGS, 0, 0, "1234567", 7);
	bad("settings of an odd length", STREAM_BAD);
	put_frame(&client, CONTINUATION, END, 1, "\x82", 1);
	bad("a continuation of nothing", STREAM_BAD);
	put_frame(&client, HEADERS, END, 0, "\x82", 1);
	bad("headers of no stream", STREAM_BAD);
	put_frame(&client, HEADERS, 0, 1, "\x82", 1);
	put_frame(&client, CONTINUATION, END, 3, "\x82", 1);
	bad("a continuation of another stream", STREAM_BAD);
	put_frame(&client, HEADERS, 0, 1, "\x82", 1);
	put_frame(&client, 0, 0, 1, "\x82", 1);
	bad("data within a block", STREAM_BAD);
	put_frame(&client, HEADERS, END | PADDED, 1, "\2\x82", 2);
	bad("more padding than there is", STREAM_BAD);
	put_frame(&client, HEADERS, END | PADDED, 1, "", 0);
	bad("no length of the padding", STREAM_BAD);
	put_frame(&client, HEADERS, END | PRIORITY, 1, "1234", 4);
	bad("half a priority", STREAM_BAD);
	put_frame(&client, PUSH, END, 1, "123", 3);
	bad("half a promise", STREAM_BAD);
	put_frame(&client, HEADERS, END, 1, "\xbe", 1);
	bad("an index of nothing", STREAM_BAD);
	put_frame(&client, HEADERS, END, 1, zeros, 66000);
	bad("a block that is too large", STREAM_BAD);
	put_frame(&client, HEADERS, 0, 1, "", 0);
	for (unsigned i = 0; i < 100; i++)
		put_frame(&client, CONTINUATION, 0, 1, "", 0);
	bad("a flood of continuations", STREAM_BAD);
	put_frame(&client, 99, 255, 99, zeros, 66000);
	put_frame(&client, 0, 0, 1, zeros, 1);
	bad("frames of other types", STREAM_MORE);
}

/* A block as large as may be: its frames fill the buffer. */
static void
test_largest_block(void **state)
{
	static uint8_t block[65536 - 9 * 5];
	size_t n, left = sizeof(block), part = 16384;

	(void)state;
	begin();
	n = pack(block, 0, GET("h", "/"));
	/* An index of the static table: accept-charset, and so on. */
	memset(block + n, 0x8f, sizeof(block) - n);
	put_frame(&client, HEADERS, 0, 1, block, part);
	for (left -= part; left > 0; left -= part) {
		part = left < part ? left : part;
		put_frame(&client, CONTINUATION, left == part ? END : 0, 1,
		    block + sizeof(block) - left, part);
	}
	assert_string_equal(run(1000, false), GET_LOG("h", "/"));
	assert_string_equal(run(7, false), GET_LOG("h", "/"));
}

static void
test_probe(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum probe said;
	} cases[] = {
		{ "P", 1, PROBE_MORE },
		{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r", 23, PROBE_MORE },
		{ PREFACE, 24, PROBE_CLIENT },
		{ PREFACE "x", 25, PROBE_CLIENT },
		{ "PRI * HTTP/1.1\r\n\r\n", 18, PROBE_NO },
		{ "PUT ", 4, PROBE_NO },
		{ "\0", 1, PROBE_MORE },
		{ "\0\0\x12\4\0", 5, PROBE_MORE },
		{ "\0\0\x12\4\0\0\0\0\0", 9, PROBE_SERVER },
		{ "\0\0\0\4\0\0\0\0\0\0\0\0\4\1", 14, PROBE_SERVER },
		{ "\0\0\0\4\1\0\0\0\0", 9, PROBE_NO },
		{ "\0\0\x11\4\0\0\0\0\0", 9, PROBE_NO },
		{ "\0\0\x12\4\0\0\0\0\1", 9, PROBE_NO },
		{ "\0\x7f", 2, PROBE_NO },
		{ "\0\0\0\5", 4, PROBE_NO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint8_t *p = guard_put(cases[i].bytes, cases[i].n);
		struct cur c = { p, p + cases[i].n };

		if (http2_dissector.probe(&c) != cases[i].said)
			fail_msg("case %zu: %d", i, http2_dissector.probe(&c));
	}
}

/* Behind a gap the compression's state is not known: nothing is guessed. */
static void
test_gap(void **state)
{
	(void)state;
	begin();
	feed_init(&f, &http2_dissector, &codecs);
	feed(&f, true, server.p, server.n, 0, false);
	feed_gap(&f, true);
	put_headers(&server, 1, FIELDS(":status", "200"));
	feed(&f, true, server.p, server.n, 0, false);
	assert_int_equal(f.sides[1].verdict, STREAM_BAD);
	assert_string_equal(f.log, "");
	feed_fini(&f);
}

static void
test_without_library(void **state)
{
	(void)state;
	begin();
	put_headers(&client, 1, GET("h", "/"));
	feed_init(&f, &http2_dissector, NULL);
	feed(&f, false, client.p, client.n, 0, false);
	assert_int_equal(f.sides[0].verdict, STREAM_DONE);
	feed_fini(&f);
	hpack_limit(0, HPACK_BYTES);
	run(0, false);
	hpack_limit(HPACK_CONTEXTS, HPACK_BYTES);
	assert_int_equal(f.sides[0].verdict, STREAM_DONE);
	assert_string_equal(f.log, "");
}

/* The oldest of too many requests has no time; a cancelled one neither. */
static void
test_many_pending(void **state)
{
	char expected[1000] = "";

	(void)state;
	begin();
	for (unsigned i = 0; i < 18; i++)
		put_headers(&client, 2 * i + 1,
		    FIELDS(":method", "GET", ":path", "/", ":authority", "h"));
	put_frame(&client, 3, 0, 2 * 17 + 1, "\0\0\0\0", 4);
	for (unsigned i = 0; i < 18; i++) {
		put_headers(&server, 2 * i + 1, FIELDS(":status", "200"));
		strcat(expected, "HTTP_RESPONSE\nHTTP_STATUS 200\nHTTP_2XX\n");
		if (i > 1 && i < 17)
			strcat(expected, "HTTP_TIME h 1000\n");
	}
	run(0, false);
	assert_string_equal(strstr(f.log, "HTTP_RESPONSE"), expected);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_and_responses),
		cmocka_unit_test(test_tunnels),
		cmocka_unit_test(test_blocks_in_parts),
		cmocka_unit_test(test_times_of_split_blocks),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_largest_block),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_without_library),
		cmocka_unit_test(test_many_pending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

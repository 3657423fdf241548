/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What dissectors of streams read, in full segments and in segments of one
 * byte.
 */
#include "tests/complexity/complexity.h"

#include <string.h>

/* A header block, a hello: what dissectors take as a whole. */
enum {
	HELD = 16384,
	BYTES = 16384 /* in segments of one: they are forty times as much */
};

static uint8_t text[2 * PACKET_MAX + 1024];

/* A beginning, and something again and again; returns where it ends. */
static uint8_t *
again(const char *first, size_t n_first, const void *what, size_t len, size_t n)
{
	uint8_t *at = put_bytes(text, first, n_first);

	while ((size_t)(at - text) + len <= n)
		at = put_bytes(at, what, len);
	return at;
}

#define AGAIN(first, what, n) \
	again(first, sizeof(first) - 1, what, sizeof(what) - 1, n)

static void
client(struct packets *p, unsigned port, const uint8_t *end)
{
	packets_open(p, 40000, port);
	packets_data(p, CLIENT, text, (size_t)(end - text));
}

static void
server(struct packets *p, unsigned port, const uint8_t *end)
{
	packets_open(p, 40000, port);
	packets_data(p, SERVER, text, (size_t)(end - text));
}

static void
http_header(struct packets *p, size_t n)
{
	client(p, 80, AGAIN("GET / HTTP/1.1\r\n", "a:\r\n", n));
}

static void
http_folded(struct packets *p, size_t n)
{
	client(p, 80,
	    AGAIN("GET / HTTP/1.1\r\nTransfer-Encoding:\r\n", " ,\r\n", n));
}

static void
http_long_field(struct packets *p, size_t n)
{
	client(p, 80, AGAIN("GET / HTTP/1.1\r\nContent-Length: 1", ",1", n));
}

static void
http_long_line(struct packets *p, size_t n)
{
	client(p, 80, AGAIN("GET /", "x", n));
}

static void
http_lengths(struct packets *p, size_t n)
{
	client(p, 80,
	    AGAIN("", "POST / HTTP/1.1\r\nContent-Length:0\r\n\r\n", n));
}

static void
http_pipelined(struct packets *p, size_t n)
{
	client(p, 80, AGAIN("", "GET / HTTP/1.1\n\n", n));
}

static void
http_responses(struct packets *p, size_t n)
{
	server(p, 80, AGAIN("", "HTTP/1.1 204 No\n\n", n));
}

static void
http_chunks(struct packets *p, size_t n)
{
	server(p, 80,
	    AGAIN("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"1\r\nx\r\n", n));
}

static void
http_upload(struct packets *p, size_t n)
{
	client(p, 80,
	    AGAIN("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"1\r\nx\r\n", n));
}

static void
http_trailer(struct packets *p, size_t n)
{
	server(p, 80,
	    AGAIN("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
		"a:\r\n", n));
}

static void
http_empty(struct packets *p, size_t n)
{
	client(p, 80, AGAIN("GET / HTTP/1.1\r\n\r\n", "\r\n", n));
}

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
			      "\0\0\0\4\0\0\0\0\0";
#define PREFACE preface, sizeof(preface) - 1

static void
http2_empty(struct packets *p, size_t n)
{
	client(p, 80, again(PREFACE, "\0\0\0\1\0\0\0\0\1", 9, n));
}

/* Frames that have something in them, and nobody reads. */
static void
http2_pings(struct packets *p, size_t n)
{
	client(p, 80, again(PREFACE, "\0\0\x08\6\0\0\0\0\0pingpong", 17, n));
}

/* Header blocks of three fields, which are in the static table. */
static void
http2_requests(struct packets *p, size_t n)
{
	client(p, 80, again(PREFACE, "\0\0\3\1\5\0\0\0\1\x82\x84\x86", 12, n));
}

/* The same, and one that enters the dynamic table. */
static void
http2_entries(struct packets *p, size_t n)
{
	client(p, 80,
	    again(PREFACE, "\0\0\x08\1\5\0\0\0\1\x82\x84\x86\x40\1a\1b", 17,
		n));
}

/* One block in as many frames as there may be, again and again. */
static void
http2_continuations(struct packets *p, size_t n)
{
	uint8_t block[12 + 60 * 9 + 9];
	uint8_t *at = PUT(block, "\0\0\3\1\0\0\0\0\1\x82\x84\x86");

	for (unsigned i = 0; i < 60; i++)
		at = PUT(at, "\0\0\0\x09\0\0\0\0\1");
	at = PUT(at, "\0\0\0\x09\4\0\0\0\1");
	client(p, 80, again(PREFACE, block, (size_t)(at - block), n));
}

static void
http2_flood(struct packets *p, size_t n)
{
	memcpy(text, preface, sizeof(preface));
	client(p, 80, again(PREFACE, "\0\0\0\x09\0\0\0\0\1", 9, n));
}

/* There are always some. */
static size_t
block_size(size_t n)
{
	return n < 2000 ? 900 : n < 32000 ? n / 2 - 50 : 16000;
}

/* Blocks that are one thing again and again. */
static void
http2_blocks(struct packets *p, size_t n, const void *first, size_t n_first,
    const void *what, size_t len)
{
	size_t most = block_size(n), count;
	uint8_t *at = put_bytes(text, PREFACE);

	for (count = (most - n_first) / len;
	     (size_t)(at - text) + 9 + most <= n;) {
		at = put16(PUT(at, "\0"), (unsigned)(n_first + count * len));
		at = put_bytes(PUT(at, "\1\5\0\0\0\3"), first, n_first);
		for (size_t i = 0; i < count; i++)
			at = put_bytes(at, what, len);
	}
	client(p, 80, at);
}

/* Fields that enter the table and push others out. */
static void
http2_table(struct packets *p, size_t n)
{
	http2_blocks(p, n, "", 0, "\x40\1a\1b", 5);
}

/* A field enters it once, then is named by a byte each time. */
static void
http2_bomb(struct packets *p, size_t n)
{
	uint8_t first[102];

	memset(PUT(first, "\x44\x64"), '/', 100);
	http2_blocks(p, n, first, sizeof(first), "\xbe", 1);
}

/* It is resized, and filled again, each time. */
static void
http2_resized(struct packets *p, size_t n)
{
	http2_blocks(p, n, "", 0, "\x20\x3f\xe1\x1f\x40\1a\1b\x82", 10);
}

/* Huffman code of one long value: the shortest symbols there are. */
static void
http2_huffman(struct packets *p, size_t n)
{
	size_t len = (block_size(n) - 6) / 5 * 5;
	uint8_t first[6] = { 0, 1, 'a', 0xff,
		(uint8_t)(0x80 | ((len - 127) & 0x7f)),
		(uint8_t)((len - 127) >> 7) };

	http2_blocks(p, n, first, 6, "\x18\xc6\x31\x8c\x63", 5);
}

/* A hello: extensions follow as again puts them there. */
static uint8_t *
hello(size_t n, size_t n_suites, const char *extension, size_t len)
{
	uint8_t *at = text + 9, *begin;

	at = PUT(at, "\3\3");
	memset(at, 7, 33);
	at[32] = 0;
	at = put16(at + 33, (unsigned)(2 * n_suites));
	for (size_t i = 0; i < n_suites; i++)
		at = put16(at, (unsigned)(n_suites - i));
	at = PUT(at, "\1\0");
	begin = at;
	at += 2;
	while (len > 0 && (size_t)(at - text) + len <= n)
		at = put_bytes(at, extension, len);
	put16(begin, (unsigned)(at - begin - 2));
	put32(text + 5, (uint32_t)(at - text - 9));
	text[5] = 1;
	return at;
}

/* Puts the message at text + 5 into records of size bytes. */
static uint8_t *
records(uint8_t *end, size_t size)
{
	static uint8_t copy[PACKET_MAX];
	size_t n = (size_t)(end - text) - 5;
	uint8_t *at = text;

	memcpy(copy, text + 5, n);
	for (size_t i = 0; i < n; i += size) {
		size_t now = n - i < size ? n - i : size;

		at = put16(PUT(at, "\x16\3\1"), (unsigned)now);
		at = put_bytes(at, copy + i, now);
	}
	return at;
}

static void
tls_extensions(struct packets *p, size_t n)
{
	client(p, 443, records(hello(n - 64, 1, "\x0a\x0a\0\0", 4), 16384));
}

static void
tls_empty_names(struct packets *p, size_t n)
{
	client(p, 443, records(hello(n - 64, 1, "\0\0\0\0", 4), 16384));
}

/* In descending order, for JA4 sorts them. */
static void
tls_suites(struct packets *p, size_t n)
{
	client(p, 443, records(hello(n, (n - 128) / 2, "", 0), 16384));
}

static void
tls_distinct(struct packets *p, size_t n)
{
	uint8_t *at = hello(100, 1, "", 0), *begin = at;

	for (unsigned i = 0; (size_t)(at - text) + 4 + 64 <= n; i++)
		at = put16(put16(at, 65000 - i), 0);
	put16(begin - 2, (unsigned)(at - begin));
	put32(text + 5, (uint32_t)(at - text - 9));
	text[5] = 1;
	client(p, 443, records(at, 16384));
}

static void
tls_signatures(struct packets *p, size_t n)
{
	uint8_t *at = hello(100, 1, "", 0), *begin = at;
	size_t len = (n - 128) / 2 * 2;

	at = put16(put16(PUT(at, "\0\x0d"), (unsigned)len + 2), (unsigned)len);
	memset(at, 4, len);
	at += len;
	put16(begin - 2, (unsigned)(at - begin));
	put32(text + 5, (uint32_t)(at - text - 9));
	text[5] = 1;
	client(p, 443, records(at, 16384));
}

static void
tls_records(struct packets *p, size_t n)
{
	client(p, 443, records(hello(n / 6, 1, "\x0a\x0a\0\0", 4), 1));
}

/* A hello that never ends, in records of a byte. */
static void
tls_endless(struct packets *p, size_t n)
{
	uint8_t *end = hello(n / 6, 1, "\x0a\x0a\0\0", 4);

	put32(text + 5, 30000);
	text[5] = 1;
	client(p, 443, records(end, 1));
}

static void
tls_warnings(struct packets *p, size_t n)
{
	client(p, 443, AGAIN("", "\x15\3\3\0\2\1\0", n));
}

static void
tls_changes(struct packets *p, size_t n)
{
	client(p, 443, AGAIN("", "\x14\3\3\0\1\1", n));
}

/* Empty handshake messages, many in a record. */
static void
tls_requests(struct packets *p, size_t n)
{
	uint8_t *at = hello(200, 1, "\x0a\x0a\0\0", 4);

	at = records(at, 16384);
	while ((size_t)(at - text) + 5 + 400 <= n) {
		at = PUT(at, "\x16\3\3\1\x90");
		memset(at, 0, 400);
		at += 400;
	}
	client(p, 443, at);
}

static uint8_t *
server_hello(uint8_t *at)
{
	at = PUT(at, "\x16\3\3\0\x2a\2\0\0\x26\3\3");
	memset(at, 7, 32);
	return PUT(at + 32, "\0\xc0\x2f\0");
}

/* A certificate, the first of a list, whose subject has n bytes of names. */
static uint8_t *
certificate(uint8_t *at, size_t n, const void *name, size_t len)
{
	unsigned names = (unsigned)(n / len * len), body = names + 26;

	at = put16(PUT(at, "\x16\3\3"), body + 10);
	at = put16(PUT(at, "\x0b\0"), body + 6);
	at = put16(PUT(at, "\0"), body + 3);
	at = put16(PUT(at, "\0"), body);
	at = put16(PUT(at, "\x30\x82"), names + 22);
	at = put16(PUT(at, "\x30\x82"), names + 18);
	at = PUT(at, "\xa0\3\2\1\2\2\1\1\x30\0\x30\0\x30\0");
	at = put16(PUT(at, "\x30\x82"), names);
	for (size_t i = 0; i < names; i += len)
		at = put_bytes(at, name, len);
	return at;
}

static void
tls_names(struct packets *p, size_t n)
{
	static const char name[] = "\x31\x0b\x30\x09\6\3\x55\4\x0a\x0c\2ab";

	if (n > 16000)
		n = 16000;
	server(p, 443,
	    certificate(server_hello(text), n - 200, name, sizeof(name) - 1));
}

/* Certificates that are behind the first. */
static void
tls_certificates(struct packets *p, size_t n)
{
	uint8_t *at = server_hello(text), *begin = at;

	at += 9;
	at = PUT(at, "\0\0\0");
	while ((size_t)(at - text) + 5 <= n)
		at = PUT(at, "\0\0\2\x30\0");
	begin[9] = 0;
	put16(begin + 10, (unsigned)(at - begin - 12));
	put16(PUT(begin, "\x16\3\3"), (unsigned)(at - begin - 5));
	put32(begin + 5, 0x0b000000u | (uint32_t)(at - begin - 9));
	server(p, 443, at);
}

static void
dns_messages(struct packets *p, size_t n)
{
	client(p, 53, AGAIN("", "\0\x11\0\1\1\0\0\1\0\0\0\0\0\0\0\0\1\0\1", n));
}

static void
dns_heads(struct packets *p, size_t n)
{
	client(p, 53,
	    AGAIN("\0\x11\0\1\1\0\0\1\0\0\0\0\0\0\0\0\1\0\1",
		"\0\x0c\0\1\1\0\0\0\0\0\0\0\0\0", n));
}

/* One message as long as the stream. */
static void
dns_large(struct packets *p, size_t n)
{
	size_t n_questions = (n - 60) / 5;
	uint8_t *at = put16(text, (unsigned)(12 + 5 * n_questions));

	at = put16(PUT(at, "\0\1\1\0"), (unsigned)n_questions);
	at = PUT(at, "\0\0\0\0\0\0");
	for (size_t i = 0; i < n_questions; i++)
		at = PUT(at, "\0\0\1\0\1");
	client(p, 53, at);
}

static void
smtp(struct packets *p, size_t n)
{
	client(p, 25, AGAIN("EHLO a\r\n", "RSET\r\n", n));
}

static void
ssh(struct packets *p, size_t n)
{
	server(p, 22, AGAIN("SSH-2.0-", "x", n));
}

static void
ssh_lines(struct packets *p, size_t n)
{
	server(p, 22, AGAIN("", "x\r\n", n));
}

static void
sip(struct packets *p, size_t n)
{
	client(p, 5060, AGAIN("", "INVITE sip:a SIP/2.0\r\n\r\n", n));
}

static void
syslog(struct packets *p, size_t n)
{
	client(p, 514, AGAIN("", "<34>1 -\n", n));
}

/* Nobody knows it: all are asked for every segment. */
static void
unknown(struct packets *p, size_t n)
{
	client(p, 9999, AGAIN("", "\x7f", n));
}

/* The tables of letters begin most protocols. */
static void
letters(struct packets *p, size_t n)
{
	client(p, 9999, AGAIN("", "PO", n));
}

#define BOTH(name, make)                                        \
	{ name, make, LINK_RAW_, 0, 0, HELD },                  \
	{                                                       \
		name ", bytes", make, LINK_RAW_, 1, BYTES, HELD \
	}
const struct scenario stream_scenarios[] = {
	BOTH("http header", http_header),
	BOTH("http folded", http_folded),
	BOTH("http long field", http_long_field),
	BOTH("http long line", http_long_line),
	BOTH("http pipelined", http_pipelined),
	BOTH("http lengths", http_lengths),
	BOTH("http responses", http_responses),
	BOTH("http chunks", http_chunks),
	BOTH("http chunks, upload", http_upload),
	BOTH("http trailer", http_trailer),
	BOTH("http empty lines", http_empty),
	BOTH("http/2 frames", http2_empty),
	BOTH("http/2 pings", http2_pings),
	BOTH("http/2 requests", http2_requests),
	BOTH("http/2 requests, table", http2_entries),
	BOTH("http/2 continuations", http2_continuations),
	BOTH("http/2 endless continuations", http2_flood),
	BOTH("http/2 hpack bomb", http2_bomb),
	BOTH("http/2 hpack table", http2_table),
	BOTH("http/2 hpack table, resized", http2_resized),
	BOTH("http/2 huffman", http2_huffman),
	BOTH("tls extensions", tls_extensions),
	BOTH("tls empty names", tls_empty_names),
	BOTH("tls suites", tls_suites),
	BOTH("tls distinct extensions", tls_distinct),
	BOTH("tls signatures", tls_signatures),
	BOTH("tls one-byte records", tls_records),
	BOTH("tls endless one-byte records", tls_endless),
	BOTH("tls warnings", tls_warnings),
	BOTH("tls cipher changes", tls_changes),
	BOTH("tls empty messages", tls_requests),
	{ "tls names of a certificate", tls_names, LINK_RAW_, 0, 16000, HELD },
	{ "tls names of a certificate, bytes", tls_names, LINK_RAW_, 1, 16000,
	    HELD },
	BOTH("tls certificates", tls_certificates),
	BOTH("dns over tcp", dns_messages),
	BOTH("dns over tcp, empty", dns_heads),
	BOTH("dns over tcp, large", dns_large),
	BOTH("smtp", smtp),
	BOTH("ssh banner", ssh),
	BOTH("ssh lines", ssh_lines),
	BOTH("sip over tcp", sip),
	BOTH("syslog over tcp", syslog),
	BOTH("unknown stream", unknown),
	BOTH("letters", letters),
	{ NULL, NULL, 0, 0, 0, 0 },
};

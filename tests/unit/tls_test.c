/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS: what the hellos say, over any records and segments; and where nothing
 * more is read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/codec/codecs.h"
#include "dissect/tls_names.h"
#include "tests/lib/guard.h"
#include "tests/lib/tls_messages.h"

static const size_t pieces[] = { 0, 1, 2, 3, 7, 64 };

enum { N_PIECES = sizeof(pieces) / sizeof(pieces[0]) };

/* clang-format off */
/* 2 version, 32 random, 1 session, 4 suites, 2 compression: 41 bytes. */
#define BODY "\x03\x03" RANDOM "\x00" "\x00\x02\x13\x01" "\x01\x00"
#define DOTTED "\x00\x00" "\x00\x08" "\x00\x06" "\x00" "\x00\x03" "Ab."
#define ADDRESS "\x00\x00" "\x00\x08" "\x00\x06" "\x00" "\x00\x03" "1.2"
#define SAID_AB "TLS_CLIENT_HELLO a.b\nADDR_NAME a.b 1\n"
#define HELLO_AB "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c" SNI

#define CASE(name, log, verdict, ...)                                     \
	{                                                                 \
		name, log, verdict, __VA_ARGS__, sizeof(__VA_ARGS__) - 1  \
	}

static const struct {
	const char *name;
	const char *log;
	enum stream_verdict verdict;
	const char *bytes;
	size_t n;
} cases[] = {
	CASE("a name", SAID_AB, STREAM_MORE, HELLO_AB),
	CASE("a name behind another extension", SAID_AB "TLS_ALPN h2\n",
	    STREAM_MORE,
	    "\x16\x03\x01\x00\x44" "\x01\x00\x00\x40" BODY "\x00\x15" ALPN SNI),
	CASE("a final dot", "TLS_CLIENT_HELLO ab\nADDR_NAME ab 1\n",
	    STREAM_MORE,
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c" DOTTED),
	CASE("an address names nothing", "TLS_CLIENT_HELLO 1.2\n", STREAM_MORE,
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c" ADDRESS),
	CASE("no name", SAID_NONE "TLS_ALPN h2\n", STREAM_MORE,
	    "\x16\x03\x01\x00\x38" "\x01\x00\x00\x34" BODY "\x00\x09" ALPN),
	CASE("no extensions", SAID_NONE, STREAM_MORE,
	    "\x16\x03\x00\x00\x2d" "\x01\x00\x00\x29" BODY),
	CASE("empty extension", SAID_NONE, STREAM_MORE,
	    "\x16\x03\x01\x00\x33" "\x01\x00\x00\x2f" BODY "\x00\x04"
	    "\x00\x00\x00\x00"),
	CASE("empty list", SAID_NONE, STREAM_MORE,
	    "\x16\x03\x01\x00\x35" "\x01\x00\x00\x31" BODY "\x00\x06"
	    "\x00\x00\x00\x02\x00\x00"),
	CASE("another type of name", SAID_NONE, STREAM_MORE,
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c"
	    "\x00\x00\x00\x08\x00\x06\x01\x00\x03" "a.b"),
	CASE("the first of two names", SAID_AB, STREAM_MORE,
	    "\x16\x03\x01\x00\x47" "\x01\x00\x00\x43" BODY "\x00\x18" SNI
	    DOTTED),
	CASE("behind a dummy record", SAID_AB, STREAM_MORE,
	    "\x14\x03\x03\x00\x01\x01" HELLO_AB),
	CASE("behind PostgreSQL's answer", SAID_AB, STREAM_MORE, "S" HELLO_AB),
	CASE("only a dummy record", "", STREAM_MORE,
	    "\x14\x03\x03\x00\x01\x01" "\x16\x03\x03\x00"),
	CASE("once more, after a retry request", SAID_AB SAID_AB, STREAM_MORE,
	    HELLO_AB "\x14\x03\x03\x00\x01\x01" HELLO_AB),
	CASE("never a third time", SAID_AB SAID_AB, STREAM_DONE,
	    HELLO_AB HELLO_AB HELLO_AB),
	CASE("two in one record", SAID_AB SAID_AB, STREAM_MORE,
	    "\x16\x03\x01\x00\x76" "\x01\x00\x00\x37" BODY "\x00\x0c" SNI
	    "\x01\x00\x00\x37" BODY "\x00\x0c" SNI),
	CASE("the key exchange", SAID_AB, STREAM_DONE,
	    HELLO_AB "\x16\x03\x03\x00\x04" "\x10\x00\x00\x00"),
	CASE("application data", SAID_AB, STREAM_DONE,
	    HELLO_AB "\x17\x03\x03\x40\x00" "\x00"),
	CASE("encrypted, with the type of a hello", SAID_AB, STREAM_DONE,
	    HELLO_AB "\x14\x03\x03\x00\x01\x01"
	    "\x16\x03\x03\x00\x28" "\x01\x00\x00\x00\x00\x01"),
	CASE("no record at all", SAID_AB, STREAM_DONE, HELLO_AB "GET / HTTP"),
	CASE("a fatal alert", SAID_AB, STREAM_DONE,
	    HELLO_AB "\x15\x03\x03\x00\x02\x02\x28"),
	CASE("cut off behind the name", SAID_AB, STREAM_MORE,
	    "\x16\x03\x01\x00\x44" "\x01\x00\x00\x40" BODY "\x00\x15" SNI
	    "\x00\x10"),
	CASE("cut off before the name", "", STREAM_MORE,
	    "\x16\x03\x01\x00\x44" "\x01\x00\x00\x40" BODY "\x00\x15" ALPN
	    "\x00\x00\x00\x08\x00\x06\x00\x00\x03" "a."),
	CASE("compatible with SSL 2.0", SAID_NONE, STREAM_DONE,
	    "\x80\x1c\x01\x03\x01\x00\x03\x00\x00\x00\x10" "\x00\x00\x2f"
	    "0123456789abcdef" "\x16\x03\x01\x00\x04" "\x10\x00\x00\x00"),
	CASE("SSL 2.0", SAID_NONE, STREAM_MORE,
	    "\x80\x1c\x01\x00\x02\x00\x03\x00\x00\x00\x10" "\x00\x00\x2f"
	    "0123456789abcdef"),
	CASE("SSL 2.0 whose lengths differ", "", STREAM_DONE,
	    "\x80\x1c\x01\x00\x02\x00\x06\x00\x00\x00\x10" "\x00\x00\x2f"
	    "0123456789abcdef"),
	CASE("version 2", "", STREAM_DONE,
	    "\x16\x02\x00\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c" SNI),
	CASE("a hello of 16 MiB", "", STREAM_DONE,
	    "\x16\x03\x01\x00\x3b" "\x01\x01\x00\x37" BODY "\x00\x0c" SNI),
	CASE("a record longer than any", "", STREAM_DONE,
	    "\x16\x03\x01\xff\xff" "\x01\x00\x00\x37"),
	CASE("a name beyond its list", "", STREAM_BAD,
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c"
	    "\x00\x00\x00\x08\x00\x06\x00\x00\x04" "a.b"),
	CASE("a list beyond its extension", "", STREAM_BAD,
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c"
	    "\x00\x00\x00\x08\x00\x07\x00\x00\x03" "a.b"),
	CASE("an extension beyond the hello", "", STREAM_BAD,
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c"
	    "\x00\x00\x00\x09\x00\x06\x00\x00\x03" "a.b"),
	CASE("extensions beyond the hello, behind a name", SAID_AB, STREAM_BAD,
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0d" SNI),
	CASE("a hello without a random", "", STREAM_BAD,
	    "\x16\x03\x01\x00\x06" "\x01\x00\x00\x02" "\x03\x03"),
	CASE("something else inside", "", STREAM_BAD,
	    "\x16\x03\x01\x00\x03" "\x01\x00\x00" "\x17\x03\x01\x00\x01" "7"),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t k = 0; k < N_PIECES; k++) {
			enum stream_verdict verdict;

			feed_init(&f, &tls_dissector, NULL);
			feed(&f, false, cases[i].bytes, cases[i].n, pieces[k],
			    false);
			feed_cut(&f, false);
			verdict = f.sides[0].verdict;
			feed_fini(&f);
			/* Byte by byte it may be recognised too early. */
			if (verdict == STREAM_BAD && f.n_log == 0 &&
			    cases[i].verdict == STREAM_DONE)
				continue;
			if (strcmp(f.log, cases[i].log) != 0 ||
			    verdict != cases[i].verdict)
				fail_msg("%s, pieces of %zu: verdict %d\n%s",
				    cases[i].name, pieces[k], verdict, f.log);
		}
	}
}

static void
test_records(void **state)
{
	static const char body[] = BODY "\x00\x15" ALPN SNI;
	static const size_t sizes[] = { 1, 2, 3, 4, 5, 9, 40, 67, 68 };
	uint8_t message[256], bytes[1024];
	size_t n = handshake(message, 1, body, sizeof(body) - 1), len;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		len = records(bytes, message, n, sizes[i]);
		/* An empty record does no harm. */
		len += records(bytes + len, message, n, sizes[i]);
		for (size_t k = 0; k < N_PIECES; k++) {
			feed_init(&f, &tls_dissector, NULL);
			feed(&f, false, bytes, len, pieces[k], false);
			feed_fini(&f);
			assert_string_equal(f.log,
			    SAID_AB "TLS_ALPN h2\n" SAID_AB "TLS_ALPN h2\n");
		}
	}
}

/* clang-format off */
#define RETRY "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8" \
    "\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"
#define SERVER_13 "\x03\x03" RANDOM "\x00" "\x13\x01" "\x00" \
    "\x00\x0c" "\x00\x33\x00\x02\x00\x1d" "\x00\x2b\x00\x02\x03\x04"
#define SERVER_RETRY "\x03\x03" RETRY "\x00" "\x13\x02" "\x00" \
    "\x00\x0c" "\x00\x33\x00\x02\x00\x1d" "\x00\x2b\x00\x02\x03\x04"
#define SAID_13 "TLS_SERVER_HELLO\nTLS_VERSION 1.3\n" \
    "TLS_CIPHER TLS_AES_128_GCM_SHA256\n"
#define SERVER_AT_12 "\x16\x03\x03\x00\x2a" "\x02\x00\x00\x26" SERVER_12
#define SERVER_AT_13 "\x16\x03\x03\x00\x38" "\x02\x00\x00\x34" SERVER_13
#define RETRY_AT "\x16\x03\x03\x00\x38" "\x02\x00\x00\x34" SERVER_RETRY

static const struct {
	const char *name;
	const char *log;
	enum stream_verdict verdict;
	const char *bytes;
	size_t n;
} servers[] = {
	CASE("TLS 1.2", SAID_12, STREAM_MORE, SERVER_AT_12),
	CASE("TLS 1.3", SAID_13, STREAM_DONE, SERVER_AT_13),
	CASE("SSL 3.0, a suite without a name",
	    "TLS_SERVER_HELLO\nTLS_VERSION ssl3\nTLS_CIPHER 0x00fa\n",
	    STREAM_MORE, "\x16\x03\x00\x00\x2a" "\x02\x00\x00\x26"
	    "\x03\x00" RANDOM "\x00" "\x00\xfa" "\x00"),
	CASE("a draft of TLS 1.3", SAID_13, STREAM_DONE,
	    "\x16\x03\x01\x00\x28" "\x02\x00\x00\x24"
	    "\x7f\x12" RANDOM "\x13\x01"),
	CASE("a retry request", "", STREAM_MORE, RETRY_AT),
	CASE("a hello after a retry request", SAID_13, STREAM_DONE,
	    RETRY_AT "\x14\x03\x03\x00\x01\x01" SERVER_AT_13),
	CASE("two retry requests", "", STREAM_BAD, RETRY_AT RETRY_AT),
	CASE("behind a warning", SAID_13, STREAM_DONE,
	    "\x15\x03\x01\x00\x02\x01\x70" SERVER_AT_13),
	CASE("behind a hello request", SAID_12, STREAM_MORE,
	    SERVER_AT_12 "\x16\x03\x03\x00\x04" "\x00\x00\x00\x00"),
	CASE("a key exchange behind it", SAID_12, STREAM_DONE,
	    SERVER_AT_12 "\x16\x03\x03\x00\x04" "\x0c\x00\x00\x00"),
	CASE("resumed", SAID_12, STREAM_DONE,
	    SERVER_AT_12 "\x14\x03\x03\x00\x01\x01"
	    "\x16\x03\x03\x00\x28" "\x0b\x00\x00\x00"),
	CASE("two hellos", SAID_12, STREAM_DONE, SERVER_AT_12 SERVER_AT_12),
	CASE("an extension beyond the hello", "", STREAM_BAD,
	    "\x16\x03\x03\x00\x2e" "\x02\x00\x00\x2a" SERVER_12
	    "\x00\x02\x00\x2b"),
	CASE("a hello of 37 bytes", "", STREAM_BAD,
	    "\x16\x03\x03\x00\x29" "\x02\x00\x00\x25"
	    "\x03\x03" RANDOM "\x00" "\xc0\x2f"),
};
/* clang-format on */

static void
test_servers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		for (size_t k = 0; k < N_PIECES; k++) {
			enum stream_verdict verdict;

			feed_init(&f, &tls_dissector, NULL);
			feed(&f, true, servers[i].bytes, servers[i].n,
			    pieces[k], false);
			verdict = f.sides[1].verdict;
			feed_fini(&f);
			if (strcmp(f.log, servers[i].log) != 0 ||
			    verdict != servers[i].verdict)
				fail_msg("%s, pieces of %zu: verdict %d\n%s",
				    servers[i].name, pieces[k], verdict, f.log);
		}
	}
}

/* From the end of the client's hello to the end of the server's. */
static void
test_time(void **state)
{
	static const char client[] = HELLO_AB, server[] = SERVER_AT_13;

	(void)state;
	feed_init(&f, &tls_dissector, NULL);
	f.ts_ns = 1000;
	feed(&f, false, client, sizeof(client) - 2, 0, false);
	f.ts_ns = 5000000;
	feed(&f, false, client + sizeof(client) - 2, 1, 0, false);
	f.ts_ns = 6500999;
	feed(&f, true, server, sizeof(server) - 1, 0, false);
	feed_fini(&f);
	assert_string_equal(f.log, SAID_AB SAID_13 "TLS_TIME a.b 1500\n");
	/* Time that jumps back is no time; none at all is the least. */
	for (int64_t later = -1; later <= 0; later++) {
		feed_init(&f, &tls_dissector, NULL);
		f.ts_ns = 1;
		feed(&f, false, client, sizeof(client) - 1, 0, false);
		f.ts_ns += later;
		feed(&f, true, server, sizeof(server) - 1, 0, false);
		feed_fini(&f);
		assert_string_equal(f.log,
		    later < 0 ? SAID_AB SAID_13
			      : SAID_AB SAID_13 "TLS_TIME a.b 1\n");
	}
}

/* As the tracker calls it, but right before an unmapped page. */
static void
run_guarded(const void *bytes, size_t n, bool is_server)
{
	static struct message_list messages;
	uint8_t own[STREAM_OWN] __attribute__((aligned(8))) = { 0 };
	uint8_t shared[STREAM_SHARED] __attribute__((aligned(8))) = { 0 };
	const uint8_t *p = guard_put(bytes, n);
	struct tuple tuple = { .proto = 6 };
	struct stream s = { .data = { p, p + n },
		.is_server = is_server,
		.is_fresh = true,
		.tuple = &tuple,
		.own = own,
		.shared = shared,
		.messages = &messages,
		.codecs = codecs_get() };
	enum probe said;

	messages.n = 0;
	if (n == 0)
		return;
	said = tls_dissector.probe(&s.data);
	assert_true(said <= PROBE_EITHER);
	tls_dissector.stream(&s);
	assert_true(s.data.p >= p && s.data.p <= p + n);
	assert_true(messages.n < MESSAGES_MAX);
}

static void
test_every_length(void **state)
{
	uint8_t message[1024], bytes[2048];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t n = 0; n <= cases[i].n; n++)
			run_guarded(cases[i].bytes, n, false);
	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++)
		for (size_t n = 0; n <= servers[i].n; n++)
			run_guarded(servers[i].bytes, n, true);
	len = handshake(message, 2, SERVER_12, sizeof(SERVER_12) - 1);
	len += certificate(message + len, ORG CN_BMP, 35, true);
	len = records(bytes, message, len, 77);
	for (size_t n = 0; n <= len; n++)
		run_guarded(bytes, n, true);
}

/* The first bytes of a hello are never said to be something else. */
static void
test_probe(void **state)
{
	static const char client[] = HELLO_AB, server[] = SERVER_AT_12;

	(void)state;
	for (size_t n = 1; n < sizeof(client); n++) {
		const uint8_t *p = guard_put(client, n);
		struct cur c = { p, p + n };

		assert_int_equal(tls_dissector.probe(&c),
		    n < 6 ? PROBE_MORE : PROBE_CLIENT);
		p = guard_put(server, n < sizeof(server) ? n : 6);
		c = (struct cur){ p, p + (n < sizeof(server) ? n : 6) };
		assert_int_equal(tls_dissector.probe(&c),
		    n < 6 ? PROBE_MORE : PROBE_SERVER);
	}
}

static void
test_names(void **state)
{
	char hex[TLS_HEX];

	(void)state;
	assert_string_equal(tls_suite_name(hex, 0xcca8),
	    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
	assert_string_equal(tls_suite_name(hex, 0xfeab), "0xfeab");
	assert_string_equal(tls_version_name(hex, 0xfefd), "dtls1.2");
	assert_string_equal(tls_version_name(hex, 0x7f17), "1.3");
	assert_string_equal(tls_version_name(hex, 0x0305), "0x0305");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QUIC: the keys and the examples of the RFCs open, and what a first packet is
 * recognised by.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/codec/codecs.h"
#include "dissect/quic_keys.h"
#include "tests/lib/guard.h"
#include "tests/lib/quic_feed.h"
#include "tests/lib/quic_samples.h"

enum { VERSION_1 = 1, VERSION_2 = 0x6b3343cf };

static const uint8_t dcid[8] = "\x83\x94\xc8\xf0\x3e\x51\x57\x08";

/* RFC 9001, appendix A.1; RFC 9369, appendix A.1. */
static void
test_keys(void **state)
{
	static const struct {
		uint32_t version;
		bool is_server;
		const char *key, *iv, *hp;
	} known[] = {
		{ VERSION_1, false,
		    "\x1f\x36\x96\x13\xdd\x76\xd5\x46"
		    "\x77\x30\xef\xcb\xe3\xb1\xa2\x2d",
		    "\xfa\x04\x4b\x2f\x42\xa3\xfd\x3b\x46\xfb\x25\x5c",
		    "\x9f\x50\x44\x9e\x04\xa0\xe8\x10"
		    "\x28\x3a\x1e\x99\x33\xad\xed\xd2" },
		{ VERSION_1, true,
		    "\xcf\x3a\x53\x31\x65\x3c\x36\x4c"
		    "\x88\xf0\xf3\x79\xb6\x06\x7e\x37",
		    "\x0a\xc1\x49\x3c\xa1\x90\x58\x53\xb0\xbb\xa0\x3e",
		    "\xc2\x06\xb8\xd9\xb9\xf0\xf3\x76"
		    "\x44\x43\x0b\x49\x0e\xea\xa3\x14" },
		{ VERSION_2, false,
		    "\x8b\x1a\x0b\xc1\x21\x28\x42\x90"
		    "\xa2\x9e\x09\x71\xb5\xcd\x04\x5d",
		    "\x91\xf7\x3e\x23\x51\xd8\xfa\x91\x66\x0e\x90\x9f",
		    "\x45\xb9\x5e\x15\x23\x5d\x6f\x45"
		    "\xa6\xb1\x9c\xbc\xb0\x29\x4b\xa9" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct quic_keys keys;

		quic_keys_derive(&keys, quic_version_find(known[i].version),
		    dcid, sizeof(dcid), known[i].is_server, codecs_get());
		assert_memory_equal(keys.key, known[i].key, 16);
		assert_memory_equal(keys.iv, known[i].iv, 12);
		assert_memory_equal(keys.hp, known[i].hp, 16);
	}
}

#define SAID_CLIENT                                         \
	"QUIC_CLIENT_HELLO\nTLS_CLIENT_HELLO example.com\n" \
	"ADDR_NAME example.com 1\nTLS_ALPN alpn\n"          \
	"TLS_JA4 q13d0211an_62ed6f6ca7ad_4d634acda6c0\n"

static void
check_examples(const uint8_t *client, const uint8_t *server)
{
	begin(codecs_get());
	f.ts_ns = 1000;
	feed(&f, false, client, sizeof(quic_client_v1), 0, false);
	f.ts_ns = 7001000;
	feed(&f, true, server, sizeof(quic_server_v1), 0, false);
	assert_int_equal(f.sides[0].verdict, STREAM_MORE);
	assert_int_equal(f.sides[1].verdict, STREAM_DONE);
	feed_fini(&f);
	assert_string_equal(f.log,
	    SAID_CLIENT SAID_SERVER "TLS_TIME example.com 7000\n");
}

static void
test_examples(void **state)
{
	(void)state;
	check_examples(quic_client_v1, quic_server_v1);
	check_examples(quic_client_v2, quic_server_v2);
}

/* Version 2 is the server's choice, by the client's connection ID. */
static void
test_compatible_version(void **state)
{
	(void)state;
	begin(codecs_get());
	feed(&f, false, quic_client_v1, sizeof(quic_client_v1), 0, false);
	feed(&f, true, quic_server_v2, sizeof(quic_server_v2), 0, false);
	/* The client follows. */
	feed(&f, false, quic_client_v2, sizeof(quic_client_v2), 0, false);
	assert_int_equal(f.sides[0].verdict, STREAM_MORE);
	feed_fini(&f);
	assert_string_equal(f.log,
	    SAID_CLIENT SAID_SERVER "TLS_TIME example.com 1\n");
}

static void
test_forged(void **state)
{
	uint8_t bytes[sizeof(quic_client_v1)];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		if (i == 60)
			i = sizeof(bytes) - 20;
		memcpy(bytes, quic_client_v1, sizeof(bytes));
		bytes[i] ^= 0x40;
		begin(codecs_get());
		feed(&f, false, bytes, sizeof(bytes), 0, false);
		feed_fini(&f);
		assert_string_equal(f.log, "");
	}
	/* A server's packet that does not open is told apart. */
	begin(codecs_get());
	feed(&f, false, quic_client_v1, sizeof(quic_client_v1), 0, false);
	memcpy(bytes, quic_server_v1, sizeof(quic_server_v1));
	bytes[60] ^= 1;
	feed(&f, true, bytes, sizeof(quic_server_v1), 0, false);
	assert_int_equal(f.sides[1].verdict, STREAM_BAD);
	feed_gap(&f, true);
	feed(&f, true, quic_server_v1, sizeof(quic_server_v1), 0, false);
	feed_fini(&f);
	assert_string_equal(f.log,
	    SAID_CLIENT SAID_SERVER "TLS_TIME example.com 1\n");
}

/* Without the client's packet nobody can read the server's. */
static void
test_server_only(void **state)
{
	(void)state;
	begin(codecs_get());
	feed(&f, true, quic_server_v1, sizeof(quic_server_v1), 0, false);
	assert_int_equal(f.sides[1].verdict, STREAM_MORE);
	feed_fini(&f);
	assert_string_equal(f.log, "");
}

/* Ports don't always tell who is the client: what opens does. */
static void
test_swapped(void **state)
{
	(void)state;
	begin(codecs_get());
	feed(&f, true, quic_client_v1, sizeof(quic_client_v1), 0, false);
	feed(&f, false, quic_server_v1, sizeof(quic_server_v1), 0, false);
	feed_fini(&f);
	assert_string_equal(f.log,
	    SAID_CLIENT SAID_SERVER "TLS_TIME example.com 1\n");
}

static void
test_no_codecs(void **state)
{
	(void)state;
	begin(NULL);
	feed(&f, false, quic_client_v1, sizeof(quic_client_v1), 0, false);
	assert_int_equal(f.sides[0].verdict, STREAM_DONE);
	feed_fini(&f);
	assert_string_equal(f.log, "");
}

static enum probe
probe(const void *bytes, size_t n)
{
	const uint8_t *p = guard_put(bytes, n);
	struct cur c = { p, p + n };

	return quic_dissector.probe(&c);
}

static void
test_probe(void **state)
{
	static const struct {
		enum probe said;
		const char *bytes;
		size_t n;
	} probes[] = {
		{ PROBE_EITHER, "\xc0\0\0\0\1\0\0", 7 },
		{ PROBE_EITHER, "\x80\0\0\0\1\0\0", 7 },
		{ PROBE_NO, "\x40\0\0\0\1\0\0", 7 },
		{ PROBE_NO, "\xc0\0\0\0\3\0\0", 7 },
		{ PROBE_NO,
		    "\xc0\0\0\0\1\x15"
		    "012345678901234567890"
		    "\0",
		    28 },
		{ PROBE_EITHER, "\xff\xff\0\0\x1d\0\0", 7 },
		{ PROBE_SERVER, "\x80\0\0\0\0\0\0\0\0\0\1", 11 },
		{ PROBE_SERVER, "\x80\0\0\0\0\0\0\x1a\x2a\x3a\x4a", 11 },
		{ PROBE_NO, "\x80\0\0\0\0\0\0\0\0\0\2", 11 },
		{ PROBE_NO, "\x80\0\0\0\0\0\0\0\0\0\1\0", 12 },
		{ PROBE_NO, "\x80\0\0\0\0\0\0", 7 },
		{ PROBE_EITHER,
		    "\x0d"
		    "12345678"
		    "Q043",
		    13 },
		{ PROBE_EITHER,
		    "\xc3"
		    "Q046\x50"
		    "1234567",
		    13 },
		{ PROBE_NO,
		    "\x0d"
		    "12345678"
		    "Q04x",
		    13 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		if (probe(probes[i].bytes, probes[i].n) != probes[i].said)
			fail_msg("probe %zu is not %d", i, probes[i].said);
	for (size_t n = 1; n < sizeof(quic_client_v1); n++)
		assert_int_equal(probe(quic_client_v1, n),
		    n < 15 ? PROBE_NO : PROBE_EITHER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_compatible_version),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_server_only),
		cmocka_unit_test(test_swapped),
		cmocka_unit_test(test_no_codecs),
		cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

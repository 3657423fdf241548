/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DTLS: hellos in datagrams, with a cookie, again, and in fragments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/codec/codecs.h"
#include "tests/lib/feed.h"
#include "tests/lib/guard.h"

extern const struct dissector dtls_dissector;

static struct feed f;

/* clang-format off */
#define RANDOM "0123456789abcdef" "0123456789abcdef"
#define SNI "\x00\x00" "\x00\x08" "\x00\x06" "\x00" "\x00\x03" "A.b"
static const char hello[] = "\xfe\xfd" RANDOM "\x00" "\x02" "ck"
    "\x00\x02\xc0\x2b" "\x01\x00" "\x00\x0c" SNI;
static const char verify[] = "\xfe\xff" "\x02" "ck";
static const char server_hello[] = "\xfe\xfd" RANDOM "\x00" "\xc0\x2b" "\x00";
/* clang-format on */

enum { N_HELLO = sizeof(hello) - 1, DATAGRAM = 512 };

#define SAID_AB                                   \
	"TLS_CLIENT_HELLO a.b\nADDR_NAME a.b 1\n" \
	"TLS_JA4 dd2d010100_648b5c445417_000000000000\n"
#define SAID_SERVER                                            \
	"TLS_SERVER_HELLO\nTLS_VERSION dtls1.2\n"              \
	"TLS_CIPHER TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n" \
	"TLS_TIME a.b 1\n"

static void
begin(void)
{
	feed_init(&f, &dtls_dissector, codecs_get());
	f.is_datagram = true;
	f.tuple.proto = 17;
}

/* Appends a record of one fragment: n bytes of the message, from at on. */
static size_t
fragment(uint8_t *out, uint8_t type, uint8_t number, const char *body,
    size_t total, size_t at, size_t n)
{
	memset(out, 0, 25);
	memcpy(out, "\x16\xfe\xfd", 3);
	out[11] = (uint8_t)((12 + n) >> 8);
	out[12] = (uint8_t)(12 + n);
	out[13] = type;
	out[15] = (uint8_t)(total >> 8);
	out[16] = (uint8_t)total;
	out[18] = number;
	out[20] = (uint8_t)(at >> 8);
	out[21] = (uint8_t)at;
	out[23] = (uint8_t)(n >> 8);
	out[24] = (uint8_t)n;
	memcpy(out + 25, body + at, n);
	return 25 + n;
}

static void
give(bool is_server, uint8_t type, uint8_t number, const char *body, size_t n)
{
	uint8_t bytes[DATAGRAM];

	feed(&f, is_server, bytes, fragment(bytes, type, number, body, n, 0, n),
	    0, false);
}

static void
expect(const char *log)
{
	feed_fini(&f);
	assert_string_equal(f.log, log);
}

static void
test_cookie(void **state)
{
	(void)state;
	begin();
	give(false, 1, 0, hello, N_HELLO);
	give(false, 1, 0, hello, N_HELLO); /* a retransmission */
	give(true, 3, 0, verify, sizeof(verify) - 1);
	give(false, 1, 1, hello, N_HELLO);
	give(true, 2, 1, server_hello, sizeof(server_hello) - 1);
	assert_int_equal(f.sides[1].verdict, STREAM_DONE);
	give(false, 16, 2, "", 0);
	assert_int_equal(f.sides[0].verdict, STREAM_DONE);
	expect(SAID_AB SAID_AB SAID_SERVER);
}

/* In records of one datagram, or in many datagrams. */
static void
test_fragments(void **state)
{
	(void)state;
	for (size_t size = 1; size <= N_HELLO; size += 7) {
		for (unsigned is_one = 0; is_one < 2; is_one++) {
			uint8_t bytes[26 * DATAGRAM];
			size_t len = 0, n_records = 0;

			begin();
			for (size_t at = 0; at < N_HELLO; at += size) {
				size_t n =
				    N_HELLO - at < size ? N_HELLO - at : size;

				len += fragment(bytes + len, 1, 0, hello,
				    N_HELLO, at, n);
				n_records++;
				if (is_one)
					continue;
				feed(&f, false, bytes, len, 0, false);
				len = 0;
			}
			if (is_one)
				feed(&f, false, bytes, len, 0, false);
			/* No more of either is read. */
			expect(n_records <= (is_one ? 8 : 20) ? SAID_AB : "");
		}
	}
}

static void
test_lost_fragment(void **state)
{
	uint8_t bytes[DATAGRAM];

	(void)state;
	begin();
	feed(&f, false, bytes, fragment(bytes, 1, 0, hello, N_HELLO, 0, 20), 0,
	    false);
	feed(&f, false, bytes, fragment(bytes, 1, 0, hello, N_HELLO, 30, 20), 0,
	    false);
	feed(&f, false, bytes,
	    fragment(bytes, 1, 0, hello, N_HELLO, 50, N_HELLO - 50), 0, false);
	feed(&f, false, bytes, fragment(bytes, 1, 0, hello, N_HELLO, 20, 10), 0,
	    false);
	assert_int_equal(f.sides[0].verdict, STREAM_MORE);
	give(false, 1, 1, hello, N_HELLO);
	expect(SAID_AB);
}

static void
test_probe(void **state)
{
	uint8_t bytes[DATAGRAM];
	size_t n = fragment(bytes, 1, 0, hello, N_HELLO, 0, N_HELLO);

	(void)state;
	for (size_t k = 1; k <= n; k++) {
		const uint8_t *p = guard_put(bytes, k);
		struct cur c = { p, p + k };

		assert_int_equal(dtls_dissector.probe(&c),
		    k == n ? PROBE_CLIENT : PROBE_NO);
	}
	for (size_t i = 0; i < 25; i++) {
		struct cur c = { bytes, bytes + n };
		enum probe said;

		bytes[i] ^= 0x80;
		said = dtls_dissector.probe(&c);
		bytes[i] ^= 0x80;
		/* Its own number, and the message's, may be any. */
		if (i < 5 || (i >= 11 && i < 14) || i > 18)
			assert_int_equal(said, PROBE_NO);
	}
}

/* As the tracker calls it, but right before an unmapped page. */
static void
run_guarded(const uint8_t *bytes, size_t n)
{
	static struct message_list messages;
	static uint8_t assembly[8192];
	uint8_t own[STREAM_OWN] __attribute__((aligned(8))) = { 0 };
	uint8_t shared[STREAM_SHARED] __attribute__((aligned(8))) = { 0 };
	const uint8_t *p = guard_put(bytes, n);
	struct tuple tuple = { .proto = 17 };
	struct stream s = { .data = { p, p + n },
		.is_datagram = true,
		.tuple = &tuple,
		.own = own,
		.shared = shared,
		.assembly = assembly,
		.messages = &messages,
		.codecs = codecs_get() };

	messages.n = 0;
	dtls_dissector.stream(&s);
}

static void
test_every_length(void **state)
{
	uint8_t bytes[3 * DATAGRAM];
	size_t n = 0;

	(void)state;
	n += fragment(bytes + n, 1, 0, hello, N_HELLO, 0, 20);
	n += fragment(bytes + n, 1, 0, hello, N_HELLO, 20, N_HELLO - 20);
	n += fragment(bytes + n, 2, 1, server_hello, sizeof(server_hello) - 1,
	    0, sizeof(server_hello) - 1);
	for (size_t k = 0; k <= n; k++)
		run_guarded(bytes, k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cookie),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_lost_fragment),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

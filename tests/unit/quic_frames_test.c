/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QUIC's frames: with protection that protects nothing, where hellos are in
 * packets, where nothing more is read, and what one datagram costs.
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

enum { DATAGRAM = 2000 };

/* Protects nothing: a packet is its header, its number, its frames, a tag. */
static void
no_hmac(uint8_t out[32], const uint8_t *key, size_t key_len, const uint8_t *p,
    size_t n)
{
	(void)key;
	(void)key_len;
	(void)p;
	(void)n;
	memset(out, 0, 32);
}

static void
no_aes(uint8_t out[16], const uint8_t key[16], const uint8_t in[16])
{
	(void)key;
	(void)in;
	memset(out, 0, 16);
}

/* Opens what has a tag of zeros. */
static bool
no_gcm(uint8_t *out, const uint8_t key[16], const uint8_t iv[12],
    const uint8_t *aad, size_t aad_len, const uint8_t *p, size_t n)
{
	static const uint8_t zero[QUIC_TAG];

	(void)key;
	(void)iv;
	(void)aad;
	(void)aad_len;
	if (memcmp(p + n - QUIC_TAG, zero, QUIC_TAG) != 0)
		return false;
	memcpy(out, p, n - QUIC_TAG);
	return true;
}

static const struct codecs open_codecs = { .hmac_sha256 = no_hmac,
	.aes128 = no_aes,
	.aes128_gcm_open = no_gcm };

/* Appends an Initial packet of this connection ID's first byte. */
static size_t
initial(uint8_t *out, uint8_t cid, const void *token, size_t n_token,
    const uint8_t *frames, size_t n)
{
	size_t at = 0, len = 1 + n + QUIC_TAG;

	memcpy(out, "\xc0\x00\x00\x00\x01\x02", 6);
	out[6] = cid;
	out[7] = 0;
	out[8] = 0; /* no source connection ID */
	out[9] = (uint8_t)n_token;
	at = 10;
	if (n_token > 0)
		memcpy(out + at, token, n_token);
	at += n_token;
	out[at++] = (uint8_t)(0x40 | len >> 8);
	out[at++] = (uint8_t)len;
	out[at++] = 0; /* the packet's number */
	memcpy(out + at, frames, n);
	memset(out + at + n, 0, QUIC_TAG);
	return at + n + QUIC_TAG;
}

/* Appends a CRYPTO frame. */
static size_t
crypto(uint8_t *out, size_t offset, const uint8_t *data, size_t n)
{
	out[0] = 6;
	out[1] = (uint8_t)(0x40 | offset >> 8);
	out[2] = (uint8_t)offset;
	out[3] = (uint8_t)(0x40 | n >> 8);
	out[4] = (uint8_t)n;
	memcpy(out + 5, data, n);
	return 5 + n;
}

/* clang-format off */
#define RANDOM "0123456789abcdef" "0123456789abcdef"
static const uint8_t hello[] = "\x01\x00\x00\x37"
    "\x03\x03" RANDOM "\x00" "\x00\x02\x13\x01" "\x01\x00" "\x00\x0c"
    "\x00\x00" "\x00\x08" "\x00\x06" "\x00" "\x00\x03" "A.b";
static const uint8_t server_hello[] = "\x02\x00\x00\x2e"
    "\x03\x03" RANDOM "\x00" "\x13\x01" "\x00" "\x00\x06"
    "\x00\x2b\x00\x02\x03\x04";
static const uint8_t retry_request[] = "\x02\x00\x00\x2e" "\x03\x03"
    "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91"
    "\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"
    "\x00" "\x13\x01" "\x00" "\x00\x06" "\x00\x2b\x00\x02\x03\x04";
/* clang-format on */

enum { N_HELLO = sizeof(hello) - 1, N_SERVER = sizeof(server_hello) - 1 };

#define SAID_AB                                     \
	"QUIC_CLIENT_HELLO\nTLS_CLIENT_HELLO a.b\n" \
	"ADDR_NAME a.b 1\n"

static void
give(bool is_server, const uint8_t *frames, size_t n)
{
	uint8_t bytes[DATAGRAM];

	feed(&f, is_server, bytes, initial(bytes, 1, NULL, 0, frames, n), 0,
	    false);
}

static void
expect(const char *log)
{
	feed_fini(&f);
	assert_string_equal(f.log, log);
}

/* Byte by byte, backwards, in frames of one packet. */
static void
test_scattered(void **state)
{
	uint8_t frames[DATAGRAM];
	size_t n = 0;

	(void)state;
	for (size_t at = N_HELLO; at > 0; at--) {
		frames[n++] = 0; /* padding */
		frames[n++] = 1; /* a ping */
		n += crypto(frames + n, at - 1, hello + at - 1, 1);
	}
	begin(&open_codecs);
	give(false, frames, n);
	expect(SAID_AB);
}

/* Two packets in the wrong order, with an ACK, and sent again. */
static void
test_packets(void **state)
{
	static const uint8_t acks[] = "\x02\x40\x05\x00\x01\x00\x00\x00"
				      "\x03\x05\x00\x00\x00\x01\x02\x03";
	uint8_t frames[DATAGRAM];
	size_t n;

	(void)state;
	begin(&open_codecs);
	for (unsigned i = 0; i < 2; i++) {
		memcpy(frames, acks, sizeof(acks) - 1);
		n = sizeof(acks) - 1;
		n += crypto(frames + n, 30, hello + 30, N_HELLO - 30);
		give(false, frames, n);
		assert_int_equal(f.sides[0].verdict, STREAM_MORE);
		n = crypto(frames, 0, hello, 50);
		give(false, frames, n);
	}
	expect(SAID_AB);
}

/* What says other bytes than before is not believed. */
static void
test_overlap(void **state)
{
	uint8_t frames[DATAGRAM], other[N_HELLO];
	size_t n;

	(void)state;
	memset(other, 'x', sizeof(other));
	begin(&open_codecs);
	n = crypto(frames, 10, hello + 10, N_HELLO - 10);
	n += crypto(frames + n, 10, other, N_HELLO - 10);
	n += crypto(frames + n, 0, hello, 20);
	give(false, frames, n);
	expect(SAID_AB);
}

/* A name that is there counts, though the hello never is whole. */
static void
test_cut(void **state)
{
	uint8_t frames[DATAGRAM], longer[N_HELLO];
	size_t n;

	(void)state;
	memcpy(longer, hello, N_HELLO);
	longer[3] = 0x60;
	longer[46] = 0x40;
	begin(&open_codecs);
	n = crypto(frames, 0, longer, N_HELLO);
	give(false, frames, n);
	expect(SAID_AB);
}

static void
test_retry_request(void **state)
{
	uint8_t frames[DATAGRAM];
	size_t n;

	(void)state;
	begin(&open_codecs);
	give(false, frames, crypto(frames, 0, hello, N_HELLO));
	give(true, frames, crypto(frames, 0, retry_request, N_SERVER));
	give(false, frames, crypto(frames, N_HELLO, hello, N_HELLO));
	assert_string_equal(f.log, SAID_AB SAID_AB);
	n = crypto(frames, N_SERVER, server_hello, N_SERVER);
	give(true, frames, n);
	assert_int_equal(f.sides[1].verdict, STREAM_DONE);
	expect(SAID_AB SAID_AB SAID_SERVER "TLS_TIME a.b 1\n");
}

/* Packets of one datagram; behind a Handshake packet all is encrypted. */
static void
test_coalesced(void **state)
{
	static const uint8_t handshake[] = "\xe0\x00\x00\x00\x01\x01\x01\x00"
					   "\x15"
					   "0123456789abcdefghijk";
	uint8_t frames[DATAGRAM], bytes[2 * DATAGRAM];
	size_t n, len;

	(void)state;
	begin(&open_codecs);
	n = crypto(frames, 0, hello, 20);
	len = initial(bytes, 1, NULL, 0, frames, n);
	n = crypto(frames, 20, hello + 20, N_HELLO - 20);
	len += initial(bytes + len, 1, NULL, 0, frames, n);
	memcpy(bytes + len, handshake, sizeof(handshake) - 1);
	len += sizeof(handshake) - 1;
	feed(&f, false, bytes, len, 0, false);
	assert_int_equal(f.sides[0].verdict, STREAM_DONE);
	expect(SAID_AB);
}

/*
 * After a Retry the client has another connection ID, and a token: the hello
 * is the same.  Without a token it is another connection.
 */
static bool
only_second(uint8_t *out, const uint8_t key[16], const uint8_t iv[12],
    const uint8_t *aad, size_t aad_len, const uint8_t *p, size_t n)
{
	/* The keys' first byte is the connection ID's: see cid_hmac. */
	return aad[6] == key[0] && no_gcm(out, key, iv, aad, aad_len, p, n);
}

static void
cid_hmac(uint8_t out[32], const uint8_t *key, size_t key_len, const uint8_t *p,
    size_t n)
{
	memset(out, key_len == 20 ? p[0] : key[0], 32);
	(void)n;
}

static void
test_another_id(void **state)
{
	static const struct codecs codecs = { .hmac_sha256 = cid_hmac,
		.aes128 = no_aes,
		.aes128_gcm_open = only_second };
	uint8_t frames[DATAGRAM], bytes[DATAGRAM];
	size_t n = crypto(frames, 0, hello, N_HELLO), len;

	(void)state;
	for (unsigned has_token = 0; has_token < 2; has_token++) {
		begin(&codecs);
		len = initial(bytes, 1, NULL, 0, frames, n);
		feed(&f, false, bytes, len, 0, false);
		len = initial(bytes, 2, "token", has_token ? 5 : 0, frames, n);
		feed(&f, false, bytes, len, 0, false);
		expect(has_token ? SAID_AB : SAID_AB SAID_AB);
	}
}

static void
test_bounds(void **state)
{
	static const uint8_t forbidden[] = "\x08\x00";
	static const uint8_t closed[] = "\x1c\x00\x00\x00";
	uint8_t frames[DATAGRAM], longer[N_HELLO], other[N_HELLO];
	unsigned n = 0;

	(void)state;
	/* Datagrams of a direction. */
	begin(&open_codecs);
	do {
		frames[0] = 1;
		memset(frames + 1, 0, 30);
		give(false, frames, 30);
	} while (++n < 100 && f.sides[0].verdict == STREAM_MORE);
	assert_int_equal(n, 10);
	expect("");
	/* A hello that is longer than any. */
	memcpy(longer, hello, N_HELLO);
	longer[2] = 0x20;
	begin(&open_codecs);
	give(false, frames, crypto(frames, 0, longer, N_HELLO));
	assert_int_equal(f.sides[0].verdict, STREAM_DONE);
	expect("");
	/* Bytes behind what there is room for. */
	memset(longer, 0xff, N_HELLO);
	begin(&open_codecs);
	give(false, frames, crypto(frames, 4600, longer, N_HELLO));
	give(false, frames, crypto(frames, 10000, longer, N_HELLO));
	give(false, frames, crypto(frames, 0, hello, N_HELLO));
	expect(SAID_AB);
	/* Something else than a hello. */
	memcpy(other, hello, N_HELLO);
	other[0] = 4;
	begin(&open_codecs);
	give(false, frames, crypto(frames, 0, other, N_HELLO));
	assert_int_equal(f.sides[0].verdict, STREAM_DONE);
	expect("");
	/* Frames that an Initial packet must not have. */
	begin(&open_codecs);
	give(false, forbidden, 2);
	assert_int_equal(f.sides[0].verdict, STREAM_MORE); /* too short */
	memcpy(frames, forbidden, 2);
	memset(frames + 2, 0, 30);
	give(false, frames, 32);
	assert_int_equal(f.sides[0].verdict, STREAM_BAD);
	expect("");
	begin(&open_codecs);
	memcpy(frames, closed, 4);
	memset(frames + 4, 0xff, 30);
	give(false, frames, 34);
	assert_int_equal(f.sides[0].verdict, STREAM_MORE);
	expect("");
}

/* As the tracker calls it, but right before an unmapped page. */
static void
run_guarded(const void *bytes, size_t n, const struct codecs *codecs)
{
	static struct message_list messages;
	static uint8_t assembly[8192];
	uint8_t own[STREAM_OWN] __attribute__((aligned(8))) = { 0 };
	uint8_t shared[STREAM_SHARED] __attribute__((aligned(8))) = { 0 };
	const uint8_t *p = guard_put(bytes, n);
	struct tuple tuple = { .proto = 17 };
	struct stream s = { .data = { p, p + n },
		.is_fresh = true,
		.is_datagram = true,
		.tuple = &tuple,
		.own = own,
		.shared = shared,
		.assembly = assembly,
		.messages = &messages,
		.codecs = codecs };

	messages.n = 0;
	memset(assembly, 0, sizeof(assembly));
	quic_dissector.stream(&s);
	assert_true(s.data.p >= p && s.data.p <= p + n);
	/* A packet is whole or closed to us. */
	assert_true(messages.n == 0 || n >= 1200 || codecs == &open_codecs);
}

static void
test_every_length(void **state)
{
	uint8_t frames[DATAGRAM], bytes[DATAGRAM];
	size_t n, len;

	(void)state;
	for (n = 0; n <= sizeof(quic_client_v1); n++)
		run_guarded(quic_client_v1, n, codecs_get());
	/* Frames cut at every length, inside whole packets. */
	for (size_t cut = 0; cut <= N_HELLO + 21; cut++) {
		memcpy(frames,
		    "\x02\x40\x05\x00\x01\x00\x00\x00"
		    "\x03\x05\x00\x00\x00\x01\x02\x03",
		    16);
		n = 16 + crypto(frames + 16, 0, hello, N_HELLO);
		len = initial(bytes, 1, "t", 1, frames, cut < n ? cut : n);
		for (size_t k = 0; k <= len; k += len > 40 ? 1 : 7)
			run_guarded(bytes, k, &open_codecs);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scattered),
		cmocka_unit_test(test_packets),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_retry_request),
		cmocka_unit_test(test_coalesced),
		cmocka_unit_test(test_another_id),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

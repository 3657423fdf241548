/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hand-made TLS handshakes for the tests of TLS: hellos and certificates, in
 * records, and what is said of them.
 */
#ifndef TESTS_LIB_TLS_MESSAGES_H
#define TESTS_LIB_TLS_MESSAGES_H

#include <string.h>

#include "tests/lib/feed.h"

extern const struct dissector tls_dissector;

static struct feed f;

enum { BYTES = 65536 };

/* clang-format off */
#define RANDOM "0123456789abcdef" "0123456789abcdef"
#define SNI "\x00\x00" "\x00\x08" "\x00\x06" "\x00" "\x00\x03" "A.b"
#define ALPN "\x00\x10" "\x00\x05" "\x00\x03" "\x02" "h2"
#define SAID_NONE "TLS_CLIENT_HELLO\n"
#define SERVER_12 "\x03\x03" RANDOM "\x00" "\xc0\x2f" "\x00"
#define SAID_12 "TLS_SERVER_HELLO\nTLS_VERSION 1.2\n" \
    "TLS_CIPHER TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n"
#define ORG "\x31\x0c\x30\x0a\x06\x03\x55\x04\x0a\x13\x03" "Org"
#define CN_BMP "\x31\x13\x30\x11\x06\x03\x55\x04\x03\x1e\x0a" \
    "\x00h\x00\xe9\x20\xac\x00\x0a\x00!"
/* clang-format on */

/* Puts a handshake message into records of at most n_record bytes. */
static inline size_t
records(uint8_t *out, const uint8_t *message, size_t n, size_t n_record)
{
	size_t len = 0;

	for (size_t at = 0; at < n;) {
		size_t now = n - at < n_record ? n - at : n_record;

		memcpy(out + len, "\x16\x03\x01", 3);
		out[len + 3] = (uint8_t)(now >> 8);
		out[len + 4] = (uint8_t)now;
		memcpy(out + len + 5, message + at, now);
		len += 5 + now;
		at += now;
	}
	return len;
}

/* A handshake message of this type: its head, then body. */
static inline size_t
handshake(uint8_t *out, uint8_t type, const void *body, size_t n)
{
	out[0] = type;
	out[1] = (uint8_t)(n >> 16);
	out[2] = (uint8_t)(n >> 8);
	out[3] = (uint8_t)n;
	memcpy(out + 4, body, n);
	return 4 + n;
}

/* A hello's record with these suites and extensions. */
static inline size_t
hello(uint8_t *out, const void *suites, size_t n_suites, const void *list,
    size_t n_list)
{
	static uint8_t body[BYTES], message[BYTES + 4];
	size_t n = 35;

	memcpy(body, "\x03\x03" RANDOM, 35);
	body[n++] = (uint8_t)(n_suites >> 8);
	body[n++] = (uint8_t)n_suites;
	memcpy(body + n, suites, n_suites);
	n += n_suites;
	body[n++] = 1;
	body[n++] = 0;
	body[n++] = (uint8_t)(n_list >> 8);
	body[n++] = (uint8_t)n_list;
	if (n_list > 0)
		memcpy(body + n, list, n_list);
	n = handshake(message, 1, body, n + n_list);
	return records(out, message, n, 16384);
}

/* A certificate, in a message, with this subject. */
static inline size_t
certificate(uint8_t *out, const void *subject, size_t n, bool is_v3)
{
	static const char before[] = "\xa0\x03\x02\x01\x02"
				     "\x02\x01\x05\x30\x00\x30\x00\x30\x00";
	const char *b = before + (is_v3 ? 0 : 5);
	size_t n_b = sizeof(before) - 1 - (is_v3 ? 0 : 5), len;
	uint8_t body[512];

	/* Each element's length in three bytes. */
	len = 6;
	memcpy(body + len, "\x30\x82\x00\x00\x30\x82\x00\x00", 8);
	memcpy(body + len + 8, b, n_b);
	body[len + 3] = 0;
	memcpy(body + len + 8 + n_b, "\x30\x81", 2);
	body[len + 8 + n_b + 2] = (uint8_t)n;
	memcpy(body + len + 8 + n_b + 3, subject, n);
	len += 8 + n_b + 3 + n;
	body[6 + 2] = (uint8_t)((len - 10) >> 8);
	body[6 + 3] = (uint8_t)(len - 10);
	body[10 + 2] = (uint8_t)((len - 14) >> 8);
	body[10 + 3] = (uint8_t)(len - 14);
	memset(body, 0, 6);
	body[1] = (uint8_t)((len - 3 + 100) >> 8);
	body[2] = (uint8_t)(len - 3 + 100);
	body[4] = (uint8_t)((len - 6) >> 8);
	body[5] = (uint8_t)(len - 6);
	/* The second certificate never comes. */
	len = handshake(out, 11, body, len);
	out[3] = (uint8_t)(out[3] + 100);
	if (out[3] < 100)
		out[2]++;
	return len;
}

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QUIC's Initial packets (RFC 9000, section 17.2.2): many, forged, and of
 * frames as small as can be.
 */
#include "tests/complexity/complexity.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "daemon/codec/codecs.h"
#include "dissect/quic_keys.h"

enum { PAYLOAD = 1150, DATAGRAMS = 9, HELLO = 4000 };

static uint8_t datagram[PACKET_MAX];

static void
seal(uint8_t *out, const struct quic_keys *k, const uint8_t iv[12],
    const uint8_t *head, size_t n_head, const uint8_t *payload, size_t n)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int len, ok;

	ok = EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, k->key, iv) &&
	    EVP_EncryptUpdate(c, NULL, &len, head, (int)n_head) &&
	    EVP_EncryptUpdate(c, out, &len, payload, (int)n) &&
	    EVP_EncryptFinal_ex(c, out + n, &len) &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, out + n);
	EVP_CIPHER_CTX_free(c);
	if (!ok)
		abort();
}

/* A client's packet of version 1, whose connection ID is id. */
static uint8_t *
initial(uint8_t *at, uint32_t id, uint32_t number, const uint8_t *payload,
    size_t n)
{
	const struct codecs *codecs = codecs_get();
	uint8_t *head = at, *pn, iv[12], mask[16], dcid[8] = { 0 };
	struct quic_keys k;

	put32(dcid, id);
	quic_keys_derive(&k, quic_version_find(1), dcid, 8, false, codecs);
	at = put_bytes(PUT(at, "\xc3\0\0\0\1\x08"), dcid, 8);
	at = put16(PUT(at, "\0\0"), 0x4000 | (unsigned)(4 + n + 16));
	pn = at;
	at = put32(at, number);
	memcpy(iv, k.iv, 12);
	for (unsigned i = 0; i < 4; i++)
		iv[8 + i] ^= pn[i];
	seal(at, &k, iv, head, (size_t)(at - head), payload, n);
	codecs->aes128(mask, k.hp, pn + 4);
	head[0] ^= mask[0] & 0x0f;
	for (unsigned i = 0; i < 4; i++)
		pn[i] ^= mask[1 + i];
	return at + n + 16;
}

static void
send_from(struct packets *p, unsigned port, const uint8_t *end)
{
	packets_udp(p, port, 443, datagram, (size_t)(end - datagram));
}

/*
 * Connections, n bytes in all, of some datagrams each, whose payloads fill
 * makes: it writes PAYLOAD bytes at most.
 */
static void
connections(struct packets *p, size_t n,
    size_t (*fill)(uint8_t *payload, unsigned i))
{
	uint8_t payload[PAYLOAD];

	for (unsigned c = 0; c * DATAGRAMS * 1200u < n; c++)
		for (unsigned i = 0; i < DATAGRAMS; i++) {
			size_t len = fill(payload, i);

			send_from(p, 2000 + c,
			    initial(datagram, c, i, payload, len));
		}
}

/* Bytes of a hello, one in a frame, from its end to its beginning. */
static size_t
scattered(uint8_t *payload, unsigned i)
{
	uint8_t *at = payload;
	unsigned first = (DATAGRAMS - 1 - i) * (PAYLOAD / 5);

	for (unsigned k = PAYLOAD / 5; k-- > 0;) {
		unsigned offset = first + k;

		*at++ = 6;
		at = put16(at, 0x4000 | offset);
		*at++ = 1;
		*at++ = offset == 0 ? 1 : 0;
	}
	return (size_t)(at - payload);
}

/* A hello that grows, of extensions that have to be read again. */
static size_t
growing(uint8_t *payload, unsigned i)
{
	uint8_t *at = payload;
	unsigned n = PAYLOAD - 60;

	*at++ = 6;
	at = put16(at, 0x4000 | (i == 0 ? 0 : 45 + n * i));
	at = put16(at, 0x4000 | (i == 0 ? 45 + n : n));
	if (i == 0) {
		at = PUT(at, "\1\0\x0f\xa0\3\3");
		memset(at, 7, 32);
		at = PUT(at + 32, "\0\0\2\x13\1\1\0");
		at = put16(at, HELLO - 41);
		memset(at, 0, 45 - 47 + n);
		return (size_t)(at - payload) + n - 2;
	}
	memset(at, 0, n);
	return (size_t)(at - payload) + n;
}

static size_t
pings(uint8_t *payload, unsigned i)
{
	(void)i;
	memset(payload, 1, PAYLOAD);
	return PAYLOAD;
}

static size_t
ranges(uint8_t *payload, unsigned i)
{
	uint8_t *at = PUT(payload, "\2\1\1\x42\x30\1");

	(void)i;
	memset(at, 0, 0x230 * 2);
	return 6;
}

static size_t
acknowledgements(uint8_t *payload, unsigned i)
{
	(void)i;
	for (size_t k = 0; k < PAYLOAD / 5 * 5; k += 5)
		memcpy(payload + k, "\2\1\1\0\1", 5);
	return PAYLOAD / 5 * 5;
}

static void
quic_scattered(struct packets *p, size_t n)
{
	connections(p, n, scattered);
}

static void
quic_growing(struct packets *p, size_t n)
{
	connections(p, n, growing);
}

static void
quic_pings(struct packets *p, size_t n)
{
	connections(p, n, pings);
}

static size_t
full_ranges(uint8_t *payload, unsigned i)
{
	return ranges(payload, i) + 0x230 * 2;
}

static void
quic_ranges(struct packets *p, size_t n)
{
	connections(p, n, full_ranges);
}

static void
quic_acknowledgements(struct packets *p, size_t n)
{
	connections(p, n, acknowledgements);
}

/* One datagram of packets that are as small as can be; of other IDs each. */
static void
coalesced(struct packets *p, size_t n, bool is_forged, unsigned port)
{
	uint8_t *at = datagram;
	uint32_t id = 0x1000 * port;

	while ((size_t)(at - datagram) + 48 + 40 <= n) {
		at = initial(at, id, 0, (const uint8_t *)"\1\1\1\1", 4);
		if (is_forged)
			at[-1] ^= 1;
		id++;
	}
	send_from(p, port, at);
}

static void
quic_coalesced(struct packets *p, size_t n)
{
	coalesced(p, n, false, 5000);
}

static void
quic_forged(struct packets *p, size_t n)
{
	coalesced(p, n, true, 5000);
}

/* The dearest that is: every frame from another port, and no key fits. */
static void
quic_frames(struct packets *p, size_t n)
{
	for (unsigned port = 2000; n >= 1200; port++, n -= 1200)
		coalesced(p, 1200, true, port);
	coalesced(p, 1200, true, 9000);
}

/* Versions, none of which is known. */
static void
quic_negotiation(struct packets *p, size_t n)
{
	uint8_t *at = PUT(datagram, "\xc0\0\0\0\0\0\0");

	while ((size_t)(at - datagram) + 44 <= n)
		at = PUT(at, "\1\2\3\4");
	send_from(p, 5000, at);
}

const struct scenario quic_scenarios[] = {
	{ "quic coalesced packets", quic_coalesced, LINK_RAW_, 0, 0, 0 },
	{ "quic forged packets", quic_forged, LINK_RAW_, 0, 0, 0 },
	{ "quic forged datagrams", quic_frames, LINK_RAW_, 0, 0, 0 },
	{ "quic scattered bytes", quic_scattered, LINK_RAW_, 0, 0, 0 },
	{ "quic growing hello", quic_growing, LINK_RAW_, 0, 0, 0 },
	{ "quic pings", quic_pings, LINK_RAW_, 0, 0, 0 },
	{ "quic ranges", quic_ranges, LINK_RAW_, 0, 0, 0 },
	{ "quic acknowledgements", quic_acknowledgements, LINK_RAW_, 0, 0, 0 },
	{ "quic negotiation", quic_negotiation, LINK_RAW_, 0, 0, 0 },
	{ NULL, NULL, 0, 0, 0, 0 },
};

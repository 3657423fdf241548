/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QUIC: both sides of a connection, in datagrams, whose protection protects
 * nothing, so that the fuzzer gets behind it.  A packet opens unless its last
 * byte is 0xff.
 */
#include "tests/fuzz/stream.h"

extern const struct dissector quic_dissector;

static void
hash(uint8_t out[32], const uint8_t *p, size_t n)
{
	memset(out, 0, 32);
	for (size_t i = 0; i < n; i++)
		out[i % 32] ^= p[i];
}

static void
hmac(uint8_t out[32], const uint8_t *key, size_t key_len, const uint8_t *p,
    size_t n)
{
	(void)key;
	(void)key_len;
	hash(out, p, n);
}

static void
block(uint8_t out[16], const uint8_t key[16], const uint8_t in[16])
{
	(void)key;
	(void)in;
	memset(out, 0, 16);
}

static bool
gcm_open(uint8_t *out, const uint8_t key[16], const uint8_t iv[12],
    const uint8_t *aad, size_t aad_len, const uint8_t *p, size_t n)
{
	uint8_t sum[32];

	(void)key;
	(void)iv;
	MUST(n >= 16);
	/* All that is promised can be read. */
	hash(sum, aad, aad_len);
	if (p[n - 1] == 0xff)
		return false;
	memcpy(out, p, n - 16);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct codecs codecs = { .sha256 = hash,
		.hmac_sha256 = hmac,
		.aes128 = block,
		.aes128_gcm_open = gcm_open };

	fuzz_stream(&quic_dissector, &codecs, data, n);
	return 0;
}

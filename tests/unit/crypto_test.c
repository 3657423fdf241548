/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cryptography: known answers, and what is forged does not open.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/codec/crypto.h"
#include "tests/lib/guard.h"

/* FIPS 180-4's examples: "abc", and nothing. */
static void
test_sha256(void **state)
{
	static const uint8_t abc[32] = "\xba\x78\x16\xbf\x8f\x01\xcf\xea"
				       "\x41\x41\x40\xde\x5d\xae\x22\x23"
				       "\xb0\x03\x61\xa3\x96\x17\x7a\x9c"
				       "\xb4\x10\xff\x61\xf2\x00\x15\xad";
	static const uint8_t none[32] = "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14"
					"\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24"
					"\x27\xae\x41\xe4\x64\x9b\x93\x4c"
					"\xa4\x95\x99\x1b\x78\x52\xb8\x55";
	uint8_t out[32];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		crypto_sha256(out, guard_put("abc", 3), 3);
		assert_memory_equal(out, abc, 32);
		crypto_sha256(out, NULL, 0);
		assert_memory_equal(out, none, 32);
	}
}

/* RFC 4231, cases 1, 2 and 6; then with no key, that it isn't the last one. */
static void
test_hmac(void **state)
{
	static const uint8_t first[8] = "\xb0\x34\x4c\x61\xd8\xdb\x38\x53";
	static const uint8_t second[8] = "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e";
	static const uint8_t sixth[8] = "\x60\xe4\x31\x59\x1e\xe0\xb6\x7f";
	static const uint8_t none[8] = "\xb6\x13\x67\x9a\x08\x14\xd9\xec";
	uint8_t key[131], out[32];

	(void)state;
	memset(key, 0x0b, sizeof(key));
	crypto_hmac_sha256(out, key, 20, (const uint8_t *)"Hi There", 8);
	assert_memory_equal(out, first, 8);
	crypto_hmac_sha256(out, (const uint8_t *)"Jefe", 4,
	    (const uint8_t *)"what do ya want for nothing?", 28);
	assert_memory_equal(out, second, 8);
	memset(key, 0xaa, sizeof(key));
	crypto_hmac_sha256(out, key, sizeof(key),
	    (const uint8_t
		    *)"Test Using Larger Than Block-Size Key - Hash Key First",
	    54);
	assert_memory_equal(out, sixth, 8);
	crypto_hmac_sha256(out, NULL, 0, NULL, 0);
	assert_memory_equal(out, none, 8);
}

/* FIPS 197, appendix B, and the same with another key between. */
static void
test_aes(void **state)
{
	static const uint8_t key[16] = "\x2b\x7e\x15\x16\x28\xae\xd2\xa6"
				       "\xab\xf7\x15\x88\x09\xcf\x4f\x3c";
	static const uint8_t in[16] = "\x32\x43\xf6\xa8\x88\x5a\x30\x8d"
				      "\x31\x31\x98\xa2\xe0\x37\x07\x34";
	static const uint8_t expected[16] = "\x39\x25\x84\x1d\x02\xdc\x09\xfb"
					    "\xdc\x11\x85\x97\x19\x6a\x0b\x32";
	uint8_t out[16];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		crypto_aes128(out, in, key);
		assert_memory_not_equal(out, expected, 16);
		crypto_aes128(out, guard_put(key, 16), in);
		assert_memory_equal(out, expected, 16);
	}
}

/* Test case 4 of the GCM specification: 60 bytes, 20 more authenticated. */
static const uint8_t gcm_key[16] = "\xfe\xff\xe9\x92\x86\x65\x73\x1c"
				   "\x6d\x6a\x8f\x94\x67\x30\x83\x08";
static const uint8_t gcm_iv[12] = "\xca\xfe\xba\xbe\xfa\xce\xdb\xad"
				  "\xde\xca\xf8\x88";
static const uint8_t gcm_aad[20] = "\xfe\xed\xfa\xce\xde\xad\xbe\xef"
				   "\xfe\xed\xfa\xce\xde\xad\xbe\xef"
				   "\xab\xad\xda\xd2";
static const uint8_t gcm_plain[60] =
    "\xd9\x31\x32\x25\xf8\x84\x06\xe5\xa5\x59\x09\xc5\xaf\xf5\x26\x9a"
    "\x86\xa7\xa9\x53\x15\x34\xf7\xda\x2e\x4c\x30\x3d\x8a\x31\x8a\x72"
    "\x1c\x3c\x0c\x95\x95\x68\x09\x53\x2f\xcf\x0e\x24\x49\xa6\xb5\x25"
    "\xb1\x6a\xed\xf5\xaa\x0d\xe6\x57\xba\x63\x7b\x39";
static const uint8_t gcm_sealed[76] =
    "\x42\x83\x1e\xc2\x21\x77\x74\x24\x4b\x72\x21\xb7\x84\xd0\xd4\x9c"
    "\xe3\xaa\x21\x2f\x2c\x02\xa4\xe0\x35\xc1\x7e\x23\x29\xac\xa1\x2e"
    "\x21\xd5\x14\xb2\x54\x66\x93\x1c\x7d\x8f\x6a\x5a\xac\x84\xaa\x05"
    "\x1b\xa3\x0b\x39\x6a\x0a\xac\x97\x3d\x58\xe0\x91"
    "\x5b\xc9\x4f\xbc\x32\x21\xa5\xdb\x94\xfa\xe9\x5a\xe7\x12\x1a\x47";

static void
test_gcm(void **state)
{
	uint8_t out[sizeof(gcm_plain)], bytes[sizeof(gcm_sealed)];

	(void)state;
	assert_true(crypto_aes128_gcm_open(out, gcm_key, gcm_iv, gcm_aad,
	    sizeof(gcm_aad), guard_put(gcm_sealed, sizeof(gcm_sealed)),
	    sizeof(gcm_sealed)));
	assert_memory_equal(out, gcm_plain, sizeof(out));
	/* In place. */
	memcpy(bytes, gcm_sealed, sizeof(bytes));
	assert_true(crypto_aes128_gcm_open(bytes, gcm_key, gcm_iv, gcm_aad,
	    sizeof(gcm_aad), bytes, sizeof(bytes)));
	assert_memory_equal(bytes, gcm_plain, sizeof(gcm_plain));
}

static void
test_gcm_forged(void **state)
{
	uint8_t out[sizeof(gcm_sealed)], bytes[sizeof(gcm_sealed)];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		memcpy(bytes, gcm_sealed, sizeof(bytes));
		bytes[i] ^= 1;
		assert_false(crypto_aes128_gcm_open(out, gcm_key, gcm_iv,
		    gcm_aad, sizeof(gcm_aad), bytes, sizeof(bytes)));
	}
	for (size_t n = 0; n < sizeof(gcm_sealed); n++)
		assert_false(crypto_aes128_gcm_open(out, gcm_key, gcm_iv,
		    gcm_aad, sizeof(gcm_aad), guard_put(gcm_sealed, n), n));
	assert_false(crypto_aes128_gcm_open(out, gcm_key, gcm_iv, gcm_aad,
	    sizeof(gcm_aad) - 1, gcm_sealed, sizeof(gcm_sealed)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_aes),
		cmocka_unit_test(test_gcm),
		cmocka_unit_test(test_gcm_forged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

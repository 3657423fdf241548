/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/codec/crypto.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

enum { TAG = 16 };

static struct {
	EVP_MD *sha256;
	EVP_MD_CTX *hash;
	EVP_MAC *mac;
	EVP_MAC_CTX *hmac;
	EVP_CIPHER *ecb, *gcm;
	EVP_CIPHER_CTX *block, *aead;
	bool is_all; /* nothing more is asked for */
} have;

static struct {
	void *(*alloc)(size_t n);
	void *(*resize)(void *p, size_t n);
	void (*release)(void *p);
} memory;

static void *
alloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return memory.alloc(n);
}

static void *
resize(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return memory.resize(p, n);
}

static void
release(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	memory.release(p);
}

bool
crypto_memory(void *(*alloc_fn)(size_t n),
    void *(*resize_fn)(void *p, size_t n), void (*release_fn)(void *p))
{
	memory.alloc = alloc_fn;
	memory.resize = resize_fn;
	memory.release = release_fn;
	return CRYPTO_set_mem_functions(alloc, resize, release) == 1;
}

static bool
fetch_hash(void)
{
	if (have.sha256 == NULL && !have.is_all)
		have.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (have.hash == NULL && !have.is_all)
		have.hash = EVP_MD_CTX_new();
	return have.sha256 != NULL && have.hash != NULL;
}

static bool
fetch_hmac(void)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
		    0),
		OSSL_PARAM_construct_end(),
	};

	if (have.hmac != NULL || have.is_all)
		return have.hmac != NULL;
	if (have.mac == NULL)
		have.mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (have.mac == NULL)
		return false;
	have.hmac = EVP_MAC_CTX_new(have.mac);
	if (have.hmac != NULL && EVP_MAC_CTX_set_params(have.hmac, params) == 1)
		return true;
	EVP_MAC_CTX_free(have.hmac);
	have.hmac = NULL;
	return false;
}

static bool
fetch_cipher(EVP_CIPHER **cipher, EVP_CIPHER_CTX **ctx, const char *name)
{
	if (*cipher == NULL && !have.is_all)
		*cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	if (*ctx == NULL && !have.is_all)
		*ctx = EVP_CIPHER_CTX_new();
	return *cipher != NULL && *ctx != NULL;
}

bool
crypto_prepare(void)
{
	static const uint8_t zeros[TAG];
	uint8_t out[32];

	/* The first use of each allocates, too.  Nothing is sealed like this. */
	if (OPENSSL_init_crypto(0, NULL) == 1 &&
	    OSSL_LIB_CTX_get0_global_default() != NULL) {
		crypto_sha256(out, zeros, TAG);
		crypto_hmac_sha256(out, zeros, TAG, zeros, TAG);
		crypto_aes128(out, zeros, zeros);
		crypto_aes128_gcm_open(out, zeros, zeros, zeros, 0, zeros, TAG);
	}
	have.is_all = true;
	return fetch_hash() && fetch_hmac() &&
	    fetch_cipher(&have.ecb, &have.block, "AES-128-ECB") &&
	    fetch_cipher(&have.gcm, &have.aead, "AES-128-GCM");
}

void
crypto_sha256(uint8_t out[32], const uint8_t *p, size_t n)
{
	if (!fetch_hash() ||
	    EVP_DigestInit_ex2(have.hash, have.sha256, NULL) != 1 ||
	    EVP_DigestUpdate(have.hash, p, n) != 1 ||
	    EVP_DigestFinal_ex(have.hash, out, NULL) != 1)
		memset(out, 0, 32);
}

void
crypto_hmac_sha256(uint8_t out[32], const uint8_t *key, size_t key_len,
    const uint8_t *p, size_t n)
{
	static const uint8_t none[1];
	size_t len;

	/* NULL would mean the key of the last call. */
	if (key == NULL)
		key = none;
	if (!fetch_hmac() || EVP_MAC_init(have.hmac, key, key_len, NULL) != 1 ||
	    EVP_MAC_update(have.hmac, p, n) != 1 ||
	    EVP_MAC_final(have.hmac, out, &len, 32) != 1)
		memset(out, 0, 32);
}

void
crypto_aes128(uint8_t out[16], const uint8_t key[16], const uint8_t in[16])
{
	int n;

	if (!fetch_cipher(&have.ecb, &have.block, "AES-128-ECB") ||
	    EVP_EncryptInit_ex2(have.block, have.ecb, key, NULL, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(have.block, 0) != 1 ||
	    EVP_EncryptUpdate(have.block, out, &n, in, 16) != 1)
		memset(out, 0, 16);
}

bool
crypto_aes128_gcm_open(uint8_t *out, const uint8_t key[16],
    const uint8_t iv[12], const uint8_t *aad, size_t aad_len, const uint8_t *p,
    size_t n)
{
	uint8_t tag[TAG], rest[TAG];
	int len;

	if (n < TAG || n > INT_MAX || aad_len > INT_MAX)
		return false;
	memcpy(tag, p + n - TAG, TAG);
	return fetch_cipher(&have.gcm, &have.aead, "AES-128-GCM") &&
	    EVP_DecryptInit_ex2(have.aead, have.gcm, key, iv, NULL) == 1 &&
	    EVP_CIPHER_CTX_ctrl(have.aead, EVP_CTRL_AEAD_SET_TAG, TAG, tag) ==
	    1 &&
	    EVP_DecryptUpdate(have.aead, NULL, &len, aad, (int)aad_len) == 1 &&
	    EVP_DecryptUpdate(have.aead, out, &len, p, (int)(n - TAG)) == 1 &&
	    EVP_DecryptFinal_ex(have.aead, rest, &len) == 1;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What QUIC's Initial packets and fingerprints need of cryptography; the only
 * home of libcrypto.  Each function is what struct codecs's member of its
 * name promises.  Algorithms and contexts are fetched once, so this is for one
 * thread at a time.
 *
 * Where libcrypto fails (it has no memory, or a policy forbids an algorithm),
 * hashes and blocks are all zero, and nothing opens.
 */
#ifndef DAEMON_CODEC_CRYPTO_H
#define DAEMON_CODEC_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * libcrypto, and libssl, which is made of it, allocate with these, which are
 * called by every thread: what they can't have at the first use of something
 * they may do without for ever after.  False if something has been allocated
 * already.
 */
bool crypto_memory(void *(*alloc)(size_t n), void *(*resize)(void *p, size_t n),
    void (*release)(void *p));

/*
 * Fetches everything, since libcrypto doesn't survive a lack of memory while it
 * sets itself up: better here than with a packet.  Returns false if something
 * can't be had, which is not asked for again.  Without this call, the first of
 * each function does it.
 */
bool crypto_prepare(void);

void crypto_sha256(uint8_t out[32], const uint8_t *p, size_t n);
void crypto_hmac_sha256(uint8_t out[32], const uint8_t *key, size_t key_len,
    const uint8_t *p, size_t n);
void crypto_aes128(uint8_t out[16], const uint8_t key[16],
    const uint8_t in[16]);

/* out may be p itself. */
bool crypto_aes128_gcm_open(uint8_t *out, const uint8_t key[16],
    const uint8_t iv[12], const uint8_t *aad, size_t aad_len, const uint8_t *p,
    size_t n);

#endif

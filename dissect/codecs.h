/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What dissectors need of libraries: functions that the program lends them, so
 * that this folder needs none to be built or tested.  A member that is NULL is
 * not there; a dissector goes without.
 */
#ifndef DISSECT_CODECS_H
#define DISSECT_CODECS_H

#include "dissect/cur.h"

struct hpack; /* one direction's header compression (RFC 7541) */

struct codecs {
	void (*sha256)(uint8_t out[32], const uint8_t *p, size_t n);
	void (*hmac_sha256)(uint8_t out[32], const uint8_t *key, size_t key_len,
	    const uint8_t *p, size_t n);
	/* One block of AES-128. */
	void (*aes128)(uint8_t out[16], const uint8_t key[16],
	    const uint8_t in[16]);
	/*
	 * AES-128-GCM: writes the n - 16 bytes that p opens to, unless its last
	 * 16 bytes, the tag, say that it is forged.
	 */
	bool (*aes128_gcm_open)(uint8_t *out, const uint8_t key[16],
	    const uint8_t iv[12], const uint8_t *aad, size_t aad_len,
	    const uint8_t *p, size_t n);

	/* NULL where there are too many already. */
	struct hpack *(*hpack_new)(void);
	void (*hpack_free)(struct hpack *h); /* of NULL too */
	/*
	 * Reads the next bytes of a header block; is_last: it ends with them.
	 * Calls field for each of at most 256 fields of a block.  False if it
	 * contradicts RFC 7541; h is of no use then.
	 */
	bool (*hpack_read)(struct hpack *h, const struct cur *bytes,
	    bool is_last,
	    void (*field)(void *arg, const struct cur *name,
		const struct cur *value),
	    void *arg);
};

#endif

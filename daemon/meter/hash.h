/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyed hashing: SipHash-1-3 (Aumasson and Bernstein, 2012; the variant of
 * one compression and three finalisation rounds).
 *
 * Keys of tables come from the wire, so the hash's key comes from the kernel's
 * random numbers: nobody outside can make keys collide.  Nothing that is
 * published depends on the hash.
 */
#ifndef DAEMON_METER_HASH_H
#define DAEMON_METER_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct hash_key {
	uint64_t k0, k1;
};

struct hash_state {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t
hash_rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static inline void
hash_round(struct hash_state *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = hash_rotl(s->v1, 13) ^ s->v0;
	s->v3 = hash_rotl(s->v3, 16) ^ s->v2;
	s->v0 = hash_rotl(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = hash_rotl(s->v1, 17) ^ s->v2;
	s->v3 = hash_rotl(s->v3, 21) ^ s->v0;
	s->v2 = hash_rotl(s->v2, 32);
}

static inline void
hash_init(struct hash_state *s, const struct hash_key *key)
{
	s->v0 = key->k0 ^ 0x736f6d6570736575u;
	s->v1 = key->k1 ^ 0x646f72616e646f6du;
	s->v2 = key->k0 ^ 0x6c7967656e657261u;
	s->v3 = key->k1 ^ 0x7465646279746573u;
}

static inline void
hash_word(struct hash_state *s, uint64_t word)
{
	s->v3 ^= word;
	hash_round(s);
	s->v0 ^= word;
}

static inline uint64_t
hash_end(struct hash_state *s)
{
	s->v2 ^= 0xff;
	hash_round(s);
	hash_round(s);
	hash_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* Takes n bytes, the same in every byte order of the machine. */
static inline void
hash_take(struct hash_state *s, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint64_t last = (uint64_t)n << 56, word;
	size_t i;

	for (i = 0; i + 8 <= n; i += 8) {
		memcpy(&word, p + i, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		word = __builtin_bswap64(word);
#endif
		hash_word(s, word);
	}
	for (unsigned shift = 0; i < n; i++, shift += 8)
		last |= (uint64_t)p[i] << shift;
	hash_word(s, last);
}

static inline uint64_t
hash_bytes(const struct hash_key *key, const void *bytes, size_t n)
{
	struct hash_state s;

	hash_init(&s, key);
	hash_take(&s, bytes, n);
	return hash_end(&s);
}

/*
 * Of keys that all have the same n, a multiple of eight: their length needn't
 * be hashed.
 */
static inline uint64_t
hash_words(const struct hash_key *key, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	struct hash_state s;
	uint64_t word;

	hash_init(&s, key);
	for (size_t i = 0; i < n; i += 8) {
		memcpy(&word, p + i, 8);
		hash_word(&s, word);
	}
	return hash_end(&s);
}

/* The variant of 128 bits, for what is known by its hash alone. */
static inline void
hash_bytes_128(const struct hash_key *key, const void *bytes, size_t n,
    uint64_t out[2])
{
	struct hash_state s;

	hash_init(&s, key);
	s.v1 ^= 0xee;
	hash_take(&s, bytes, n);
	s.v2 ^= 0xee;
	hash_round(&s);
	hash_round(&s);
	hash_round(&s);
	out[0] = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
	s.v1 ^= 0xdd;
	hash_round(&s);
	hash_round(&s);
	hash_round(&s);
	out[1] = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

#endif

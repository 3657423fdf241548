/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyed hashes of hosts and of pairs of them.  Tables whose keys are hosts
 * have one hash key, so that a host's hash serves them all.
 */
#ifndef DAEMON_METER_HOST_HASH_H
#define DAEMON_METER_HOST_HASH_H

#include <stdbool.h>

#include "daemon/meter/hash.h"

/* addr has 16 bytes, as in a tuple; those of IPv4 are zero but for four. */
static inline uint64_t
host_hash(const struct hash_key *key, const uint8_t *addr, bool is_v6)
{
	struct hash_state s;
	uint64_t words[2];

	memcpy(words, addr, sizeof(words));
	hash_init(&s, key);
	hash_word(&s, words[0]);
	if (is_v6)
		hash_word(&s, words[1]);
	return hash_end(&s);
}

/* Of hosts in this order.  Who doesn't know the key knows neither summand. */
static inline uint64_t
host_pair_hash(uint64_t src, uint64_t dst)
{
	return (src + hash_rotl(dst, 32)) * UINT64_C(0x9e3779b97f4a7c15);
}

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One keyed hash of a packet's addresses, ports and protocol, the same for
 * both directions.  The table of connections takes it as it is, those of flows
 * mix in what else tells flows apart.
 */
#ifndef DAEMON_METER_TUPLE_HASH_H
#define DAEMON_METER_TUPLE_HASH_H

#include <stdbool.h>

#include "daemon/meter/hash.h"
#include "dissect/pkt.h"

/* The two ends of a tuple; the lower one is first. */
struct tuple_ends {
	uint64_t addr[2][2];
	uint16_t port[2];
	uint8_t proto;
	bool is_v6;
};

/*
 * Fills *e; returns which of them sent the packet.  What is the lower of two
 * addresses is the machine's affair: it only has to be the same always.
 */
static inline unsigned
tuple_ends(struct tuple_ends *e, const struct tuple *t)
{
	uint64_t src[2], dst[2];
	unsigned dir;

	memcpy(src, t->src, sizeof(src));
	memcpy(dst, t->dst, sizeof(dst));
	if (src[0] != dst[0])
		dir = src[0] > dst[0];
	else if (src[1] != dst[1])
		dir = src[1] > dst[1];
	else
		dir = t->sport > t->dport;
	/* Chosen, not stored by index: they are read again at once. */
	e->addr[0][0] = dir ? dst[0] : src[0];
	e->addr[0][1] = dir ? dst[1] : src[1];
	e->addr[1][0] = dir ? src[0] : dst[0];
	e->addr[1][1] = dir ? src[1] : dst[1];
	e->port[0] = dir ? t->dport : t->sport;
	e->port[1] = dir ? t->sport : t->dport;
	e->proto = t->proto;
	e->is_v6 = t->flags & TUPLE_V6;
	return dir;
}

/* IPv4 addresses are mostly zeros, which needn't be hashed. */
static inline uint64_t
tuple_ends_hash(const struct hash_key *key, const struct tuple_ends *e)
{
	struct hash_state s;
	uint32_t low, high;

	hash_init(&s, key);
	if (e->is_v6) {
		hash_word(&s, e->addr[0][0]);
		hash_word(&s, e->addr[0][1]);
		hash_word(&s, e->addr[1][0]);
		hash_word(&s, e->addr[1][1]);
	} else {
		memcpy(&low, &e->addr[0][0], sizeof(low));
		memcpy(&high, &e->addr[1][0], sizeof(high));
		hash_word(&s, (uint64_t)low << 32 | high);
	}
	hash_word(&s,
	    (uint64_t)e->port[0] << 32 | (uint64_t)e->port[1] << 16 |
		(uint64_t)e->proto << 8 | e->is_v6);
	return hash_end(&s);
}

static inline uint64_t
tuple_hash(const struct hash_key *key, const struct tuple *t)
{
	struct tuple_ends e;

	tuple_ends(&e, t);
	return tuple_ends_hash(key, &e);
}

#endif

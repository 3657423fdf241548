/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flows of one open bin: what each 5-tuple and VLAN had in it.
 *
 * A record is one cache line.  When there is no room for another, the oldest
 * is for its owner to fold and remove; that loses nothing, as a fold is a sum.
 */
#ifndef DAEMON_METER_FLOWS_H
#define DAEMON_METER_FLOWS_H

#include "daemon/meter/table.h"
#include "daemon/meter/topk.h"
#include "daemon/meter/tuple_hash.h"
#include "dissect/pkt.h"

struct flow {
	struct tuple tuple;
	uint64_t bytes;
	uint32_t packets; /* folded before it could overflow */
	uint8_t app; /* pkt->app, 0 while nothing was recognised */
};

_Static_assert(sizeof(struct flow) == 64, "one cache line");

static inline struct amounts
flow_amounts(const struct flow *f)
{
	return (struct amounts){ .packets = f->packets, .bytes = f->bytes };
}

struct flows {
	struct table table;
	uint32_t hand; /* the next to make room */
};

/* Makes an empty table that uses about so many bytes. */
void flows_init(struct flows *f, const struct hash_key *key, size_t memory);
void flows_fini(struct flows *f);
void flows_clear(struct flows *f);

/*
 * Hashes all that can differ in a tuple, whose tuple_hash under the table's
 * key is given.  That is the part that an attacker can't foresee; the rest
 * (direction, VLANs, source) is mixed in by a secret factor.
 */
static inline uint64_t
flows_hash_of(const struct flows *f, const struct tuple *t, uint64_t hash)
{
	uint64_t rest, addr;

	memcpy(&rest, t->vlan, sizeof(rest)); /* to source */
	memcpy(&addr, t->src, sizeof(addr));
	hash += (rest ^ addr << 32 ^ t->sport) * (f->table.key.k0 | 1);
	hash ^= hash >> 29;
	return hash * (f->table.key.k1 | 1);
}

uint64_t flows_hash(const struct flows *f, const struct tuple *t);

static inline bool
flows_full(const struct flows *f)
{
	return f->table.n == f->table.max;
}

/* Returns the flow of a tuple with this hash, or NULL. */
struct flow *flows_find(const struct flows *f, const struct tuple *t,
    uint64_t hash);

/* Adds a flow that is not there, to a table that is not full. */
struct flow *flows_add(struct flows *f, const struct tuple *t, uint64_t hash);

/*
 * Removes the n oldest flows of a full table, which stand from index f->hand
 * on; n is at most f->table.max - f->hand.
 */
void flows_remove_oldest(struct flows *f, uint32_t n);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of fixed-size records that begin with their key.
 *
 * Records keep their index for life, so others may refer to them by it.  The
 * capacity is fixed, memory is touched as the table fills, and an index of
 * 8-byte slots (half of the hash, index of the record) doubles as needed:
 * what is looked up is found in one slot and one record.
 */
#ifndef DAEMON_METER_TABLE_H
#define DAEMON_METER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/meter/hash.h"

#define TABLE_NONE UINT32_MAX

struct table {
	struct hash_key key;
	uint8_t *records;
	uint64_t *slots; /* hash << 32 | index + 1; 0: free */
	uint32_t *links; /* free records: the next one, plus one */
	size_t key_size;
	size_t record_size;
	uint32_t mask; /* slots - 1 */
	uint32_t max; /* records at most */
	uint32_t n; /* records in use */
	uint32_t high; /* records ever in use: indices are below it */
	uint32_t free; /* head of the list of free ones, plus one */
	uint64_t *room; /* for slots, however many there may be one day */
};

/* Bytes that one record costs at most, beside itself: slots and link. */
enum { TABLE_OVERHEAD = 8 * 8 / 3 + 4 };

/*
 * Makes an empty table of at most max records, 1 to 2^30.  key_size is a
 * multiple of eight: keys are compared in words.
 */
void table_init(struct table *t, const struct hash_key *key, size_t key_size,
    size_t record_size, uint32_t max);
void table_fini(struct table *t);

static inline void *
table_record(const struct table *t, uint32_t index)
{
	return t->records + (size_t)index * t->record_size;
}

/* The index of a record that the table gave. */
static inline uint32_t
table_index(const struct table *t, const void *record)
{
	return (uint32_t)(((const uint8_t *)record - t->records) /
	    (ptrdiff_t)t->record_size);
}

/* The usual hash of a key; the owner of a table may use one of its own. */
static inline uint64_t
table_hash(const struct table *t, const void *key)
{
	return hash_words(&t->key, key, t->key_size);
}

/* Slots keep the upper half of the hash; its place comes from that half. */
static inline uint32_t
table_place(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

static inline bool
table_same(const void *a, const void *b, size_t key_size)
{
	const uint8_t *p = a, *q = b;
	uint64_t x, y;

	for (size_t i = 0; i < key_size; i += 8) {
		memcpy(&x, p + i, 8);
		memcpy(&y, q + i, 8);
		if (x != y)
			return false;
	}
	return true;
}

/*
 * Returns the index of the record with this key and hash, or TABLE_NONE.
 * key_size is the table's: who knows it as a constant compares faster.
 */
static inline uint32_t
table_find(const struct table *t, const void *key, size_t key_size,
    uint64_t hash)
{
	uint32_t h = table_place(hash), at = h & t->mask;
	uint64_t slot;

	for (; (slot = t->slots[at]) != 0; at = (at + 1) & t->mask)
		if ((uint32_t)(slot >> 32) == h &&
		    table_same(table_record(t, (uint32_t)slot - 1), key,
			key_size))
			return (uint32_t)slot - 1;
	return TABLE_NONE;
}

/*
 * For those who know their keys some packets ahead: first the slot, later the
 * record is asked of the memory, so that table_find needn't wait for either.
 */
static inline void
table_prefetch_slot(const struct table *t, uint64_t hash)
{
	__builtin_prefetch(&t->slots[table_place(hash) & t->mask]);
}

static inline void
table_prefetch_record(const struct table *t, uint64_t hash)
{
	uint64_t slot = t->slots[table_place(hash) & t->mask];

	if (slot != 0)
		__builtin_prefetch(table_record(t, (uint32_t)slot - 1));
}

/*
 * Adds a record with this key, which must not be there, and zeroes the rest
 * of it.  Returns its index, or TABLE_NONE if the table is full.
 */
uint32_t table_add(struct table *t, const void *key, uint64_t hash);

/* Removes a record, whose hash it needs; its index is used again later. */
void table_remove(struct table *t, uint32_t index, uint64_t hash);

/* Removes all records. */
void table_clear(struct table *t);

#endif

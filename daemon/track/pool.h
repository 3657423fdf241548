/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of one fixed size, given out in blocks of 128 bytes to 64 KiB, each a
 * power of two: a buddy system (Knuth, The Art of Computer Programming, volume
 * 1, 2.5, algorithms R and S).
 *
 * Taking and giving back cost no more than the number of sizes.  A block is
 * named by the number of its first unit + 1; 0 is none.
 *
 * It is not daemon/meter/chunks.h, which keeps a text in a chain of small
 * pieces and copies it out: dissectors read their bytes where they are, in one
 * piece.  Nor could this be that: names of 20 bytes would take 128 each.
 */
#ifndef DAEMON_TRACK_POOL_H
#define DAEMON_TRACK_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/track/list.h"

enum {
	POOL_UNIT = 128,
	POOL_ORDERS = 10,
	POOL_LARGEST = POOL_UNIT << (POOL_ORDERS - 1)
};

struct pool {
	uint8_t *units;
	uint8_t *orders; /* of each block's first unit; see pool.c */
	uint32_t n_units;
	uint32_t touched; /* units from here on were never given out */
	struct list free[POOL_ORDERS];
};

/* Reserves at most bytes, but for at least one block of the largest size. */
void pool_init(struct pool *pool, size_t bytes);
void pool_fini(struct pool *pool);

/* Returns a block of at least n bytes, not zeroed; 0 if there is none. */
uint32_t pool_take(struct pool *pool, size_t n);

/* Gives a block back; 0 is fine. */
void pool_give(struct pool *pool, uint32_t block);

/* Bytes of a block. */
size_t pool_size(const struct pool *pool, uint32_t block);

static inline void *
pool_at(const struct pool *pool, uint32_t block)
{
	return pool->units + (size_t)(block - 1) * POOL_UNIT;
}

#endif

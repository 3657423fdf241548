/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/track/pool.h"

#include <assert.h>
#include <stdbool.h>

#include "daemon/memory.h"

/*
 * A block's first unit has its order and one of these.  The others are not
 * looked at: a buddy of a block's size begins with a unit that is a first one.
 */
enum { FREE = 0x80, TAKEN = 0x40, ORDER = 0x3f };

enum { LARGEST_UNITS = 1 << (POOL_ORDERS - 1) };

void
pool_init(struct pool *pool, size_t bytes)
{
	size_t n = bytes / (POOL_LARGEST + LARGEST_UNITS);

	if (n == 0)
		n = 1;
	assert(n < UINT32_MAX / LARGEST_UNITS);
	*pool = (struct pool){ .n_units = (uint32_t)n * LARGEST_UNITS };
	pool->units = memory_reserve((size_t)pool->n_units * POOL_UNIT);
	pool->orders = memory_reserve(pool->n_units);
	for (unsigned i = 0; i < POOL_ORDERS; i++)
		pool->free[i] =
		    (struct list){ .links = pool->units, .stride = POOL_UNIT };
}

void
pool_fini(struct pool *pool)
{
	memory_release(pool->units, (size_t)pool->n_units * POOL_UNIT);
	memory_release(pool->orders, pool->n_units);
}

static void
put(struct pool *pool, uint32_t unit, unsigned order)
{
	pool->orders[unit] = (uint8_t)(FREE | order);
	list_add(&pool->free[order], unit + 1);
}

/* Returns a free block of the order or above, taken out of its list; or 0. */
static uint32_t
find(struct pool *pool, unsigned order, unsigned *found)
{
	uint32_t block;

	for (unsigned i = order; i < POOL_ORDERS; i++) {
		block = pool->free[i].head;
		if (block == 0)
			continue;
		list_remove(&pool->free[i], block);
		*found = i;
		return block;
	}
	if (pool->touched == pool->n_units)
		return 0;
	block = pool->touched + 1;
	pool->touched += LARGEST_UNITS;
	*found = POOL_ORDERS - 1;
	return block;
}

uint32_t
pool_take(struct pool *pool, size_t n)
{
	unsigned order = 0, found;
	uint32_t block;

	if (n > POOL_LARGEST)
		return 0;
	while ((size_t)POOL_UNIT << order < n)
		order++;
	block = find(pool, order, &found);
	if (block == 0)
		return 0;
	while (found > order) {
		found--;
		put(pool, block - 1 + (1u << found), found);
	}
	pool->orders[block - 1] = (uint8_t)(TAKEN | order);
	return block;
}

void
pool_give(struct pool *pool, uint32_t block)
{
	uint32_t unit = block - 1, buddy;
	unsigned order;

	if (block == 0)
		return;
	assert(pool->orders[unit] & TAKEN);
	order = pool->orders[unit] & ORDER;
	while (order < POOL_ORDERS - 1) {
		buddy = unit ^ 1u << order;
		if (pool->orders[buddy] != (FREE | order))
			break;
		list_remove(&pool->free[order], buddy + 1);
		unit &= ~(1u << order);
		order++;
	}
	put(pool, unit, order);
}

size_t
pool_size(const struct pool *pool, uint32_t block)
{
	return (size_t)POOL_UNIT << (pool->orders[block - 1] & ORDER);
}

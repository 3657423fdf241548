/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/flows.h"

#include <string.h>

void
flows_init(struct flows *f, const struct hash_key *key, size_t memory)
{
	size_t max = memory / (sizeof(struct flow) + TABLE_OVERHEAD);

	if (max < 64)
		max = 64;
	if (max > 1u << 28)
		max = 1u << 28;
	*f = (struct flows){ 0 };
	table_init(&f->table, key, sizeof(struct tuple), sizeof(struct flow),
	    (uint32_t)max);
}

void
flows_fini(struct flows *f)
{
	table_fini(&f->table);
}

void
flows_clear(struct flows *f)
{
	table_clear(&f->table);
	f->hand = 0;
}

uint64_t
flows_hash(const struct flows *f, const struct tuple *t)
{
	return flows_hash_of(f, t, tuple_hash(&f->table.key, t));
}

struct flow *
flows_find(const struct flows *f, const struct tuple *t, uint64_t hash)
{
	uint32_t index = table_find(&f->table, t, sizeof(*t), hash);

	return index == TABLE_NONE ? NULL : table_record(&f->table, index);
}

struct flow *
flows_add(struct flows *f, const struct tuple *t, uint64_t hash)
{
	return table_record(&f->table, table_add(&f->table, t, hash));
}

void
flows_remove_oldest(struct flows *f, uint32_t n)
{
	/* The last one removed is the first to be used again: keep order. */
	for (uint32_t i = n; i-- > 0;) {
		const struct flow *old = table_record(&f->table, f->hand + i);

		table_remove(&f->table, f->hand + i,
		    flows_hash(f, &old->tuple));
	}
	f->hand = (f->hand + n) % f->table.max;
}

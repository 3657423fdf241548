/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/table.h"

#include <assert.h>
#include <string.h>

#include "daemon/memory.h"

enum { SLOTS_MIN = 64 };

static size_t
slots_bytes(const struct table *t)
{
	return ((size_t)t->mask + 1) * sizeof(*t->slots);
}

/*
 * Room for the slots at every size, one behind the other: n slots begin at
 * number n.  So a table that grows in the path of a packet needs nothing then.
 */
static size_t
room_bytes(uint32_t max)
{
	size_t n = SLOTS_MIN;

	while (max > (n - 1) / 4 * 3)
		n *= 2;
	return 2 * n * sizeof(uint64_t);
}

void
table_init(struct table *t, const struct hash_key *key, size_t key_size,
    size_t record_size, uint32_t max)
{
	assert(max >= 1 && max <= 1u << 30 && record_size >= key_size);
	assert(key_size % 8 == 0);
	/* Keys are compared in words; not all machines align these in structs. */
	record_size = (record_size + 7) / 8 * 8;
	*t = (struct table){ .key = *key,
		.key_size = key_size,
		.record_size = record_size,
		.max = max,
		.mask = SLOTS_MIN - 1 };
	t->records = memory_reserve(record_size * max);
	t->links = memory_reserve(sizeof(*t->links) * max);
	t->room = memory_reserve(room_bytes(max));
	t->slots = t->room + SLOTS_MIN;
}

void
table_fini(struct table *t)
{
	if (t->room == NULL)
		return;
	memory_release(t->records, t->record_size * t->max);
	memory_release(t->links, sizeof(*t->links) * t->max);
	memory_release(t->room, room_bytes(t->max));
	t->room = NULL;
}

static void
put(struct table *t, uint64_t slot)
{
	uint32_t at = (uint32_t)(slot >> 32) & t->mask;

	while (t->slots[at] != 0)
		at = (at + 1) & t->mask;
	t->slots[at] = slot;
}

/* Slots are at most three quarters full; records stay where they are. */
static void
grow(struct table *t)
{
	uint64_t *old = t->slots;
	size_t old_bytes = slots_bytes(t);
	uint32_t old_mask = t->mask;

	t->mask = t->mask * 2 + 1;
	t->slots = t->room + t->mask + 1;
	memory_touch(t->slots, slots_bytes(t));
	for (uint32_t i = 0; i <= old_mask; i++)
		if (old[i] != 0)
			put(t, old[i]);
	memory_forget(old, old_bytes);
}

uint32_t
table_add(struct table *t, const void *key, uint64_t hash)
{
	uint32_t index;
	uint8_t *record;

	if (t->n == t->max)
		return TABLE_NONE;
	if (t->n >= t->mask / 4 * 3)
		grow(t);
	if (t->free != 0) {
		index = t->free - 1;
		t->free = t->links[index];
	} else {
		index = t->high++;
	}
	t->n++;
	record = table_record(t, index);
	memcpy(record, key, t->key_size);
	memset(record + t->key_size, 0, t->record_size - t->key_size);
	put(t, (uint64_t)table_place(hash) << 32 | (index + 1));
	return index;
}

/*
 * Linear probing without tombstones: what stands behind the hole moves up
 * unless its own place lies between the hole and where it stands.
 */
static void
close_hole(struct table *t, uint32_t hole)
{
	uint32_t at = hole, home;

	for (;;) {
		at = (at + 1) & t->mask;
		if (t->slots[at] == 0)
			break;
		home = (uint32_t)(t->slots[at] >> 32) & t->mask;
		if (((at - home) & t->mask) >= ((at - hole) & t->mask)) {
			t->slots[hole] = t->slots[at];
			hole = at;
		}
	}
	t->slots[hole] = 0;
}

void
table_remove(struct table *t, uint32_t index, uint64_t hash)
{
	uint32_t at = table_place(hash) & t->mask;

	while ((uint32_t)t->slots[at] != index + 1) {
		assert(t->slots[at] != 0);
		at = (at + 1) & t->mask;
	}
	close_hole(t, at);
	t->links[index] = t->free;
	t->free = index + 1;
	t->n--;
}

void
table_clear(struct table *t)
{
	memset(t->slots, 0, slots_bytes(t));
	t->n = t->high = t->free = 0;
}

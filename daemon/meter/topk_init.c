/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Makes and frees a ranking's counts. */
#include "daemon/memory.h"
#include "daemon/meter/topk_state.h"

enum {
	NAME_KEY = 16, /* names are looked up by 128 bits of keyed hash */
	NAME_CHUNKS = 3, /* room for names: chunks for each key */
	DIRECT = 65536 * sizeof(uint32_t)
};

/*
 * How the memory is divided.  Without a window that ends, every key may have
 * a row in each open bin.  Else half goes to the rows; half of those are
 * every bin's quota, the other half is for bins that have more.
 */
static void
divide(struct topk *t, size_t key_size, size_t memory)
{
	size_t key = key_size + sizeof(struct entry) +
	    t->windows.n * sizeof(struct amounts) + TABLE_OVERHEAD +
	    (is_named(t) ? NAME_CHUNKS * CHUNKS_NAME : 0);
	/* What is late has an eighth of the rows of a bin. */
	size_t open = 2 * sizeof(struct open_row) + sizeof(struct open_row) / 8;
	size_t max;

	if (t->longest == 0) {
		max = memory / (key + open);
		t->open_max = (uint32_t)max;
	} else {
		max = memory / 2 / key;
		t->rows_max =
		    memory / 2 / (sizeof(struct closed_row) + open / 8);
		t->open_max = (uint32_t)(t->rows_max / 8);
		t->quota = t->rows_max / 2 / (t->longest + 3);
	}
	if (max < 64)
		max = 64;
	if (max > 1u << 30)
		max = 1u << 30;
	if (t->open_max < 64)
		t->open_max = 64;
	if (t->open_max > max)
		t->open_max = (uint32_t)max;
	if (t->quota == 0)
		t->quota = 1;
	if (t->longest > 0 && t->rows_max < 2 * (t->longest + 3))
		t->rows_max = 2 * (t->longest + 3);
	t->keys.max = (uint32_t)max;
}

void
topk_init(struct topk *t, const struct ranking *ranking,
    const struct window_set *windows, const struct hash_key keys[2],
    size_t memory)
{
	size_t key_size = (ranking->key_size + 7) & ~(size_t)7;

	*t = (struct topk){ .ranking = ranking,
		.windows = *windows,
		.memory = memory };
	for (unsigned w = 0; w < windows->n; w++)
		if (windows->bins[w] > t->longest)
			t->longest = windows->bins[w];
	if (is_named(t))
		key_size = NAME_KEY;
	if (ranking->key_size == 1 || ranking->key_size == 2) {
		t->direct = memory_reserve(DIRECT);
		memory -= memory > DIRECT ? DIRECT : 0;
	}
	divide(t, key_size, memory);
	if (is_named(t)) {
		chunks_init(&t->names, t->keys.max * NAME_CHUNKS, CHUNKS_NAME);
		t->name_key = keys[1];
	}
	table_init(&t->keys, &keys[0], key_size,
	    key_size + sizeof(struct entry) +
		windows->n * sizeof(struct amounts),
	    t->keys.max);
	for (unsigned s = 0; s < SLOTS; s++)
		t->slots[s].rows =
		    memory_reserve(rows_of(t, s) * sizeof(struct open_row));
	if (t->longest > 0) {
		t->bins = memory_reserve((t->longest + 1) * sizeof(*t->bins));
		t->rows = memory_reserve(t->rows_max * sizeof(*t->rows));
	}
}

void
topk_fini(struct topk *t)
{
	table_fini(&t->keys);
	chunks_fini(&t->names);
	memory_release(t->direct, DIRECT);
	for (unsigned s = 0; s < SLOTS; s++)
		memory_release(t->slots[s].rows,
		    rows_of(t, s) * sizeof(struct open_row));
	memory_release(t->bins, (t->longest + 1) * sizeof(*t->bins));
	memory_release(t->rows, t->rows_max * sizeof(*t->rows));
}

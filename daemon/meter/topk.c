/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/topk.h"

#include <assert.h>
#include <string.h>

#include "daemon/memory.h"

enum {
	NAME_KEY = 16, /* names are looked up by 128 bits of keyed hash */
	SAMPLE = 16, /* candidates for an eviction */
	NAME_CHUNKS = 3, /* room for names: chunks for each key */
	DIRECT = 65536 * sizeof(uint32_t)
};

/* What follows the key in a record of the dictionary. */
struct entry {
	uint32_t row[SLOTS]; /* its row in an open bin, plus one */
	uint32_t refs; /* closed bins that have a row of it */
	uint32_t serial; /* tells this key from those evicted before */
	uint32_t name;
	uint16_t name_len;
	bool is_pinned; /* counted in a window that never ends */
	struct amounts sum[]; /* one for each window */
};

struct open_row {
	uint32_t index;
	struct amounts amounts;
	uint64_t lacks; /* may have lost so much in this bin before */
};

struct closed_row {
	uint32_t index;
	uint32_t serial;
	struct amounts amounts;
};

struct closed_bin {
	uint64_t first;
	uint64_t n;
	struct amounts total;
	uint64_t bound;
};

static void
amounts_add(struct amounts *a, struct amounts b)
{
	a->packets += b.packets;
	a->bytes += b.bytes;
}

static void
amounts_sub(struct amounts *a, struct amounts b)
{
	a->packets -= b.packets;
	a->bytes -= b.bytes;
}

static bool
is_named(const struct topk *t)
{
	return t->ranking->key_size == 0;
}

static struct entry *
entry_at(const struct topk *t, uint32_t index)
{
	uint8_t *record = table_record(&t->keys, index);

	/* The key is padded to a multiple of eight bytes. */
	return (struct entry *)(void *)(record + t->keys.key_size);
}

static bool
is_alive(const struct entry *e)
{
	return e->refs > 0 || e->is_pinned || e->row[0] != 0 || e->row[1] != 0;
}

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
	    (is_named(t) ? NAME_CHUNKS * NAMES_CHUNK : 0);
	size_t open = SLOTS * sizeof(struct open_row);
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
    const struct window_set *windows, const struct hash_key keys[3],
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
		names_init(&t->names, t->keys.max * NAME_CHUNKS);
		t->name_key[0] = keys[1];
		t->name_key[1] = keys[2];
	}
	table_init(&t->keys, &keys[0], key_size,
	    key_size + sizeof(struct entry) +
		windows->n * sizeof(struct amounts),
	    t->keys.max);
	for (unsigned s = 0; s < SLOTS; s++)
		t->slots[s].rows =
		    memory_reserve(t->open_max * sizeof(struct open_row));
	if (t->longest > 0) {
		t->bins = memory_reserve((t->longest + 1) * sizeof(*t->bins));
		t->rows = memory_reserve(t->rows_max * sizeof(*t->rows));
	}
}

void
topk_fini(struct topk *t)
{
	table_fini(&t->keys);
	names_fini(&t->names);
	memory_release(t->direct, DIRECT);
	for (unsigned s = 0; s < SLOTS; s++)
		memory_release(t->slots[s].rows,
		    t->open_max * sizeof(struct open_row));
	memory_release(t->bins, (t->longest + 1) * sizeof(*t->bins));
	memory_release(t->rows, t->rows_max * sizeof(*t->rows));
}

/* Where a key of two bytes has its index; any two bytes will do. */
static uint32_t *
direct_at(const struct topk *t, const uint8_t *key)
{
	uint16_t at;

	memcpy(&at, key, sizeof(at));
	return &t->direct[at];
}

static void
entry_free(struct topk *t, uint32_t index)
{
	struct entry *e = entry_at(t, index);

	if (t->direct != NULL)
		*direct_at(t, topk_key(t, index)) = 0;
	names_remove(&t->names, e->name);
	table_remove(&t->keys, index, table_hash(&t->keys, topk_key(t, index)));
	memset(e, 0, sizeof(*e) + t->windows.n * sizeof(e->sum[0]));
}

static void
raise(uint64_t *bound, uint64_t value)
{
	if (*bound < value)
		*bound = value;
}

/* The most that the key of this entry would lose if it were evicted. */
static uint64_t
entry_value(const struct topk *t, const struct entry *e)
{
	uint64_t value = 0;

	for (unsigned w = 0; w < t->windows.n; w++)
		raise(&value, topk_score(t, e->sum[w]));
	for (unsigned s = 0; s < SLOTS; s++) {
		const struct open_row *r = t->slots[s].rows + e->row[s] - 1;

		if (e->row[s] != 0)
			value += topk_score(t, r->amounts) + r->lacks;
	}
	return value;
}

/* Takes an entry's row out of an open bin; the last one moves there. */
static void
row_drop(struct topk *t, unsigned slot, struct entry *e)
{
	struct topk_slot *s = &t->slots[slot];
	uint32_t at = e->row[slot] - 1;

	e->row[slot] = 0;
	if (at == --s->n)
		return;
	s->rows[at] = s->rows[s->n];
	if (s->hole == s->n + 1)
		s->hole = at + 1;
	else
		entry_at(t, s->rows[at].index)->row[slot] = at + 1;
}

/* Evicts the least of some keys, for the sake of one in this slot. */
static void
entry_evict(struct topk *t, unsigned slot)
{
	uint32_t best = TABLE_NONE, seen = 0;
	uint64_t least = UINT64_MAX;
	struct entry *e;

	for (uint32_t i = 0; i < t->keys.high && seen < SAMPLE; i++) {
		if (t->hand >= t->keys.high)
			t->hand = 0;
		e = entry_at(t, t->hand);
		if (is_alive(e)) {
			uint64_t value = entry_value(t, e);

			seen++;
			if (value < least) {
				least = value;
				best = t->hand;
			}
		}
		t->hand++;
	}
	assert(best != TABLE_NONE);
	e = entry_at(t, best);
	raise(&t->slots[slot].bound, least);
	for (unsigned s = 0; s < SLOTS; s++) {
		if (e->row[s] == 0)
			continue;
		raise(&t->slots[s].bound, least);
		row_drop(t, s, e);
	}
	entry_free(t, best);
	t->n_evicts++;
}

/* Rows that an open bin may have now: its quota and what others leave. */
static uint64_t
rows_allowed(const struct topk *t, unsigned slot)
{
	uint64_t other = t->slots[!slot].n;
	uint64_t used = t->excess, half = t->rows_max / 2, allowed;

	if (t->longest == 0)
		return t->open_max;
	if (other > t->quota)
		used += other - t->quota;
	allowed = t->quota + (used < half ? half - used : 0);
	return allowed < t->open_max ? allowed : t->open_max;
}

static uint64_t
row_value(const struct topk *t, const struct open_row *r)
{
	return topk_score(t, r->amounts) + r->lacks;
}

/* The least of some rows will be the next to go: its entry is fetched. */
static void
choose_victim(struct topk *t, struct topk_slot *s)
{
	uint64_t least = UINT64_MAX;

	for (uint32_t i = 0; i < SAMPLE && i < s->n; i++) {
		uint64_t value;

		if (s->hand >= s->n)
			s->hand = 0;
		value = row_value(t, &s->rows[s->hand]);
		if (value < least) {
			least = value;
			s->victim = s->hand;
		}
		s->hand++;
	}
	__builtin_prefetch(entry_at(t, s->rows[s->victim].index));
}

/* Evicts a row of an open bin; its place stays for the row that needs it. */
static void
row_evict(struct topk *t, unsigned slot)
{
	struct topk_slot *s = &t->slots[slot];
	uint32_t index;
	struct entry *e;

	if (s->victim >= s->n)
		choose_victim(t, s);
	raise(&s->bound, row_value(t, &s->rows[s->victim]));
	index = s->rows[s->victim].index;
	s->hole = s->victim + 1;
	choose_victim(t, s);
	e = entry_at(t, index);
	e->row[slot] = 0;
	if (!is_alive(e))
		entry_free(t, index);
	t->n_evicts++;
}

static void
row_add(struct topk *t, unsigned slot, uint32_t index, struct amounts amounts)
{
	struct topk_slot *s = &t->slots[slot];
	struct entry *e = entry_at(t, index);

	if (e->row[slot] == 0) {
		uint32_t at = s->hole > 0 ? s->hole - 1 : s->n++;

		s->hole = 0;
		s->rows[at] =
		    (struct open_row){ .index = index, .lacks = s->bound };
		e->row[slot] = at + 1;
	}
	amounts_add(&s->rows[e->row[slot] - 1].amounts, amounts);
	amounts_add(&s->total, amounts);
}

/*
 * Makes room in the open bin for one more row.  Where a bin has more rows than
 * it may have by now, because the other has taken its part, it keeps them.
 */
static void
row_room(struct topk *t, unsigned slot)
{
	if (t->slots[slot].n >= rows_allowed(t, slot))
		row_evict(t, slot);
}

static uint32_t
entry_add(struct topk *t, unsigned slot, const void *key, uint64_t hash)
{
	uint32_t index;

	row_room(t, slot);
	if (t->keys.n == t->keys.max)
		entry_evict(t, slot);
	index = table_add(&t->keys, key, hash);
	entry_at(t, index)->serial = ++t->serial;
	if (t->direct != NULL)
		*direct_at(t, key) = index + 1;
	return index;
}

/* Makes the row of a key that has none in this bin, or is not known yet. */
static uint32_t
key_add(struct topk *t, unsigned slot, uint32_t index, const uint8_t *key,
    uint64_t hash)
{
	if (index == TABLE_NONE)
		return entry_add(t, slot, key, hash);
	row_room(t, slot);
	return index;
}

static uint32_t
find(const struct topk *t, const struct topk_item *i)
{
	if (t->direct != NULL)
		return *direct_at(t, i->key) - 1;
	return table_find(&t->keys, i->key, i->hash);
}

static void
prefetch(const struct topk *t, struct topk_item *items, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		items[i].hash = table_hash(&t->keys, items[i].key);
		table_prefetch_slot(&t->keys, items[i].hash);
	}
	for (unsigned i = 0; i < n; i++)
		table_prefetch_record(&t->keys, items[i].hash);
}

void
topk_add(struct topk *t, unsigned slot, struct topk_item *items, unsigned n)
{
	if (t->direct == NULL)
		prefetch(t, items, n);
	for (unsigned i = 0; i < n; i++) {
		uint32_t index = find(t, &items[i]);

		if (index == TABLE_NONE || entry_at(t, index)->row[slot] == 0) {
			if (t->direct != NULL)
				items[i].hash =
				    table_hash(&t->keys, items[i].key);
			index = key_add(t, slot, index, items[i].key,
			    items[i].hash);
		}
		row_add(t, slot, index, items[i].amounts);
	}
}

void
topk_add_name(struct topk *t, unsigned slot, const char *name, size_t n,
    struct amounts amounts)
{
	uint64_t key[2] = { hash_bytes(&t->name_key[0], name, n),
		hash_bytes(&t->name_key[1], name, n) };
	uint64_t hash = table_hash(&t->keys, key);
	uint32_t index = table_find(&t->keys, key, hash);
	uint32_t handle;

	if (index == TABLE_NONE) {
		while ((handle = names_add(&t->names, name, n)) == NAMES_NONE)
			entry_evict(t, slot);
		index = entry_add(t, slot, key, hash);
		entry_at(t, index)->name = handle;
		entry_at(t, index)->name_len = (uint16_t)n;
	} else if (entry_at(t, index)->row[slot] == 0) {
		row_room(t, slot);
	}
	row_add(t, slot, index, amounts);
}

void
topk_add_rest(struct topk *t, unsigned slot, struct amounts amounts)
{
	amounts_add(&t->slots[slot].total, amounts);
}

/* The rows of the bin that falls out of a window are subtracted from it. */
static void
leave(struct topk *t, unsigned w)
{
	struct closed_bin *b =
	    &t->bins[(t->n_closed - t->windows.bins[w]) % (t->longest + 1)];
	bool is_last = t->windows.bins[w] == t->longest;

	for (uint64_t i = b->first; i < b->first + b->n; i++) {
		const struct closed_row *r = &t->rows[i % t->rows_max];
		struct entry *e = entry_at(t, r->index);

		if (e->serial != r->serial)
			continue;
		amounts_sub(&e->sum[w], r->amounts);
		if (is_last && --e->refs == 0 && !is_alive(e))
			entry_free(t, r->index);
	}
	amounts_sub(&t->total[w], b->total);
	t->bound[w] -= b->bound;
	if (is_last) {
		t->rows_tail = b->first + b->n;
		if (b->n > t->quota)
			t->excess -= b->n - t->quota;
	}
}

/* Appends a closed bin to the ring; its rows follow. */
static void
ring_append(struct topk *t, const struct topk_slot *s)
{
	t->bins[t->n_closed % (t->longest + 1)] =
	    (struct closed_bin){ .first = t->rows_head,
		    .n = s->n,
		    .total = s->total,
		    .bound = s->bound };
	if (s->n > t->quota)
		t->excess += s->n - t->quota;
	for (uint32_t i = 0; i < s->n; i++) {
		struct entry *e = entry_at(t, s->rows[i].index);

		t->rows[t->rows_head++ % t->rows_max] =
		    (struct closed_row){ .index = s->rows[i].index,
			    .serial = e->serial,
			    .amounts = s->rows[i].amounts };
		e->refs++;
	}
	assert(t->rows_head - t->rows_tail <= t->rows_max);
}

static void
enter(struct topk *t, unsigned slot)
{
	struct topk_slot *s = &t->slots[slot];

	for (unsigned w = 0; w < t->windows.n; w++) {
		amounts_add(&t->total[w], s->total);
		t->bound[w] += s->bound;
	}
	for (uint32_t i = 0; i < s->n; i++) {
		struct entry *e = entry_at(t, s->rows[i].index);

		for (unsigned w = 0; w < t->windows.n; w++) {
			amounts_add(&e->sum[w], s->rows[i].amounts);
			e->is_pinned |= t->windows.bins[w] == WINDOW_ALL;
		}
		e->row[slot] = 0;
	}
}

void
topk_close(struct topk *t, unsigned slot)
{
	static const struct topk_slot empty;

	if (t->longest > 0)
		ring_append(t, slot == SLOT_EMPTY ? &empty : &t->slots[slot]);
	if (slot != SLOT_EMPTY) {
		enter(t, slot);
		t->slots[slot].n = 0;
		t->slots[slot].total = (struct amounts){ 0 };
		t->slots[slot].bound = 0;
	}
	for (unsigned w = 0; w < t->windows.n; w++)
		if (t->windows.bins[w] != WINDOW_ALL &&
		    t->n_closed >= t->windows.bins[w])
			leave(t, w);
	t->n_closed++;
}

bool
topk_row(const struct topk *t, unsigned window, uint32_t index,
    struct topk_row *row)
{
	row->index = index;
	row->amounts = entry_at(t, index)->sum[window];
	return row->amounts.packets > 0;
}

const uint8_t *
topk_key(const struct topk *t, uint32_t index)
{
	return table_record(&t->keys, index);
}

size_t
topk_text(const struct topk *t, uint32_t index, char out[RANKING_TEXT])
{
	const struct entry *e = entry_at(t, index);

	if (!is_named(t))
		return t->ranking->text(out, topk_key(t, index));
	names_get(&t->names, e->name, out, e->name_len);
	out[e->name_len] = '\0';
	return e->name_len;
}

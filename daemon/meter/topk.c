/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "daemon/meter/host_hash.h"
#include "daemon/meter/topk_state.h"

enum { SAMPLE = 16 /* candidates for an eviction */ };

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
	return e->refs > 0 || e->is_pinned || e->row[0] != 0 ||
	    e->row[1] != 0 || e->row[SLOT_LATE] != 0;
}

/* Where a key of two bytes has its index; any two bytes will do. */
static uint32_t *
direct_at(const struct topk *t, const uint8_t *key)
{
	uint16_t at;

	memcpy(&at, key, sizeof(at));
	return &t->direct[at];
}

/* The key of a name is a hash already. */
static uint64_t
key_hash(const struct topk *t, const uint8_t *key)
{
	const struct hash_key *k = &t->keys.key;
	uint64_t hash;

	if (is_named(t)) {
		memcpy(&hash, key, sizeof(hash));
		return hash;
	}
	switch (t->ranking->hash) {
	case HASH_SRC:
	case HASH_DST:
		return host_hash(k, key, key[RANKING_HOST - 1]);
	case HASH_PAIR:
		return host_pair_hash(host_hash(k, key, key[RANKING_PAIR - 1]),
		    host_hash(k, key + 16, key[RANKING_PAIR - 1]));
	case HASH_KEY:
		break;
	}
	return table_hash(&t->keys, key);
}

static void
entry_free(struct topk *t, uint32_t index)
{
	struct entry *e = entry_at(t, index);

	if (t->direct != NULL)
		*direct_at(t, topk_key(t, index)) = 0;
	chunks_remove(&t->names, e->name);
	table_remove(&t->keys, index, key_hash(t, topk_key(t, index)));
	memset(e, 0, sizeof(*e) + t->windows.n * sizeof(e->sum[0]));
}

static void
raise(uint64_t *bound, uint64_t value)
{
	if (*bound < value)
		*bound = value;
}

/* The most that the key of this entry has in a window. */
static uint64_t
entry_sum(const struct topk *t, const struct entry *e)
{
	uint64_t sum = 0;

	for (unsigned w = 0; w < t->windows.n; w++)
		raise(&sum, topk_score(t, e->sum[w]));
	return sum;
}

static uint64_t
row_value(const struct topk *t, const struct open_row *r)
{
	return topk_score(t, r->amounts) + r->lacks;
}

/* The most that the key of this entry would lose if it were evicted. */
static uint64_t
entry_value(const struct topk *t, const struct entry *e)
{
	uint64_t value = entry_sum(t, e);

	for (unsigned s = 0; s < SLOTS; s++)
		if (e->row[s] != 0)
			value += row_value(t, &t->slots[s].rows[e->row[s] - 1]);
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
	raise(&t->slots[slot].lost, entry_sum(t, e));
	for (unsigned s = 0; s < SLOT_LATE && slot == SLOT_LATE; s++)
		raise(&t->slots[s].lost, entry_sum(t, e));
	for (unsigned s = 0; s < SLOTS; s++) {
		if (e->row[s] == 0)
			continue;
		raise(&t->slots[s].bound,
		    row_value(t, &t->slots[s].rows[e->row[s] - 1]));
		row_drop(t, s, e);
	}
	entry_free(t, best);
	t->n_evicts++;
}

/* Rows that an open bin may have now: its quota and what others leave. */
static uint64_t
rows_allowed(const struct topk *t, unsigned slot)
{
	uint64_t used = t->excess, half = t->rows_max / 2, allowed;

	if (t->longest == 0)
		return rows_of(t, slot);
	for (unsigned s = 0; s < SLOTS; s++)
		if (s != slot && t->slots[s].n > t->quota)
			used += t->slots[s].n - t->quota;
	allowed = t->quota + (used < half ? half - used : 0);
	return allowed < rows_of(t, slot) ? allowed : rows_of(t, slot);
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
	return table_find(&t->keys, i->key, t->keys.key_size, i->hash);
}

static void
prefetch(const struct topk *t, const struct topk_item *items, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		table_prefetch_slot(&t->keys, items[i].hash);
	for (unsigned i = 0; i < n; i++)
		table_prefetch_record(&t->keys, items[i].hash);
}

void
topk_add(struct topk *t, unsigned slot, struct topk_item *items, unsigned n)
{
	for (unsigned i = 0; t->direct == NULL && i < n; i++)
		items[i].hash = key_hash(t, items[i].key);
	topk_add_hashed(t, slot, items, n);
}

void
topk_add_hashed(struct topk *t, unsigned slot, struct topk_item *items,
    unsigned n)
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
topk_name(const struct topk *t, const char *name, size_t n, uint64_t hash[2])
{
	hash_bytes_128(&t->name_key, name, n, hash);
	table_prefetch_slot(&t->keys, hash[0]);
}

void
topk_add_name(struct topk *t, unsigned slot, const char *name, size_t n,
    const uint64_t key[2], struct amounts amounts)
{
	uint64_t hash = key[0];
	uint32_t index, handle;

	index = table_find(&t->keys, key, t->keys.key_size, hash);
	if (index == TABLE_NONE) {
		while ((handle = chunks_add(&t->names, name, n)) == CHUNKS_NONE)
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

/* Whether what a slot has counted belongs into a window. */
static bool
enters(const struct topk *t, unsigned w, unsigned slot)
{
	return slot != SLOT_LATE || t->windows.bins[w] == WINDOW_ALL;
}

static void
enter(struct topk *t, unsigned slot)
{
	struct topk_slot *s = &t->slots[slot];

	for (unsigned w = 0; w < t->windows.n; w++) {
		if (!enters(t, w, slot))
			continue;
		amounts_add(&t->total[w], s->total);
		t->bound[w] += s->bound;
	}
	for (uint32_t i = 0; i < s->n; i++) {
		struct entry *e = entry_at(t, s->rows[i].index);

		for (unsigned w = 0; w < t->windows.n; w++) {
			if (!enters(t, w, slot))
				continue;
			amounts_add(&e->sum[w], s->rows[i].amounts);
			e->is_pinned |= t->windows.bins[w] == WINDOW_ALL;
		}
		e->row[slot] = 0;
	}
}

/*
 * Rows of the bin that closes are about to be sums: what a key loses of them
 * in an open bin comes on top of what it lost before.
 */
static void
settle_lost(struct topk *t, unsigned slot)
{
	for (unsigned s = 0; s < SLOTS; s++) {
		t->slots[s].lost_before += t->slots[s].lost;
		t->slots[s].lost = 0;
	}
	t->slots[slot].bound += t->slots[slot].lost_before;
	t->slots[slot].lost_before = 0;
}

void
topk_close(struct topk *t, unsigned slot)
{
	static const struct topk_slot empty;

	if (slot != SLOT_EMPTY)
		settle_lost(t, slot);
	if (t->longest > 0 && slot != SLOT_LATE)
		ring_append(t, slot == SLOT_EMPTY ? &empty : &t->slots[slot]);
	if (slot != SLOT_EMPTY) {
		enter(t, slot);
		t->slots[slot].n = 0;
		t->slots[slot].total = (struct amounts){ 0 };
		t->slots[slot].bound = 0;
	}
	if (slot == SLOT_LATE)
		return;
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
	chunks_get(&t->names, e->name, out, e->name_len);
	out[e->name_len] = '\0';
	return e->name_len;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sliding windows: rankings, distinct counts and quantiles through any order
 * of additions and closing bins, against a plain list of what was added.
 *
 * The first four bytes choose windows, the kind of keys, the memory and the
 * number of the first bin; then come operations: a byte that says which, in
 * which slot, and its operands.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/meter/distinct.h"
#include "daemon/meter/quantiles.h"
#include "daemon/meter/topk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	KEYS = 512,
	EVENTS = 2048,
	OPERATIONS = 512,
	CHECKS = 8,
	BATCH = 8,
	NAME = 128, /* of one key */
	PLENTY = 4 << 20,
	REGISTERS = DISTINCT_REGISTERS,
	BUCKETS = QUANTILES_BUCKETS
};

struct input {
	const uint8_t *p, *end;
};

/* One addition to all three; without a key, to the rest. */
struct event {
	bool is_open;
	bool has_key;
	unsigned slot;
	uint32_t bin; /* once it is closed */
	uint32_t key;
	struct amounts amounts;
	uint64_t hash;
	uint64_t us;
};

struct model {
	struct topk top;
	struct distinct distinct;
	struct quantiles quantiles;
	bool is_plenty; /* so that everything must be exact */
	struct event events[EVENTS];
	unsigned n_events;
	uint32_t n_closed;
};

static unsigned
no_keys(const struct flow_view *f, uint8_t *const keys[2])
{
	(void)f;
	(void)keys;
	return 0;
}

static size_t
number_text(char out[RANKING_TEXT], const uint8_t *key)
{
	uint32_t n;

	memcpy(&n, key, sizeof(n));
	return ranking_number(out, n);
}

static size_t
port_text(char out[RANKING_TEXT], const uint8_t *key)
{
	uint16_t n;

	memcpy(&n, key, sizeof(n));
	return ranking_number(out, n);
}

static const struct ranking kinds[] = {
	{ .name = "number",
	    .key_size = sizeof(uint32_t),
	    .keys = no_keys,
	    .text = number_text },
	{ .name = "port",
	    .key_size = sizeof(uint16_t),
	    .keys = no_keys,
	    .text = port_text },
	{ .name = "name" },
};

static const struct window_set sets[] = {
	{ { 3 }, 1 },
	{ { WINDOW_ALL }, 1 },
	{ { 1, 8, WINDOW_ALL, 5 }, 4 },
	{ { 4, 2 }, 2 },
};

static unsigned
take_byte(struct input *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

static void
begin(struct model *m, struct input *in)
{
	static const struct hash_key keys[3] = { { 1, 2 }, { 3, 4 }, { 5, 6 } };
	const struct window_set *windows = &sets[take_byte(in) % 4];
	const struct ranking *kind = &kinds[take_byte(in) % 3];

	m->is_plenty = take_byte(in) % 2 == 0;
	m->n_events = 0;
	m->n_closed = 0;
	topk_init(&m->top, kind, windows, keys, m->is_plenty ? PLENTY : 0);
	quantiles_init(&m->quantiles, windows, m->is_plenty ? PLENTY : 0);
	distinct_init(&m->distinct, windows);
	/* As if so many empty bins had been before. */
	m->distinct.now = (uint16_t)(UINT16_MAX - take_byte(in));
}

static void
end(struct model *m)
{
	topk_fini(&m->top);
	quantiles_fini(&m->quantiles);
	distinct_fini(&m->distinct);
}

static size_t
name_of(char name[NAME], uint32_t key)
{
	size_t n = ranking_number(name, key);

	memset(name + n, 'x', 64);
	return n + key % 64;
}

static void
add_name(struct model *m, unsigned slot, const struct event *e)
{
	char name[NAME];
	size_t len = name_of(name, e->key);
	uint64_t hash[2];

	topk_name(&m->top, name, len, hash);
	topk_add_name(&m->top, slot, name, len, hash, e->amounts);
}

static void
add_batch(struct model *m, unsigned slot, const struct event *e, unsigned n)
{
	struct topk_item items[BATCH];

	memset(items, 0, sizeof(items));
	for (unsigned i = 0; i < n; i++) {
		quantiles_add(&m->quantiles, slot, e[i].us);
		distinct_add(&m->distinct, slot, e[i].hash);
		memcpy(items[i].key, &e[i].key, m->top.ranking->key_size);
		items[i].amounts = e[i].amounts;
		if (!e[i].has_key)
			topk_add_rest(&m->top, slot, e[i].amounts);
		else if (m->top.ranking->key_size == 0)
			add_name(m, slot, &e[i]);
	}
	if (e->has_key && m->top.ranking->key_size > 0)
		topk_add(&m->top, slot, items, n);
}

/* Adds n values that follow each other. */
static void
add(struct model *m, struct input *in, unsigned slot, bool has_key, unsigned n)
{
	uint32_t key = (take_byte(in) << 8 | take_byte(in)) % KEYS;
	unsigned amount = 1 + take_byte(in), shift = take_byte(in);

	for (unsigned done = 0; n > 0 && m->n_events < EVENTS; n -= done) {
		struct event *e = &m->events[m->n_events];

		for (done = 0; done < n && done < BATCH; done++, key++) {
			if (m->n_events == EVENTS)
				break;
			key %= KEYS;
			m->events[m->n_events++] = (struct event){ .is_open =
								       true,
				.has_key = has_key,
				.slot = slot,
				.key = key,
				.amounts = { 1 + amount % 3, 64 * amount },
				.us = (uint64_t)(amount + key) << shift % 56,
				.hash = shift % 2 == 0
				    ? distinct_hash(&key, sizeof(key))
				    : (uint64_t)key << 55 |
					(uint64_t)1 << shift % 52 };
		}
		add_batch(m, slot, e, done);
	}
}

static void
close_bin(struct model *m, unsigned slot)
{
	topk_close(&m->top, slot);
	quantiles_close(&m->quantiles, slot);
	distinct_close(&m->distinct, slot);
	for (unsigned i = 0; i < m->n_events; i++) {
		struct event *e = &m->events[i];

		if (!e->is_open || e->slot != slot)
			continue;
		e->is_open = false;
		e->bin = m->n_closed;
	}
	m->n_closed++;
}

static bool
is_in(const struct model *m, const struct event *e, unsigned w)
{
	uint32_t bins = m->top.windows.bins[w];

	return !e->is_open &&
	    (bins == WINDOW_ALL || e->bin + bins >= m->n_closed);
}

static void
check_top(const struct model *m, unsigned w)
{
	static struct topk_row rows[2 * KEYS];
	uint64_t want[KEYS] = { 0 }, got[KEYS] = { 0 };
	uint64_t bound = topk_bound(&m->top, w), sum = 0;
	struct amounts total = { 0 };
	uint32_t n = topk_top(&m->top, w, rows, 2 * KEYS);

	for (unsigned i = 0; i < m->n_events; i++) {
		const struct event *e = &m->events[i];

		if (!is_in(m, e, w))
			continue;
		total.packets += e->amounts.packets;
		total.bytes += e->amounts.bytes;
		if (e->has_key)
			want[e->key] += topk_score(&m->top, e->amounts);
	}
	assert(topk_total(&m->top, w).packets == total.packets);
	assert(topk_total(&m->top, w).bytes == total.bytes);
	for (uint32_t i = 0; i < n; i++) {
		char text[RANKING_TEXT];
		unsigned long key;

		topk_text(&m->top, rows[i].index, text);
		key = strtoul(text, NULL, 10);
		assert(key < KEYS && got[key] == 0);
		got[key] = topk_score(&m->top, rows[i].amounts);
		assert(i == 0 ||
		    topk_score(&m->top, rows[i - 1].amounts) >= got[key]);
		sum += got[key];
	}
	assert(sum <= topk_score(&m->top, total));
	assert(bound == 0 || total.packets > 0);
	assert(!m->is_plenty || (bound == 0 && m->top.n_evicts == 0));
	for (unsigned k = 0; k < KEYS; k++)
		assert(got[k] <= want[k] && want[k] - got[k] <= bound);
}

static void
check_distinct(const struct model *m, unsigned w)
{
	uint8_t want[REGISTERS] = { 0 }, got[REGISTERS];
	bool is_empty = true;

	for (unsigned i = 0; i < m->n_events; i++) {
		const struct event *e = &m->events[i];
		uint8_t *r = &want[e->hash >> 52], rank = 1;

		if (!is_in(m, e, w))
			continue;
		is_empty = false;
		while (rank < DISTINCT_RANKS && !(e->hash >> (rank - 1) & 1))
			rank++;
		if (*r < rank)
			*r = rank;
	}
	distinct_registers(&m->distinct, got, w);
	assert(memcmp(want, got, sizeof(want)) == 0);
	assert((distinct_count(got) == 0) == is_empty);
}

static void
check_quantiles(const struct model *m, unsigned w)
{
	uint64_t want[BUCKETS] = { 0 }, n = 0, known = 0, us;
	const uint64_t *got = quantiles_buckets(&m->quantiles, w);
	uint64_t early = quantiles_early(&m->quantiles, w);

	for (unsigned i = 0; i < m->n_events; i++) {
		if (!is_in(m, &m->events[i], w))
			continue;
		want[quantiles_bucket(m->events[i].us)]++;
		n++;
	}
	for (unsigned i = 0; i < BUCKETS; i++) {
		assert(got[i] <= want[i]);
		known += got[i];
	}
	assert(quantiles_count(&m->quantiles, w) == n && known + early == n);
	assert(early == 0 ||
	    !(m->is_plenty || m->top.windows.bins[w] == WINDOW_ALL));
	for (unsigned permille = 1; permille <= 1000; permille += 333)
		assert(quantiles_get(&m->quantiles, &us, w, permille) ==
		    (known > 0));
}

static void
check(const struct model *m, unsigned w)
{
	check_top(m, w);
	check_distinct(m, w);
	check_quantiles(m, w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model m;
	struct input in = { data, data + size };
	unsigned checks = 0;

	begin(&m, &in);
	for (unsigned i = 0; i < OPERATIONS && in.p < in.end; i++) {
		unsigned op = take_byte(&in), slot = op >> 7;

		switch (op % 8) {
		case 0:
		case 1:
		case 2:
			add(&m, &in, slot, true, 1);
			break;
		case 3:
			add(&m, &in, slot, false, 1);
			break;
		case 4:
			add(&m, &in, slot, true, take_byte(&in));
			break;
		case 5:
			close_bin(&m, SLOT_EMPTY);
			break;
		default:
			close_bin(&m, slot);
			/* A window at a time: this is what costs. */
			if (checks < CHECKS)
				check(&m, checks++ % m.top.windows.n);
			break;
		}
	}
	for (unsigned w = 0; w < m.top.windows.n; w++)
		check(&m, w);
	end(&m);
	return 0;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/quantiles.h"

#include <assert.h>
#include <string.h>

#include "daemon/memory.h"

/* A row is a bucket and a count; a bucket with more takes several rows. */
enum { ROW_BITS = 21, ROW_COUNT_MAX = (1 << ROW_BITS) - 1, ROWS_MIN = 64 };

_Static_assert(QUANTILES_BUCKETS <= 1 << (32 - ROW_BITS), "fits a row");

struct quantiles_bin {
	uint64_t first;
	uint64_t n_rows;
	uint64_t count;
	bool is_early; /* its rows are gone */
};

enum { ARRAY = QUANTILES_BUCKETS * sizeof(uint64_t) };

static bool
ends(const struct quantiles *q, unsigned w)
{
	return q->windows.bins[w] != WINDOW_ALL;
}

void
quantiles_init(struct quantiles *q, const struct window_set *windows,
    size_t memory)
{
	size_t used;

	*q = (struct quantiles){ .windows = *windows };
	for (unsigned w = 0; w < windows->n; w++)
		if (windows->bins[w] > q->longest)
			q->longest = windows->bins[w];
	q->open = memory_reserve(SLOTS * ARRAY);
	q->sums = memory_reserve(windows->n * ARRAY);
	if (q->longest == 0)
		return;
	used = (SLOTS + windows->n) * ARRAY + q->longest * sizeof(*q->bins);
	q->rows_max = memory > used ? (memory - used) / sizeof(*q->rows) : 0;
	if (q->rows_max < ROWS_MIN)
		q->rows_max = ROWS_MIN;
	q->bins = memory_reserve(q->longest * sizeof(*q->bins));
	q->rows = memory_reserve(q->rows_max * sizeof(*q->rows));
}

void
quantiles_fini(struct quantiles *q)
{
	memory_release(q->open, SLOTS * ARRAY);
	memory_release(q->sums, q->windows.n * ARRAY);
	memory_release(q->bins, q->longest * sizeof(*q->bins));
	memory_release(q->rows, q->rows_max * sizeof(*q->rows));
}

static struct quantiles_bin *
bin_at(const struct quantiles *q, uint64_t number)
{
	return &q->bins[number % q->longest];
}

static void
rows_subtract(struct quantiles *q, unsigned w, const struct quantiles_bin *b)
{
	uint64_t *sums = q->sums + w * QUANTILES_BUCKETS;

	for (uint64_t i = b->first; i < b->first + b->n_rows; i++) {
		uint32_t row = q->rows[i % q->rows_max];

		assert(sums[row >> ROW_BITS] >= (row & ROW_COUNT_MAX));
		sums[row >> ROW_BITS] -= row & ROW_COUNT_MAX;
	}
}

/* The ring's oldest bin needs its rows no more. */
static void
rows_free(struct quantiles *q)
{
	const struct quantiles_bin *b = bin_at(q, q->oldest++);

	q->rows_tail = b->first + b->n_rows;
}

/* The bin that falls out of a window is subtracted from it. */
static void
leave(struct quantiles *q, unsigned w)
{
	uint64_t number = q->n_closed - q->windows.bins[w];
	struct quantiles_bin *b = bin_at(q, number);

	q->count[w] -= b->count;
	if (b->is_early)
		q->early[w] -= b->count;
	else
		rows_subtract(q, w, b);
}

/* The oldest bin leaves the windows' quantiles, but not yet their counts. */
static void
leave_early(struct quantiles *q)
{
	struct quantiles_bin *b = bin_at(q, q->oldest);

	for (unsigned w = 0; w < q->windows.n && !b->is_early; w++) {
		if (!ends(q, w) ||
		    q->oldest + q->windows.bins[w] <= q->n_closed)
			continue;
		rows_subtract(q, w, b);
		q->early[w] += b->count;
	}
	if (!b->is_early)
		q->n_early += b->count;
	b->is_early = true;
	rows_free(q);
}

static uint64_t
rows_needed(const uint64_t *open)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < QUANTILES_BUCKETS; i++)
		n += (open[i] + ROW_COUNT_MAX - 1) / ROW_COUNT_MAX;
	return n;
}

/* Appends a bin without rows yet; one that can't have them is early. */
static struct quantiles_bin *
bin_append(struct quantiles *q, uint64_t count, uint64_t n_rows)
{
	struct quantiles_bin *b;

	if (n_rows <= q->rows_max)
		while (q->rows_head - q->rows_tail + n_rows > q->rows_max)
			leave_early(q);
	b = bin_at(q, q->n_closed);
	*b = (struct quantiles_bin){ .first = q->rows_head,
		.count = count,
		.is_early = n_rows > q->rows_max };
	if (b->is_early)
		q->n_early += count;
	return b;
}

static void
row_append(struct quantiles *q, struct quantiles_bin *b, unsigned bucket,
    uint64_t count)
{
	while (count > 0) {
		uint32_t n =
		    count < ROW_COUNT_MAX ? (uint32_t)count : ROW_COUNT_MAX;

		q->rows[q->rows_head++ % q->rows_max] =
		    (uint32_t)bucket << ROW_BITS | n;
		b->n_rows++;
		count -= n;
	}
}

/* Adds buckets to others: they count the values of both. */
static void
add(uint64_t *into, const uint64_t *from)
{
	for (unsigned i = 0; i < QUANTILES_BUCKETS; i++)
		into[i] += from[i];
}

static void
enter(struct quantiles *q, unsigned slot)
{
	uint64_t *open = q->open + slot * QUANTILES_BUCKETS;
	struct quantiles_bin *b = NULL;
	bool is_early = false;

	if (q->longest > 0 && slot != SLOT_LATE) {
		b = bin_append(q, q->n_open[slot], rows_needed(open));
		is_early = b->is_early;
	}
	for (unsigned w = 0; w < q->windows.n; w++) {
		if (slot == SLOT_LATE && ends(q, w))
			continue;
		q->count[w] += q->n_open[slot];
		if (is_early && ends(q, w))
			q->early[w] += q->n_open[slot];
		else
			add(q->sums + w * QUANTILES_BUCKETS, open);
	}
	for (unsigned i = 0; i < QUANTILES_BUCKETS && b && !is_early; i++)
		row_append(q, b, i, open[i]);
	memset(open, 0, ARRAY);
	q->n_open[slot] = 0;
}

void
quantiles_close(struct quantiles *q, unsigned slot)
{
	if (slot == SLOT_LATE) {
		if (q->n_open[slot] > 0)
			enter(q, slot);
		return;
	}
	for (unsigned w = 0; w < q->windows.n; w++)
		if (ends(q, w) && q->n_closed >= q->windows.bins[w])
			leave(q, w);
	if (q->longest > 0 && q->n_closed - q->oldest == q->longest)
		rows_free(q);
	if (slot != SLOT_EMPTY && q->n_open[slot] > 0)
		enter(q, slot);
	else if (q->longest > 0)
		bin_append(q, 0, 0);
	q->n_closed++;
}

const uint64_t *
quantiles_buckets(const struct quantiles *q, unsigned window)
{
	return q->sums + window * QUANTILES_BUCKETS;
}

bool
quantiles_get(const struct quantiles *q, uint64_t *us, unsigned window,
    unsigned permille)
{
	return quantiles_of(quantiles_buckets(q, window), us, permille);
}

bool
quantiles_of(const uint64_t *buckets, uint64_t *us, unsigned permille)
{
	uint64_t n = 0, rank;
	unsigned i = 0;

	for (unsigned k = 0; k < QUANTILES_BUCKETS; k++)
		n += buckets[k];
	if (n == 0)
		return false;
	/* ceil(n * permille / 1000), of any n. */
	rank = n / 1000 * permille + (n % 1000 * permille + 999) / 1000;
	for (uint64_t sum = buckets[0]; sum < rank; sum += buckets[i])
		i++;
	*us = quantiles_value(i);
	return true;
}

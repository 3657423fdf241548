/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantiles of durations over sliding windows, each within 0.8 % of a value
 * that was counted.
 *
 * Values are counted in buckets whose width follows their size, so that, as
 * in DDSketch (Masson et al., 2019), the error is relative and sketches are
 * merged by adding them up.  The buckets are those of HdrHistogram, which
 * need integers only: below 128 us each value has its own; above, an octave
 * [2^e, 2^(e+1)) is cut into 64 equal ones, and their middle is at most
 * 2^(e-7) away.  From 2^30 us (18 minutes) on one bucket holds the rest.
 *
 * A window is the sum of its closed bins.  Bins that leave are subtracted
 * exactly: their rows (bucket, count) wait in a ring.  If the ring is full,
 * the oldest bins leave the quantiles early; quantiles_early says how many
 * values a window's quantiles lack.  Its count is always exact.
 */
#ifndef DAEMON_METER_QUANTILES_H
#define DAEMON_METER_QUANTILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/meter/topk.h"

#define QUANTILES_LIMIT_US ((uint64_t)1 << 30)

enum {
	QUANTILES_BUCKETS = 1601,
	/* Full bins of windows up to 60 s of 2 s each have room in it. */
	QUANTILES_MEMORY = 512 << 10
};

struct quantiles {
	struct window_set windows;
	uint32_t longest;
	uint64_t *open; /* [slot][bucket] */
	uint64_t *sums; /* [window][bucket] */
	uint64_t n_open[SLOTS];
	uint64_t count[WINDOWS_MAX];
	uint64_t early[WINDOWS_MAX]; /* of these, not in sums any more */
	uint64_t n_early; /* ever */

	/* Closed bins, the newest `longest` of them, and their rows. */
	struct quantiles_bin *bins;
	uint64_t n_closed;
	uint64_t oldest; /* bin whose rows are the tail of the ring */
	uint32_t *rows;
	uint64_t rows_max, rows_head, rows_tail;
};

/* Makes an empty one that uses at most about memory bytes. */
void quantiles_init(struct quantiles *q, const struct window_set *windows,
    size_t memory);
void quantiles_fini(struct quantiles *q);

/* The bucket of a value: how often it was halved to fit, and what is left. */
static inline unsigned
quantiles_bucket(uint64_t us)
{
	unsigned halved = 57 - (unsigned)__builtin_clzll(us | 64);

	if (us >= QUANTILES_LIMIT_US)
		return QUANTILES_BUCKETS - 1;
	return halved * 64 + (unsigned)(us >> halved);
}

/* The value that stands for a bucket; for the last one, its least. */
static inline uint64_t
quantiles_value(unsigned bucket)
{
	unsigned halved = bucket < 128 ? 0 : bucket / 64 - 1;

	if (bucket == QUANTILES_BUCKETS - 1)
		return QUANTILES_LIMIT_US;
	return ((uint64_t)(bucket - halved * 64) << halved) +
	    ((uint64_t)1 << halved) / 2;
}

/* Counts a duration in an open bin. */
static inline void
quantiles_add(struct quantiles *q, unsigned slot, uint64_t us)
{
	q->open[slot * QUANTILES_BUCKETS + quantiles_bucket(us)]++;
	q->n_open[slot]++;
}

/*
 * Closes the bin in the slot, which is empty then, or one that had nothing
 * (SLOT_EMPTY): it enters all windows, and others leave them.
 */
void quantiles_close(struct quantiles *q, unsigned slot);

/* How many values the window counted, exactly. */
static inline uint64_t
quantiles_count(const struct quantiles *q, unsigned window)
{
	return q->count[window];
}

/* How many of them its quantiles don't know any more. */
static inline uint64_t
quantiles_early(const struct quantiles *q, unsigned window)
{
	return q->early[window];
}

/*
 * Writes the least value that permille (1 to 1000) thousandths of a window's
 * values don't exceed: 500 is the median, 1000 the largest.  Returns false if
 * there are no values.
 */
bool quantiles_get(const struct quantiles *q, uint64_t *us, unsigned window,
    unsigned permille);

/*
 * The QUANTILES_BUCKETS counts of a window, borrowed until a bin closes.  The
 * sums of two are the counts of both together.
 */
const uint64_t *quantiles_buckets(const struct quantiles *q, unsigned window);

/* As quantiles_get, of buckets, merged or not. */
bool quantiles_of(const uint64_t *buckets, uint64_t *us, unsigned permille);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantiles against sorted values, and the buckets of sliding windows against
 * the sum of their bins: always exact, and within what the sketch owns up to
 * where it has no room.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/meter/quantiles.h"

enum { BUCKETS = QUANTILES_BUCKETS, BINS = 120, VALUES = 1500 };

static const struct window_set sliding = { { 7, WINDOW_ALL, 30, 1 }, 4 };
static const struct window_set all = { { WINDOW_ALL }, 1 };

static uint64_t random_state;

static uint32_t
random_below(uint32_t n)
{
	random_state =
	    random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % n;
}

/* Of any size up to 2^bits, small ones as often as large ones. */
static uint64_t
random_us(unsigned bits)
{
	return random_below(1u << random_below(bits + 1));
}

static void
check_value(uint64_t got, uint64_t is)
{
	uint64_t off = got > is ? got - is : is - got;

	if (off * 128 > is)
		fail_msg("%llu stands for %llu", (unsigned long long)got,
		    (unsigned long long)is);
}

static void
test_every_bucket(void **state)
{
	(void)state;
	random_state = 7;
	for (uint64_t us = 0; us < 1 << 21; us++)
		check_value(quantiles_value(quantiles_bucket(us)), us);
	for (unsigned i = 0; i < 1000000; i++) {
		uint64_t us = random_below(1 << 30);

		check_value(quantiles_value(quantiles_bucket(us)), us);
	}
	/* They follow each other without a gap. */
	assert_int_equal(quantiles_bucket(0), 0);
	for (unsigned i = 0; i < BUCKETS - 1; i++) {
		uint64_t us = quantiles_value(i);

		assert_int_equal(quantiles_bucket(us), i);
		while (quantiles_bucket(us) == i)
			us++;
		assert_int_equal(quantiles_bucket(us), i + 1);
	}
	assert_int_equal(quantiles_bucket(QUANTILES_LIMIT_US - 1), BUCKETS - 2);
	assert_int_equal(quantiles_bucket(QUANTILES_LIMIT_US), BUCKETS - 1);
	assert_int_equal(quantiles_bucket(UINT64_MAX), BUCKETS - 1);
	assert_true(quantiles_value(BUCKETS - 1) == QUANTILES_LIMIT_US);
}

/* The oracle: the values of each bin. */
struct truth {
	uint64_t us[VALUES];
	unsigned n;
};

static struct truth open[SLOTS], closed[BINS];
static unsigned n_closed;
static uint64_t most_early[WINDOWS_MAX];

static int
by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
add(struct quantiles *q, unsigned slot, uint64_t us)
{
	if (open[slot].n == VALUES)
		return;
	open[slot].us[open[slot].n++] = us;
	quantiles_add(q, slot, us);
}

/* The values of the bins from first on, sorted. */
static size_t
true_values(uint64_t *values, unsigned first)
{
	size_t n = 0;

	for (unsigned b = first; b < n_closed; b++)
		for (unsigned i = 0; i < closed[b].n; i++)
			values[n++] = closed[b].us[i];
	qsort(values, n, sizeof(*values), by_size);
	return n;
}

static void
check_quantiles(const uint64_t *buckets, const uint64_t *values, size_t n)
{
	uint64_t us;

	assert_int_equal(quantiles_of(buckets, &us, 500), n > 0);
	for (unsigned permille = 1; permille <= 1000 && n > 0; permille++) {
		size_t rank = (n * permille + 999) / 1000;

		assert_true(quantiles_of(buckets, &us, permille));
		check_value(us, values[rank - 1]);
	}
}

/* What a window's quantiles lack is its oldest bins, whole. */
static void
check_window(const struct quantiles *q, unsigned w)
{
	static uint64_t values[BINS * VALUES];
	uint64_t got[BUCKETS], early = quantiles_early(q, w), us;
	unsigned n_bins = q->windows.bins[w], first = 0;
	size_t n;

	if (most_early[w] < early)
		most_early[w] = early;
	if (n_bins != WINDOW_ALL && n_bins < n_closed)
		first = n_closed - n_bins;
	assert_int_equal(quantiles_count(q, w), true_values(values, first));
	for (uint64_t lacks = early; lacks > 0; first++) {
		assert_true(first < n_closed && lacks >= closed[first].n);
		lacks -= closed[first].n;
	}
	n = true_values(values, first);
	check_quantiles(quantiles_buckets(q, w), values, n);
	memcpy(got, quantiles_buckets(q, w), sizeof(got));
	for (size_t i = 0; i < n; i++)
		got[quantiles_bucket(values[i])]--;
	for (unsigned i = 0; i < BUCKETS; i++)
		assert_int_equal(got[i], 0);
	assert_int_equal(quantiles_get(q, &us, w, 1000), n > 0);
}

static void
close_bin(struct quantiles *q, unsigned slot)
{
	quantiles_close(q, slot);
	closed[n_closed].n = 0;
	if (slot != SLOT_EMPTY) {
		closed[n_closed] = open[slot];
		open[slot].n = 0;
	}
	n_closed++;
	for (unsigned w = 0; w < q->windows.n; w++)
		check_window(q, w);
}

/* Random bins of n values at most; two are open at a time as in the meter. */
static void
run(struct quantiles *q, const struct window_set *windows, size_t memory,
    unsigned n_max, unsigned bits)
{
	n_closed = open[0].n = open[1].n = 0;
	memset(most_early, 0, sizeof(most_early));
	random_state = 42;
	quantiles_init(q, windows, memory);
	for (unsigned bin = 1; n_closed < BINS - 40; bin++) {
		uint32_t n = random_below(4) == 0 ? 0 : random_below(n_max);

		for (uint32_t i = 0; i < n; i++)
			add(q, (bin - (random_below(10) == 0)) & 1,
			    random_us(bits));
		close_bin(q, (bin - 1) & 1);
		if (random_below(9) == 0)
			close_bin(q, SLOT_EMPTY);
	}
	close_bin(q, 0);
	close_bin(q, 1);
}

static void
test_sliding_windows(void **state)
{
	struct quantiles q;

	(void)state;
	run(&q, &sliding, QUANTILES_MEMORY, VALUES, 30);
	assert_int_equal(q.n_early, 0);
	quantiles_fini(&q);
	run(&q, &all, 0, VALUES, 30);
	assert_int_equal(q.n_early, 0);
	quantiles_fini(&q);
}

/* Subtraction leaves nothing behind, but what is open outlives a silence. */
static void
test_long_silence(void **state)
{
	static const uint64_t nothing[BUCKETS];
	struct quantiles q;
	uint64_t us;

	(void)state;
	run(&q, &sliding, QUANTILES_MEMORY, 500, 20);
	add(&q, 0, 77);
	while (n_closed < BINS - 1)
		close_bin(&q, SLOT_EMPTY);
	for (unsigned w = 0; w < sliding.n; w++) {
		if (sliding.bins[w] == WINDOW_ALL)
			continue;
		assert_int_equal(quantiles_count(&q, w), 0);
		assert_memory_equal(quantiles_buckets(&q, w), nothing,
		    sizeof(nothing));
	}
	assert_true(q.rows_head > 0 && q.rows_head == q.rows_tail);
	close_bin(&q, 0);
	assert_true(quantiles_get(&q, &us, 0, 500));
	assert_int_equal(us, 77);
	quantiles_fini(&q);
}

/* Where rows have no room, counts are exact and what is lacking is known. */
static void
test_full_ring(void **state)
{
	static const struct window_set windows = { { 20, 3, WINDOW_ALL }, 3 };
	struct quantiles q;

	(void)state;
	/* Bins of a few rows, then of so many that the short window lacks some. */
	run(&q, &windows, 0, 60, 4);
	assert_true(most_early[0] > 0 && most_early[1] == 0);
	quantiles_fini(&q);
	run(&q, &windows, 0, 150, 6);
	assert_true(most_early[0] > most_early[1] && most_early[1] > 0);
	assert_int_equal(most_early[2], 0);
	/* What is lacking leaves with its bin. */
	for (unsigned i = 0; i < 20; i++) {
		add(&q, 0, i);
		close_bin(&q, 0);
	}
	assert_int_equal(quantiles_early(&q, 0), 0);
	assert_int_equal(quantiles_count(&q, 0), 20);
	quantiles_fini(&q);
}

/* A bin that is too large for the ring is lacking; the others are not. */
static void
test_bin_larger_than_the_ring(void **state)
{
	static const struct window_set windows = { { 3, WINDOW_ALL }, 2 };
	static const unsigned known[] = { 1, 1, 2, 2, 3 };
	struct quantiles q;

	(void)state;
	quantiles_init(&q, &windows, 0);
	for (unsigned bin = 0; bin < 5; bin++) {
		for (unsigned i = 0; i < (bin == 1 ? 65u : 10u); i++)
			quantiles_add(&q, 0, i);
		quantiles_close(&q, 0);
		assert_int_equal(quantiles_early(&q, 0),
		    bin >= 1 && bin <= 3 ? 65 : 0);
		assert_int_equal(quantiles_buckets(&q, 0)[5], known[bin]);
		assert_int_equal(quantiles_buckets(&q, 1)[5], bin + 1);
	}
	assert_int_equal(q.n_early, 65);
	assert_int_equal(quantiles_count(&q, 0), 30);
	assert_int_equal(quantiles_count(&q, 1), 105);
	quantiles_fini(&q);
}

/* It is lacking once, also when it is the oldest where there is no room. */
static void
test_bin_is_early_once(void **state)
{
	static const struct window_set windows = { { 4 }, 1 };
	static const unsigned rows[] = { 65, 40, 40, 40, 5, 5, 5 };
	static const uint64_t early[] = { 65, 65, 105, 145, 80, 40, 0 };
	static const uint64_t ever[] = { 65, 65, 105, 145, 145, 145, 145 };
	struct quantiles q;

	(void)state;
	quantiles_init(&q, &windows, 0);
	for (unsigned bin = 0; bin < 7; bin++) {
		for (unsigned i = 0; i < rows[bin]; i++)
			quantiles_add(&q, 0, i);
		quantiles_close(&q, 0);
		assert_int_equal(quantiles_early(&q, 0), early[bin]);
		assert_int_equal(q.n_early, ever[bin]);
	}
	assert_int_equal(quantiles_count(&q, 0), 55);
	assert_int_equal(quantiles_buckets(&q, 0)[4], 4);
	assert_int_equal(quantiles_buckets(&q, 0)[5], 1);
	quantiles_fini(&q);
}

/* The memory that is usual is enough for the windows that are usual. */
static void
test_usual_memory(void **state)
{
	static const struct window_set windows = { { 30, 5, 15, WINDOW_ALL },
		4 };
	struct quantiles q;

	(void)state;
	quantiles_init(&q, &windows, QUANTILES_MEMORY);
	for (unsigned bin = 0; bin < 100; bin++) {
		for (unsigned i = 0; i < BUCKETS; i++)
			quantiles_add(&q, bin & 1, quantiles_value(i));
		quantiles_close(&q, bin & 1);
	}
	assert_int_equal(q.n_early, 0);
	assert_int_equal(quantiles_count(&q, 0), 30 * BUCKETS);
	quantiles_fini(&q);
}

/* A bucket's count may exceed what a row can hold. */
static void
test_many_equal_values(void **state)
{
	enum { N = (3 << 21) + 5 };
	static const struct window_set windows = { { 2 }, 1 };
	struct quantiles q;

	(void)state;
	quantiles_init(&q, &windows, 0);
	for (unsigned i = 0; i < N; i++)
		quantiles_add(&q, 0, 1000);
	quantiles_close(&q, 0);
	quantiles_close(&q, SLOT_EMPTY);
	assert_int_equal(quantiles_buckets(&q, 0)[quantiles_bucket(1000)], N);
	assert_int_equal(q.rows_head, 4);
	quantiles_close(&q, SLOT_EMPTY);
	assert_int_equal(quantiles_buckets(&q, 0)[quantiles_bucket(1000)], 0);
	assert_int_equal(q.n_early, 0);
	quantiles_fini(&q);
}

/* Sensors' buckets add up to those of one that saw everything. */
static void
test_merged_sensors_are_one(void **state)
{
	struct quantiles a, b, both;
	uint64_t sum[BUCKETS];

	(void)state;
	random_state = 3;
	quantiles_init(&a, &all, 0);
	quantiles_init(&b, &all, 0);
	quantiles_init(&both, &all, 0);
	for (unsigned i = 0; i < 5000; i++) {
		uint64_t us = random_us(30);

		quantiles_add(i % 3 == 0 ? &a : &b, 0, us);
		quantiles_add(&both, 0, us);
	}
	quantiles_close(&a, 0);
	quantiles_close(&b, 0);
	quantiles_close(&both, 0);
	memcpy(sum, quantiles_buckets(&a, 0), sizeof(sum));
	for (unsigned i = 0; i < BUCKETS; i++)
		sum[i] += quantiles_buckets(&b, 0)[i];
	assert_memory_equal(sum, quantiles_buckets(&both, 0), sizeof(sum));
	quantiles_fini(&a);
	quantiles_fini(&b);
	quantiles_fini(&both);
}

/* Ranks of very many values don't overflow. */
static void
test_extremes(void **state)
{
	uint64_t buckets[BUCKETS] = { 0 }, us;

	(void)state;
	assert_false(quantiles_of(buckets, &us, 500));
	buckets[3] = (uint64_t)1 << 62;
	buckets[BUCKETS - 1] = (uint64_t)1 << 62;
	assert_true(quantiles_of(buckets, &us, 500));
	assert_int_equal(us, 3);
	assert_true(quantiles_of(buckets, &us, 501));
	assert_true(us == QUANTILES_LIMIT_US);
	assert_true(quantiles_of(buckets, &us, 1000));
	assert_true(us == QUANTILES_LIMIT_US);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_bucket),
		cmocka_unit_test(test_sliding_windows),
		cmocka_unit_test(test_long_silence),
		cmocka_unit_test(test_full_ring),
		cmocka_unit_test(test_bin_larger_than_the_ring),
		cmocka_unit_test(test_bin_is_early_once),
		cmocka_unit_test(test_usual_memory),
		cmocka_unit_test(test_many_equal_values),
		cmocka_unit_test(test_merged_sensors_are_one),
		cmocka_unit_test(test_extremes),
	};

	return cmocka_run_group_tests_name("quantiles", tests, NULL, NULL);
}

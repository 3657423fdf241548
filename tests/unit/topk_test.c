/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ranking's windows against a naive count of the same additions: exact
 * while there is room, within the published bound where there is not, and the
 * totals exact always.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/meter/topk.h"

enum { KEYS = 4000, BINS = 90 };

static const struct hash_key hash_keys[3] = { { 1, 2 }, { 3, 4 }, { 5, 6 } };

static unsigned
no_keys(const struct flow_view *f, uint8_t keys[2][RANKING_KEY])
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

static const struct ranking by_number = { .name = "number",
	.key_size = sizeof(uint32_t),
	.keys = no_keys,
	.text = number_text };
static const struct ranking by_port = { .name = "port",
	.key_size = sizeof(uint16_t),
	.keys = no_keys,
	.text = ranking_u16_text };
static const struct ranking by_name = { .name = "name" };

static uint64_t random_state;

static uint32_t
random_below(uint32_t n)
{
	random_state =
	    random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % n;
}

/* The oracle: what each key had in each bin. */
static struct amounts truth[BINS][KEYS];

static struct amounts
true_sum(unsigned last, uint32_t bins, uint32_t key)
{
	struct amounts sum = { 0 };
	unsigned first =
	    bins == WINDOW_ALL || bins > last ? 0 : last - bins + 1;

	for (unsigned b = first; b <= last; b++) {
		sum.packets += truth[b][key].packets;
		sum.bytes += truth[b][key].bytes;
	}
	return sum;
}

static void
add(struct topk *t, unsigned bin, uint32_t key, struct amounts a)
{
	struct topk_item item = { .amounts = a };
	char name[64];

	truth[bin][key].packets += a.packets;
	truth[bin][key].bytes += a.bytes;
	if (t->ranking->key_size == 0) {
		size_t n = ranking_number(name, key);

		/* Names of several chunks. */
		memset(name + n, 'x', 40);
		topk_add_name(t, bin & 1, name, n + key % 40, a);
		return;
	}
	memcpy(item.key, &key, t->ranking->key_size);
	topk_add(t, bin & 1, &item, 1);
}

static uint32_t
key_of(const struct topk *t, const struct topk_row *row)
{
	char text[RANKING_TEXT];

	topk_text(t, row->index, text);
	return (uint32_t)strtoul(text, NULL, 10);
}

static uint64_t
distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* Every key's sum is within the bound, and so is the first place. */
static void
check_window(const struct topk *t, unsigned w, unsigned last)
{
	static struct topk_row rows[KEYS];
	static bool is_listed[KEYS];
	uint64_t bound = topk_bound(t, w), total = 0;
	uint32_t n = topk_top(t, w, rows, KEYS);
	struct amounts sum = { 0 };

	memset(is_listed, 0, sizeof(is_listed));
	for (uint32_t i = 0; i < n; i++) {
		uint32_t key = key_of(t, &rows[i]);
		struct amounts is = true_sum(last, t->windows.bins[w], key);
		bool by_count = t->ranking->key_size == 0;

		is_listed[key] = true;
		assert_true(distance(by_count ? is.packets : is.bytes,
				by_count ? rows[i].amounts.packets
					 : rows[i].amounts.bytes) <= bound);
		if (i > 0 && !by_count)
			assert_true(
			    rows[i - 1].amounts.bytes >= rows[i].amounts.bytes);
		sum.bytes += rows[i].amounts.bytes;
	}
	for (uint32_t key = 0; key < KEYS; key++) {
		struct amounts is = true_sum(last, t->windows.bins[w], key);

		total += is.bytes;
		if (!is_listed[key])
			assert_true(
			    (t->ranking->key_size == 0 ? is.packets
						       : is.bytes) <= bound);
	}
	assert_int_equal(topk_total(t, w).bytes, total);
	assert_true(sum.bytes <= total);
	if (bound == 0)
		assert_int_equal(sum.bytes, total);
}

/* Many bins of random keys; two bins are open at a time, as in the meter. */
static void
run(const struct ranking *ranking, size_t memory, uint32_t keys,
    const struct window_set *windows, bool is_exact)
{
	struct topk t;

	memset(truth, 0, sizeof(truth));
	random_state = 42;
	topk_init(&t, ranking, windows, hash_keys, memory);
	for (unsigned bin = 1; bin < BINS; bin++) {
		/* Some bins are empty, some busy; the first keys are heavy. */
		uint32_t n = random_below(5) == 0 ? 0 : random_below(3000);

		for (uint32_t i = 0; i < n; i++) {
			uint32_t key = random_below(random_below(keys) + 1);
			struct amounts a = { 1 + random_below(3),
				40 + random_below(1400) };

			add(&t, bin - (random_below(10) == 0), key, a);
		}
		topk_close(&t, (bin - 1) & 1);
		for (unsigned w = 0; w < windows->n; w++) {
			if (is_exact)
				assert_int_equal(topk_bound(&t, w), 0);
			check_window(&t, w, bin - 1);
		}
	}
	if (!is_exact)
		assert_true(t.n_evicts > 0);
	topk_fini(&t);
}

static const struct window_set sliding = { { 7, 30, 1 }, 3 };
static const struct window_set both = { { 10, WINDOW_ALL }, 2 };
static const struct window_set all = { { WINDOW_ALL }, 1 };

static void
test_exact_with_room(void **state)
{
	(void)state;
	run(&by_number, 16 << 20, KEYS, &sliding, true);
	run(&by_number, 16 << 20, KEYS, &both, true);
	run(&by_number, 16 << 20, KEYS, &all, true);
	run(&by_port, 16 << 20, KEYS, &both, true);
	run(&by_name, 16 << 20, KEYS, &sliding, true);
	run(&by_name, 16 << 20, KEYS, &all, true);
}

static void
test_bounded_without_room(void **state)
{
	(void)state;
	run(&by_number, 96 << 10, KEYS, &sliding, false);
	run(&by_number, 96 << 10, KEYS, &both, false);
	run(&by_number, 96 << 10, KEYS, &all, false);
	run(&by_port, 96 << 10, KEYS, &both, false);
	run(&by_name, 96 << 10, KEYS, &sliding, false);
	run(&by_name, 96 << 10, KEYS, &both, false);
	run(&by_name, 96 << 10, KEYS, &all, false);
}

/* Few keys in each bin, but more in a window than the dictionary holds. */
static void
test_bounded_when_only_keys_are_too_many(void **state)
{
	struct window_set windows = { { 9 }, 1 };
	struct topk t;

	(void)state;
	memset(truth, 0, sizeof(truth));
	topk_init(&t, &by_number, &windows, hash_keys, 96 << 10);
	for (unsigned bin = 0; bin < 20; bin++) {
		for (uint32_t i = 0; i < 100; i++)
			add(&t, bin, (bin * 97 + i) % KEYS,
			    (struct amounts){ 1, 1000 + i });
		topk_close(&t, bin & 1);
		check_window(&t, 0, bin);
	}
	assert_true(t.n_evicts > 0);
	topk_fini(&t);
}

/* Errors leave the window with the bins that made them. */
static void
test_exact_again_after_a_flood(void **state)
{
	struct window_set windows = { { 4 }, 1 };
	struct topk t;

	(void)state;
	memset(truth, 0, sizeof(truth));
	topk_init(&t, &by_number, &windows, hash_keys, 96 << 10);
	for (unsigned bin = 0; bin < 12; bin++) {
		for (uint32_t i = 0; i < (bin < 3 ? KEYS : 20u); i++)
			add(&t, bin, i, (struct amounts){ 1, 100 + i });
		topk_close(&t, bin & 1);
		check_window(&t, 0, bin);
		assert_int_equal(topk_bound(&t, 0) > 0, bin < 6);
	}
	topk_fini(&t);
}

static void
test_least_memory_works(void **state)
{
	(void)state;
	run(&by_number, 0, KEYS, &sliding, false);
	run(&by_name, 0, KEYS, &both, false);
}

/* A key of one per cent among a million others is found, and first. */
static void
test_heavy_hitter_in_a_flood(void **state)
{
	struct window_set windows = { { 5 }, 1 };
	struct topk_row rows[10];
	struct topk t;

	(void)state;
	topk_init(&t, &by_number, &windows, hash_keys, 1 << 20);
	for (uint32_t i = 0; i < 1000000; i++) {
		struct topk_item item = { .amounts = { 1, 60 } };
		uint32_t key = i % 100 == 99 ? 7 : 1000 + i;

		memcpy(item.key, &key, sizeof(key));
		topk_add(&t, 0, &item, 1);
		if (i % 100000 == 99999)
			topk_close(&t, 0);
	}
	assert_int_equal(topk_top(&t, 0, rows, 10), 10);
	assert_int_equal(key_of(&t, &rows[0]), 7);
	assert_true(distance(rows[0].amounts.bytes, 5 * 1000 * 60) <=
	    topk_bound(&t, 0));
	assert_int_equal(topk_total(&t, 0).packets, 500000);
	topk_fini(&t);
}

static void
test_ties_are_broken_by_text(void **state)
{
	static const uint32_t keys[] = { 9, 80, 443, 10, 100 };
	static const uint32_t expected[] = { 10, 100, 443, 80, 9 };
	struct topk_row rows[5];
	struct topk t;

	(void)state;
	topk_init(&t, &by_number, &all, hash_keys, 1 << 20);
	for (unsigned i = 0; i < 5; i++) {
		struct topk_item item = { .amounts = { 1, 60 } };

		memcpy(item.key, &keys[i], sizeof(keys[i]));
		topk_add(&t, 0, &item, 1);
	}
	topk_close(&t, 0);
	for (uint32_t n = 1; n <= 5; n++) {
		assert_int_equal(topk_top(&t, 0, rows, n), n);
		for (uint32_t i = 0; i < n; i++)
			assert_int_equal(key_of(&t, &rows[i]), expected[i]);
	}
	topk_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact_with_room),
		cmocka_unit_test(test_bounded_without_room),
		cmocka_unit_test(test_bounded_when_only_keys_are_too_many),
		cmocka_unit_test(test_exact_again_after_a_flood),
		cmocka_unit_test(test_least_memory_works),
		cmocka_unit_test(test_heavy_hitter_in_a_flood),
		cmocka_unit_test(test_ties_are_broken_by_text),
	};

	return cmocka_run_group_tests_name("topk", tests, NULL, NULL);
}

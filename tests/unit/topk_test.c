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

/* The oracle: what each key had in each bin, and what was late. */
static struct amounts truth[BINS][KEYS], late[KEYS];

static void
forget(void)
{
	memset(truth, 0, sizeof(truth));
	memset(late, 0, sizeof(late));
}

static struct amounts
true_sum(unsigned last, uint32_t bins, uint32_t key)
{
	struct amounts sum =
	    bins == WINDOW_ALL ? late[key] : (struct amounts){ 0 };
	unsigned first =
	    bins == WINDOW_ALL || bins > last ? 0 : last - bins + 1;

	for (unsigned b = first; b <= last; b++) {
		sum.packets += truth[b][key].packets;
		sum.bytes += truth[b][key].bytes;
	}
	return sum;
}

static void
add_to(struct topk *t, unsigned slot, uint32_t key, struct amounts a)
{
	struct topk_item item = { .amounts = a };
	uint64_t hash[2];
	char name[64];

	if (t->ranking->key_size == 0) {
		size_t n = ranking_number(name, key);

		/* Names of several chunks. */
		memset(name + n, 'x', 40);
		n += key % 40;
		topk_name(t, name, n, hash);
		topk_add_name(t, slot, name, n, hash, a);
		return;
	}
	uint16_t port = (uint16_t)key;

	if (t->ranking->key_size == sizeof(port))
		memcpy(item.key, &port, sizeof(port));
	else
		memcpy(item.key, &key, sizeof(key));
	topk_add(t, slot, &item, 1);
}

static void
add(struct topk *t, unsigned bin, uint32_t key, struct amounts a)
{
	truth[bin][key].packets += a.packets;
	truth[bin][key].bytes += a.bytes;
	add_to(t, bin & 1, key, a);
}

/* What is late enters at once here: no check sees it in between. */
static void
add_late(struct topk *t, uint32_t n, uint32_t keys)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t key = random_below(keys);
		struct amounts a = { 1, 40 + random_below(4000) };

		late[key].packets += a.packets;
		late[key].bytes += a.bytes;
		add_to(t, SLOT_LATE, key, a);
	}
	topk_close(t, SLOT_LATE);
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
run_with(const struct ranking *ranking, size_t memory, uint32_t keys,
    const struct window_set *windows, bool is_exact, bool has_late)
{
	struct topk t;

	forget();
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
		if (has_late && random_below(3) == 0)
			add_late(&t, random_below(400), keys);
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

static void
run(const struct ranking *ranking, size_t memory, uint32_t keys,
    const struct window_set *windows, bool is_exact)
{
	run_with(ranking, memory, keys, windows, is_exact, false);
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

/* What is late enters the window that never ends, and moves no other. */
static void
test_late_ones(void **state)
{
	(void)state;
	run_with(&by_number, 16 << 20, KEYS, &both, true, true);
	run_with(&by_number, 16 << 20, KEYS, &all, true, true);
	run_with(&by_port, 16 << 20, KEYS, &both, true, true);
	run_with(&by_name, 16 << 20, KEYS, &both, true, true);
	run_with(&by_number, 96 << 10, KEYS, &both, false, true);
	run_with(&by_number, 96 << 10, KEYS, &all, false, true);
	run_with(&by_port, 96 << 10, KEYS, &both, false, true);
	run_with(&by_name, 96 << 10, KEYS, &both, false, true);
	run_with(&by_name, 96 << 10, KEYS, &all, false, true);
}

/* Late keys drive out one of a sliding window, which owns up to it. */
static void
test_late_ones_make_others_leave(void **state)
{
	struct topk t;

	(void)state;
	for (uint32_t n = 16; n < 300; n += 4) {
		forget();
		topk_init(&t, &by_number, &both, hash_keys, 0);
		add(&t, 0, 0, (struct amounts){ 1, 1000 });
		topk_close(&t, 0);
		for (uint32_t key = 1; key < n; key++) {
			late[key].bytes += 5000;
			late[key].packets++;
			add_to(&t, SLOT_LATE, key, (struct amounts){ 1, 5000 });
		}
		check_window(&t, 0, 0);
		topk_close(&t, SLOT_LATE);
		check_window(&t, 0, 0);
		check_window(&t, 1, 0);
		add(&t, 1, 1, (struct amounts){ 1, 10 });
		topk_close(&t, 1);
		check_window(&t, 0, 1);
		check_window(&t, 1, 1);
		topk_fini(&t);
	}
}

/* Few keys in each bin, but more in a window than the dictionary holds. */
static void
test_bounded_when_only_keys_are_too_many(void **state)
{
	struct window_set windows = { { 9 }, 1 };
	struct topk t;

	(void)state;
	forget();
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

/* What an open bin makes leave is owned up to before that bin closes. */
static void
test_bounded_while_a_bin_is_open(void **state)
{
	struct topk t;

	(void)state;
	forget();
	topk_init(&t, &by_number, &all, hash_keys, 0);
	add(&t, 0, 0, (struct amounts){ 1, 1000 });
	topk_close(&t, 0);
	for (uint32_t key = 1; key < 300; key++) {
		add(&t, 1, key, (struct amounts){ 1, 2000 });
		if (key % 10 == 9)
			check_window(&t, 0, 0);
	}
	assert_true(topk_bound(&t, 0) >= 1000);
	topk_fini(&t);
}

/* A key loses its row in an open bin first, then what it had before. */
static void
test_bounded_when_lost_twice(void **state)
{
	struct topk t;

	(void)state;
	for (uint32_t n = 64; n < 200; n += 8) {
		forget();
		topk_init(&t, &by_number, &all, hash_keys, 0);
		add(&t, 0, 0, (struct amounts){ 1, 3900 });
		topk_close(&t, 0);
		for (uint32_t key = 0; key < n; key++)
			add(&t, 1, key, (struct amounts){ 1, 2000 });
		topk_close(&t, 1);
		check_window(&t, 0, 1);
		topk_fini(&t);
	}
}

/* Errors leave the window with the bins that made them. */
static void
test_exact_again_after_a_flood(void **state)
{
	struct window_set windows = { { 4 }, 1 };
	struct topk t;

	(void)state;
	forget();
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
		cmocka_unit_test(test_late_ones),
		cmocka_unit_test(test_late_ones_make_others_leave),
		cmocka_unit_test(test_bounded_when_only_keys_are_too_many),
		cmocka_unit_test(test_bounded_while_a_bin_is_open),
		cmocka_unit_test(test_bounded_when_lost_twice),
		cmocka_unit_test(test_exact_again_after_a_flood),
		cmocka_unit_test(test_least_memory_works),
		cmocka_unit_test(test_heavy_hitter_in_a_flood),
		cmocka_unit_test(test_ties_are_broken_by_text),
	};

	return cmocka_run_group_tests_name("topk", tests, NULL, NULL);
}

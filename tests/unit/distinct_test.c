/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distinct counts against exact sets, and the registers of sliding windows
 * against those of the same bins counted alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/meter/distinct.h"

enum { REGISTERS = DISTINCT_REGISTERS, BINS = 100, VALUES = 60000 };

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

static uint64_t
hash_of(uint64_t value)
{
	return distinct_hash(&value, sizeof(value));
}

static double
error_of(uint64_t estimate, uint64_t n)
{
	return ((double)estimate - (double)n) / (double)n;
}

/* Within four standard errors; what is rounded may be off by one. */
static void
check_estimate(uint64_t estimate, uint64_t n)
{
	double most = 4 * 1.04 / 64 * (double)n;

	if (most < 1)
		most = 1;
	if ((double)estimate < (double)n - most ||
	    (double)estimate > (double)n + most)
		fail_msg("%llu are estimated as %llu", (unsigned long long)n,
		    (unsigned long long)estimate);
}

/* Vectors of another implementation: CPython's, with PYTHONHASHSEED=0. */
static void
test_hash_is_siphash_1_3(void **state)
{
	uint8_t bytes[64];

	(void)state;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	assert_true(distinct_hash("a", 1) == 0x407448d2b89b1813);
	assert_true(distinct_hash("abcdefg", 7) == 0x6db12aae9070f506);
	assert_true(distinct_hash("abcdefgh", 8) == 0x3f7b849c0b8e35ea);
	assert_true(distinct_hash("www.example.com", 15) == 0xb8215502bb4c7791);
	assert_true(distinct_hash(bytes, 64) == 0x75e05fd5bbc870c6);
}

static void
test_error_of_any_number(void **state)
{
	static struct distinct d;
	uint64_t n = 0;

	(void)state;
	distinct_init(&d, &all);
	assert_int_equal(distinct_estimate(&d, 0), 0);
	for (uint64_t next = 1; next <= 1000000; next += next / 10 + 1) {
		/* Some values come twice. */
		for (; n < next; n++) {
			distinct_add(&d, 0, hash_of(n));
			distinct_add(&d, 1, hash_of(n / 2));
		}
		distinct_close(&d, 0);
		distinct_close(&d, 1);
		check_estimate(distinct_estimate(&d, 0), n);
	}
	distinct_fini(&d);
}

/* The mean and the deviation of many estimates are those promised. */
static void
test_no_bias(void **state)
{
	static const uint64_t numbers[] = { 10, 300, 3000, 10000, 30000,
		200000 };
	enum { RUNS = 64 };
	static uint8_t r[REGISTERS];
	static struct distinct d;
	uint64_t value = 0;

	(void)state;
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		double sum = 0, squares = 0, mean, most = 1.04 / 64;

		for (unsigned run = 0; run < RUNS; run++) {
			double e;

			distinct_init(&d, &all);
			for (uint64_t k = 0; k < numbers[i]; k++)
				distinct_add(&d, 0, hash_of(value++));
			distinct_close(&d, 0);
			distinct_registers(&d, r, 0);
			e = error_of(distinct_count(r), numbers[i]);
			sum += e;
			squares += e * e;
			distinct_fini(&d);
		}
		mean = sum / RUNS;
		assert_true(mean * mean * RUNS < 9 * most * most);
		assert_true(squares / RUNS < 1.5 * most * most);
	}
}

/* The oracle: the values of each bin, and the registers that they make. */
struct truth {
	uint32_t set[VALUES / 32 + 1];
	uint8_t registers[REGISTERS];
};

static struct truth open[SLOTS], closed[BINS];
static unsigned n_closed;

static void
add(struct distinct *d, unsigned slot, uint32_t value)
{
	uint64_t hash = hash_of(value);
	uint8_t *r = &open[slot].registers[hash >> 52];
	unsigned rank = 1;

	distinct_add(d, slot, hash);
	open[slot].set[value / 32] |= 1u << value % 32;
	while (rank < 32 && (hash >> (rank - 1) & 1) == 0)
		rank++;
	if (*r < rank)
		*r = (uint8_t)rank;
}

static void
merge(uint8_t into[REGISTERS], const uint8_t from[REGISTERS])
{
	for (unsigned i = 0; i < REGISTERS; i++)
		if (into[i] < from[i])
			into[i] = from[i];
}

static void
check_window(const struct distinct *d, unsigned w)
{
	uint32_t n = d->windows.bins[w];
	uint8_t got[REGISTERS];
	struct truth want = { { 0 }, { 0 } };
	uint64_t exact = 0;

	for (unsigned b = 0; b < n_closed; b++) {
		if (n != WINDOW_ALL && b + n < n_closed)
			continue;
		for (unsigned i = 0; i < VALUES / 32 + 1; i++)
			want.set[i] |= closed[b].set[i];
		merge(want.registers, closed[b].registers);
	}
	for (unsigned i = 0; i < VALUES / 32 + 1; i++)
		exact += (unsigned)__builtin_popcount(want.set[i]);
	distinct_registers(d, got, w);
	assert_memory_equal(got, want.registers, REGISTERS);
	assert_int_equal(distinct_estimate(d, w), distinct_count(got));
	check_estimate(distinct_estimate(d, w), exact);
}

static void
close_bin(struct distinct *d, unsigned slot)
{
	distinct_close(d, slot);
	if (slot != SLOT_EMPTY) {
		closed[n_closed] = open[slot];
		memset(&open[slot], 0, sizeof(open[slot]));
	}
	n_closed++;
	for (unsigned w = 0; w < d->windows.n; w++)
		check_window(d, w);
}

/* Random arrivals, empty bins, two bins open at a time as in the meter. */
static void
test_sliding_windows(void **state)
{
	static struct distinct d;

	(void)state;
	random_state = 42;
	distinct_init(&d, &sliding);
	for (unsigned bin = 1; n_closed < BINS - 40; bin++) {
		uint32_t n = random_below(4) == 0 ? 0 : random_below(9000);
		uint32_t range = 1 + random_below(VALUES);

		for (uint32_t i = 0; i < n; i++)
			add(&d, (bin - (random_below(10) == 0)) & 1,
			    random_below(range));
		close_bin(&d, (bin - 1) & 1);
		if (random_below(9) == 0)
			close_bin(&d, SLOT_EMPTY);
	}
	close_bin(&d, 0);
	close_bin(&d, 1);
	assert_true(distinct_estimate(&d, 0) > 0);
	/* What is open outlives a long silence; windows that end don't. */
	add(&d, 0, 1);
	while (n_closed < BINS - 1)
		close_bin(&d, SLOT_EMPTY);
	assert_int_equal(distinct_estimate(&d, 0), 0);
	assert_int_equal(distinct_estimate(&d, 2), 0);
	close_bin(&d, 0);
	assert_int_equal(distinct_estimate(&d, 0), 1);
	distinct_fini(&d);
}

/* Bins are renumbered while they are in windows: nothing is seen of it. */
static void
test_years_of_bins(void **state)
{
	enum { LONG = 300, STEPS = 200000 };
	static const struct window_set windows = { { LONG, 2 }, 2 };
	static struct distinct d;
	uint32_t last[64] = { 0 };

	(void)state;
	random_state = 1;
	distinct_init(&d, &windows);
	for (uint32_t bin = LONG; bin < STEPS; bin++) {
		uint32_t value = random_below(random_below(64) + 1), n = 0;

		distinct_add(&d, 0, hash_of(value));
		distinct_close(&d, 0);
		last[value] = bin;
		if (bin % 65536 > 1000 && bin % 97 != 0)
			continue;
		for (unsigned i = 0; i < 64; i++)
			n += last[i] + LONG > bin;
		check_estimate(distinct_estimate(&d, 0), n);
		if (bin % 65536 < 3)
			assert_in_range(distinct_estimate(&d, 1), 1, 2);
	}
	for (unsigned i = 0; i < LONG; i++)
		distinct_close(&d, SLOT_EMPTY);
	assert_int_equal(distinct_estimate(&d, 0), 0);
	distinct_fini(&d);
}

/* Sensors that saw parts of the whole, with something in common. */
static void
test_merged_sensors_are_one(void **state)
{
	static const struct window_set windows = { { 3 }, 1 };
	static struct distinct a, b, both;
	uint8_t ra[REGISTERS], rb[REGISTERS], whole[REGISTERS];

	(void)state;
	distinct_init(&a, &windows);
	distinct_init(&b, &windows);
	distinct_init(&both, &windows);
	for (uint64_t value = 0; value < 50000; value++) {
		uint64_t hash = hash_of(value);

		if (value % 3 != 0)
			distinct_add(&a, 0, hash);
		if (value % 3 != 1)
			distinct_add(&b, 1, hash);
		distinct_add(&both, 0, hash);
		if (value % 9999 == 9998) {
			distinct_close(&a, 0);
			distinct_close(&b, 1);
			distinct_close(&both, 0);
		}
	}
	distinct_registers(&a, ra, 0);
	distinct_registers(&b, rb, 0);
	distinct_registers(&both, whole, 0);
	assert_memory_not_equal(ra, whole, REGISTERS);
	merge(ra, rb);
	assert_memory_equal(ra, whole, REGISTERS);
	check_estimate(distinct_count(ra), 29997);
	distinct_fini(&a);
	distinct_fini(&b);
	distinct_fini(&both);
}

/* Who knows the hash can lie about the number, and do nothing else. */
static void
test_chosen_hashes(void **state)
{
	static const struct window_set windows = { { 40 }, 1 };
	static struct distinct d;
	uint8_t r[REGISTERS];

	(void)state;
	distinct_init(&d, &windows);
	/* The most that a register can have to remember. */
	for (unsigned rank = 64; rank > 0; rank--) {
		for (uint64_t i = 0; i < REGISTERS; i++) {
			uint64_t low =
			    rank > 52 ? 0 : (uint64_t)1 << (rank - 1);

			distinct_add(&d, 0, i << 52 | low);
		}
		distinct_close(&d, 0);
	}
	distinct_registers(&d, r, 0);
	for (unsigned i = 0; i < REGISTERS; i++)
		assert_int_equal(r[i], 32);
	assert_true(distinct_estimate(&d, 0) > (uint64_t)1 << 40);
	for (unsigned rank = 32; rank > 0; rank--) {
		for (unsigned k = 0; k < (rank == 32 ? 9 : 1); k++)
			distinct_close(&d, SLOT_EMPTY);
		distinct_registers(&d, r, 0);
		assert_int_equal(r[0], rank - 1);
		assert_int_equal(r[REGISTERS - 1], rank - 1);
	}
	assert_int_equal(distinct_estimate(&d, 0), 0);
	/* Registers from elsewhere may hold any bytes. */
	memset(r, 255, sizeof(r));
	assert_true(distinct_count(r) > (uint64_t)1 << 40);
	distinct_fini(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_is_siphash_1_3),
		cmocka_unit_test(test_error_of_any_number),
		cmocka_unit_test(test_no_bias),
		cmocka_unit_test(test_sliding_windows),
		cmocka_unit_test(test_years_of_bins),
		cmocka_unit_test(test_merged_sensors_are_one),
		cmocka_unit_test(test_chosen_hashes),
	};

	return cmocka_run_group_tests_name("distinct", tests, NULL, NULL);
}

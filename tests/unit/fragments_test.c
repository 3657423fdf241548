/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reassembly of fragments: cases by hand, and random ones against a model that
 * compares everything with everything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/track/fragments.h"
#include "tests/lib/fragments_model.h"
#include "tests/lib/guard.h"
#include "tests/lib/reserved.h"

#define SECOND INT64_C(1000000000)

static const struct hash_key hash_key = { 1, 2 };
static struct fragments *fs;
static struct fragment whole;
static uint8_t pattern[131072];
static uint64_t random_state = 1;

static uint32_t
random_below(uint32_t n)
{
	random_state =
	    random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % n;
}

static int
setup(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 131 + (i >> 8));
	fs = fragments_new(4 << 20, &hash_key);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fragments_free(fs);
	fragments_free(NULL);
	return 0;
}

static struct fragment
piece(uint32_t id, uint32_t offset, uint32_t len, bool is_last)
{
	return (struct fragment){ .src = { 192, 0, 2, 1 },
		.dst = { 198, 51, 100, 1 },
		.data = pattern + offset,
		.caplen = len,
		.len = len,
		.id = id,
		.offset = (uint16_t)offset,
		.proto = 17,
		.is_last = is_last };
}

static bool
add_at(struct fragment f, int64_t ts_ns)
{
	const struct fragments_stats *s = fragments_stats(fs);
	uint64_t given_up = 0;
	bool is_whole;

	f.data = guard_put(f.data, f.caplen);
	is_whole = fragments_add(fs, &whole, &f, ts_ns);
	for (unsigned i = 0; i < FRAGMENTS_ENDS; i++)
		given_up += s->given_up[i];
	assert_int_equal(s->begun, s->whole + given_up + s->waiting);
	return is_whole;
}

static bool
add(uint32_t id, uint32_t offset, uint32_t len, bool is_last)
{
	return add_at(piece(id, offset, len, is_last), 0);
}

static void
check_whole(uint32_t id, uint32_t n)
{
	assert_int_equal(whole.id, id);
	assert_int_equal(whole.len, n);
	assert_int_equal(whole.caplen, n);
	assert_int_equal(whole.offset, 0);
	assert_true(whole.is_last);
	assert_memory_equal(whole.data, pattern, n);
	assert_memory_equal(whole.src, "\xc0\x00\x02\x01", 4);
}

static uint64_t
given_up(enum fragments_end why)
{
	return fragments_stats(fs)->given_up[why];
}

static void
test_any_order(void **state)
{
	static const uint8_t orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 },
		{ 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	(void)state;
	for (uint32_t i = 0; i < 6; i++) {
		for (unsigned k = 0; k < 3; k++) {
			uint32_t n = orders[i][k];
			bool is_whole =
			    add(i, n * 1480, n == 2 ? 9 : 1480, n == 2);

			assert_int_equal(is_whole, k == 2);
		}
		check_whole(i, 2 * 1480 + 9);
	}
	assert_int_equal(fragments_stats(fs)->waiting, 0);
}

static void
test_what_tells_datagrams_apart(void **state)
{
	struct fragment f = piece(1, 8, 8, true), g;

	(void)state;
	assert_false(add(1, 0, 8, false));
	g = f;
	g.id = 2;
	assert_false(add_at(g, 0));
	g = f;
	g.src[3]++;
	assert_false(add_at(g, 0));
	g = f;
	g.dst[0]++;
	assert_false(add_at(g, 0));
	g = f;
	g.proto = 6;
	assert_false(add_at(g, 0));
	g = f;
	g.proto = 0;
	assert_false(add_at(g, 0));
	g.is_v6 = true;
	assert_false(add_at(g, 0));
	assert_int_equal(fragments_stats(fs)->waiting, 7);
	assert_true(add_at(f, 0));
	/* IPv6: the first fragment says what follows, RFC 8200. */
	g = piece(1, 0, 8, false);
	g.is_v6 = true;
	g.proto = 58;
	assert_true(add_at(g, 0));
	assert_int_equal(whole.proto, 58);
	assert_true(whole.is_v6);
	g = piece(7, 0, 8, false);
	g.is_v6 = true;
	assert_false(add_at(g, 0));
	g = piece(7, 8, 8, true);
	g.is_v6 = true;
	g.proto = 0;
	assert_true(add_at(g, 0));
	assert_int_equal(whole.proto, 17);
}

static void
test_copies_are_ignored(void **state)
{
	(void)state;
	assert_false(add(1, 0, 1480, false));
	assert_false(add(1, 0, 1480, false));
	assert_true(add(1, 1480, 20, true));
	/* The copies of both, after the datagram was whole. */
	assert_false(add(1, 1480, 20, true));
	assert_false(add(1, 0, 1480, false));
	assert_int_equal(fragments_stats(fs)->copies, 3);
	assert_int_equal(fragments_stats(fs)->begun, 1);
	/* The same identification, but another datagram. */
	assert_false(add(1, 0, 800, false));
	assert_true(add(1, 800, 20, true));
	check_whole(1, 820);
}

/* Each pair contradicts; what follows of the datagram is dropped. */
static void
test_overlaps_end_the_datagram(void **state)
{
	static const struct {
		uint32_t from1, len1, last1, from2, len2, last2;
	} pairs[] = {
		{ 0, 1480, 0, 8, 8, 0 }, /* within */
		{ 8, 8, 0, 0, 1480, 0 }, /* around */
		{ 0, 16, 0, 8, 16, 1 }, /* tail: RFC 1858's overlap */
		{ 8, 16, 1, 0, 16, 0 }, /* head */
		{ 0, 16, 0, 0, 8, 0 }, /* the same start, shorter */
		{ 0, 8, 0, 0, 16, 0 }, /* the same start, longer */
		{ 0, 16, 0, 0, 16, 1 }, /* a copy that says it is the last */
		{ 8, 8, 1, 8, 8, 0 }, /* and the other way round */
		{ 8, 8, 1, 16, 8, 0 }, /* behind the end */
		{ 8, 8, 1, 16, 8, 1 }, /* two ends */
		{ 16, 8, 0, 8, 8, 1 }, /* the end before what was there */
		{ 0, 8, 0, 65528, 7, 1 }, /* none: the largest datagram */
	};
	unsigned n = sizeof(pairs) / sizeof(pairs[0]);

	(void)state;
	for (unsigned i = 0; i < n; i++) {
		assert_false(
		    add(i, pairs[i].from1, pairs[i].len1, pairs[i].last1));
		assert_false(
		    add(i, pairs[i].from2, pairs[i].len2, pairs[i].last2));
		if (i == n - 1)
			break;
		assert_int_equal(given_up(FRAGMENTS_OVERLAP), i + 1);
		/* Even fragments that would be enough for a new one. */
		assert_false(add(i, 0, 8, false));
		assert_false(add(i, 8, 8, true));
		assert_int_equal(fragments_stats(fs)->late, 2 * (i + 1));
	}
	assert_int_equal(fragments_stats(fs)->waiting, 1);
	assert_int_equal(given_up(FRAGMENTS_OVERLAP), n - 1);
}

static void
test_other_bytes_are_no_copy(void **state)
{
	struct fragment f = piece(1, 0, 16, false);

	(void)state;
	assert_false(add(1, 0, 16, false));
	f.data++;
	assert_false(add_at(f, 0));
	assert_int_equal(given_up(FRAGMENTS_OVERLAP), 1);
}

static void
test_impossible_fragments(void **state)
{
	struct fragment f = piece(10, 16, 8, true);

	(void)state;
	assert_false(add(1, 8, 0, true)); /* empty */
	assert_false(add(2, 0, 12, false)); /* odd, and not the last */
	assert_false(add(3, 65528, 8, true)); /* one byte too long */
	assert_false(add(4, 65528, 65528, false));
	f.caplen = 8;
	f.len = UINT32_MAX - 7;
	assert_false(add_at(f, 0));
	f.id++;
	f.len = 65536;
	assert_false(add_at(f, 0));
	assert_int_equal(given_up(FRAGMENTS_BAD), 6);
	for (uint32_t i = 0; i < FRAGMENTS_PIECES; i++)
		assert_false(add(5, i * 8, 8, false));
	assert_int_equal(given_up(FRAGMENTS_BAD), 6);
	assert_false(add(5, FRAGMENTS_PIECES * 8, 8, true));
	assert_int_equal(given_up(FRAGMENTS_BAD), 7);
	/* The most that is taken, in each way. */
	for (uint32_t i = 0; i < FRAGMENTS_PIECES; i++)
		assert_int_equal(add(6, i * 512, i == 127 ? 511 : 512,
				     i == 127),
		    i == 127);
	check_whole(6, 65535);
	assert_true(add(7, 0, 65535, true));
	check_whole(7, 65535);
}

static void
test_cut_by_the_capture(void **state)
{
	struct fragment f = piece(1, 0, 1480, false);

	(void)state;
	f.caplen = 100;
	assert_false(add_at(f, 0));
	assert_false(add(1, 1480, 8, true));
	assert_int_equal(given_up(FRAGMENTS_CUT), 1);
	assert_int_equal(fragments_stats(fs)->late, 1);
	/* What is left of it is no copy of what is there. */
	assert_false(add(2, 0, 96, false));
	f.id = 2;
	f.caplen = 96;
	assert_false(add_at(f, 0));
	assert_int_equal(fragments_stats(fs)->copies, 0);
	assert_int_equal(given_up(FRAGMENTS_OVERLAP), 1);
	assert_int_equal(fragments_stats(fs)->waiting, 0);
}

static void
test_time(void **state)
{
	int64_t most = FRAGMENTS_SECONDS * SECOND, t = 1000 * SECOND;

	(void)state;
	assert_false(add_at(piece(1, 0, 8, false), t));
	assert_true(add_at(piece(1, 8, 8, true), t + most));
	assert_false(add_at(piece(2, 0, 8, false), t));
	assert_false(add_at(piece(2, 8, 8, true), t + most + 1));
	assert_int_equal(given_up(FRAGMENTS_TIMEOUT), 1);
	/* Back, a little and a lot. */
	assert_false(add_at(piece(3, 0, 8, false), t));
	assert_true(add_at(piece(3, 8, 8, true), t - most));
	assert_false(add_at(piece(4, 0, 8, false), t));
	assert_false(add_at(piece(4, 8, 8, true), t - most - 1));
	/* As far as it goes. */
	assert_false(add_at(piece(5, 0, 8, false), INT64_MAX));
	assert_false(add_at(piece(5, 8, 8, true), INT64_MIN));
	assert_false(add_at(piece(5, 8, 8, true), INT64_MAX));
	for (int i = 0; i < 4; i++)
		fragments_advance(fs, 0);
	assert_int_equal(fragments_stats(fs)->waiting, 0);
}

/* More datagrams than there is room for: the oldest go, the rest is right. */
static void
test_the_oldest_make_room(void **state)
{
	uint64_t n = 0;
	size_t before;

	(void)state;
	fragments_free(fs);
	before = reserved();
	fs = fragments_new(0, &hash_key);
	assert_in_range(reserved() - before, FRAGMENTS_MEMORY_MIN / 2,
	    FRAGMENTS_MEMORY_MIN + RESERVED_SLACK);
	for (uint32_t i = 0; i < 5000; i++)
		assert_false(add(i, 0, 1480, false));
	assert_in_range(fragments_stats(fs)->waiting, 100, 1000);
	for (uint32_t i = 0; i < 5000; i++) {
		struct fragment f = piece(i, 1480, 8, true);

		f.data = pattern + 1480;
		if (i < 5000 - fragments_stats(fs)->waiting)
			continue;
		assert_true(add_at(f, 0));
		check_whole(i, 1488);
		n++;
	}
	assert_int_equal(fragments_stats(fs)->whole, n);
	assert_in_range(n, 100, 1000);
	assert_int_equal(given_up(FRAGMENTS_FULL), 5000 - n);
	assert_int_equal(fragments_stats(fs)->waiting, 0);
	/* Whatever it was given, it takes the largest datagram. */
	for (uint32_t i = 0; i < 20000; i++)
		add(i % 700, 8 * random_below(100), 8 * random_below(9), false);
	for (uint32_t i = 0; i < FRAGMENTS_PIECES; i++)
		assert_int_equal(add(9000, i * 512, i == 127 ? 511 : 512,
				     i == 127),
		    i == 127);
	check_whole(9000, 65535);
}

/* Its own last fragment is what there is no room for. */
static void
test_the_oldest_makes_room_for_itself(void **state)
{
	uint32_t n = 0;

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		fragments_free(fs);
		fs = fragments_new(0, &hash_key);
		assert_false(add(0, 0, 8, false));
		if (round == 0)
			for (; given_up(FRAGMENTS_FULL) == 0; n++)
				add(1 + n / 100, n % 100 * 8, 8, false);
		else
			for (uint32_t i = 0; i < n - 2; i++)
				add(1 + i / 100, i % 100 * 8, 8, false);
	}
	assert_int_equal(given_up(FRAGMENTS_FULL), 0);
	assert_false(add(0, 8, 40000, true));
	assert_int_equal(given_up(FRAGMENTS_FULL), 1);
	assert_false(add(0, 8, 40000, true));
	assert_int_equal(fragments_stats(fs)->late, 1);
}

/* A datagram of many fragments pushes out others, then nothing is missing. */
static void
test_nothing_leaks(void **state)
{
	(void)state;
	fragments_free(fs);
	fs = fragments_new(0, &hash_key);
	for (unsigned round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < 3000; i++) {
			struct fragment f =
			    piece(random_below(900), 8 * random_below(200),
				8 * random_below(180), random_below(6) == 0);

			f.data = pattern + random_below(2) * 8;
			if (random_below(50) == 0)
				f.caplen /= 2;
			add_at(f,
			    (int64_t)round * 100 * SECOND +
				random_below(20) * SECOND);
		}
		for (unsigned i = 0; i < 1000; i++)
			fragments_advance(fs, (round * 100 + 60) * SECOND);
		assert_int_equal(fragments_stats(fs)->waiting, 0);
		/* All the room is there again. */
		for (uint32_t i = 0; i < 4; i++)
			assert_false(add_at(piece(i, 0, 65528, false),
			    (round * 100 + 60) * SECOND));
		for (uint32_t i = 0; i < 4; i++)
			assert_true(add_at(piece(i, 65528, 7, true),
			    (round * 100 + 60) * SECOND));
	}
}

static struct fragment
random_fragment(void)
{
	struct fragment f = piece(random_below(12), 0, 0, false);
	uint32_t kind = random_below(100), n = random_below(6);

	/* Mostly pieces of 64 bytes out of 6; else anything. */
	f.offset = (uint16_t)(64 * n);
	f.caplen = f.len = n == 5 ? 33 : 64;
	f.is_last = n == 5;
	if (kind < 3) {
		f.offset = (uint16_t)(8 * random_below(8192));
		f.caplen = f.len = 8 * random_below(50) + random_below(9);
	} else if (kind < 5) {
		f.is_last = !f.is_last;
	} else if (kind < 6) {
		f.caplen = random_below(f.len + 1);
	}
	f.is_v6 = random_below(2);
	f.proto = random_below(2) ? 17 : 6;
	f.data = pattern + f.offset + (random_below(40) == 0);
	return f;
}

static void
test_agrees_with_the_model(void **state)
{
	static struct model m;
	int64_t ts_ns = 5000 * SECOND;

	(void)state;
	for (unsigned step = 0; step < 300000; step++) {
		struct fragment f = random_fragment();
		bool is_whole;

		ts_ns += random_below(400) * (SECOND / 1000);
		if (random_below(1000) == 0)
			ts_ns += ((int)random_below(80) - 40) * SECOND;
		is_whole = model_add(&m, &f, ts_ns);
		assert_int_equal(add_at(f, ts_ns), is_whole);
		assert_memory_equal(fragments_stats(fs), &m.stats,
		    sizeof(m.stats));
		if (!is_whole)
			continue;
		assert_int_equal(whole.len, m.whole_len);
		assert_int_equal(whole.proto, m.whole_proto);
		assert_memory_equal(whole.data, m.whole, m.whole_len);
	}
	assert_true(m.stats.whole > 1000);
	assert_true(m.stats.given_up[FRAGMENTS_OVERLAP] > 1000);
	assert_true(m.stats.given_up[FRAGMENTS_TIMEOUT] > 1000);
}

/* A datagram as a whole is a fragment: what a tunnel brings may be one, too. */
static void
test_whole_may_be_given_back(void **state)
{
	struct fragment f;

	(void)state;
	assert_false(add(1, 0, 1480, false));
	assert_true(add(1, 1480, 80, true));
	f = whole;
	f.id = 2;
	f.len = f.caplen = 800;
	f.is_last = false;
	assert_false(fragments_add(fs, &whole, &f, 0));
	assert_true(add(2, 800, 80, true));
	check_whole(2, 880);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_any_order),
		TEST(test_what_tells_datagrams_apart),
		TEST(test_copies_are_ignored),
		TEST(test_overlaps_end_the_datagram),
		TEST(test_other_bytes_are_no_copy),
		TEST(test_impossible_fragments),
		TEST(test_cut_by_the_capture),
		TEST(test_time),
		TEST(test_the_oldest_make_room),
		TEST(test_the_oldest_makes_room_for_itself),
		TEST(test_nothing_leaks),
		TEST(test_agrees_with_the_model),
		TEST(test_whole_may_be_given_back),
	};

	return cmocka_run_group_tests_name("fragments", tests, NULL, NULL);
}

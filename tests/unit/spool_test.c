/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool: what is committed is there after any end, and nothing else; what
 * is not there is known by its numbers.
 */
#include "tests/lib/spool_bed.h"

#include <errno.h>
#include <sys/resource.h>

static void
test_order(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		config.dir = i == 0 ? NULL : dir;
		struct spool *sp = open_at(0);

		add(sp, BIN, 1, 100);
		add(sp, TOP, 2, 100);
		expect_end();
		spool_commit(sp, 0);
		add(sp, BIN, 3, 100);
		expect(BIN, 1, 1);
		expect(TOP, 1, 2);
		expect_end();
		spool_commit(sp, 0);
		expect(BIN, 2, 3);
		expect_end();
		assert_int_equal(spool_last(sp, BIN), 2);
		assert_int_equal(spool_first(sp, BIN), 1);
		assert_int_equal(spool_first(sp, SELF), 1);
		spool_free(sp);
	}
}

static void
test_pause_and_seek(void **state)
{
	struct spool *sp = open_at(0);

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		add(sp, i % 2, i, 100);
	spool_commit(sp, 0);
	expect(BIN, 1, 0);
	spool_pause(reader, TOP);
	expect(BIN, 2, 2);
	expect(BIN, 3, 4);
	expect_end();
	spool_seek(reader, TOP, 1);
	expect(TOP, 1, 1);
	spool_seek(reader, BIN, 2);
	expect(BIN, 2, 2);
	expect(TOP, 2, 3);
	expect(BIN, 3, 4);
	expect(TOP, 3, 5);
	expect_end();
	spool_free(sp);
}

static void
test_reopen(void **state)
{
	struct spool_record rec;
	uint64_t run, k, n, end;
	size_t len;

	(void)state;
	struct spool *sp = open_at(0);
	run = spool_run(sp);
	add(sp, BIN, 5, 10);
	add(sp, BIN, 6, 10);
	assert_true(spool_set_blob(sp, "here", 4));
	spool_commit(sp, 5 * S);
	settle(BIN, 1, 5 * S);
	add(sp, TOP, 7, 10);
	spool_commit(sp, 7 * S);
	/* Without a commit it was never there, also at a clean end. */
	add(sp, TOP, 8, 10);
	assert_true(spool_set_blob(sp, "there", 5));
	spool_free(sp);

	sp = open_at(0);
	assert_memory_equal(spool_blob(sp, &len), "here", 4);
	assert_int_equal(len, 4);
	assert_int_equal(spool_settled(reader, BIN), 1);
	assert_int_equal(spool_settled_mark(reader, BIN).ts_ns, 5 * S);
	assert_true(spool_run(sp) != run && spool_has_run(sp, run));
	/* Earlier than what is there: the id ascends all the same. */
	add(sp, BIN, 1, 10);
	spool_commit(sp, 0);
	assert_int_equal(next(&rec), SPOOL_RECORD);
	assert_int_equal(rec.k, 2);
	assert_int_equal(rec.run, run);
	assert_int_equal(rec.n, 1);
	assert_int_equal(rec.id.ms, 6000);
	assert_int_equal(rec.ts_ns, 6 * S);
	expect(TOP, 1, 7);
	assert_int_equal(next(&rec), SPOOL_RECORD);
	assert_int_equal(rec.k, 3);
	assert_int_equal(rec.run, spool_run(sp));
	assert_int_equal(rec.n, 0);
	assert_int_equal(rec.id.ms, 6000);
	assert_int_equal(rec.id.seq, 1);
	expect_end();

	assert_true(spool_find(sp, BIN, run, 1, &k));
	assert_int_equal(k, 2);
	/* The journal has lost the end of that run: not into the next. */
	assert_true(spool_find(sp, BIN, run, 9, &k));
	assert_int_equal(k, 2);
	assert_true(spool_find(sp, BIN, spool_run(sp), 0, &k));
	assert_int_equal(k, 3);
	assert_false(spool_find(sp, BIN, run + 1, 0, &k));
	assert_true(spool_name(sp, BIN, 2, &k, &n, &end));
	assert_int_equal(k, run);
	assert_int_equal(n, 1);
	assert_int_equal(end, 2);
	assert_false(spool_name(sp, BIN, 0, &k, &n, &end));
	spool_free(sp);
}

static void
test_bound(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct spool_record rec;
		struct spool_stats st;
		uint64_t k = 0;

		config.dir = i == 0 ? NULL : dir;
		struct spool *sp = open_at(0);
		uint64_t room = spool_room(sp);
		assert_int_equal(room, i == 0 ? config.memory : config.size);
		for (unsigned n = 1; n <= 3000; n++) {
			add(sp, BIN, n, 1000);
			if (n % 100 == 0)
				spool_commit(sp, 0);
			spool_stats(sp, &st);
			assert_true(st.disk_bytes + st.memory_bytes <=
			    room + 128 * 1024);
		}
		uint64_t first = spool_first(sp, BIN);
		assert_true(3000 - first > room / 1300);
		assert_true(3000 - first < room / 900);
		assert_true(spool_backlog(reader) > room / 2);
		assert_int_equal(next(&rec), SPOOL_RECORD);
		assert_int_equal(rec.k, first);
		for (k = rec.k; next(&rec) == SPOOL_RECORD; k++)
			assert_int_equal(rec.k, k + 1);
		assert_int_equal(k, 3000);
		spool_free(sp);
	}
}

/* A batch larger than the whole spool loses its own beginning. */
static void
test_large_batch(void **state)
{
	struct spool *sp = open_at(0);
	struct spool_record rec;

	(void)state;
	for (unsigned n = 1; n <= 3000; n++)
		add(sp, BIN, n, 1000);
	expect_end();
	spool_commit(sp, 0);
	assert_int_equal(next(&rec), SPOOL_RECORD);
	assert_int_equal(rec.k, spool_first(sp, BIN));
	spool_free(sp);
	sp = open_at(0);
	assert_int_equal(spool_last(sp, BIN), 3000);
	spool_free(sp);
}

static void
test_retention(void **state)
{
	struct spool *sp = open_at(0);

	(void)state;
	for (unsigned n = 1; n <= 300; n++) {
		add(sp, BIN, n, 1000);
		spool_commit(sp, 10 * S);
	}
	/* Settled, but not for long enough. */
	settle(BIN, 300, 0);
	spool_commit(sp, 609 * S);
	assert_int_equal(spool_first(sp, BIN), 1);
	/* The server has forgotten half of it. */
	settle(BIN, 150, 0);
	spool_seek(reader, BIN, 151);
	expect(BIN, 151, 151);
	spool_commit(sp, 700 * S);
	uint64_t first = spool_first(sp, BIN);
	assert_true(first > 1 && first <= 151);
	settle(BIN, 300, 0);
	spool_commit(sp, 701 * S);
	assert_true(spool_first(sp, BIN) > 200);
	spool_free(sp);
}

static void
test_memory_is_bounded_without_a_disk(void **state)
{
	struct spool_record rec;
	struct spool_stats st;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	struct spool *sp = open_at(0);
	add(sp, BIN, 1, 1000);
	spool_commit(sp, 0);
	limit_files(0);
	for (unsigned n = 2; n <= 2000; n++) {
		add(sp, BIN, n, 1000);
		spool_commit(sp, 0);
	}
	limit_files(RLIM_INFINITY);
	spool_stats(sp, &st);
	assert_true(st.memory_bytes < config.memory + 65536);
	/* What the disk has is not what makes room in memory. */
	expect(BIN, 1, 1);
	assert_int_equal(next(&rec), SPOOL_RECORD);
	assert_true(rec.k > 1500);
	spool_free(sp);
}

static void
test_losses(void **state)
{
	struct spool_loss loss = { .stream = TOP,
		.reason = 2,
		.from = 3,
		.to = 4,
		.after_ns = 1,
		.before_ns = 2 };
	const struct spool_loss *l;
	unsigned n;

	(void)state;
	struct spool *sp = open_at(0);
	for (unsigned i = 1; i < 10; i++)
		add(sp, TOP, i, 10);
	spool_commit(sp, 0);
	spool_lose(reader, &loss);
	loss.from = loss.to = 5;
	loss.before_ns = 3;
	spool_lose(reader, &loss);
	settle(TOP, 5, 0);
	spool_commit(sp, 2 * S);
	/* Told in a batch that is never committed. */
	spool_told(reader, 0, BIN);
	assert_false(spool_has_untold(reader));
	add(sp, BIN, 1, 10);
	spool_free(sp);

	sp = open_at(0);
	assert_true(spool_has_untold(reader));
	l = spool_losses(reader, &n);
	assert_int_equal(n, 1);
	assert_int_equal(l->stream, TOP);
	assert_int_equal(l->from, 3);
	assert_int_equal(l->to, 5);
	assert_int_equal(l->after_ns, 1);
	assert_int_equal(l->before_ns, 3);
	add(sp, BIN, 1, 10);
	spool_told(reader, 0, BIN);
	spool_commit(sp, 0);
	/* It is told by now: the next one is another. */
	loss.from = loss.to = 6;
	spool_lose(reader, &loss);
	spool_commit(sp, 2 * S);
	spool_free(sp);
	sp = open_at(0);
	l = spool_losses(reader, &n);
	assert_int_equal(n, 2);
	assert_true(l[0].is_told && !l[1].is_told);
	/* Those that were told make room. */
	spool_told(reader, 1, BIN);
	for (unsigned i = 0; i < SPOOL_LOSSES; i++) {
		loss.from = loss.to = 100 + 2 * i;
		spool_lose(reader, &loss);
		spool_losses(reader, &n);
		assert_true(n <= SPOOL_TOLD + 2);
		add(sp, BIN, i, 10);
		spool_told(reader, n - 1, BIN);
		spool_commit(sp, 0);
		settle(BIN, spool_last(sp, BIN), 0);
	}
	assert_false(spool_has_untold(reader));
	/* The record that told the last one is lost: it is told again. */
	loss = (struct spool_loss){ .stream = BIN,
		.from = spool_last(sp, BIN),
		.to = spool_last(sp, BIN) };
	spool_lose(reader, &loss);
	assert_true(spool_is_untold(reader, n - 1));
	assert_false(spool_is_untold(reader, n - 2));
	spool_free(sp);
	/* Many that could not be told yet are all there again. */
	sp = open_at(0);
	for (unsigned i = 0; i < 300; i++) {
		loss = (struct spool_loss){ .stream = SELF,
			.from = 1 + 2 * i,
			.to = 1 + 2 * i };
		spool_lose(reader, &loss);
	}
	spool_commit(sp, 2 * S);
	spool_free(sp);
	sp = open_at(0);
	l = spool_losses(reader, &n);
	assert_true(n >= 300);
	for (unsigned i = 0; i < 300; i++)
		assert_int_equal(l[n - 300 + i].from, 1 + 2 * i);
	spool_free(sp);
}

static void
test_many_starts(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= 100; i++) {
		struct spool *sp = open_at(0);

		add(sp, BIN, i, 10);
		spool_commit(sp, 0);
		spool_free(sp);
	}
	struct spool *sp = open_at(0);
	assert_int_equal(read_all(), 100);
	spool_seek(reader, BIN, 1);
	struct spool_record rec;
	uint64_t k;
	for (unsigned i = 1; i <= 100; i++) {
		assert_int_equal(next(&rec), SPOOL_RECORD);
		assert_int_equal(rec.n, 0);
		assert_true(spool_find(sp, BIN, rec.run, rec.n, &k));
		assert_true(i > 60 ? k == i : k >= i);
	}
	spool_free(sp);
}

/* Leaves n descriptors that can be had; a negative n takes that back. */
static void
leave_descriptors(int n)
{
	static struct rlimit before;
	struct rlimit few;
	int lowest = dup(0);

	if (n < 0) {
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		close(lowest);
		return;
	}
	assert_true(lowest >= 0);
	close(lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = (rlim_t)(lowest + n);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
}

/* What can't be looked at for want of descriptors isn't damaged. */
static void
test_no_descriptors(void **state)
{
	struct spool_record rec;
	struct spool *sp = open_at(0);
	char err[256];

	(void)state;
	add(sp, BIN, 1, 100);
	spool_commit(sp, 0);
	spool_free(sp);
	/* The folder, then that to list it, then a segment; not enough. */
	for (int n = 0; n < 2; n++) {
		sp = spool_new(&config);
		reader = spool_reader(sp, "r1");
		leave_descriptors(n);
		assert_false(spool_open(sp, 0, err, sizeof(err)));
		leave_descriptors(-1);
		assert_non_null(strstr(err, strerror(EMFILE)));
		spool_free(sp);
	}
	sp = open_at(0);
	leave_descriptors(0);
	assert_int_equal(spool_next(reader, &rec), SPOOL_STUCK);
	assert_int_equal(spool_next(reader, &rec), SPOOL_STUCK);
	leave_descriptors(-1);
	expect(BIN, 1, 1);
	expect_end();
	spool_free(sp);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_order),
		T(test_pause_and_seek),
		T(test_reopen),
		T(test_bound),
		T(test_large_batch),
		T(test_retention),
		T(test_memory_is_bounded_without_a_disk),
		T(test_losses),
		T(test_many_starts),
		T(test_no_descriptors),
	};

	log_init(true, false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

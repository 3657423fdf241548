/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lost records have told: exact wherever it went, and said to be unknown
 * where it is.
 */
#include "tests/lib/spool_bed.h"
#include "tests/lib/spool_old.h"

/* That of records 1 to k that each tell as much as their number. */
static void
expect_sum(struct spool_sum sum, uint64_t k, uint64_t unknown)
{
	assert_int_equal(sum.packets, k * (k + 1) / 2);
	assert_int_equal(sum.bytes, 10 * sum.packets);
	assert_int_equal(sum.unknown, unknown);
}

static void
fill(struct spool *sp, unsigned from, unsigned to, size_t len)
{
	for (unsigned i = from; i <= to; i++) {
		add(sp, BIN, i, len);
		add(sp, TOP, i, len);
		spool_commit(sp, 0);
	}
}

static void
test_records(void **state)
{
	struct spool_record rec;

	(void)state;
	struct spool *sp = open_at(0);
	fill(sp, 1, 3, 10);
	spool_free(sp);
	sp = open_at(0);
	fill(sp, 4, 5, 10);
	for (unsigned k = 1; k <= 5; k++) {
		assert_int_equal(next(&rec), SPOOL_RECORD);
		expect_sum(rec.before, k - 1, 0);
		expect_sum(rec.through, k, 0);
		expect_sum(rec.base, k > 3 ? 3 : 0, 0);
		expect_sum(spool_sum_at(reader, BIN, k), k, 0);
		/* Of a stream that isn't counted nobody keeps it. */
		assert_int_equal(next(&rec), SPOOL_RECORD);
		assert_int_equal(spool_sum_at(reader, TOP, k).packets, 0);
	}
	spool_free(sp);
}

static void
test_full(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		config.dir = i == 0 ? NULL : dir;
		struct spool *sp = open_at(0);

		fill(sp, 1, 2000, 1000);
		struct spool_mark first = spool_before_first(sp, BIN);
		assert_true(first.k > 100);
		assert_int_equal(first.k + 1, spool_first(sp, BIN));
		expect_sum(first.sum, first.k, 0);
		/* Between them and the newest, a segment is read. */
		for (uint64_t k = first.k; k <= 2000; k += 7)
			expect_sum(spool_sum_at(reader, BIN, k), k, 0);
		/* Older ones are gone, and it is said how many. */
		struct spool_sum sum = spool_sum_at(reader, BIN, 100);
		sum = spool_between(&sum, &first.sum, first.k - 100);
		assert_int_equal(sum.packets, 0);
		assert_int_equal(sum.unknown, first.k - 100);
		spool_free(sp);
	}
}

/* What was settled keeps its sum when the records are gone. */
static void
test_settled(void **state)
{
	(void)state;
	struct spool *sp = open_at(0);
	fill(sp, 1, 10, 10);
	settle(BIN, 7, 0);
	spool_commit(sp, 2 * S);
	spool_free(sp);
	sp = open_at(0);
	fill(sp, 11, 2000, 1000);
	expect_sum(spool_settled_mark(reader, BIN).sum, 7, 0);
	struct spool_mark first = spool_before_first(sp, BIN);
	expect_sum(first.sum, first.k, 0);
	spool_free(sp);
}

static void
test_hole(void **state)
{
	struct spool_record rec;
	uint64_t k = 0, holes = 0;

	(void)state;
	struct spool *sp = open_at(0);
	fill(sp, 1, 300, 1000);
	spool_free(sp);
	char path[256];
	snprintf(path, sizeof(path), "%s/0000000000000002.seg", dir);
	int fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "x", 1, 20000), 1);
	close(fd);
	sp = open_at(0);
	while (next(&rec) == SPOOL_RECORD) {
		if (rec.stream != BIN)
			continue;
		expect_sum(rec.before, rec.k - 1, 0);
		expect_sum(rec.through, rec.k, 0);
		if (rec.k > k + 1) {
			/* In a hole only its two ends are known. */
			struct spool_sum in = spool_sum_at(reader, BIN, k + 2);
			assert_int_equal(spool_between(&in, &rec.before,
					     rec.k - k - 3)
					     .unknown,
			    rec.k - k - 3);
			holes++;
		}
		k = rec.k;
	}
	assert_int_equal(k, 300);
	assert_int_equal(holes, 1);
	spool_free(sp);
}

static void
test_losses(void **state)
{
	struct spool_loss loss = { .stream = BIN,
		.from = 3,
		.to = 4,
		.before = { 3, 30, 0 },
		.through = { 10, 100, 1 } };
	unsigned n;

	(void)state;
	struct spool *sp = open_at(0);
	fill(sp, 1, 9, 10);
	spool_lose(reader, &loss);
	loss.from = loss.to = 5;
	loss.before = loss.through;
	loss.through = (struct spool_sum){ 15, 150, 1 };
	spool_lose(reader, &loss);
	settle(BIN, 5, 0);
	spool_commit(sp, 2 * S);
	spool_free(sp);
	sp = open_at(0);
	const struct spool_loss *l = spool_losses(reader, &n);
	assert_int_equal(n, 1);
	assert_int_equal(l->to, 5);
	assert_int_equal(l->before.packets, 3);
	assert_int_equal(l->through.bytes, 150);
	assert_int_equal(l->through.unknown, 1);
	spool_free(sp);
}

/* What contradicts itself is unknown, and never more than there was. */
static void
test_between(void **state)
{
	const struct spool_sum a = { 5, 50, 1 }, b = { 7, 60, 2 },
			       c = { 4, 60, 1 }, d = { 7, 60, 9 };
	struct spool_sum sum = spool_between(&a, &b, 3);

	(void)state;
	assert_int_equal(sum.packets, 2);
	assert_int_equal(sum.bytes, 10);
	assert_int_equal(sum.unknown, 1);
	assert_int_equal(spool_between(&a, &c, 3).unknown, 3);
	assert_int_equal(spool_between(&a, &d, 3).unknown, 3);
	assert_int_equal(spool_between(&a, &d, 3).packets, 0);
}

/* Who comes later begins at the oldest, and goes on having begun there. */
static void
test_begun(void **state)
{
	struct spool_mark first;
	struct spool *sp;
	char err[256];

	(void)state;
	sp = open_at(0);
	fill(sp, 1, 2000, 1000);
	spool_free(sp);
	for (int i = 0; i < 2; i++) {
		sp = spool_new(&config);
		struct spool_reader *late = spool_reader(sp, "late");
		reader = spool_reader(sp, "r1");
		assert_true(spool_open(sp, 0, err, sizeof(err)));
		if (i == 0)
			first = spool_before_first(sp, BIN);
		assert_true(first.k > 100);
		assert_int_equal(spool_begun(late, BIN), first.k);
		assert_int_equal(spool_begun(reader, BIN), 0);
		assert_true(i > 0 || spool_settled(late, BIN) == first.k);
		/* More than the spool holds, as the second time says. */
		fill(sp, 2001, 4000, 1000);
		assert_true(spool_first(sp, BIN) > first.k + 1);
		expect_sum(spool_sum_at(late, BIN, first.k), first.k, 0);
		const struct spool_mark mark = { 2000, 0,
			spool_sum_at(late, BIN, 2000) };
		spool_settle(late, BIN, &mark);
		spool_free(sp);
	}
}

static size_t
pack_record(uint8_t *out, uint64_t k)
{
	struct pack o = { out + FRAME_OVERHEAD, out + 200, false };
	unsigned value = (unsigned)k;

	pack_u8(&o, 0);
	pack_u64(&o, k);
	pack_u64(&o, k);
	pack_u64(&o, 0);
	pack_u64(&o, k * (uint64_t)S);
	pack_bytes(&o, &value, sizeof(value));
	return seal_old(out, FRAME_DATA, (size_t)(o.p - out) - FRAME_OVERHEAD);
}

/* A journal of one run with one stream, as the first format had it. */
static size_t
pack_old(uint8_t *out, size_t cap)
{
	struct pack o = { out + FRAME_OVERHEAD, out + cap, false };
	size_t len;

	pack_bytes(&o, "TAPSPL1", 8);
	pack_u8(&o, 1);
	pack_bytes(&o, "bin", 3);
	pack_u64(&o, 11);
	pack_u64(&o, 4); /* records made before this segment */
	pack_u64(&o, 4);
	pack_u64(&o, 0);
	pack_u8(&o, 1);
	pack_u64(&o, 0xabc);
	pack_u64(&o, 2);
	pack_u8(&o, 1);
	pack_bytes(&o, "r1", 2);
	pack_u8(&o, 1);
	pack_u8(&o, 0);
	pack_u64(&o, 3);
	pack_u64(&o, 3 * (uint64_t)S);
	pack_u16(&o, 1);
	pack_u8(&o, 0);
	pack_u8(&o, 1);
	pack_u8(&o, 0);
	pack_u64(&o, 2);
	pack_u64(&o, 3);
	pack_u64(&o, 0);
	pack_u64(&o, 0);
	pack_u8(&o, 0);
	pack_u64(&o, 0);
	pack_bytes(&o, "blob", 4);
	len = seal_old(out, FRAME_HEAD, (size_t)(o.p - out) - FRAME_OVERHEAD);
	for (uint64_t k = 5; k <= 6; k++)
		len += pack_record(out + len, k);
	out[len + FRAME_OVERHEAD] = 0;
	return len + seal_old(out + len, FRAME_COMMIT, 1);
}

static void
test_first_format(void **state)
{
	static uint8_t bytes[4096];
	const struct spool_loss *l;
	struct spool_record rec;
	char path[256];
	unsigned n;

	(void)state;
	mkdir(dir, 0700);
	snprintf(path, sizeof(path), "%s/0000000000000007.seg", dir);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	fwrite(bytes, 1, pack_old(bytes, sizeof(bytes)), f);
	fclose(f);
	struct spool *sp = open_at(0);
	assert_true(spool_has_run(sp, 0xabc));
	assert_int_equal(spool_last(sp, BIN), 6);
	assert_int_equal(spool_settled(reader, BIN), 3);
	l = spool_losses(reader, &n);
	assert_int_equal(n, 1);
	assert_int_equal(spool_between(&l->before, &l->through, 2).unknown, 2);
	add(sp, BIN, 7, 10);
	spool_commit(sp, 0);
	for (uint64_t k = 5; k <= 7; k++) {
		assert_int_equal(next(&rec), SPOOL_RECORD);
		assert_int_equal(rec.k, k);
		assert_int_equal(rec.through.unknown, k < 7 ? k : 6);
		assert_int_equal(rec.base.unknown, k < 7 ? 2 : 6);
	}
	assert_int_equal(rec.through.packets, 7);
	assert_int_equal(rec.before.packets, 0);
	/* Across the change: what is known is told, and how much isn't. */
	struct spool_sum from = spool_settled_mark(reader, BIN).sum;
	struct spool_sum sum = spool_between(&from, &rec.through, 4);
	assert_int_equal(sum.packets, 7);
	assert_int_equal(sum.unknown, 3);
	spool_free(sp);
	sp = open_at(0);
	sum = spool_sum_at(reader, BIN, 7);
	assert_int_equal(sum.packets, 7);
	assert_int_equal(sum.unknown, 6);
	spool_free(sp);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_records),
		T(test_full),
		T(test_settled),
		T(test_hole),
		T(test_losses),
		T(test_between),
		T(test_first_format),
		T(test_begun),
	};

	log_init(true, false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

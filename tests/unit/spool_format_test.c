/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spool of the format before this one, whose frames had another sum: what
 * waits in it is still sent, and what is written behind it has the new format.
 */
#include "tests/lib/spool_bed.h"
#include "tests/lib/spool_old.h"

enum {
	RECORDS = 300,
	MAGIC_AT = FRAME_OVERHEAD + 2,
	VERSION_AT = 6,
	BEGUN = N_STREAMS * 8 + 24 /* a head's end: where a reader has begun */
};

static uint8_t bytes[1 << 20];

static FILE *
open_segment(const char *name, const char *mode)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%.31s", dir, name);
	FILE *f = fopen(path, mode);
	assert_non_null(f);
	return f;
}

static size_t
slurp(const char *name)
{
	FILE *f = open_segment(name, "rb");
	size_t n = fread(bytes, 1, sizeof(bytes), f);

	assert_true(n < sizeof(bytes));
	fclose(f);
	return n;
}

static void
put_back(const char *name, size_t n)
{
	FILE *f = open_segment(name, "wb");

	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

/* Puts back a segment alone. */
static void
put_alone(const char *name, size_t n)
{
	char command[200];

	snprintf(command, sizeof(command), "rm -f '%s'/*", dir);
	assert_int_equal(system(command), 0);
	put_back(name, n);
}

/* The format of a segment's file, of whose frames each must be whole. */
static char
format_of(const char *name, enum frame_sum sum)
{
	size_t n = slurp(name), at = 0;
	struct frame f;

	while (at < n) {
		assert_int_equal(frame_read(&f, bytes + at, n - at, sum),
		    FRAME_OK);
		at += FRAME_OVERHEAD + f.len;
	}
	assert_memory_equal(bytes + MAGIC_AT, "TAPSPL", VERSION_AT);
	return (char)bytes[MAGIC_AT + VERSION_AT];
}

/* Writes a segment as the second format had it: all else was as it is. */
static void
make_old(const char *name)
{
	static uint8_t old[sizeof(bytes)];
	size_t n = slurp(name), at = 0, len = 0;
	struct frame f;

	while (at < n) {
		assert_int_equal(frame_read(&f, bytes + at, n - at,
				     FRAME_CRC32C),
		    FRAME_OK);
		at += FRAME_OVERHEAD + f.len;
		memcpy(old + len + FRAME_OVERHEAD, f.body, f.len);
		if (f.type == FRAME_HEAD) {
			old[len + MAGIC_AT + VERSION_AT] = '2';
			f.len -= BEGUN;
		}
		len += seal_old(old + len, f.type, f.len);
	}
	memcpy(bytes, old, len);
	put_back(name, len);
}

/* Of every segment, in their order. */
static unsigned
each_segment(void (*call)(const char *))
{
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort);
	unsigned found = 0;

	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		if (strstr(list[i]->d_name, ".seg") != NULL) {
			call(list[i]->d_name);
			found++;
		}
		free(list[i]);
	}
	free(list);
	return found;
}

static unsigned n_old, n_new;

static void
count_format(const char *name)
{
	uint8_t head[MAGIC_AT + VERSION_AT + 1];
	FILE *f = open_segment(name, "rb");

	assert_int_equal(fread(head, 1, sizeof(head), f), sizeof(head));
	fclose(f);
	bool is_old = head[MAGIC_AT + VERSION_AT] == '2';
	/* Old ones stand in front. */
	assert_true(!is_old || n_new == 0);
	*(is_old ? &n_old : &n_new) += 1;
	assert_int_equal(format_of(name, is_old ? FRAME_CRC32 : FRAME_CRC32C),
	    is_old ? '2' : '3');
}

/* A run with a loss and a blob, of which a reader has settled some. */
static unsigned
make_journal(void)
{
	const struct spool_loss loss = { .stream = TOP,
		.from = 3,
		.to = 4,
		.told_stream = TOP };
	struct spool *sp = open_at(0);

	for (unsigned i = 1; i <= RECORDS; i++) {
		add(sp, BIN, i, 1000);
		spool_commit(sp, 0);
	}
	settle(BIN, 20, 20 * S);
	spool_lose(reader, &loss);
	assert_true(spool_set_blob(sp, "blob", 4));
	spool_commit(sp, 2 * S);
	spool_free(sp);
	return each_segment(make_old);
}

static void
expect_journal(const struct spool *sp, unsigned last)
{
	struct spool_stats stats;
	struct spool_record rec;
	uint64_t packets = 0;
	size_t len;
	unsigned n;

	assert_memory_equal(spool_blob(sp, &len), "blob", 4);
	assert_int_equal(len, 4);
	assert_int_equal(spool_settled(reader, BIN), 20);
	assert_int_equal(spool_losses(reader, &n)->to, 4);
	assert_int_equal(n, 1);
	for (unsigned k = 1; k <= 20; k++)
		packets += k;
	for (unsigned k = 21; k <= last; k++) {
		assert_int_equal(next(&rec), SPOOL_RECORD);
		assert_int_equal(rec.k, k);
		assert_int_equal(value_of(&rec), k);
		packets += k;
		assert_int_equal(rec.through.packets, packets);
		assert_int_equal(rec.through.unknown, 0);
	}
	expect_end();
	spool_stats(sp, &stats);
	assert_int_equal(stats.bad_bytes, 0);
	assert_int_equal(stats.cut_bytes, 0);
}

static void
test_upgrade(void **state)
{
	unsigned n = make_journal();

	(void)state;
	assert_true(n > 3);
	struct spool *sp = open_at(0);
	expect_journal(sp, RECORDS);
	for (unsigned i = 1; i <= 5; i++) {
		add(sp, BIN, RECORDS + i, 1000);
		spool_commit(sp, 0);
	}
	spool_free(sp);
	n_old = n_new = 0;
	each_segment(count_format);
	assert_int_equal(n_old, n);
	assert_int_equal(n_new, 1);
	sp = open_at(0);
	expect_journal(sp, RECORDS + 5);
	spool_free(sp);
}

/* What a death has left of the old format is cut off as well. */
static void
test_torn(void **state)
{
	static const char name[] = "0000000000000001.seg";
	static uint8_t whole[16384];
	unsigned batches = 0;
	struct frame f;

	(void)state;
	struct spool *sp = open_at(0);
	for (unsigned i = 1; i <= 3; i++) {
		add(sp, BIN, i, 30);
		spool_commit(sp, 0);
	}
	add(sp, BIN, 99, 30);
	spool_free(sp);
	make_old(name);
	size_t n = slurp(name), end = 0;
	assert_true(n < sizeof(whole));
	memcpy(whole, bytes, n);
	for (size_t cut = 0; cut <= n; cut++) {
		while (frame_read(&f, whole + end, cut - end, FRAME_CRC32) ==
		    FRAME_OK) {
			end += FRAME_OVERHEAD + f.len;
			batches += f.type == FRAME_COMMIT;
		}
		memcpy(bytes, whole, cut);
		put_alone(name, cut);
		sp = open_at(0);
		assert_int_equal(read_all(), batches);
		spool_free(sp);
	}
	assert_int_equal(batches, 3);
}

/* Damage in the middle costs what stands behind it in its segment. */
static void
test_damaged(void **state)
{
	struct spool_stats stats;
	struct spool_record rec;
	uint64_t last = 20;
	unsigned n = 0;

	(void)state;
	make_journal();
	size_t len = slurp("0000000000000002.seg");
	bytes[len / 2] ^= 1;
	put_back("0000000000000002.seg", len);
	struct spool *sp = open_at(0);
	while (next(&rec) == SPOOL_RECORD) {
		assert_true(rec.k > last);
		assert_int_equal(value_of(&rec), rec.k);
		last = rec.k;
		n++;
	}
	assert_int_equal(last, RECORDS);
	assert_true(n < RECORDS - 20 && n > RECORDS / 2);
	spool_stats(sp, &stats);
	assert_true(stats.bad_bytes > 0);
	spool_free(sp);
}

/* A format is a name with its sum: neither is taken with another. */
static void
expect_unknown(char version, size_t (*seal)(uint8_t *, enum frame_type, size_t))
{
	static const char name[] = "0000000000000001.seg";
	struct spool *sp = open_at(0);
	struct spool_stats stats;

	add(sp, BIN, 1, 30);
	spool_commit(sp, 0);
	spool_free(sp);
	size_t n = slurp(name), at = 0;
	bytes[MAGIC_AT + VERSION_AT] = (uint8_t)version;
	while (at < n)
		at += seal(bytes + at, bytes[at + 8],
		    bytes[at] | (size_t)bytes[at + 1] << 8);
	assert_int_equal(at, n);
	put_back(name, n);
	sp = open_at(0);
	assert_int_equal(spool_last(sp, BIN), 0);
	expect_end();
	spool_stats(sp, &stats);
	assert_int_equal(stats.bad_bytes, n);
	spool_free(sp);
}

static void
test_old_name_new_sum(void **state)
{
	(void)state;
	expect_unknown('2', frame_seal);
}

static void
test_new_name_old_sum(void **state)
{
	(void)state;
	expect_unknown('3', seal_old);
}

static void
test_unknown_name(void **state)
{
	(void)state;
	expect_unknown('4', frame_seal);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_upgrade),
		T(test_torn),
		T(test_damaged),
		T(test_old_name_new_sum),
		T(test_new_name_old_sum),
		T(test_unknown_name),
	};

	log_init(true, false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

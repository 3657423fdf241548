/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool: what is committed is there after any end, and nothing else; what
 * is not there is known by its numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/log.h"
#include "daemon/spool/frame.h"
#include "daemon/spool/spool.h"

#define S INT64_C(1000000000)

static const struct spool_stream streams[] = { { "bin", 11 }, { "top", 22 },
	{ "self", 33 } };
enum { BIN, TOP, SELF, N_STREAMS };

static char root[64], dir[128];
static struct spool_config config;
static struct spool_reader *reader;

static int
setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/spool-test.XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(dir, sizeof(dir), "%s/spool", root);
	config = (struct spool_config){ .dir = dir,
		.size = 1 << 20,
		.memory = 256 << 10,
		.keep_ns = 600 * S,
		.streams = streams,
		.n_streams = N_STREAMS };
	return 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
	return 0;
}

static struct spool *
open_at(int64_t mono_ns)
{
	struct spool *sp = spool_new(&config);
	char err[256] = "";

	assert_non_null(sp);
	reader = spool_reader(sp, "r1");
	if (!spool_open(sp, mono_ns, err, sizeof(err)))
		fail_msg("%s", err);
	return sp;
}

/* A record whose payload says which it is. */
static void
add(struct spool *sp, unsigned stream, unsigned value, size_t len)
{
	uint8_t payload[4096];

	assert_true(len >= 4 && len <= sizeof(payload));
	memset(payload, (int)(value & 0xff), len);
	memcpy(payload, &value, 4);
	assert_true(spool_append(sp, stream, (int64_t)value * S, payload, len));
}

static unsigned
value_of(const struct spool_record *rec)
{
	unsigned value;

	assert_true(rec->len >= 4);
	memcpy(&value, rec->payload, 4);
	for (size_t i = 4; i < rec->len; i++)
		assert_int_equal(rec->payload[i], value & 0xff);
	return value;
}

static enum spool_next
next(struct spool_record *rec)
{
	enum spool_next what;

	while ((what = spool_next(reader, rec)) == SPOOL_LATER)
		;
	return what;
}

static void
expect(unsigned stream, uint64_t k, unsigned value)
{
	struct spool_record rec;

	assert_int_equal(next(&rec), SPOOL_RECORD);
	assert_int_equal(rec.stream, stream);
	assert_int_equal(rec.k, k);
	assert_int_equal(value_of(&rec), value);
}

static void
expect_end(void)
{
	struct spool_record rec;

	assert_int_equal(next(&rec), SPOOL_END);
}

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
	spool_settle(reader, BIN, 1, 5 * S);
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
	assert_int_equal(spool_settled_ns(reader, BIN), 5 * S);
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

/* The only segment's bytes; its name is kept. */
static char segment[32];

static size_t
slurp(uint8_t *bytes, size_t cap)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[256];
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		if (strstr(e->d_name, ".seg") == NULL)
			continue;
		assert_int_equal(n, 0);
		snprintf(segment, sizeof(segment), "%.31s", e->d_name);
		snprintf(path, sizeof(path), "%s/%s", dir, segment);
		FILE *f = fopen(path, "rb");
		assert_non_null(f);
		n = fread(bytes, 1, cap, f);
		assert_true(n < cap);
		fclose(f);
	}
	closedir(d);
	return n;
}

static void
put_back(const uint8_t *bytes, size_t n)
{
	char path[256], command[200];

	snprintf(command, sizeof(command), "rm -f '%s'/*", dir);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "%s/%s", dir, segment);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

/* Batches of 1, 2 and 3 records; returns the length of the file. */
static size_t
make_batches(uint8_t *bytes, size_t cap, size_t ends[3])
{
	struct spool *sp = open_at(0);

	for (unsigned batch = 1, value = 0; batch <= 3; batch++) {
		char blob[8];

		for (unsigned i = 0; i < batch; i++)
			add(sp, BIN, ++value, 30);
		snprintf(blob, sizeof(blob), "%u", batch);
		assert_true(spool_set_blob(sp, blob, 1));
		spool_commit(sp, 0);
		ends[batch - 1] = slurp(bytes, cap);
	}
	/* As a kill would: nothing is written at the end. */
	add(sp, BIN, 99, 30);
	spool_free(sp);
	return slurp(bytes, cap);
}

/* What is read is a beginning of 1, 2, 3 …; returns how many. */
static unsigned
read_all(void)
{
	struct spool_record rec;
	unsigned n = 0;

	while (next(&rec) == SPOOL_RECORD) {
		n++;
		assert_int_equal(rec.k, n);
		assert_int_equal(value_of(&rec), n);
	}
	return n;
}

static void
test_torn_at_every_byte(void **state)
{
	static const unsigned sums[] = { 0, 1, 3, 6 };
	static uint8_t bytes[16384];
	size_t ends[3], len;

	(void)state;
	size_t n = make_batches(bytes, sizeof(bytes), ends);
	assert_int_equal(n, ends[2]);
	for (size_t cut = 0; cut <= n; cut++) {
		unsigned batches = 0;

		while (batches < 3 && cut >= ends[batches])
			batches++;
		put_back(bytes, cut);
		struct spool *sp = open_at(0);
		assert_int_equal(read_all(), sums[batches]);
		const uint8_t *blob = spool_blob(sp, &len);
		assert_int_equal(len, batches > 0);
		assert_true(len == 0 || *blob == '0' + batches);
		/* It goes on, and what it writes then is found as well. */
		assert_int_equal(spool_last(sp, BIN), sums[batches]);
		add(sp, BIN, sums[batches] + 1, 30);
		spool_commit(sp, 0);
		spool_free(sp);
		sp = open_at(0);
		assert_int_equal(read_all(), sums[batches] + 1);
		spool_free(sp);
	}
}

static void
test_damaged_at_every_byte(void **state)
{
	static uint8_t bytes[16384];
	size_t ends[3];

	(void)state;
	size_t n = make_batches(bytes, sizeof(bytes), ends);
	for (size_t at = 0; at < n; at++) {
		for (unsigned bit = 0; bit < 8; bit += 3) {
			bytes[at] ^= (uint8_t)(1U << bit);
			put_back(bytes, n);
			struct spool *sp = open_at(0);
			struct spool_stats st;
			unsigned got = read_all();

			assert_true(got == 0 || got == 1 || got == 3);
			spool_stats(sp, &st);
			assert_true(st.cut_bytes + st.bad_bytes > 0);
			spool_free(sp);
			bytes[at] ^= (uint8_t)(1U << bit);
		}
	}
}

static void
test_damage_in_the_middle(void **state)
{
	struct spool_record rec;
	struct spool_stats st;
	uint64_t k = 0, missing = 0;
	char path[256];

	(void)state;
	struct spool *sp = open_at(0);
	for (unsigned i = 1; i <= 200; i++) {
		add(sp, BIN, i, 1000);
		spool_commit(sp, 0);
	}
	spool_free(sp);
	snprintf(path, sizeof(path), "%s/0000000000000002.seg", dir);
	int fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "x", 1, 5000), 1);
	close(fd);
	sp = open_at(0);
	spool_stats(sp, &st);
	assert_true(st.bad_bytes > 1000 && st.bad_bytes < 65536);
	assert_int_equal(spool_last(sp, BIN), 200);
	while (next(&rec) == SPOOL_RECORD) {
		assert_int_equal(rec.k, value_of(&rec));
		missing += rec.k - k - 1;
		k = rec.k;
	}
	assert_int_equal(k, 200);
	assert_true(missing > 0 && missing < 65);
	spool_free(sp);

	/* Damaged while it is open: it is left out as well. */
	setup(state);
	sp = open_at(0);
	for (unsigned i = 1; i <= 200; i++) {
		add(sp, BIN, i, 1000);
		spool_commit(sp, 0);
	}
	snprintf(path, sizeof(path), "%s/0000000000000001.seg", dir);
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "x", 1, 5000), 1);
	close(fd);
	while (next(&rec) == SPOOL_RECORD)
		k = rec.k;
	assert_int_equal(k, 200);
	spool_stats(sp, &st);
	assert_true(st.bad_bytes > 0);
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
	spool_settle(reader, BIN, 300, 0);
	spool_commit(sp, 609 * S);
	assert_int_equal(spool_first(sp, BIN), 1);
	/* The server has forgotten half of it. */
	spool_settle(reader, BIN, 150, 0);
	spool_seek(reader, BIN, 151);
	expect(BIN, 151, 151);
	spool_commit(sp, 700 * S);
	uint64_t first = spool_first(sp, BIN);
	assert_true(first > 1 && first <= 151);
	spool_settle(reader, BIN, 300, 0);
	spool_commit(sp, 701 * S);
	assert_true(spool_first(sp, BIN) > 200);
	spool_free(sp);
}

static void
limit_files(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
test_disk_trouble(void **state)
{
	struct spool_stats st;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	struct spool *sp = open_at(0);
	for (unsigned n = 1; n <= 5; n++) {
		add(sp, BIN, n, 1000);
		spool_commit(sp, 0);
	}
	limit_files(6200);
	for (unsigned n = 6; n <= 100; n++) {
		add(sp, BIN, n, 1000);
		spool_commit(sp, n * S / 100);
	}
	limit_files(RLIM_INFINITY);
	spool_stats(sp, &st);
	assert_true(st.is_failing && st.disk_errors > 0);
	assert_int_equal(spool_room(sp), config.memory);
	assert_int_equal(read_all(), 100);
	/* A death now loses what is in memory only, and it is known. */
	spool_commit(sp, 3 * S);
	spool_stats(sp, &st);
	assert_false(st.is_failing);
	assert_int_equal(st.memory_bytes, 0);
	add(sp, BIN, 101, 1000);
	spool_commit(sp, 3 * S);
	spool_seek(reader, BIN, 1);
	assert_int_equal(read_all(), 101);
	spool_free(sp);
	sp = open_at(0);
	assert_int_equal(read_all(), 101);
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
	spool_settle(reader, TOP, 5, 0);
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
		spool_settle(reader, BIN, spool_last(sp, BIN), 0);
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
test_another_schema(void **state)
{
	static const struct spool_stream changed[] = { { "self", 33 },
		{ "bin", 12 }, { "top", 22 } };
	struct spool_record rec;

	(void)state;
	struct spool *sp = open_at(0);
	add(sp, BIN, 1, 10);
	add(sp, TOP, 2, 10);
	add(sp, BIN, 3, 10);
	spool_commit(sp, 0);
	spool_settle(reader, TOP, 1, 0);
	spool_commit(sp, 2 * S);
	spool_free(sp);
	config.streams = changed;
	sp = open_at(0);
	assert_int_equal(spool_settled(reader, 2), 1);
	assert_int_equal(spool_last(sp, 1), 2);
	assert_int_equal(spool_first(sp, 1), 3);
	add(sp, 1, 4, 10);
	spool_commit(sp, 0);
	assert_int_equal(next(&rec), SPOOL_RECORD);
	assert_int_equal(rec.stream, 1);
	assert_int_equal(rec.k, 3);
	spool_free(sp);
}

static void
expect_refused(const char *why)
{
	struct spool *sp = spool_new(&config);
	char err[256] = "";

	assert_false(spool_open(sp, 0, err, sizeof(err)));
	assert_non_null(strstr(err, why));
	spool_free(sp);
}

static void
test_folder(void **state)
{
	struct stat st;
	char path[256];

	(void)state;
	struct spool *sp = open_at(0);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	add(sp, BIN, 1, 10);
	spool_commit(sp, 0);
	snprintf(path, sizeof(path), "%s/0000000000000001.seg", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	expect_refused("another process");
	spool_free(sp);
	chmod(dir, 0722);
	expect_refused("others may write");
	chmod(dir, 0700);
	/* A link isn't followed, and nothing is read through it. */
	snprintf(path, sizeof(path), "%s/0000000000000009.seg", dir);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	sp = open_at(0);
	assert_int_equal(spool_last(sp, BIN), 1);
	expect(BIN, 1, 1);
	spool_free(sp);
	config.dir = "/nonexistent/spool";
	expect_refused("No such file");
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

static void
test_frames(void **state)
{
	uint8_t out[64] = { 0 };
	struct frame f;

	(void)state;
	memcpy(out + FRAME_OVERHEAD, "body", 4);
	size_t n = frame_seal(out, FRAME_DATA, 4);
	assert_int_equal(n, FRAME_OVERHEAD + 4);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(frame_read(&f, out, i), FRAME_SHORT);
	assert_int_equal(frame_read(&f, out, n), FRAME_OK);
	assert_int_equal(f.type, FRAME_DATA);
	assert_int_equal(f.len, 4);
	out[3] = 1;
	assert_int_equal(frame_read(&f, out, n), FRAME_BAD);

	struct pack o = { out, out + 5, false };
	pack_u16(&o, 7);
	pack_bytes(&o, "ab", 2);
	assert_true(o.full);
	struct unpack in = { out, out + 2, false };
	assert_int_equal(unpack_u16(&in), 7);
	assert_int_equal(unpack_u64(&in), 0);
	assert_true(in.bad);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_order),
		T(test_pause_and_seek),
		T(test_reopen),
		T(test_torn_at_every_byte),
		T(test_damaged_at_every_byte),
		T(test_damage_in_the_middle),
		T(test_bound),
		T(test_large_batch),
		T(test_retention),
		T(test_disk_trouble),
		T(test_memory_is_bounded_without_a_disk),
		T(test_losses),
		T(test_another_schema),
		T(test_folder),
		T(test_many_starts),
		T(test_frames),
	};

	log_init(true, false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

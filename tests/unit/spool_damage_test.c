/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool on a disk that fails, in files that were cut or changed, and in
 * folders that are not its own.
 */
#include "tests/lib/spool_bed.h"

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

/*
 * A death leaves what was written up to some byte; the machine's may leave the
 * file's length and, from there on, zeros, or blocks that were another file's.
 */
static void
torn_at_every_byte(bool is_long, int filler)
{
	static const unsigned sums[] = { 0, 1, 3, 6 };
	static uint8_t bytes[16384], torn[16384];
	size_t ends[3], len;
	size_t n = make_batches(bytes, sizeof(bytes), ends);

	assert_int_equal(n, ends[2]);
	for (size_t cut = 0; cut <= n; cut++) {
		size_t there = is_long ? n : cut;
		unsigned batches = 0;

		memset(torn, filler, sizeof(torn));
		memcpy(torn, bytes, cut);
		while (batches < 3 && there >= ends[batches] &&
		    memcmp(torn, bytes, ends[batches]) == 0)
			batches++;
		put_back(torn, there);
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
test_torn_at_every_byte(void **state)
{
	torn_at_every_byte(false, 0);
	setup(state);
	torn_at_every_byte(true, 0);
	setup(state);
	torn_at_every_byte(true, 0xa5);
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
test_another_schema(void **state)
{
	static const struct spool_stream changed[] = { { "self", 33, false },
		{ "bin", 12, true }, { "top", 22, false } };
	struct spool_record rec;

	(void)state;
	struct spool *sp = open_at(0);
	add(sp, BIN, 1, 10);
	add(sp, TOP, 2, 10);
	add(sp, BIN, 3, 10);
	spool_commit(sp, 0);
	settle(TOP, 1, 0);
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
test_frames(void **state)
{
	uint8_t out[64] = { 0 };
	struct frame f;

	(void)state;
	memcpy(out + FRAME_OVERHEAD, "body", 4);
	size_t n = frame_seal(out, FRAME_DATA, 4);
	assert_int_equal(n, FRAME_OVERHEAD + 4);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(frame_read(&f, out, i, FRAME_CRC32C),
		    FRAME_SHORT);
	assert_int_equal(frame_read(&f, out, n, FRAME_CRC32C), FRAME_OK);
	assert_int_equal(f.type, FRAME_DATA);
	assert_int_equal(f.len, 4);
	assert_int_equal(frame_read(&f, out, n, FRAME_CRC32), FRAME_BAD);
	/* Of 04 00 00 00 02 62 6f 64 79, computed apart. */
	assert_memory_equal(out + 4, "\x5f\xf7\x50\x7b", 4);
	out[3] = 1;
	assert_int_equal(frame_read(&f, out, n, FRAME_CRC32C), FRAME_BAD);

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
		T(test_torn_at_every_byte),
		T(test_damaged_at_every_byte),
		T(test_damage_in_the_middle),
		T(test_disk_trouble),
		T(test_another_schema),
		T(test_folder),
		T(test_frames),
	};

	log_init(true, false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

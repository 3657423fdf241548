/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of the spool is on the disk itself, and when: each segment whole, the
 * older one first; and nothing is read before, where that is asked for.
 */
#include "tests/lib/spool_bed.h"

enum { SYNCED = 256 };

static struct {
	ino_t ino;
	off_t size;
} synced[SYNCED];
static unsigned n_synced;

/* In place of the C library's; tests look when the spool's thread has ended. */
int
fdatasync(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && n_synced < SYNCED) {
		synced[n_synced].ino = st.st_ino;
		synced[n_synced].size = st.st_size;
		n_synced++;
	}
	return 0;
}

static int
setup_synced(void **state)
{
	n_synced = 0;
	return setup(state);
}

/* Where the file was synced as it is now; fails if it was not. */
static unsigned
last_sync(const char *name)
{
	char path[512];
	struct stat st;
	unsigned at = n_synced;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(stat(path, &st), 0);
	for (unsigned i = 0; i < n_synced; i++)
		if (synced[i].ino == st.st_ino && synced[i].size == st.st_size)
			at = i;
	if (at == n_synced)
		fail_msg("%s: not on the disk with %lld bytes", name,
		    (long long)st.st_size);
	return at;
}

static void
test_closed_segments(void **state)
{
	struct spool *sp = open_at(0);
	struct dirent **names;
	unsigned before = 0;
	int n;

	(void)state;
	/* Less than a second: none but the first is due. */
	for (unsigned i = 1; i <= 300; i++) {
		add(sp, BIN, i, 1000);
		spool_commit(sp, 2 * S);
	}
	spool_free(sp);
	n = scandir(dir, &names, NULL, alphasort);
	assert_true(n > 2 + 3);
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.') {
			unsigned at = last_sync(names[i]->d_name);

			assert_true(at >= before);
			before = at;
		}
		free(names[i]);
	}
	free(names);
}

static void
test_hold(void **state)
{
	struct spool *sp = open_at(0);

	(void)state;
	assert_false(spool_sync(sp));
	spool_hold(sp, true);
	assert_false(spool_sync(sp));
	add(sp, BIN, 1, 100);
	spool_commit(sp, 0);
	expect_end();
	assert_int_equal(spool_last(sp, BIN), 1);
	/* Never a part of a batch. */
	add(sp, BIN, 2, 100);
	assert_false(spool_sync(sp));
	expect_end();
	spool_commit(sp, 0);
	assert_true(spool_sync(sp));
	assert_true(n_synced > 0);
	expect(BIN, 1, 1);
	expect(BIN, 2, 2);
	expect_end();
	assert_false(spool_sync(sp));
	add(sp, BIN, 3, 100);
	spool_commit(sp, 0);
	expect_end();
	spool_hold(sp, false);
	expect(BIN, 3, 3);
	add(sp, BIN, 4, 100);
	spool_commit(sp, 0);
	expect(BIN, 4, 4);
	spool_free(sp);
}

/* Over the end of segments, and what was held is there after a start. */
static void
test_hold_many(void **state)
{
	struct spool *sp = open_at(0);
	unsigned seen = 0;

	(void)state;
	spool_hold(sp, true);
	for (unsigned i = 1; i <= 300; i++) {
		add(sp, BIN, i, 1000);
		spool_commit(sp, 0);
		if (i % 70 != 0)
			continue;
		expect_end();
		assert_true(spool_sync(sp));
		while (seen < i) {
			seen++;
			expect(BIN, seen, seen);
		}
		expect_end();
	}
	spool_free(sp);
	sp = open_at(0);
	assert_int_equal(read_all(), 300);
	spool_free(sp);
}

/* There is nothing to wait for. */
static void
test_hold_in_memory(void **state)
{
	(void)state;
	config.dir = NULL;
	struct spool *sp = open_at(0);

	spool_hold(sp, true);
	add(sp, BIN, 1, 100);
	spool_commit(sp, 0);
	expect(BIN, 1, 1);
	assert_false(spool_sync(sp));
	spool_free(sp);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup_synced, teardown)
	const struct CMUnitTest tests[] = {
		T(test_closed_segments),
		T(test_hold),
		T(test_hold_many),
		T(test_hold_in_memory),
	};

	log_init(true, false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Following, case by case: pieces of records, long records, copies, packed
 * copies, what is no capture, folders by pattern, times ahead of the clock, and
 * states that are damaged.
 */
#include "daemon/capture/follow.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <zlib.h>

#include "tests/lib/saved.h"

enum { SECOND = 1700000000, SEEN_MAX = 64, LONG = 200000 };

static const int64_t ns_per_s = 1000000000;

static char dir[] = "/tmp/tapline-follow-XXXXXX";
static char pattern[64];
static char *patterns[] = { pattern };
static struct follow_config config;
static struct follow *follow;
static int64_t skew_ns, seen[SEEN_MAX];
static bool clamped[SEEN_MAX];
static unsigned n_seen;

static void
on_packet(void *arg, unsigned source, const struct capture_packet *p)
{
	(void)arg;
	(void)source;
	assert_true(n_seen < SEEN_MAX);
	clamped[n_seen] = p->ts_clamped;
	seen[n_seen++] = p->ts_ns;
}

static int64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * ns_per_s + ts.tv_nsec + skew_ns;
}

/* Reads what is there now. */
static void
go(void)
{
	for (unsigned i = 0; i < 3; i++) {
		skew_ns += 3 * ns_per_s;
		follow_tick(follow, clock_ns(CLOCK_MONOTONIC),
		    clock_ns(CLOCK_REALTIME));
		while (follow_dispatch(follow))
			;
	}
}

static void
begin(const char *name)
{
	snprintf(pattern, sizeof(pattern), "%s/%s", dir, name);
	config = (struct follow_config){ .patterns = patterns,
		.n_patterns = 1,
		.filter = "",
		.bin_ns = ns_per_s,
		.fn = on_packet };
	follow = follow_new(&config);
	assert_non_null(follow);
	n_seen = 0;
}

static struct follow_stats
stats(void)
{
	struct follow_stats s;

	follow_stats(follow, &s);
	return s;
}

/* A capture of n packets, a second apart, from the first second on. */
static void
make(struct saved *s, uint32_t first, unsigned n)
{
	saved_pcap(s, false, 0xa1b2c3d4, 4, 65535, 1);
	for (unsigned i = 0; i < n; i++) {
		saved_record(s, first + i, 0, 20, 20);
		saved_data(s, i, 20);
	}
}

static void
write_at(const char *name, int flags, const void *p, size_t n)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/%.32s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | flags, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	close(fd);
}

static void
test_pieces(void **state)
{
	struct saved s;

	(void)state;
	begin("a*");
	make(&s, SECOND, 3);
	for (size_t i = 0; i < s.n; i++) {
		write_at("a", O_APPEND, s.bytes + i, 1);
		go();
		assert_int_equal(n_seen, i + 1 < 60 ? 0 : (i + 1 - 24) / 36);
	}
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(seen[i], (SECOND + i) * ns_per_s);
	assert_int_equal(stats().lag_bytes, 0);
	follow_free(follow);
}

static void
test_long_record(void **state)
{
	static uint8_t bytes[LONG];
	struct saved s;

	(void)state;
	begin("long");
	make(&s, SECOND, 1);
	saved_record(&s, SECOND + 1, 0, LONG, LONG);
	write_at("long", 0, s.bytes, s.n);
	for (unsigned i = 0; i < 4; i++) {
		go();
		assert_int_equal(n_seen, 1);
		write_at("long", O_APPEND, bytes, LONG / 4);
	}
	go();
	assert_int_equal(n_seen, 2);
	follow_free(follow);
}

static void
test_copies(void **state)
{
	char path[96];
	struct saved s;
	gzFile gz;

	(void)state;
	begin("copy*");
	make(&s, SECOND, 5);
	write_at("copy.1", 0, s.bytes, s.n);
	go();
	write_at("copy.2", 0, s.bytes, s.n);
	snprintf(path, sizeof(path), "%s/copy.3", dir);
	gz = gzopen(path, "wb");
	gzwrite(gz, s.bytes, (unsigned)s.n);
	gzclose(gz);
	go();
	assert_int_equal(n_seen, 5);
	assert_int_equal(stats().files_copied, 2);
	/* The first is gone: what has come to a copy since is read there. */
	snprintf(path, sizeof(path), "%s/copy.1", dir);
	unlink(path);
	skew_ns += 100 * ns_per_s;
	go();
	skew_ns += 100 * ns_per_s;
	go();
	assert_int_equal(n_seen, 5);
	follow_free(follow);
}

static void
test_bad(void **state)
{
	struct saved s;

	(void)state;
	begin("bad*");
	write_at("bad.1", 0, "no capture", 10);
	make(&s, SECOND, 2);
	saved_record(&s, SECOND, 0, 0x7fffffff, 20);
	write_at("bad.2", 0, s.bytes, s.n);
	make(&s, SECOND + 10, 2);
	write_at("bad.3", 0, s.bytes, s.n);
	go();
	assert_int_equal(n_seen, 4);
	assert_int_equal(stats().files_bad, 2);
	assert_int_equal(stats().files, 3);
	/* Written anew, it is given another chance. */
	skew_ns += 10 * ns_per_s;
	make(&s, SECOND + 20, 2);
	write_at("bad.1", O_TRUNC, s.bytes, s.n);
	go();
	assert_int_equal(n_seen, 6);
	assert_int_equal(stats().files_bad, 1);
	follow_free(follow);
}

static void
test_order(void **state)
{
	struct saved s;
	char path[96];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/dir-%u", dir, i);
		mkdir(path, 0755);
		make(&s, SECOND + 20 - i * 10, 10);
		snprintf(path, sizeof(path), "dir-%u/f", i);
		write_at(path, 0, s.bytes, s.n);
	}
	begin("dir-*/f");
	go();
	assert_int_equal(n_seen, 30);
	for (unsigned i = 0; i < n_seen; i++)
		assert_int_equal(seen[i], (SECOND + i) * ns_per_s);
	follow_free(follow);
}

static void
test_far_ahead(void **state)
{
	struct saved s;

	(void)state;
	make(&s, SECOND, 1);
	saved_record(&s, 0xffffffff, 0, 20, 20);
	saved_data(&s, 0, 20);
	saved_record(&s, SECOND + 1, 0, 20, 20);
	saved_data(&s, 0, 20);
	write_at("ahead", 0, s.bytes, s.n);
	begin("ahead");
	go();
	assert_int_equal(n_seen, 3);
	assert_true(clamped[1] && !clamped[0] && !clamped[2]);
	assert_int_equal(seen[1], seen[0]);
	follow_free(follow);
}

static void
test_state(void **state)
{
	uint8_t bytes[1024];
	struct saved s;
	size_t n;

	(void)state;
	make(&s, SECOND, 9);
	write_at("state", 0, s.bytes, s.n);
	begin("state");
	go();
	follow_closed(follow, (SECOND + 7) * ns_per_s);
	n = follow_state(follow, NULL, 0);
	assert_true(n <= sizeof(bytes));
	assert_int_equal(follow_state(follow, bytes, n), n);
	follow_free(follow);
	/* Each bit that is turned is seen, and so is each byte that lacks. */
	begin("state");
	for (size_t i = 0; i < n; i++) {
		bytes[i] ^= 1;
		assert_false(follow_restore(follow, bytes, n));
		bytes[i] ^= 1;
		assert_false(follow_restore(follow, bytes, i));
	}
	assert_true(follow_restore(follow, bytes, n));
	assert_int_equal(follow_restored(follow), (SECOND + 7) * ns_per_s);
	go();
	assert_int_equal(n_seen, 2);
	assert_int_equal(seen[0], (SECOND + 7) * ns_per_s);
	follow_free(follow);
}

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	static const char *const names[] = { "a", "long", "copy.2", "copy.3",
		"bad.1", "bad.2", "bad.3", "dir-0/f", "dir-1/f", "dir-2/f",
		"dir-0", "dir-1", "dir-2", "ahead", "state", "." };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[96];

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)remove(path);
	}
	(void)rmdir(dir);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_long_record),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_far_ahead),
		cmocka_unit_test(test_state),
	};

	return cmocka_run_group_tests_name("follow", tests, set_up, tear_down);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays of files made here: how long bytes stay, filters over several link
 * types, how much one dispatch does; all of it with a thread that reads ahead
 * and without.
 */
#include "daemon/capture/replay.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/lib/no_files.h"
#include "tests/lib/saved.h"

enum { SIZE = 700, HELD_MAX = 5000 };

static char dir[] = "/tmp/tapline-replay-XXXXXX";
static struct saved saved;
static bool has_thread;

/* What the callbacks saw. */
static struct {
	struct capture_packet held[HELD_MAX];
	unsigned n_held, n, n_batches, most_held;
	unsigned yield_at;
	struct replay *replay;
} seen;

static char *
path_of(const char *name)
{
	static char paths[8][64];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

/* Writes saved to a file, the bytes from `again` on so many times. */
static void
write_saved(const char *name, size_t again, unsigned times)
{
	FILE *f = fopen(path_of(name), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(saved.bytes, 1, again, f), again);
	for (unsigned i = 0; i < times; i++)
		assert_int_equal(fwrite(saved.bytes + again, 1, saved.n - again,
				     f),
		    saved.n - again);
	assert_int_equal(fclose(f), 0);
}

static void
on_packet(void *arg, unsigned source, const struct capture_packet *p)
{
	assert_ptr_equal(arg, &seen);
	assert_int_equal(source, 0);
	assert_true(seen.n_held < HELD_MAX);
	seen.held[seen.n_held++] = *p;
	if (++seen.n == seen.yield_at)
		replay_yield(seen.replay);
}

/* All packets of the batch are still there, each as long as it says. */
static void
on_batch(void *arg)
{
	assert_ptr_equal(arg, &seen);
	for (unsigned i = 0; i < seen.n_held; i++) {
		const struct capture_packet *p = &seen.held[i];

		assert_true(saved_is_data(p->bytes, p->len, p->caplen));
	}
	if (seen.n_held > seen.most_held)
		seen.most_held = seen.n_held;
	seen.n_held = 0;
	seen.n_batches++;
}

static void
wait_for(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&ready, 1, 10000), 1);
}

static struct replay *
make_replay(const struct replay_config *c)
{
	struct rlimit before;
	struct replay *r;

	if (has_thread)
		return replay_new(c);
	before = no_files_begin();
	r = replay_new(c);
	no_files_end(before);
	return r;
}

/*
 * Replays to the end and returns the number of dispatches, which depends on
 * nothing but the files if there is no thread.
 */
static unsigned
replay_all(char *const *files, unsigned n_files, const char *filter,
    bool has_batches, unsigned *n_failed)
{
	struct replay_config c = { .files = files,
		.n_files = n_files,
		.filter = filter,
		.fn = on_packet,
		.on_batch = has_batches ? on_batch : NULL,
		.arg = &seen };
	unsigned n_dispatches = 1, yield_at = seen.yield_at, n_before = 0;
	struct replay *r = make_replay(&c);
	int64_t wait;

	assert_non_null(r);
	assert_true((replay_fd(r) >= 0) == has_thread);
	memset(&seen, 0, sizeof(seen));
	seen.replay = r;
	seen.yield_at = yield_at;
	while ((wait = replay_dispatch(r, 0)) != REPLAY_END) {
		assert_true(!has_batches || seen.n_held == 0);
		if (!has_batches)
			seen.n_held = 0;
		assert_true(n_before >= yield_at || seen.n <= yield_at);
		n_before = seen.n;
		n_dispatches++;
		if (wait == REPLAY_LATER)
			wait_for(replay_fd(r));
	}
	*n_failed = replay_n_failed(r);
	replay_free(r);
	return n_dispatches;
}

static void
test_bytes_stay_until_the_batch_ends(void **state)
{
	char *files[] = { path_of("a.pcap"), path_of("b.pcap"),
		path_of("c.pcap") };
	unsigned n_failed;

	(void)state;
	saved_pcap(&saved, false, 0xa1b2c3d4, 4, 0, 1);
	for (unsigned i = 0; i < 40; i++) {
		saved_record(&saved, i, 0, SIZE + i, i);
		saved_data(&saved, i, SIZE + i);
	}
	write_saved("a.pcap", 24, 100);
	saved_record(&saved, 1, 0, 100, 1);
	write_saved("b.pcap", 24, 1);
	/* What comes next is not to be found where the last packets were. */
	saved_pcap(&saved, false, 0xa1b2c3d4, 4, 0, 1);
	for (unsigned i = 0; i < 40; i++) {
		saved_record(&saved, i, 0, SIZE, 200 + i);
		saved_data(&saved, 200 + i, SIZE);
	}
	write_saved("c.pcap", 24, 1);
	replay_all(files, 3, "", true, &n_failed);
	assert_int_equal(seen.n, 4080);
	assert_int_equal(n_failed, 1); /* the second is cut */
	assert_true(seen.n_batches > 10);
	assert_true(seen.most_held > 100);
}

static void
test_a_yield_ends_the_batch(void **state)
{
	char *files[] = { path_of("a.pcap") };
	unsigned n_failed, n;

	(void)state;
	n = replay_all(files, 1, "", true, &n_failed);
	seen.yield_at = 17;
	n -= replay_all(files, 1, "", true, &n_failed);
	assert_true(has_thread || n + 1 == 0);
	assert_int_equal(seen.n, 4000);
	seen.yield_at = 0;
}

/* IPv4 from 10.0.0.1, protocol 6, without more. */
static void
put_ip(void)
{
	saved_u8(&saved, 0x45);
	for (unsigned i = 1; i < 20; i++)
		saved_u8(&saved,
		    i == 3	  ? 20
			: i == 9  ? 6
			: i == 12 ? 10
				  : i == 15);
}

static void
put_packet(unsigned face, unsigned header)
{
	saved_block(&saved, 6);
	saved_u32(&saved, face);
	saved_u32(&saved, 0);
	saved_u32(&saved, 0);
	saved_u32(&saved, header + 20);
	saved_u32(&saved, header + 20);
	for (unsigned i = 0; i < header; i++)
		saved_u8(&saved, i == 12 ? 8 : 0); /* Ethernet's type */
	put_ip();
	saved_end(&saved);
}

static void
test_a_filter_suits_each_link_type(void **state)
{
	char *files[] = { path_of("mixed.pcapng") };
	unsigned n_failed;

	(void)state;
	saved.n = 0;
	saved_section(&saved, true);
	saved_face(&saved, 1, 0, 6, 0);
	saved_face(&saved, 101, 0, 6, 0);
	for (unsigned i = 0; i < 10; i++) {
		put_packet(0, 14);
		put_packet(1, 0);
	}
	write_saved("mixed.pcapng", saved.n, 0);
	replay_all(files, 1, "src host 10.0.0.1", false, &n_failed);
	assert_int_equal(seen.n, 20);
	replay_all(files, 1, "dst host 10.0.0.1", false, &n_failed);
	assert_int_equal(seen.n, 0);
	replay_all(files, 1, "greater 30", false, &n_failed);
	assert_int_equal(seen.n, 10);
	assert_int_equal(n_failed, 0);
}

static void
test_a_filter_follows_the_byte_order(void **state)
{
	char *files[] = { path_of("null0.pcap"), path_of("null1.pcap") };
	unsigned n_failed;

	(void)state;
	for (unsigned big = 0; big < 2; big++) {
		saved_pcap(&saved, big, 0xa1b2c3d4, 4, 0, 0);
		saved_record(&saved, 1, 0, 24, 24);
		saved_u32(&saved, 2); /* AF_INET, in the writer's order */
		put_ip();
		write_saved(big ? "null1.pcap" : "null0.pcap", saved.n, 0);
	}
	replay_all(files, 2, "ip", false, &n_failed);
	assert_int_equal(seen.n, 2);
	replay_all(files, 2, "ip6", false, &n_failed);
	assert_int_equal(seen.n, 0);
}

static void
test_a_filter_that_files_do_not_have_is_a_fault(void **state)
{
	char *files[] = { path_of("mixed.pcapng"), path_of("a.pcap") };
	unsigned n_failed;

	(void)state;
	replay_all(files, 2, "inbound", true, &n_failed);
	assert_int_equal(n_failed, 2);
	assert_int_equal(seen.n, 0);
}

static void
test_a_dispatch_is_bounded(void **state)
{
	char *files[] = { path_of("blocks.pcapng") };
	unsigned n_failed, n;

	(void)state;
	/* 13 MB of the smallest blocks there are, and no packet. */
	saved.n = 0;
	saved_section(&saved, false);
	saved_face(&saved, 1, 0, 6, 0);
	size_t again = saved.n;
	for (unsigned i = 0; i < 1000; i++) {
		saved_block(&saved, 5);
		saved_end(&saved);
	}
	write_saved("blocks.pcapng", again, 1100);
	n = replay_all(files, 1, "", true, &n_failed);
	assert_true(has_thread || n > 5);
	assert_int_equal(n_failed, 0);
	/* And so are packets that no filter lets pass. */
	files[0] = path_of("a.pcap");
	n = replay_all(files, 1, "greater 9999", true, &n_failed);
	assert_true(has_thread || n > 1);
	assert_int_equal(seen.n, 0);
}

/* What was read ahead by then goes with it. */
static void
test_a_replay_can_end_anywhere(void **state)
{
	char *files[] = { path_of("blocks.pcapng"), path_of("a.pcap") };

	(void)state;
	for (unsigned n = 0; n < 30; n++) {
		struct replay_config c = { .files = files,
			.n_files = 2,
			.filter = "",
			.fn = on_packet,
			.arg = &seen };
		struct replay *r = make_replay(&c);

		assert_non_null(r);
		for (unsigned i = 0; i < n; i++) {
			seen.n_held = 0;
			if (replay_dispatch(r, 0) == REPLAY_LATER)
				wait_for(replay_fd(r));
		}
		replay_free(r);
	}
}

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL;
}

static int
tear_down(void **state)
{
	static const char *const names[] = { "a.pcap", "b.pcap", "c.pcap",
		"mixed.pcapng", "null0.pcap", "null1.pcap", "blocks.pcapng" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	return rmdir(dir);
}

static int
without_thread(void **state)
{
	(void)state;
	has_thread = false;
	return 0;
}

static int
with_thread(void **state)
{
	(void)state;
	has_thread = true;
	return 0;
}

#define TWICE(test)                                   \
	cmocka_unit_test_setup(test, without_thread), \
	    cmocka_unit_test_setup(test, with_thread)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TWICE(test_bytes_stay_until_the_batch_ends),
		TWICE(test_a_yield_ends_the_batch),
		TWICE(test_a_filter_suits_each_link_type),
		TWICE(test_a_filter_follows_the_byte_order),
		TWICE(test_a_filter_that_files_do_not_have_is_a_fault),
		TWICE(test_a_dispatch_is_bounded),
		TWICE(test_a_replay_can_end_anywhere),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

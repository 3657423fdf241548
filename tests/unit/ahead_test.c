/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading ahead: the bytes and their order, how long they stay, faults at
 * their place, FIFOs that nobody writes to, ends in the middle; with a thread
 * and without.
 */
#include "daemon/capture/ahead.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <zlib.h>

#include "tests/lib/no_files.h"

enum { SIZE = 3000000, NOBODY = 65534 };

static char dir[] = "/tmp/tapline-ahead-XXXXXX";
static char plain[64], packed[64], cut[64], fifo[64];
static uint8_t data[SIZE];
static struct ahead *ahead;

static bool
is_readable(int fd, int ms)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return poll(&ready, 1, ms) == 1;
}

static enum ahead_result
next(uint8_t **bytes, size_t *n)
{
	enum ahead_result result;

	while ((result = ahead_next(ahead, bytes, n)) == AHEAD_LATER)
		assert_true(is_readable(ahead_fd(ahead), 10000));
	assert_false(is_readable(ahead_fd(ahead), 0));
	return result;
}

/*
 * Takes bytes until there are so many, writing in front of them, and returns
 * how many there were.  Those before must still be there then.
 */
static size_t
take(size_t limit)
{
	const uint8_t *last = NULL;
	size_t total = 0, n_last = 0;

	while (total < limit) {
		uint8_t *bytes;
		size_t n;

		if (next(&bytes, &n) != AHEAD_BYTES)
			break;
		assert_true(n > 0 && total + n <= SIZE);
		memset(bytes - AHEAD_BEFORE, 0xee, AHEAD_BEFORE);
		assert_memory_equal(bytes, data + total, n);
		if (last != NULL)
			assert_memory_equal(last, data + total - n_last,
			    n_last);
		ahead_release(ahead);
		last = bytes;
		n_last = n;
		total += n;
	}
	return total;
}

static void
test_bytes_come_in_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		ahead_open(ahead, plain);
		assert_int_equal(take(SIZE_MAX), SIZE);
		assert_null(ahead_fault(ahead));
		assert_false(ahead_is_packed(ahead));
		assert_int_equal(ahead_position(ahead), SIZE);
		ahead_close(ahead);
		ahead_open(ahead, packed);
		assert_int_equal(take(SIZE_MAX), SIZE);
		assert_null(ahead_fault(ahead));
		assert_true(ahead_is_packed(ahead));
		ahead_close(ahead);
	}
}

/* What is said of the file is as of the bytes taken, whatever was read since. */
static void
test_position_and_fault_are_of_what_was_taken(void **state)
{
	uint8_t *bytes;
	size_t n;

	(void)state;
	ahead_open(ahead, plain);
	assert_int_equal(ahead_position(ahead), 0);
	assert_int_equal(next(&bytes, &n), AHEAD_BYTES);
	assert_in_range(ahead_position(ahead), n, 2 * n);
	ahead_release(ahead);
	ahead_close(ahead);

	ahead_open(ahead, cut);
	assert_int_equal(next(&bytes, &n), AHEAD_BYTES);
	assert_memory_equal(bytes, data, n);
	assert_null(ahead_fault(ahead));
	ahead_release(ahead);
	while (next(&bytes, &n) == AHEAD_BYTES)
		ahead_release(ahead);
	assert_string_equal(ahead_fault(ahead),
	    "the compressed data is cut off");
	ahead_close(ahead);
	assert_null(ahead_fault(ahead));
}

static void
check_refused(const char *path, const char *reason)
{
	uint8_t *bytes;
	size_t n;

	ahead_open(ahead, path);
	assert_int_equal(next(&bytes, &n), AHEAD_REFUSED);
	assert_string_equal(ahead_fault(ahead), reason);
	assert_int_equal(ahead_position(ahead), 0);
	ahead_close(ahead);
}

static void
test_what_cannot_be_opened_is_refused(void **state)
{
	(void)state;
	check_refused("/nonexistent", "No such file or directory");
	check_refused(dir, "is a directory");
	check_refused("/proc/self/mem", "Input/output error");
	ahead_open(ahead, plain);
	assert_int_equal(take(SIZE_MAX), SIZE);
	ahead_close(ahead);
}

static void
test_it_can_end_anywhere(void **state)
{
	(void)state;
	for (size_t limit = 0; limit < SIZE; limit += SIZE / 20) {
		ahead_open(ahead, limit % 2 != 0 ? packed : plain);
		assert_true(take(limit) >= limit);
		ahead_close(ahead);
	}
	ahead_open(ahead, plain); /* for ahead_free */
}

/* Standard input is a socket whose peer sends some bytes, then resets it. */
static void
test_an_error_comes_after_the_bytes_before_it(void **state)
{
	int sv[2], kept = dup(STDIN_FILENO);
	size_t total = 0, n;
	uint8_t *bytes;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_equal(write(sv[1], data, 1000), 1000);
	assert_int_equal(write(sv[0], "unread", 6), 6);
	close(sv[1]);
	assert_int_equal(dup2(sv[0], STDIN_FILENO), STDIN_FILENO);
	ahead_open(ahead, "-");
	while (next(&bytes, &n) == AHEAD_BYTES)
		total += n;
	assert_int_equal(total, 1000);
	assert_int_equal(ahead_position(ahead), 1000);
	assert_string_equal(ahead_fault(ahead), "Connection reset by peer");
	ahead_close(ahead);
	close(sv[0]);
	assert_int_equal(dup2(kept, STDIN_FILENO), STDIN_FILENO);
	close(kept);
}

/* Neither opening nor reading waits longer than for the end. */
static void
test_a_silent_fifo_keeps_nobody(void **state)
{
	uint8_t *bytes;
	size_t n;
	int fd;

	(void)state;
	ahead_open(ahead, fifo);
	assert_int_equal(ahead_next(ahead, &bytes, &n), AHEAD_LATER);
	ahead_close(ahead); /* before there is a writer */
	ahead_open(ahead, fifo);
	fd = open(fifo, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, 100), 100);
	assert_int_equal(next(&bytes, &n), AHEAD_BYTES);
	assert_int_equal(n, 100);
	assert_memory_equal(bytes, data, 100);
	assert_int_equal(ahead_next(ahead, &bytes, &n), AHEAD_LATER);
	assert_int_equal(write(fd, data + 100, 1), 1);
	assert_int_equal(next(&bytes, &n), AHEAD_BYTES);
	assert_int_equal(n, 1);
	assert_int_equal(ahead_next(ahead, &bytes, &n), AHEAD_LATER);
	close(fd);
	assert_int_equal(next(&bytes, &n), AHEAD_END);
	assert_null(ahead_fault(ahead));
	ahead_close(ahead);
	ahead_open(ahead, fifo);
	fd = open(fifo, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, data, 100), 100);
	assert_int_equal(next(&bytes, &n), AHEAD_BYTES);
	ahead_close(ahead); /* in the middle */
	close(fd);
}

/* In a process of its own: it gives up its rights. */
static int
run_without_threads(void)
{
	const struct rlimit none = { 0, 0 };
	bool ok;

	if (setrlimit(RLIMIT_NPROC, &none) != 0)
		return 1;
	if (geteuid() == 0 && setreuid((uid_t)NOBODY, (uid_t)NOBODY) != 0)
		return 1;
	ahead = ahead_new();
	if (ahead == NULL)
		return 1;
	if (ahead_fd(ahead) >= 0)
		return 77; /* the limit doesn't hold here */
	ahead_open(ahead, plain);
	ok = take(SIZE_MAX) == SIZE && ahead_position(ahead) == SIZE;
	ahead_free(ahead);
	return ok ? 0 : 1;
}

static void
test_without_a_right_to_threads(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run_without_threads());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("SKIP: RLIMIT_NPROC does not hold here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int
with_thread(void **state)
{
	(void)state;
	ahead = ahead_new();
	return ahead == NULL || ahead_fd(ahead) < 0;
}

static int
without_thread(void **state)
{
	struct rlimit before = no_files_begin();

	(void)state;
	ahead = ahead_new();
	no_files_end(before);
	return ahead == NULL || ahead_fd(ahead) >= 0;
}

static int
end(void **state)
{
	(void)state;
	ahead_free(ahead);
	ahead = NULL;
	return 0;
}

static void
write_file(const char *path, const uint8_t *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* Half of the data can't be packed, so that positions move. */
static int
set_up(void **state)
{
	static uint8_t out[SIZE + 10000];
	z_stream z = { .next_in = data, .avail_in = SIZE };
	uint32_t random = 1;

	(void)state;
	if (mkdtemp(dir) == NULL || chmod(dir, 0755) != 0)
		return 1;
	snprintf(plain, sizeof(plain), "%s/plain", dir);
	snprintf(packed, sizeof(packed), "%s/packed", dir);
	snprintf(cut, sizeof(cut), "%s/cut", dir);
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	for (size_t i = 0; i < SIZE; i++) {
		random = random * 1103515245 + 12345;
		data[i] = (uint8_t)(i % 2 != 0 ? random >> 16 : i / 1000);
	}
	z.next_out = out;
	z.avail_out = sizeof(out);
	if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, 0) != Z_OK ||
	    deflate(&z, Z_FINISH) != Z_STREAM_END)
		return 1;
	write_file(plain, data, SIZE);
	write_file(packed, out, sizeof(out) - z.avail_out);
	write_file(cut, out, (sizeof(out) - z.avail_out) / 2);
	deflateEnd(&z);
	return mkfifo(fifo, 0600);
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(plain);
	unlink(packed);
	unlink(cut);
	unlink(fifo);
	return rmdir(dir);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, with_thread, end)
#define TWICE(test) \
	WITH(test), cmocka_unit_test_setup_teardown(test, without_thread, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TWICE(test_bytes_come_in_order),
		TWICE(test_position_and_fault_are_of_what_was_taken),
		TWICE(test_what_cannot_be_opened_is_refused),
		TWICE(test_it_can_end_anywhere),
		TWICE(test_an_error_comes_after_the_bytes_before_it),
		WITH(test_a_silent_fifo_keeps_nobody),
		cmocka_unit_test(test_without_a_right_to_threads),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

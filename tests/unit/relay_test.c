/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Batches from one thread to another: all of them, in order, and an end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>

#include "daemon/relay.h"

enum { N = 5000 };

static struct relay *relay;

/* Passes batches of no items, whose time is their number. */
static void
run(void *arg)
{
	struct batch *b = relay_first(relay);
	const int *n = arg;

	for (int i = 0; (*n < 0 || i < *n) && !relay_quits(relay); i++) {
		b->time_ns = i;
		b = relay_pass(relay, b);
	}
}

static int
begin(void **state)
{
	(void)state;
	relay = relay_new();
	return relay == NULL;
}

static int
end(void **state)
{
	(void)state;
	relay_free(relay);
	return 0;
}

static bool
is_readable(int timeout_ms)
{
	struct pollfd fd = { .fd = relay_fd(relay), .events = POLLIN };

	return poll(&fd, 1, timeout_ms) == 1;
}

static void
test_all_come_in_order(void **state)
{
	int n = N, next = 0;

	(void)state;
	assert_true(relay_start(relay, run, &n));
	while (!relay_ended(relay)) {
		struct batch *b = relay_take(relay);

		if (b == NULL) {
			if (!relay_ended(relay))
				assert_true(is_readable(-1));
			continue;
		}
		assert_int_equal(b->time_ns, next++);
		relay_release(relay);
	}
	assert_int_equal(next, N);
	assert_null(relay_take(relay));
}

static void
test_a_full_ring_waits_and_a_quit_ends(void **state)
{
	int endless = -1;
	int64_t next = 0;

	(void)state;
	assert_true(relay_start(relay, run, &endless));
	assert_true(is_readable(-1));
	relay_quit(relay);
	do {
		struct batch *b;

		relay_wait(relay);
		while ((b = relay_take(relay)) != NULL) {
			assert_int_equal(b->time_ns, next++);
			relay_release(relay);
		}
	} while (!relay_ended(relay));
	assert_true(next > 0);
}

static void
test_few_are_told_when_there_is_a_hurry(void **state)
{
	struct batch *b = relay_first(relay);

	(void)state;
	assert_null(relay_take(relay));
	b->time_ns = 1;
	relay_pass(relay, b);
	relay_hurry(relay);
	assert_true(is_readable(0));
	assert_int_equal(relay_take(relay)->time_ns, 1);
	relay_release(relay);
	/* Nothing is left to tell. */
	assert_null(relay_take(relay));
	assert_false(is_readable(0));
}

static void
test_an_end_without_a_batch_is_told(void **state)
{
	int none = 0;

	(void)state;
	assert_true(relay_start(relay, run, &none));
	assert_true(is_readable(-1));
	assert_null(relay_take(relay));
	assert_true(relay_ended(relay));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_come_in_order),
		TEST(test_a_full_ring_waits_and_a_quit_ends),
		TEST(test_few_are_told_when_there_is_a_hurry),
		TEST(test_an_end_without_a_batch_is_told),
	};

	return cmocka_run_group_tests_name("relay", tests, NULL, NULL);
}

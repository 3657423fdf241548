/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop: what fires when, and that data can't starve control.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/loop.h"

#define MS INT64_C(1000000)

static struct loop *l;
static unsigned n_data, n_data2, n_control, n_seen;
static struct loop_event *victim;
static unsigned n_worst;

static int
setup(void **state)
{
	(void)state;
	l = loop_new();
	n_data = n_data2 = n_control = n_seen = 0;
	n_worst = 0;
	return l == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	loop_free(l);
	return 0;
}

static void
stop(void *arg)
{
	(void)arg;
	n_control++;
	loop_stop(l);
}

static void
spin(int64_t ns)
{
	int64_t end = loop_mono_ns() + ns;

	while (loop_mono_ns() < end)
		;
}

/* A data callback that takes 2 ms, again and again. */
static void
busy(void *arg)
{
	(*(unsigned *)arg)++;
	spin(2 * MS);
}

static void
test_stop_before_run(void **state)
{
	(void)state;
	loop_stop(l);
	loop_run(l);
	/* And it runs again. */
	struct loop_event *t = loop_timer(l, stop, NULL);
	loop_timer_set(t, MS);
	loop_run(l);
	assert_int_equal(n_control, 1);
	loop_event_free(t);
}

static void
test_timer_not_early(void **state)
{
	struct loop_event *t = loop_timer(l, stop, NULL);

	(void)state;
	for (int i = 1; i < 20; i++) {
		int64_t now = loop_mono_ns();

		loop_timer_set(t, i * 100000);
		loop_run(l);
		assert_true(loop_mono_ns() - now >= i * 100000);
	}
	loop_event_free(t);
}

/* Counts the data callbacks since the last beat: time would be the machine's. */
static void
beat(void *arg)
{
	static unsigned last;
	unsigned now = n_data + n_data2;

	(void)arg;
	if (n_control > 0 && now - last > n_worst)
		n_worst = now - last;
	last = now;
	if (++n_control == 20)
		loop_stop(l);
}

static void
test_idle_does_not_starve(void **state)
{
	struct loop_event *a = loop_idle(l, busy, &n_data);
	struct loop_event *b = loop_idle(l, busy, &n_data2);
	struct loop_event *t = loop_every(l, 10 * MS, beat, NULL);

	(void)state;
	loop_run(l);
	/* Five of 2 ms each fit between beats; one may be under way at each. */
	assert_in_range(n_worst, 1, 7);
	assert_true(n_data > 20 && n_data2 > 20);
	assert_in_range(n_data - n_data2 + 2, 0, 4);
	loop_event_free(a);
	loop_event_free(b);
	loop_event_free(t);
}

/* Sends the signal, and counts what runs before it is handled. */
static void
raise_once(void *arg)
{
	(void)arg;
	if (n_seen++ == 3)
		raise(SIGUSR1);
}

static void
test_signal_comes_first(void **state)
{
	struct loop_event *a = loop_idle(l, raise_once, NULL);
	struct loop_event *b = loop_idle(l, busy, &n_data);
	struct loop_event *s = loop_signal(l, SIGUSR1, stop, NULL);

	(void)state;
	loop_run(l);
	assert_int_equal(n_control, 1);
	/* raise_once was called four times; b at most once since. */
	assert_int_equal(n_seen, 4);
	assert_in_range(n_data, 3, 5);
	loop_event_free(a);
	loop_event_free(b);
	loop_event_free(s);
}

static void
free_itself(void *arg)
{
	(void)arg;
	loop_event_free(victim);
	victim = NULL;
	loop_stop(l);
}

static void
test_event_frees_itself(void **state)
{
	(void)state;
	victim = loop_idle(l, free_itself, NULL);
	loop_run(l);
	assert_null(victim);
	victim = loop_timer(l, free_itself, NULL);
	loop_timer_set(victim, 0);
	loop_run(l);
	assert_null(victim);
	victim = loop_every(l, MS, free_itself, NULL);
	loop_run(l);
	assert_null(victim);
	loop_event_free(NULL);
}

static void
pause_itself(void *arg)
{
	(void)arg;
	n_data++;
	loop_event_pause(victim);
}

static void
test_pause_and_resume(void **state)
{
	struct loop_event *t = loop_timer(l, stop, NULL);

	(void)state;
	victim = loop_idle(l, pause_itself, NULL);
	loop_timer_set(t, 5 * MS);
	loop_run(l);
	assert_int_equal(n_data, 1);
	loop_event_resume(victim);
	loop_timer_set(t, 5 * MS);
	loop_run(l);
	assert_int_equal(n_data, 2);
	loop_event_free(victim);
	loop_event_free(t);
}

static int ends[2];

static void
take(void *arg)
{
	char c;

	(void)arg;
	assert_int_equal(read(ends[0], &c, 1), 1);
	if (++n_data == 3)
		loop_stop(l);
}

static void
test_descriptors(void **state)
{
	(void)state;
	assert_int_equal(pipe(ends), 0);
	struct loop_event *r = loop_readable(l, ends[0], take, NULL);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	loop_run(l);
	assert_int_equal(n_data, 3);
	struct loop_event *w = loop_writable(l, ends[1], stop, NULL);
	loop_event_resume(w);
	loop_run(l);
	assert_int_equal(n_control, 1);
	loop_event_free(r);
	loop_event_free(w);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_stop_before_run),
		TEST(test_timer_not_early),
		TEST(test_idle_does_not_starve),
		TEST(test_signal_comes_first),
		TEST(test_event_frees_itself),
		TEST(test_pause_and_resume),
		TEST(test_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

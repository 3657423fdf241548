/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated machine: its monotonic clock goes on, its wall clock is set, its
 * kernel stamps packets with the wall clock, and they are read later.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/capture/clock.h"

#define MS INT64_C(1000000)
#define S (1000 * MS)
#define H (3600 * S)
#define START (INT64_C(1700000000) * S)

enum {
	TICK_MS = 20,
	DELAY = 5, /* ticks that packets wait in the ring */
	DELAY_MS = TICK_MS * (DELAY + 1)
};

struct machine {
	struct clock clock;
	int64_t mono_ns, real_ns, boot_ns;
	int64_t stamps[DELAY], captured[DELAY];
	unsigned n;
	int64_t last_ns, last_published_ns;
	int64_t mark_ns; /* no packet from before it was to come */
};

static struct clock_reading
read_clocks(const struct machine *m)
{
	return (struct clock_reading){ .mono_ns = m->mono_ns,
		.real_ns = m->real_ns,
		.boot_ns = m->boot_ns,
		.after_ns = m->mono_ns + 300 };
}

static void
start(struct machine *m)
{
	struct clock_reading r;

	memset(m, 0, sizeof(*m));
	m->mono_ns = 5000 * S;
	m->boot_ns = 5000 * S;
	m->real_ns = START;
	r = read_clocks(m);
	clock_init(&m->clock, 2 * S, &r);
}

/* Reads the packet that has waited long enough. */
static void
take_packet(struct machine *m)
{
	unsigned i = m->n % DELAY;
	int64_t ts_ns;

	if (m->n < DELAY)
		return;
	assert_true(clock_packet(&m->clock, m->stamps[i], &ts_ns));
	/* At a step its clock can be told by a tick at best. */
	assert_in_range(ts_ns + 100 * MS - m->captured[i], 0, 200 * MS);
	assert_true(ts_ns >= m->mark_ns);
}

/* Time goes on for a tick, in which a packet comes and another is read. */
static void
tick(struct machine *m)
{
	struct clock_reading r;
	int64_t now_ns, published_ns;

	m->mono_ns += TICK_MS * MS;
	m->boot_ns += TICK_MS * MS;
	m->real_ns += TICK_MS * MS;
	r = read_clocks(m);
	clock_note(&m->clock, &r);
	now_ns = clock_at(&m->clock, m->mono_ns);
	published_ns = now_ns + m->clock.ahead_ns;
	assert_true(now_ns > m->last_ns);
	assert_true(published_ns > m->last_published_ns);
	m->last_ns = now_ns;
	m->last_published_ns = published_ns;
	take_packet(m);
	m->mark_ns = clock_past(&m->clock, m->mono_ns - DELAY_MS * MS);
	m->stamps[m->n % DELAY] = m->real_ns;
	m->captured[m->n % DELAY] = now_ns;
	m->n++;
}

static void
run(struct machine *m, int64_t ns)
{
	for (int64_t t = 0; t < ns; t += TICK_MS * MS)
		tick(m);
}

static void
test_a_steady_clock_is_followed_exactly(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	run(&m, 100 * S);
	assert_int_equal(m.last_published_ns, m.real_ns);
	assert_int_equal(m.clock.n_steps, 0);
	assert_int_equal(m.clock.n_odd, 0);
}

static void
test_drift_is_followed(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	/* 500 ppm, the most that NTP slews. */
	for (unsigned i = 0; i < 5000; i++) {
		m.real_ns += TICK_MS * MS / 2000;
		tick(&m);
	}
	assert_in_range(m.real_ns - m.last_published_ns + MS, 0, 2 * MS);
	assert_int_equal(m.clock.n_steps, 0);
}

static void
test_a_step_forward_is_published_at_once(void **state)
{
	static const int64_t steps[] = { 300 * MS, 3 * S, H, 24 * H + 700 * MS,
		50 * 365 * 24 * H };
	struct machine m;

	(void)state;
	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int64_t before_ns;

		start(&m);
		run(&m, 10 * S);
		before_ns = m.last_ns;
		m.real_ns += steps[i];
		tick(&m);
		assert_int_equal(m.last_published_ns, m.real_ns);
		/* The open bin is shorter, and no bin is missing. */
		assert_true(m.last_ns - before_ns < 2 * S + TICK_MS * MS);
		assert_int_equal(m.clock.ahead_ns % (2 * S), 0);
		run(&m, 10 * S);
		assert_int_equal(m.last_published_ns, m.real_ns);
		assert_int_equal(m.clock.n_steps, 1);
		assert_int_equal(m.clock.n_odd, 0);
	}
}

static void
test_a_step_back_is_waited_for(void **state)
{
	struct machine m;
	int64_t before_ns;

	(void)state;
	start(&m);
	run(&m, 10 * S);
	before_ns = m.last_ns;
	m.real_ns -= H;
	run(&m, 100 * S);
	/* No bin is missing, and none is longer by more than 0.5 %. */
	assert_in_range(m.last_ns - before_ns, 99 * S, 100 * S);
	assert_int_equal(m.clock.n_steps, 1);
	assert_in_range(clock_lead(&m.clock), H - S, H);
	/* 200 s for each second: they meet. */
	run(&m, 200 * H);
	assert_in_range(clock_lead(&m.clock), 0, 10 * MS);
	assert_in_range(m.last_published_ns - m.real_ns, 0, 10 * MS);
}

static void
test_back_and_forth(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	for (unsigned i = 0; i < 20; i++) {
		m.real_ns += i % 2 == 0 ? -H : H;
		run(&m, S);
	}
	assert_int_equal(m.clock.n_steps, 20);
	/* What was slewed meanwhile is made good by the last step. */
	assert_in_range(m.last_published_ns - m.real_ns, 0, 0);
	assert_true(m.clock.ahead_ns <= 2 * S);
	assert_int_equal(m.clock.n_odd, 0);
}

static void
test_a_suspended_machine_has_no_bins(void **state)
{
	struct machine m;
	int64_t before_ns;

	(void)state;
	start(&m);
	run(&m, 10 * S);
	before_ns = m.last_ns;
	m.real_ns += 8 * H;
	m.boot_ns += 8 * H;
	tick(&m);
	assert_int_equal(m.clock.suspended_ns, 8 * H);
	assert_int_equal(m.clock.n_steps, 0);
	assert_true(m.last_ns - before_ns < 2 * S + TICK_MS * MS);
	assert_int_equal(m.last_published_ns, m.real_ns);
}

/* SIGSTOP between two of the clocks: nothing can be said of them. */
static void
test_a_reading_that_was_interrupted_is_no_step(void **state)
{
	struct machine m;
	struct clock_reading r;
	int64_t ts_ns;

	(void)state;
	start(&m);
	run(&m, 10 * S);
	r = read_clocks(&m);
	r.real_ns += 3 * S;
	r.after_ns += 3 * S;
	clock_note(&m.clock, &r);
	assert_int_equal(m.clock.n_steps, 0);
	/* But the time has gone by, and packets came. */
	assert_true(clock_packet(&m.clock, m.real_ns + 2 * S, &ts_ns));
	assert_int_equal(ts_ns, m.last_ns + 2 * S);
	m.mono_ns += 3 * S;
	m.boot_ns += 3 * S;
	m.real_ns += 3 * S;
	m.n = 0; /* and the ring was read */
	run(&m, 10 * S);
	assert_int_equal(m.last_published_ns, m.real_ns);
}

/* Read after a step, but before anybody has looked at the clock. */
static void
test_an_unknown_stamp_asks_for_the_clock(void **state)
{
	struct machine m;
	struct clock_reading r;
	int64_t ts_ns;

	(void)state;
	start(&m);
	run(&m, 10 * S);
	m.real_ns -= 24 * H;
	m.mono_ns += MS;
	m.boot_ns += MS;
	m.real_ns += MS;
	assert_false(clock_packet(&m.clock, m.real_ns, &ts_ns));
	r = read_clocks(&m);
	clock_note(&m.clock, &r);
	assert_true(clock_packet(&m.clock, m.real_ns, &ts_ns));
	assert_in_range(ts_ns - m.last_ns, 0, MS);
	assert_in_range(clock_force(&m.clock, m.real_ns) - m.last_ns, 0, MS);
	assert_int_equal(m.clock.n_odd, 0);
	/* One that no clock had is of now. */
	ts_ns = clock_force(&m.clock, m.real_ns + 17 * H);
	assert_in_range(ts_ns - m.last_ns, 0, 2 * MS);
	assert_int_equal(m.clock.n_odd, 1);
	assert_in_range(clock_force(&m.clock, 0) - m.last_ns, 0, 2 * MS);
	assert_in_range(clock_force(&m.clock, INT64_MAX / 2) - m.last_ns, 0,
	    2 * MS);
	assert_int_equal(m.clock.n_odd, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_steady_clock_is_followed_exactly),
		cmocka_unit_test(test_drift_is_followed),
		cmocka_unit_test(test_a_step_forward_is_published_at_once),
		cmocka_unit_test(test_a_step_back_is_waited_for),
		cmocka_unit_test(test_back_and_forth),
		cmocka_unit_test(test_a_suspended_machine_has_no_bins),
		cmocka_unit_test(
		    test_a_reading_that_was_interrupted_is_no_step),
		cmocka_unit_test(test_an_unknown_stamp_asks_for_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

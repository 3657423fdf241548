/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/clock.h"

#define MS INT64_C(1000000)

static const int64_t step_ns = 100 * MS; /* less is a correction */
static const int64_t sharp_ns = 1 * MS; /* a reading that says something */
/* Packets come while those before them are being read. */
static const int64_t slack_ns = 100 * MS;

enum { SLEW = 200 /* at most 1/200 faster or slower */ };

static int64_t
magnitude(int64_t v)
{
	return v < 0 ? -v : v;
}

void
clock_init(struct clock *c, int64_t bin_ns, const struct clock_reading *r)
{
	*c = (struct clock){ .bin_ns = bin_ns,
		.base_ns = r->real_ns - r->mono_ns,
		.real_ns = r->real_ns - r->mono_ns,
		.boot_ns = r->boot_ns - r->mono_ns,
		.mono_ns = r->after_ns };
	c->now.first_ns = clock_at(c, r->mono_ns) - slack_ns;
	c->now.last_ns = clock_at(c, r->after_ns) + slack_ns;
	c->before = c->now;
}

/* How far the wall clock is before what is published. */
static int64_t
behind(const struct clock *c)
{
	return c->real_ns - c->base_ns - c->ahead_ns;
}

int64_t
clock_lead(const struct clock *c)
{
	int64_t lead = -behind(c);

	return lead > 0 ? lead : 0;
}

/*
 * The wall clock has jumped since c->mono_ns.  Whole bins change only what is
 * published; the rest makes the open bin shorter.
 */
static void
step(struct clock *c, int64_t by_ns, int64_t after_ns)
{
	int64_t gap, leap_ns = 0;

	c->before = c->now;
	c->before.last_ns = clock_at(c, after_ns) + slack_ns;
	c->real_ns += by_ns;
	gap = behind(c);
	if (gap > 0) {
		c->ahead_ns += gap / c->bin_ns * c->bin_ns;
		leap_ns = gap % c->bin_ns;
	}
	c->base_ns += leap_ns;
	c->leap_ns = leap_ns;
	c->step_mono_ns = after_ns;
	c->now.first_ns = clock_at(c, c->mono_ns) - sharp_ns;
}

/* Follows the wall clock, as far as so much time allows. */
static void
slew(struct clock *c, int64_t elapsed_ns)
{
	int64_t want = behind(c), most = elapsed_ns / SLEW;

	if (want > most)
		want = most;
	if (want < -most)
		want = -most;
	c->base_ns += want;
}

void
clock_note(struct clock *c, const struct clock_reading *r)
{
	int64_t jump = r->real_ns - r->mono_ns - c->real_ns;
	int64_t slept = r->boot_ns - r->mono_ns - c->boot_ns;

	if (r->after_ns - r->mono_ns <= sharp_ns) {
		if (slept > step_ns)
			c->suspended_ns += slept;
		c->boot_ns += slept;
		if (magnitude(jump) > step_ns) {
			/* The wall clock goes on in a suspended machine. */
			if (magnitude(jump - slept) > step_ns)
				c->n_steps++;
			step(c, jump, r->after_ns);
		} else {
			c->real_ns += jump;
		}
		slew(c, r->after_ns - c->mono_ns);
		c->now.shift_ns = c->base_ns - c->real_ns;
		c->mono_ns = r->after_ns;
	}
	c->now.last_ns = clock_at(c, r->after_ns) + slack_ns;
}

bool
clock_find(const struct clock *c, int64_t stamp_ns, int64_t *ts_ns)
{
	*ts_ns = stamp_ns + c->before.shift_ns;
	return *ts_ns >= c->before.first_ns && *ts_ns <= c->before.last_ns;
}

int64_t
clock_force(struct clock *c, int64_t stamp_ns)
{
	int64_t ts_ns;

	if (clock_packet(c, stamp_ns, &ts_ns))
		return ts_ns;
	c->n_odd++;
	return c->now.last_ns - slack_ns;
}

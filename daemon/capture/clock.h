/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time of a live capture: steady, whatever is done to the wall clock.
 *
 * The kernel stamps packets with the wall clock, which administrators, NTP and
 * a suspended machine set back and forth.  Bins are cut by capture time: it
 * begins with the wall clock, goes on with CLOCK_MONOTONIC and follows small
 * corrections by at most 0.5 %.  So each 2 s have one bin, come what may.
 *
 * What is published is capture time + ahead_ns, a multiple of the bin's width
 * that only grows: a clock that is set forward is followed at once, one that
 * is set back is waited for, 0.5 % slower than it goes.
 *
 * Pure: all readings of clocks are arguments.
 */
#ifndef DAEMON_CAPTURE_CLOCK_H
#define DAEMON_CAPTURE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* The clocks, read one after the other; mono_ns before, after_ns after. */
struct clock_reading {
	int64_t mono_ns;
	int64_t real_ns;
	int64_t boot_ns; /* CLOCK_BOOTTIME: it goes on while suspended */
	int64_t after_ns;
};

/* Between two steps of the wall clock. */
struct clock_era {
	int64_t shift_ns; /* capture time - wall clock */
	int64_t first_ns, last_ns; /* capture time of its packets */
};

struct clock {
	int64_t bin_ns;
	int64_t base_ns; /* capture time - monotonic */
	int64_t real_ns; /* wall clock - monotonic, as last read */
	int64_t boot_ns; /* CLOCK_BOOTTIME - monotonic, as last read */
	int64_t mono_ns; /* when they were read */
	int64_t ahead_ns; /* published time - capture time */
	int64_t step_mono_ns; /* when a step was last seen */
	int64_t leap_ns; /* of capture time, then */
	struct clock_era now, before;
	uint64_t n_steps; /* of the wall clock, above 100 ms */
	uint64_t n_odd; /* packets that clock_force gave the present */
	int64_t suspended_ns;
};

void clock_init(struct clock *c, int64_t bin_ns, const struct clock_reading *r);

/*
 * Takes a reading into account: to be called every few ms, and before packets
 * are read.  One that was interrupted for more than a ms is ignored but for
 * the time that went by.
 */
void clock_note(struct clock *c, const struct clock_reading *r);

/* Writes the capture time of a packet of an era that is not c->now's. */
bool clock_find(const struct clock *c, int64_t stamp_ns, int64_t *ts_ns);

/*
 * Writes the capture time of a packet that the kernel stamped so; false when
 * no clock that has been noted can have: note it again, and then force.
 */
static inline bool
clock_packet(const struct clock *c, int64_t stamp_ns, int64_t *ts_ns)
{
	*ts_ns = stamp_ns + c->now.shift_ns;
	if (*ts_ns >= c->now.first_ns && *ts_ns <= c->now.last_ns)
		return true;
	return clock_find(c, stamp_ns, ts_ns);
}

/* As clock_packet; a stamp that makes no sense is counted: it is the present. */
int64_t clock_force(struct clock *c, int64_t stamp_ns);

/* Capture time at a reading of CLOCK_MONOTONIC.  Never goes back. */
static inline int64_t
clock_at(const struct clock *c, int64_t mono_ns)
{
	return mono_ns + c->base_ns;
}

/*
 * Capture time as it was at a monotonic time before now, since the step before
 * the last: packets that were captured then and come now have it.
 */
static inline int64_t
clock_past(const struct clock *c, int64_t mono_ns)
{
	return clock_at(c, mono_ns) -
	    (mono_ns < c->step_mono_ns ? c->leap_ns : 0);
}

/* How far published times lead the wall clock, because that was set back. */
int64_t clock_lead(const struct clock *c);

#endif

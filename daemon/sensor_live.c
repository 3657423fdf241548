/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sensor.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/capture/presence.h"
#include "daemon/log.h"
#include "daemon/notify.h"

enum {
	ERR_SIZE = 512,
	TICK_MS = 20,
	QUIET_MS = 80, /* an empty ring stays empty so long: it is drained */
	DRAIN_MS = 1000,
	STATUS_S = 10,
	SELVES_S = 5
};

static const int64_t ns_per_ms = 1000000;

void
sensor_note_clock(void *arg)
{
	struct sensor *s = arg;
	struct clock_reading r = { .mono_ns = loop_mono_ns(),
		.real_ns = loop_real_ns(),
		.boot_ns = loop_boot_ns(),
		.after_ns = loop_mono_ns() };

	if (s->clock.bin_ns == 0)
		clock_init(&s->clock, s->options->bin_ns, &r);
	else
		clock_note(&s->clock, &r);
}

static void
tell_clock(struct sensor *s)
{
	s->self.clock_steps = s->clock.n_steps;
	s->self.clock_ahead_ms = (uint64_t)(clock_lead(&s->clock) / ns_per_ms);
	s->self.suspended_ms = (uint64_t)(s->clock.suspended_ns / ns_per_ms);
	s->self.time_odd = s->clock.n_odd;
}

int64_t
sensor_now(const struct sensor *s)
{
	return clock_at(&s->clock, loop_mono_ns());
}

/* Closes the bins that no packet can belong to any more. */
static void
advance(struct sensor *s, int64_t mono_ns)
{
	int64_t seen = clock_at(&s->clock, mono_ns);

	for (unsigned i = 0; i < s->n_lives; i++) {
		int64_t mark;

		if (s->lives[i].live == NULL)
			continue;
		mark = live_watermark(s->lives[i].live, mono_ns);
		if (mark < seen)
			seen = mark;
	}
	if (seen > 0)
		sensor_advance(s, seen);
}

/* What the process costs; unknown figures stay as they were. */
static void
measure(struct report_self *self, FILE *status)
{
	struct rusage use;
	char line[128];
	unsigned long long kb;

	if (status != NULL)
		rewind(status);
	while (status != NULL && fgets(line, sizeof(line), status) != NULL)
		if (sscanf(line, "RssAnon: %llu kB", &kb) == 1)
			self->rss_bytes = kb * 1024;
	if (getrusage(RUSAGE_SELF, &use) == 0)
		self->cpu_ms =
		    (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) *
			1000 +
		    (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) /
			1000;
}

/*
 * Whether packets are read that are there.  One look at which some wait says
 * nothing: they may just have come.  Nor do two: the process may have been
 * stopped since the first.
 */
static bool
reads_packets(struct sensor *s)
{
	bool ok = true;

	for (unsigned i = 0; i < s->n_lives; i++) {
		struct sensor_live *l = &s->lives[i];
		uint64_t delivered;

		if (l->live == NULL)
			continue;
		delivered = live_delivered(l->live);
		if (delivered != l->watched || !live_has_packets(l->live))
			l->n_waits = 0;
		else
			l->n_waits++;
		l->watched = delivered;
		if (l->n_waits > 1)
			ok = false;
	}
	return ok;
}

/* The watchdog is fed by a loop that turns, and that reads what it captures. */
static void
feed_watchdog(struct sensor *s, int64_t mono_ns)
{
	int64_t watchdog = notify_watchdog_ns();
	bool ok;

	if (watchdog == 0 || mono_ns < s->watchdog_mono_ns)
		return;
	ok = reads_packets(s);
	if (ok)
		notify_watchdog();
	else if (!s->is_stuck)
		log_error("packets wait and are not read: the watchdog is not "
			  "told that all is well");
	s->is_stuck = !ok;
	s->watchdog_mono_ns = mono_ns + watchdog;
}

/* ", eth0 absent" for each interface that is not up. */
static void
troubles(const struct sensor *s, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < s->n_lives && n < size; i++) {
		const struct sensor_live *l = &s->lives[i];

		if (l->self.state != SOURCE_UP)
			n += (size_t)snprintf(text + n, size - n, ", %s %s",
			    l->name, report_state_name(l->self.state));
	}
}

static void
tell_systemd(struct sensor *s, int64_t mono_ns)
{
	struct meter_ledger l;
	char text[128];
	double packets;

	if (mono_ns < s->status_mono_ns)
		return;
	measure(&s->self, s->status);
	meter_ledger(s->meter, &l);
	packets = (double)(l.delivered - s->status_delivered) * 1e9 /
	    (double)(mono_ns - s->told_mono_ns);
	troubles(s, text, sizeof(text));
	notify_status("%.0f packets/s, %llu dropped%s", packets,
	    (unsigned long long)s->self.dropped, text);
	s->status_delivered = l.delivered;
	s->told_mono_ns = mono_ns;
	s->status_mono_ns = mono_ns + STATUS_S * 1000 * ns_per_ms;
}

static void
on_tick(void *arg)
{
	struct sensor *s = arg;
	int64_t mono_ns = loop_mono_ns(), now_ns;
	int64_t late_us = (mono_ns - s->tick_mono_ns) / 1000 - TICK_MS * 1000;

	if (late_us > 0 && (uint64_t)late_us > s->self.timer_late_us)
		s->self.timer_late_us = (uint64_t)late_us;
	s->tick_mono_ns = mono_ns;
	sensor_note_clock(s);
	tell_clock(s);
	now_ns = sensor_now(s);
	for (unsigned i = 0; i < s->n_lives; i++)
		sensor_source_tick(&s->lives[i], mono_ns, now_ns);
	advance(s, mono_ns);
	if (mono_ns >= s->selves_mono_ns) {
		selves_check(&s->selves, mono_ns);
		s->selves_mono_ns = mono_ns + SELVES_S * 1000 * ns_per_ms;
	}
	feed_watchdog(s, mono_ns);
	tell_systemd(s, mono_ns);
}

bool
sensor_live_open(struct sensor *s)
{
	const struct options *o = s->options;

	if (o->interfaces.n > SOURCES_MAX) {
		log_error("at most %d interfaces", SOURCES_MAX);
		return false;
	}
	s->presence = presence_open();
	if (s->presence < 0) {
		log_error("cannot make a socket: %s", strerror(errno));
		return false;
	}
	s->status = fopen("/proc/self/status", "re");
	sensor_note_clock(s);
	for (unsigned i = 0; i < o->interfaces.n; i++) {
		struct sensor_live *l = &s->lives[i];

		l->sensor = s;
		l->source = i;
		l->name = s->options->interfaces.v[i];
		s->n_lives++;
		if (!sensor_source_open(l))
			return false;
	}
	return true;
}

bool
sensor_live_start(struct sensor *s)
{
	s->self.is_live = true;
	for (unsigned i = 0; i < s->n_lives; i++)
		if (!sensor_source_start(&s->lives[i]))
			return sensor_no_memory();
	s->tick_mono_ns = s->told_mono_ns = loop_mono_ns();
	measure(&s->self, s->status);
	s->tick = loop_every(s->loop, TICK_MS * ns_per_ms, on_tick, s);
	if (s->tick == NULL)
		return sensor_no_memory();
	/* The first tick tells the status. */
	notify_ready();
	return true;
}

static void
end_events(struct sensor *s)
{
	loop_event_free(s->tick);
	s->tick = NULL;
	for (unsigned i = 0; i < s->n_lives; i++) {
		loop_event_free(s->lives[i].readable);
		s->lives[i].readable = NULL;
	}
}

/*
 * No new packets come into the rings.  A ring counts as drained once it has
 * been empty for longer than the kernel keeps a block back.
 */
void
sensor_live_finish(struct sensor *s)
{
	int64_t start_ns = loop_mono_ns(), empty_ns = start_ns, now_ns;
	char err[ERR_SIZE];

	end_events(s);
	for (unsigned i = 0; i < s->n_lives; i++)
		if (s->lives[i].live != NULL)
			live_stop(s->lives[i].live);
	for (;;) {
		bool is_empty = true;

		for (unsigned i = 0; i < s->n_lives; i++) {
			struct live *live = s->lives[i].live;

			if (live != NULL &&
			    live_dispatch(live, err, sizeof(err)) == LIVE_MORE)
				is_empty = false;
		}
		now_ns = loop_mono_ns();
		if (!is_empty)
			empty_ns = now_ns;
		if (now_ns - empty_ns > QUIET_MS * ns_per_ms ||
		    now_ns - start_ns > DRAIN_MS * ns_per_ms)
			break;
		if (is_empty)
			poll(NULL, 0, 5);
	}
	/* Bins that would have closed meanwhile do so with their drops. */
	sensor_note_clock(s);
	now_ns = sensor_now(s);
	for (unsigned i = 0; i < s->n_lives; i++)
		sensor_source_give_up(&s->lives[i], now_ns);
	sensor_advance(s, now_ns);
	tell_clock(s);
	measure(&s->self, s->status);
}

void
sensor_live_close(struct sensor *s)
{
	if (s->status != NULL)
		fclose(s->status);
	for (unsigned i = 0; i < s->n_lives; i++)
		live_close(s->lives[i].live);
	if (s->presence >= 0)
		close(s->presence);
}

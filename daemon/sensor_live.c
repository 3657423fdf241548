/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sensor.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "daemon/log.h"
#include "daemon/notify.h"

enum {
	ERR_SIZE = 512,
	TICK_MS = 20,
	ASK_MS = 250, /* the kernel's counters, at least so often */
	RETRY_MS = 1000, /* a lost interface */
	QUIET_MS = 80, /* an empty ring stays empty so long: it is drained */
	DRAIN_MS = 1000,
	STATUS_S = 10
};

static const int64_t ns_per_ms = 1000000;

/* Adds what came since the last time; drops are told to the meter. */
static void
ask_stats(struct sensor_live *l, int64_t real_ns)
{
	struct sensor *s = l->sensor;
	struct live_stats now;

	if (l->live == NULL)
		return;
	live_stats(l->live, &now);
	if (now.dropped > l->stats.dropped)
		meter_drops(s->meter, l->source, now.dropped - l->stats.dropped,
		    l->asked_ns, real_ns);
	s->self.received += now.received - l->stats.received;
	s->self.dropped += now.dropped - l->stats.dropped;
	s->self.if_dropped += now.if_dropped - l->stats.if_dropped;
	l->stats = now;
	l->asked_ns = real_ns;
}

static bool
open_one(struct sensor_live *l, char *err, size_t err_size)
{
	const struct options *o = l->sensor->options;
	struct live_config c = {
		.interface = o->interfaces.v[l->source],
		.source = l->source,
		.snaplen = (uint32_t)o->snaplen,
		.ring = o->ring,
		.promiscuous = o->promiscuous,
		.filter = o->filter,
		.fn = sensor_packet,
		.on_batch = sensor_settle,
		.arg = l->sensor,
	};

	l->live = live_open(&c, err, err_size);
	l->stats = (struct live_stats){ 0 };
	l->asked_ns = loop_real_ns();
	return l->live != NULL;
}

/*
 * With the interface goes what its ring still held: libpcap gives no packet on
 * once there is an error.  They count as dropped.
 */
static void
drop_ring(struct sensor_live *l)
{
	struct sensor *s = l->sensor;
	int64_t before_ns = l->asked_ns, real_ns = loop_real_ns();
	uint64_t left;

	ask_stats(l, real_ns);
	left = l->stats.received - l->stats.dropped - l->stats.delivered;
	if (left > l->stats.received)
		return;
	s->self.dropped += left;
	meter_drops(s->meter, l->source, left, before_ns, real_ns);
}

static void
lose(struct sensor_live *l, const char *why)
{
	log_error("%s; it is tried again every second", why);
	drop_ring(l);
	loop_event_free(l->readable);
	l->readable = NULL;
	live_close(l->live);
	l->live = NULL;
	l->retry_mono_ns = loop_mono_ns() + RETRY_MS * ns_per_ms;
}

static void
on_readable(void *arg)
{
	struct sensor_live *l = arg;
	char err[ERR_SIZE];

	if (live_dispatch(l->live, err, sizeof(err)) == LIVE_GONE)
		lose(l, err);
}

static void
retry(struct sensor_live *l, int64_t mono_ns)
{
	char err[ERR_SIZE];

	if (l->live != NULL || mono_ns < l->retry_mono_ns)
		return;
	l->retry_mono_ns = mono_ns + RETRY_MS * ns_per_ms;
	if (!open_one(l, err, sizeof(err))) {
		log_debug("%s", err);
		return;
	}
	l->readable =
	    loop_readable(l->sensor->loop, live_fd(l->live), on_readable, l);
	if (l->readable == NULL) {
		live_close(l->live);
		l->live = NULL;
		return;
	}
	log_info("%s: capturing again",
	    l->sensor->options->interfaces.v[l->source]);
}

/* Closes the bins that no packet can belong to any more. */
static void
advance(struct sensor *s, int64_t real_ns)
{
	int64_t seen = real_ns;

	for (unsigned i = 0; i < s->n_lives; i++) {
		int64_t mark;

		if (s->lives[i].live == NULL)
			continue;
		mark = live_watermark(s->lives[i].live, real_ns);
		if (mark < seen)
			seen = mark;
	}
	if (seen <= 0)
		return;
	front_advance(s->front, seen);
	front_flush(s->front);
	meter_advance(s->meter, seen);
}

/* What the process costs; unknown figures stay as they were. */
static void
measure(struct report_self *self)
{
	struct rusage use;
	char line[128];
	FILE *f = fopen("/proc/self/status", "re");
	unsigned long long kb;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "RssAnon: %llu kB", &kb) == 1)
			self->rss_bytes = kb * 1024;
	if (f != NULL)
		fclose(f);
	if (getrusage(RUSAGE_SELF, &use) == 0)
		self->cpu_ms =
		    (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) *
			1000 +
		    (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) /
			1000;
}

static void
tell_systemd(struct sensor *s, int64_t mono_ns)
{
	int64_t watchdog = notify_watchdog_ns();
	struct meter_ledger l;
	double packets;

	if (watchdog > 0 && mono_ns >= s->watchdog_mono_ns) {
		notify_watchdog();
		s->watchdog_mono_ns = mono_ns + watchdog;
	}
	if (mono_ns < s->status_mono_ns)
		return;
	measure(&s->self);
	meter_ledger(s->meter, &l);
	packets = (double)(l.delivered - s->status_delivered) / STATUS_S;
	notify_status("%.0f packets/s, %llu dropped", packets,
	    (unsigned long long)s->self.dropped);
	s->status_delivered = l.delivered;
	s->status_mono_ns = mono_ns + STATUS_S * 1000 * ns_per_ms;
}

static void
on_tick(void *arg)
{
	struct sensor *s = arg;
	int64_t mono_ns = loop_mono_ns(), real_ns = loop_real_ns();
	int64_t late_us = (mono_ns - s->tick_mono_ns) / 1000 - TICK_MS * 1000;

	if (late_us > 0 && (uint64_t)late_us > s->self.timer_late_us)
		s->self.timer_late_us = (uint64_t)late_us;
	s->tick_mono_ns = mono_ns;
	for (unsigned i = 0; i < s->n_lives; i++) {
		if (real_ns - s->lives[i].asked_ns >= ASK_MS * ns_per_ms ||
		    real_ns < s->lives[i].asked_ns)
			ask_stats(&s->lives[i], real_ns);
		retry(&s->lives[i], mono_ns);
	}
	advance(s, real_ns);
	tell_systemd(s, mono_ns);
}

bool
sensor_live_open(struct sensor *s)
{
	const struct options *o = s->options;
	char err[ERR_SIZE];

	if (o->interfaces.n > SOURCES_MAX) {
		log_error("at most %d interfaces", SOURCES_MAX);
		return false;
	}
	for (unsigned i = 0; i < o->interfaces.n; i++) {
		struct sensor_live *l = &s->lives[i];

		l->sensor = s;
		l->source = i;
		if (!open_one(l, err, sizeof(err))) {
			log_error("%s", err);
			return false;
		}
		s->n_lives++;
		s->self.ring_bytes += o->ring;
	}
	return true;
}

bool
sensor_live_start(struct sensor *s)
{
	s->self.is_live = true;
	for (unsigned i = 0; i < s->n_lives; i++) {
		struct sensor_live *l = &s->lives[i];

		l->readable =
		    loop_readable(s->loop, live_fd(l->live), on_readable, l);
		if (l->readable == NULL)
			return false;
		log_info("capturing on %s", s->options->interfaces.v[i]);
	}
	s->tick_mono_ns = loop_mono_ns();
	s->status_mono_ns = s->tick_mono_ns + STATUS_S * 1000 * ns_per_ms;
	measure(&s->self);
	s->tick = loop_every(s->loop, TICK_MS * ns_per_ms, on_tick, s);
	if (s->tick == NULL)
		return false;
	notify_ready();
	notify_status("capturing");
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
	for (unsigned i = 0; i < s->n_lives; i++)
		ask_stats(&s->lives[i], loop_real_ns());
	measure(&s->self);
}

void
sensor_live_close(struct sensor *s)
{
	for (unsigned i = 0; i < s->n_lives; i++)
		live_close(s->lives[i].live);
}

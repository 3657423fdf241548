/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One interface: it comes and goes, and is captured from while it is there.
 *
 * Nothing tells a packet socket that its interface returned, and netlink is
 * not to be had in a sandbox: so it is asked for four times a second, which
 * costs two system calls.
 */
#include "daemon/sensor.h"

#include <stdio.h>
#include <string.h>

#include "daemon/capture/presence.h"
#include "daemon/log.h"

#define MS INT64_C(1000000)

static const int64_t ask_ns = 250 * MS; /* the kernel's counters: so often */
static const int64_t check_ns = 250 * MS;
/* After an attempt that failed. */
static const int64_t pause_min_ns = 500 * MS, pause_max_ns = 2000 * MS;
/* A ring is empty once nothing came for so long: blocks are kept 20 ms. */
static const int64_t quiet_ns = 80 * MS;
/* The kernel takes up to a second to say that there is a link. */
static const int64_t link_ns = 2000 * MS;

/* Adds what came since the last time; drops are told to the meter. */
void
sensor_source_ask(struct sensor_live *l, int64_t now_ns)
{
	struct sensor *s = l->sensor;
	struct live_stats now;
	uint64_t received, dropped, if_dropped;

	if (l->live == NULL)
		return;
	live_stats(l->live, &now);
	received = now.received - l->stats.received;
	dropped = now.dropped - l->stats.dropped;
	if_dropped = now.if_dropped - l->stats.if_dropped;
	if (dropped > 0)
		meter_drops(s->meter, l->source, dropped, l->asked_ns, now_ns);
	l->self.received += received;
	l->self.dropped += dropped;
	l->self.if_dropped += if_dropped;
	s->self.received += received;
	s->self.dropped += dropped;
	s->self.if_dropped += if_dropped;
	l->stats = now;
	l->asked_ns = now_ns;
}

void
sensor_source_count(struct sensor_live *l)
{
	struct live_stats now;

	if (l->live == NULL)
		return;
	live_stats(l->live, &now);
	l->self.received += now.received - l->stats.received;
	l->sensor->self.received += now.received - l->stats.received;
	l->stats.received = now.received;
}

void
sensor_source_give_up(struct sensor_live *l, int64_t now_ns)
{
	struct sensor *s = l->sensor;
	int64_t before_ns = l->asked_ns;
	uint64_t left;

	if (l->live == NULL)
		return;
	sensor_source_ask(l, now_ns);
	/*
	 * Of "any" the kernel counts twice what passes the loopback interface,
	 * and libpcap gives one on: with an empty ring that is all there is.
	 */
	if (live_index(l->live) == 0 && !live_has_packets(l->live))
		return;
	left = l->stats.received - l->stats.dropped - live_delivered(l->live);
	if (left == 0 || left > l->stats.received)
		return;
	l->self.dropped += left;
	s->self.dropped += left;
	meter_drops(s->meter, l->source, left, before_ns, now_ns);
}

void
sensor_source_report(struct sensor_live *l)
{
	struct sensor *s = l->sensor;

	report_source(&s->report, sensor_published(s, sensor_now(s)), l->source,
	    &l->self);
}

/* One line a change. */
static void
say(const struct sensor_live *l)
{
	const char *name = l->name;

	switch (l->self.state) {
	case SOURCE_UP:
		if (l->has_begun)
			log_info("%s: capturing again", name);
		else
			log_info("capturing on %s", name);
		break;
	case SOURCE_NO_LINK:
		log_warn("%s: it has no link", name);
		break;
	case SOURCE_DOWN:
		log_warn("%s: it is down; waiting for it", name);
		break;
	case SOURCE_ABSENT:
		log_warn("%s: there is no such interface%s; waiting for it",
		    name, l->has_begun ? " any more" : "");
		break;
	default:
		log_error("%s; it is tried again", l->why);
		break;
	}
}

/* Accounts for the time since the last call. */
static void
note_blindness(struct sensor_live *l, int64_t now_ns)
{
	if (l->self.state != SOURCE_UP && l->self.state != SOURCE_NO_LINK &&
	    l->blind_ns != 0) {
		l->self.blind_ns += now_ns - l->blind_ns;
		meter_blind(l->sensor->meter, l->source, l->blind_ns, now_ns);
	}
	l->blind_ns = now_ns;
}

static void
change(struct sensor_live *l, enum source_state state)
{
	struct sensor *s = l->sensor;

	if (state == l->self.state)
		return;
	note_blindness(l, sensor_now(s));
	l->self.state = state;
	l->self.changes++;
	say(l);
	sensor_source_report(l);
	outputs_commit(s->outputs);
	/* The service manager is told with the next tick. */
	s->status_mono_ns = 0;
}

static bool
try_open(struct sensor_live *l, enum live_fault *fault)
{
	struct sensor *s = l->sensor;
	const struct options *o = s->options;
	struct live_config c = {
		.interface = l->name,
		.source = l->source,
		.snaplen = (uint32_t)o->snaplen,
		.ring = o->ring,
		.promiscuous = o->promiscuous,
		.filter = o->filter,
		.clock = &s->clock,
		.note_clock = sensor_note_clock,
		.fn = sensor_packet,
		.on_batch = sensor_settle,
		.arg = s,
	};

	l->live = live_open(&c, fault, l->why, sizeof(l->why));
	if (l->live == NULL)
		return false;
	l->stats = (struct live_stats){ 0 };
	l->asked_ns = sensor_now(s);
	l->watched = 0;
	l->n_waits = 0;
	l->is_leaving = false;
	s->self.ring_bytes += o->ring;
	return true;
}

static void
let_go(struct sensor_live *l)
{
	loop_event_free(l->readable);
	l->readable = NULL;
	live_close(l->live);
	l->live = NULL;
	l->sensor->self.ring_bytes -= l->sensor->options->ring;
}

/*
 * The interface is lost, its ring is not: it is read until nothing more comes.
 */
static void
leave(struct sensor_live *l, enum source_state state)
{
	l->is_leaving = true;
	l->read_mono_ns = loop_mono_ns();
	change(l, state);
}

static void
on_readable(void *arg)
{
	struct sensor_live *l = arg;
	uint64_t before = live_delivered(l->live);
	int named;

	if (live_dispatch(l->live, l->why, sizeof(l->why)) == LIVE_GONE &&
	    !l->is_leaving)
		leave(l,
		    presence_ask(l->sensor->presence, l->name, &named) ==
				PRESENCE_ABSENT ||
			    live_index(l->live) < 0
			? SOURCE_ABSENT
			: SOURCE_FAILED);
	if (l->is_leaving && live_delivered(l->live) != before)
		l->read_mono_ns = loop_mono_ns();
}

static void
finish_leaving(struct sensor_live *l, int64_t mono_ns, int64_t now_ns)
{
	on_readable(l);
	if (mono_ns - l->read_mono_ns < quiet_ns)
		return;
	sensor_source_give_up(l, now_ns);
	let_go(l);
	l->retry_mono_ns = mono_ns;
	l->pause_ns = pause_min_ns;
	l->was_there = false;
}

static bool
begin(struct sensor_live *l)
{
	l->readable =
	    loop_readable(l->sensor->loop, live_fd(l->live), on_readable, l);
	l->link_mono_ns = loop_mono_ns();
	return l->readable != NULL;
}

bool
sensor_source_start(struct sensor_live *l)
{
	if (l->live != NULL && !begin(l))
		return false;
	say(l);
	l->has_begun = l->live != NULL;
	return true;
}

bool
sensor_source_open(struct sensor_live *l)
{
	enum live_fault fault;

	l->pause_ns = pause_min_ns;
	if (try_open(l, &fault))
		return true;
	if (!l->sensor->options->wait || fault == LIVE_REFUSED) {
		log_error("%s", l->why);
		return false;
	}
	l->self.state = fault == LIVE_DOWN ? SOURCE_DOWN : SOURCE_ABSENT;
	return true;
}

/*
 * It is down.  One that is being made or removed is so for a moment, too: it
 * has to be at two checks.
 */
static void
note_down(struct sensor_live *l)
{
	if (l->was_down)
		change(l, SOURCE_DOWN);
	l->was_down = true;
}

/* Tries to capture again: at once when the interface has just come. */
static void
retry(struct sensor_live *l, int64_t mono_ns)
{
	static const enum source_state states[] = {
		[LIVE_REFUSED] = SOURCE_FAILED,
		[LIVE_ABSENT] = SOURCE_ABSENT,
		[LIVE_DOWN] = SOURCE_DOWN,
	};
	enum live_fault fault;
	enum presence presence;
	bool is_there;
	int named;

	presence = presence_ask(l->sensor->presence, l->name, &named);
	if (presence == PRESENCE_DOWN) {
		note_down(l);
		l->was_there = false;
		return;
	}
	l->was_down = false;
	is_there = presence != PRESENCE_ABSENT;
	if (is_there && !l->was_there) {
		l->retry_mono_ns = mono_ns;
		l->pause_ns = pause_min_ns;
	}
	l->was_there = is_there;
	if (mono_ns < l->retry_mono_ns)
		return;
	l->retry_mono_ns = mono_ns + l->pause_ns;
	l->pause_ns =
	    l->pause_ns * 2 < pause_max_ns ? l->pause_ns * 2 : pause_max_ns;
	if (!try_open(l, &fault)) {
		change(l, states[fault]);
		return;
	}
	if (!begin(l)) {
		let_go(l);
		return;
	}
	change(l, SOURCE_UP);
	l->has_begun = true;
}

/* Whether the interface that is captured from is still the one of this name. */
static void
check(struct sensor_live *l, int64_t mono_ns)
{
	int index = live_index(l->live), named;
	enum presence presence;

	if (index == 0)
		return;
	presence = presence_ask(l->sensor->presence, l->name, &named);
	if (named != index) {
		leave(l, SOURCE_ABSENT);
		return;
	}
	if (presence != PRESENCE_NO_LINK)
		l->link_mono_ns = mono_ns;
	if (presence == PRESENCE_DOWN) {
		note_down(l);
		return;
	}
	l->was_down = false;
	if (presence == PRESENCE_UP)
		change(l, SOURCE_UP);
	else if (mono_ns - l->link_mono_ns > link_ns)
		change(l, SOURCE_NO_LINK);
	else if (l->self.state == SOURCE_DOWN)
		change(l, SOURCE_UP);
}

void
sensor_source_tick(struct sensor_live *l, int64_t mono_ns, int64_t now_ns)
{
	if (l->is_leaving && l->live != NULL)
		finish_leaving(l, mono_ns, now_ns);
	if (mono_ns >= l->check_mono_ns) {
		l->check_mono_ns = mono_ns + check_ns;
		if (l->live == NULL)
			retry(l, mono_ns);
		else if (!l->is_leaving)
			check(l, mono_ns);
	}
	note_blindness(l, now_ns);
	if (now_ns - l->asked_ns >= ask_ns)
		sensor_source_ask(l, now_ns);
}

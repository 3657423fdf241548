/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives a follower: reads while there is something to read and the outputs
 * take what comes of it, closes the bins when the writers are silent, and saves
 * what a restart needs once the points of closed bins are out.
 *
 * With a spool on disk the state is a part of the commit that has the points:
 * whoever is killed has published a bin and knows it, or neither.  So that this
 * also holds for a loss of power, servers get nothing that isn't on the disk,
 * and the folder's state comes after the spool's.  Else points go out before
 * the state that has them: who is killed in between publishes some bins again,
 * with the same content, and leaves none out.
 */
#include "daemon/sensor.h"

#include <stdio.h>

#include "daemon/log.h"
#include "daemon/notify.h"

enum {
	ERR_SIZE = 512,
	TICK_MS = 50,
	CONGESTED_MS = 2,
	SAVE_MS = 200, /* between two saves, at least */
	SAVE_COST = 10, /* so many times what one took, too */
	UNSAVED_MS = 1000, /* then reading waits until one is possible */
	LONG_STATE = 16 << 10, /* then files that are done with are set apart */
	STATUS_S = 10
};

static const int64_t ns_per_ms = 1000000;

static bool
waits_for_outputs(const struct sensor *s, int64_t mono_ns)
{
	const struct sensor_follow *w = &s->follow;

	return outputs_congested(s->outputs) ||
	    (w->store != NULL && w->is_dirty &&
		mono_ns - w->dirty_mono_ns > UNSAVED_MS * ns_per_ms &&
		!outputs_kept(s->outputs));
}

static void
save_state(struct sensor_follow *w)
{
	char err[ERR_SIZE];

	if (store_save(w->store, err, sizeof(err))) {
		w->is_dirty = false;
		if (w->has_failed)
			log_info("the state is saved again");
		w->has_failed = false;
	} else if (!w->has_failed) {
		log_error("the state can't be saved: %s; it is tried again",
		    err);
		w->has_failed = true;
	}
}

static void
save(struct sensor *s, int64_t mono_ns)
{
	struct sensor_follow *w = &s->follow;
	int64_t took;
	bool waited;

	if (w->store == NULL || mono_ns < w->save_mono_ns)
		return;
	waited = w->is_carried && outputs_sync(s->outputs);
	if (w->is_dirty && outputs_kept(s->outputs)) {
		save_state(w);
		waited = true;
	}
	if (!waited)
		return;
	took = loop_mono_ns() - mono_ns;
	w->save_mono_ns = mono_ns + SAVE_COST * took;
	if (w->save_mono_ns < mono_ns + SAVE_MS * ns_per_ms)
		w->save_mono_ns = mono_ns + SAVE_MS * ns_per_ms;
	if (w->has_failed)
		w->save_mono_ns = mono_ns + 1000 * ns_per_ms;
}

static void
on_idle(void *arg)
{
	struct sensor *s = arg;
	struct sensor_follow *w = &s->follow;
	int64_t mono_ns = loop_mono_ns();

	if (waits_for_outputs(s, mono_ns)) {
		w->heard_mono_ns = mono_ns;
		loop_event_pause(w->idle);
		loop_timer_set(w->wait, CONGESTED_MS * ns_per_ms);
		return;
	}
	if (!follow_dispatch(w->follow))
		loop_event_pause(w->idle);
	save(s, loop_mono_ns());
}

static void
on_wait(void *arg)
{
	struct sensor *s = arg;

	loop_event_resume(s->follow.idle);
}

/*
 * The writers are silent: what is open closes, and time stands still.  Bins
 * that nobody wrote a packet of are not said to be empty until one comes.
 */
static void
close_silent(struct sensor *s, int64_t mono_ns)
{
	struct sensor_follow *w = &s->follow;
	int64_t bin_ns = s->options->bin_ns;
	uint64_t packets = follow_packets(w->follow);

	if (packets != w->packets) {
		w->packets = packets;
		w->heard_mono_ns = mono_ns;
		w->is_silent = false;
	}
	if (w->is_silent || packets == 0 ||
	    mono_ns - w->heard_mono_ns < s->options->follow_wait_ns)
		return;
	w->is_silent = true;
	sensor_advance(s, (follow_newest(w->follow) / bin_ns + 1) * bin_ns);
}

/* Without bins there would be no word of the process itself. */
static void
report_silent(struct sensor *s, int64_t mono_ns)
{
	struct sensor_follow *w = &s->follow;
	int64_t report_ns = s->options->report_ns;

	if (report_ns == 0 || mono_ns - w->reported_mono_ns < report_ns)
		return;
	sensor_report_self(s, 0);
}

static void
tell_systemd(struct sensor *s, int64_t mono_ns)
{
	int64_t watchdog = notify_watchdog_ns();
	struct sensor_follow *w = &s->follow;
	uint64_t packets = follow_packets(w->follow);

	if (watchdog > 0 && mono_ns >= w->watchdog_mono_ns) {
		notify_watchdog();
		w->watchdog_mono_ns = mono_ns + watchdog;
	}
	if (mono_ns < w->status_mono_ns)
		return;
	notify_status("%.0f packets/s%s",
	    (double)(packets - w->status_packets) / STATUS_S,
	    w->hidden_mono_ns == 0
		? ""
		: ", but a folder was made anew: that needs a restart");
	w->status_packets = packets;
	w->status_mono_ns = mono_ns + STATUS_S * 1000 * ns_per_ms;
}

static void
on_tick(void *arg)
{
	struct sensor *s = arg;
	struct sensor_follow *w = &s->follow;
	int64_t mono_ns = loop_mono_ns();

	if (follow_tick(w->follow, mono_ns, loop_real_ns()))
		loop_event_resume(w->idle);
	close_silent(s, mono_ns);
	report_silent(s, mono_ns);
	save(s, mono_ns);
	sensor_folders_look(s, mono_ns);
	tell_systemd(s, mono_ns);
}

bool
sensor_follow_open(struct sensor *s)
{
	const struct options *o = s->options;
	struct sensor_follow *w = &s->follow;
	const uint8_t *carried;
	char err[ERR_SIZE];
	size_t n;

	w->config = (struct follow_config){ .patterns = o->follows.v,
		.n_patterns = o->follows.n,
		.filter = o->filter,
		.bin_ns = o->bin_ns,
		.fn = sensor_packet,
		.on_batch = sensor_settle,
		.arg = s };
	w->follow = follow_new(&w->config);
	if (w->follow == NULL)
		return sensor_no_memory();
	if (o->state[0] == '\0')
		return true;
	w->is_carried = outputs_can_save(s->outputs);
	carried = outputs_saved(s->outputs, &n);
	w->store = store_open(o->state, w->follow, carried,
	    w->is_carried ? n : 0, err, sizeof(err));
	if (w->store == NULL)
		log_error("--state: %s", err);
	else if (w->is_carried)
		outputs_hold(s->outputs, true);
	return w->store != NULL;
}

bool
sensor_follow_start(struct sensor *s)
{
	struct sensor_follow *w = &s->follow;
	int64_t from_ns = follow_restored(w->follow);

	/* What is older has been published: twice, so that no bin is open. */
	if (from_ns > 0) {
		sensor_advance(s, from_ns);
		sensor_advance(s, from_ns);
	}
	sensor_folders_note(s);
	w->heard_mono_ns = w->reported_mono_ns = loop_mono_ns();
	w->status_mono_ns = w->heard_mono_ns + STATUS_S * 1000 * ns_per_ms;
	w->wait = loop_timer(s->loop, on_wait, s);
	w->idle = loop_idle(s->loop, on_idle, s);
	w->tick = loop_every(s->loop, TICK_MS * ns_per_ms, on_tick, s);
	if (w->wait == NULL || w->idle == NULL || w->tick == NULL)
		return sensor_no_memory();
	follow_tick(w->follow, loop_mono_ns(), loop_real_ns());
	notify_ready();
	notify_status("following");
	return true;
}

void
sensor_follow_bin(struct sensor *s, int64_t end_ns)
{
	struct sensor_follow *w = &s->follow;

	follow_closed(w->follow, end_ns);
	w->n_bins++;
	if (!w->is_dirty)
		w->dirty_mono_ns = loop_mono_ns();
	w->is_dirty = true;
}

/*
 * Too long for the spool, it is in the folder alone for now.  What the spool
 * still has is older then, and isn't taken.
 */
void
sensor_follow_carry(struct sensor *s)
{
	struct sensor_follow *w = &s->follow;
	const void *state;
	size_t n = 0;
	bool ok;

	w->n_bins = 0;
	if (w->store == NULL || !w->is_carried)
		return;
	state = store_state(w->store, &n);
	ok = state != NULL && outputs_save(s->outputs, state, n);
	if (!ok && !w->is_too_long && n > 0)
		log_info("the state of so many files has no place in the spool "
			 "now: after a kill bins may be published again");
	w->is_too_long = !ok;
	if (n > LONG_STATE && !w->has_failed) {
		w->save_mono_ns = 0;
		follow_yield(w->follow);
	}
}

bool
sensor_follow_finish(struct sensor *s)
{
	struct sensor_follow *w = &s->follow;

	loop_event_free(w->idle);
	loop_event_free(w->wait);
	loop_event_free(w->tick);
	w->idle = w->wait = w->tick = NULL;
	/* Nobody comes back to sync what is committed from here on. */
	if (w->is_carried)
		outputs_hold(s->outputs, false);
	return w->store != NULL;
}

void
sensor_follow_saved(struct sensor *s)
{
	s->follow.save_mono_ns = 0;
	save(s, loop_mono_ns());
	if (s->follow.is_dirty && s->follow.store != NULL)
		log_warn("the state could not be saved: some bins will be "
			 "published again");
}

void
sensor_follow_self(struct sensor *s)
{
	struct sensor_follow *w = &s->follow;
	struct follow_stats stats;

	follow_stats(w->follow, &stats);
	s->self.is_follow = true;
	s->self.files = stats.files;
	s->self.files_bad = stats.files_bad;
	s->self.files_copied = stats.files_copied;
	s->self.files_cut = stats.files_cut;
	s->self.file_bytes = stats.bytes;
	s->self.lag_bytes = stats.lag_bytes;
	s->self.cut_bytes = stats.lost_bytes;
	w->reported_mono_ns = loop_mono_ns();
}

void
sensor_follow_close(struct sensor *s)
{
	store_close(s->follow.store);
	follow_free(s->follow.follow);
	grants_fini(&s->follow.folders);
}

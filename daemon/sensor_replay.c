/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sensor.h"

#include <poll.h>
#include <stdio.h>

#include "daemon/log.h"
#include "daemon/relay.h"

enum {
	CONGESTED_MS = 2,
	PROGRESS_MS = 200,
	SHORT_MS = 10,
	DAY_MS = 86400000,
	TOGETHER = 4 /* batches that are counted before others have a turn */
};

/* Whether outputs have enough to do: a replay can wait, and loses nothing. */
static bool
is_congested(struct sensor *s, struct loop_event *until)
{
	if (!outputs_congested(s->outputs))
		return false;
	loop_event_pause(until);
	loop_timer_set(s->wait, CONGESTED_MS * INT64_C(1000000));
	return true;
}

static void
end_of_files(struct sensor *s)
{
	sensor_stop(s, replay_n_failed(s->replay) > 0 ? EXIT_FAILED : EXIT_OK);
}

/* The back half: counts batches. */
static void
on_batches(void *arg)
{
	struct sensor *s = arg;

	for (unsigned i = 0; i < TOGETHER; i++) {
		struct batch *b;

		if (is_congested(s, s->ready))
			return;
		b = relay_take(s->relay);
		if (b == NULL) {
			if (relay_ended(s->relay))
				end_of_files(s);
			return;
		}
		sensor_batch(s, b);
		relay_release(s->relay);
	}
}

/*
 * Waits until it is time for the next packet, or its bytes are there.  What has
 * been read is passed on meanwhile, unless the wait is short.
 */
static void
wait_for_packet(struct sensor *s, int64_t wait)
{
	struct pollfd fds[] = {
		{ .fd = relay_quit_fd(s->relay), .events = POLLIN },
		{ .fd = replay_fd(s->replay), .events = POLLIN },
	};
	int64_t ms = wait / 1000000 + 1;

	if (wait == REPLAY_LATER && poll(fds, 2, SHORT_MS) != 0)
		return;
	front_flush(s->front);
	relay_hurry(s->relay);
	if (wait == REPLAY_LATER)
		poll(fds, 2, -1);
	else
		poll(fds, 1, ms < DAY_MS ? (int)ms : DAY_MS);
}

/* The front half's thread. */
static void
run_front(void *arg)
{
	struct sensor *s = arg;

	while (!relay_quits(s->relay)) {
		int64_t wait = replay_dispatch(s->replay, loop_mono_ns());

		if (wait == REPLAY_END)
			break;
		if (wait != 0)
			wait_for_packet(s, wait);
	}
	front_flush(s->front);
}

/* One thread does everything: reads on. */
static void
on_idle(void *arg)
{
	struct sensor *s = arg;
	int64_t wait;

	if (is_congested(s, s->idle))
		return;
	wait = replay_dispatch(s->replay, loop_mono_ns());
	if (wait != 0)
		front_flush(s->front);
	if (wait == REPLAY_END) {
		end_of_files(s);
	} else if (wait == REPLAY_LATER) {
		loop_event_pause(s->idle);
		loop_event_resume(s->ready);
	} else if (wait > 0) {
		loop_event_pause(s->idle);
		loop_timer_set(s->wait, wait);
	}
}

static void
on_wait(void *arg)
{
	struct sensor *s = arg;

	loop_event_resume(s->is_relayed ? s->ready : s->idle);
}

static void
on_ready(void *arg)
{
	struct sensor *s = arg;

	loop_event_pause(s->ready);
	loop_event_resume(s->idle);
}

/* Bytes of files that are not there yet are waited for, where they can be. */
static bool
make_ready(struct sensor *s)
{
	int fd = replay_fd(s->replay);

	if (fd < 0)
		return true;
	s->ready = loop_readable(s->loop, fd, on_ready, s);
	if (s->ready != NULL)
		loop_event_pause(s->ready);
	return s->ready != NULL;
}

/* Two threads where they can be had. */
static bool
start_halves(struct sensor *s)
{
	if (s->relay != NULL)
		s->ready =
		    loop_readable(s->loop, relay_fd(s->relay), on_batches, s);
	s->is_relayed = s->ready != NULL;
	if (s->is_relayed && relay_start(s->relay, run_front, s))
		return true;
	s->is_relayed = false;
	loop_event_free(s->ready);
	s->ready = NULL;
	s->idle = loop_idle(s->loop, on_idle, s);
	return s->idle != NULL && make_ready(s);
}

static void
on_progress(void *arg)
{
	struct sensor *s = arg;
	struct replay_progress at;

	replay_progress(s->replay, &at);
	progress_show(&s->progress, &at, loop_mono_ns());
}

bool
sensor_replay_start(struct sensor *s)
{
	const struct options *o = s->options;

	s->replay_config = (struct replay_config){
		.files = o->reads.v,
		.n_files = o->reads.n,
		.filter = o->filter,
		.speed = o->speed,
		.fn = sensor_packet,
		.on_batch = sensor_settle,
		.arg = s,
	};
	s->replay = replay_new(&s->replay_config);
	progress_init(&s->progress, loop_mono_ns(), o->quiet);
	s->wait = loop_timer(s->loop, on_wait, s);
	if (s->replay == NULL || s->wait == NULL || !start_halves(s))
		return sensor_no_memory();
	if (!s->progress.is_on)
		return true;
	s->show =
	    loop_every(s->loop, PROGRESS_MS * INT64_C(1000000), on_progress, s);
	return s->show != NULL || sensor_no_memory();
}

/* The front comes to this thread; what it has passed on counts, or not. */
static void
join_front(struct sensor *s, bool counts)
{
	struct batch *b;

	if (!s->is_relayed)
		return;
	relay_quit(s->relay);
	do {
		relay_wait(s->relay);
		while ((b = relay_take(s->relay)) != NULL) {
			if (counts)
				sensor_batch(s, b);
			relay_release(s->relay);
		}
	} while (!relay_ended(s->relay));
	s->is_relayed = false;
}

void
sensor_replay_finish(struct sensor *s)
{
	join_front(s, true);
	loop_event_free(s->idle);
	loop_event_free(s->wait);
	loop_event_free(s->ready);
	loop_event_free(s->show);
	progress_end(&s->progress);
}

void
sensor_replay_close(struct sensor *s)
{
	join_front(s, false);
	replay_free(s->replay);
}

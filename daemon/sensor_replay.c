/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sensor.h"

#include <stdio.h>

#include "daemon/log.h"

enum { CONGESTED_MS = 2, PROGRESS_MS = 200 };

/*
 * Reads on, unless outputs have enough to do: a replay can wait for them, and
 * then loses nothing.
 */
static void
on_idle(void *arg)
{
	struct sensor *s = arg;
	int64_t wait;

	if (outputs_congested(s->outputs)) {
		loop_event_pause(s->idle);
		loop_timer_set(s->wait, CONGESTED_MS * INT64_C(1000000));
		return;
	}
	wait = replay_dispatch(s->replay, loop_mono_ns());
	if (wait == REPLAY_END) {
		sensor_stop(s,
		    replay_n_failed(s->replay) > 0 ? EXIT_FAILED : EXIT_OK);
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

	loop_event_resume(s->idle);
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
	s->idle = loop_idle(s->loop, on_idle, s);
	if (s->replay == NULL || s->wait == NULL || s->idle == NULL ||
	    !make_ready(s))
		return false;
	if (!s->progress.is_on)
		return true;
	s->show =
	    loop_every(s->loop, PROGRESS_MS * INT64_C(1000000), on_progress, s);
	return s->show != NULL;
}

void
sensor_replay_finish(struct sensor *s)
{
	loop_event_free(s->idle);
	loop_event_free(s->wait);
	loop_event_free(s->ready);
	loop_event_free(s->show);
	progress_end(&s->progress);
}

void
sensor_replay_close(struct sensor *s)
{
	replay_free(s->replay);
}

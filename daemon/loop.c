/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thin shell around libevent.  Between two data callbacks it looks for
 * control events (max_dispatch_callbacks of 1 from the data priority on), so
 * a timer waits for at most one of them.
 */
#include "daemon/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include <event2/event.h>

#include "daemon/log.h"
#include "daemon/reserve.h"

enum { CONTROL, DATA, N_PRIORITIES };

enum { TIMERS = 256 }; /* far more than are set at a time */

struct loop {
	struct event_base *base;
	struct loop_event *first; /* all that have not been freed */
	bool stopped; /* also before the loop runs, which libevent forgets */
};

struct loop_event {
	struct event *ev;
	struct loop_event *next, **prev; /* the pointer that points here */
	loop_fn fn;
	void *arg;
	struct timeval period; /* of timers */
	bool is_timer;
	bool is_idle;
};

/* What libevent calls a warning is an answer that we handle. */
static void
on_message(int severity, const char *text)
{
	if (severity >= EVENT_LOG_ERR)
		log_error("%s", text);
	else
		log_debug("%s", text);
}

static void
nothing(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* What libevent once had room for can be set for ever after. */
static bool
make_room(struct event_base *base)
{
	static const struct timeval later = { .tv_sec = 3600 };
	struct event *timers[TIMERS] = { NULL };
	bool ok = true;

	for (unsigned i = 0; i < TIMERS && ok; i++) {
		timers[i] = evtimer_new(base, nothing, NULL);
		ok = timers[i] != NULL && evtimer_add(timers[i], &later) == 0;
	}
	for (unsigned i = 0; i < TIMERS; i++) {
		if (timers[i] != NULL)
			event_free(timers[i]);
	}
	return ok;
}

struct loop *
loop_new(void)
{
	event_set_log_callback(on_message);
	event_set_mem_functions(reserve_alloc, reserve_realloc, reserve_free);
	struct event_config *config = event_config_new();
	struct loop *l = calloc(1, sizeof(*l));

	if (config == NULL || l == NULL)
		goto fail;
	/* With the time cached, a timer set in a long callback fires early. */
	if (event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) != 0 ||
	    event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME) != 0 ||
	    event_config_set_max_dispatch_interval(config, NULL, 1, DATA) != 0)
		goto fail;
	l->base = event_base_new_with_config(config);
	if (l->base == NULL ||
	    event_base_priority_init(l->base, N_PRIORITIES) != 0 ||
	    !make_room(l->base))
		goto fail;
	event_config_free(config);
	return l;
fail:
	if (config != NULL)
		event_config_free(config);
	loop_free(l);
	return NULL;
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	while (l->first != NULL)
		loop_event_free(l->first);
	if (l->base != NULL)
		event_base_free(l->base);
	free(l);
}

struct event_base *
loop_base(struct loop *l)
{
	return l->base;
}

const char *
loop_version(void)
{
	return event_get_version();
}

void
loop_run(struct loop *l)
{
	if (!l->stopped)
		event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY);
	l->stopped = false;
}

void
loop_stop(struct loop *l)
{
	l->stopped = true;
	event_base_loopbreak(l->base);
}

static int64_t
now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
loop_mono_ns(void)
{
	return now(CLOCK_MONOTONIC);
}

int64_t
loop_real_ns(void)
{
	return now(CLOCK_REALTIME);
}

int64_t
loop_boot_ns(void)
{
	return now(CLOCK_BOOTTIME);
}

static struct timeval
timeval_of(int64_t ns)
{
	/* Up to the next µs, so that nothing fires early. */
	int64_t us = ns <= 0 ? 0 : (ns - 1) / 1000 + 1;

	return (
	    struct timeval){ .tv_sec = us / 1000000, .tv_usec = us % 1000000 };
}

/* The function may free the event: nothing of it is touched afterwards. */
static void
fire(evutil_socket_t fd, short what, void *arg)
{
	struct loop_event *e = arg;

	(void)fd;
	(void)what;
	/*
	 * A timeout of nothing is due in the next turn, after the descriptors
	 * have been asked; event_active would go on within this one.
	 */
	if (e->is_idle)
		event_add(e->ev, &e->period);
	e->fn(e->arg);
}

static struct loop_event *
make(struct loop *l, int fd, short what, int priority, loop_fn fn, void *arg)
{
	struct loop_event *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->next = l->first;
	if (e->next != NULL)
		e->next->prev = &e->next;
	e->prev = &l->first;
	l->first = e;
	e->fn = fn;
	e->arg = arg;
	e->ev = event_new(l->base, fd, what, fire, e);
	if (e->ev == NULL || event_priority_set(e->ev, priority) != 0) {
		loop_event_free(e);
		return NULL;
	}
	return e;
}

/* Ends an event that can't be added. */
static struct loop_event *
start(struct loop_event *e)
{
	if (e == NULL)
		return NULL;
	if (event_add(e->ev, e->is_timer ? &e->period : NULL) != 0) {
		loop_event_free(e);
		return NULL;
	}
	return e;
}

struct loop_event *
loop_every(struct loop *l, int64_t period_ns, loop_fn fn, void *arg)
{
	struct loop_event *e = make(l, -1, EV_PERSIST, CONTROL, fn, arg);

	assert(period_ns > 0);
	if (e != NULL) {
		e->is_timer = true;
		e->period = timeval_of(period_ns);
	}
	return start(e);
}

struct loop_event *
loop_signal(struct loop *l, int signo, loop_fn fn, void *arg)
{
	return start(make(l, signo, EV_SIGNAL | EV_PERSIST, CONTROL, fn, arg));
}

struct loop_event *
loop_readable(struct loop *l, int fd, loop_fn fn, void *arg)
{
	return start(make(l, fd, EV_READ | EV_PERSIST, DATA, fn, arg));
}

struct loop_event *
loop_idle(struct loop *l, loop_fn fn, void *arg)
{
	struct loop_event *e = make(l, -1, 0, DATA, fn, arg);

	if (e != NULL)
		e->is_timer = e->is_idle = true;
	return start(e);
}

struct loop_event *
loop_writable(struct loop *l, int fd, loop_fn fn, void *arg)
{
	struct loop_event *e =
	    start(make(l, fd, EV_WRITE | EV_PERSIST, CONTROL, fn, arg));

	if (e != NULL)
		loop_event_pause(e);
	return e;
}

struct loop_event *
loop_timer(struct loop *l, loop_fn fn, void *arg)
{
	struct loop_event *e = make(l, -1, 0, CONTROL, fn, arg);

	if (e != NULL)
		e->is_timer = true;
	return e;
}

void
loop_timer_set(struct loop_event *e, int64_t delay_ns)
{
	assert(e->is_timer && !e->is_idle);
	e->period = timeval_of(delay_ns);
	event_add(e->ev, &e->period);
}

void
loop_event_pause(struct loop_event *e)
{
	event_del(e->ev);
}

void
loop_event_resume(struct loop_event *e)
{
	event_add(e->ev, e->is_timer ? &e->period : NULL);
}

void
loop_event_free(struct loop_event *e)
{
	if (e == NULL)
		return;
	if (e->ev != NULL)
		event_free(e->ev);
	*e->prev = e->next;
	if (e->next != NULL)
		e->next->prev = e->prev;
	free(e);
}

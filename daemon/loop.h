/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: libevent's home.
 *
 * Two priorities: control (timers, signals, outputs) goes before data (packet
 * sources), so that bins close on time under overload.  A data callback must
 * return after a bounded amount of work.
 */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct loop;
struct loop_event;

typedef void (*loop_fn)(void *arg);

/* Returns NULL if it can't be made. */
struct loop *loop_new(void);
/* Frees what events are left, too. */
void loop_free(struct loop *l);

/* For the adapters in daemon/output/ that talk to libevent themselves. */
struct event_base *loop_base(struct loop *l);

/* The version of libevent that is in use. */
const char *loop_version(void);

/* Runs until loop_stop. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

/* CLOCK_MONOTONIC, _REALTIME and _BOOTTIME, read now, in ns. */
int64_t loop_mono_ns(void);
int64_t loop_real_ns(void);
int64_t loop_boot_ns(void);

/*
 * Each returns an event that loop_event_free ends (NULL is fine there), or
 * NULL.  loop_every fires every period; loop_readable on a descriptor; loop_idle
 * again and again, as data, whenever nothing of control is due.
 */
struct loop_event *loop_every(struct loop *l, int64_t period_ns, loop_fn fn,
    void *arg);
struct loop_event *loop_signal(struct loop *l, int signo, loop_fn fn,
    void *arg);
struct loop_event *loop_readable(struct loop *l, int fd, loop_fn fn, void *arg);
struct loop_event *loop_idle(struct loop *l, loop_fn fn, void *arg);
/*
 * Fires, as control, while fd takes bytes; starts paused.  NULL for what can't
 * be waited for, such as a regular file.
 */
struct loop_event *loop_writable(struct loop *l, int fd, loop_fn fn, void *arg);
/* Fires once, at or after delay_ns from now; may be set again. */
struct loop_event *loop_timer(struct loop *l, loop_fn fn, void *arg);
void loop_timer_set(struct loop_event *e, int64_t delay_ns);
/* Stops an event from firing until it is resumed. */
void loop_event_pause(struct loop_event *e);
void loop_event_resume(struct loop_event *e);
void loop_event_free(struct loop_event *e);

#endif

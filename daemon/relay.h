/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches from a thread that fills them to the thread of the loop, in order,
 * through a ring of a few.  Who is ahead waits for the other.
 */
#ifndef DAEMON_RELAY_H
#define DAEMON_RELAY_H

#include <stdbool.h>

#include "daemon/pipe/batch.h"

struct relay;

/* Returns NULL if it can't be had: everything then is for one thread to do. */
struct relay *relay_new(void);

/* The other thread must have ended, or never have begun. */
void relay_free(struct relay *r);

/* Runs run(arg), which fills batches, in a thread; false if it can't be had. */
bool relay_start(struct relay *r, void (*run)(void *arg), void *arg);

/* For the thread: */

/* The first batch to fill; also before the thread begins. */
struct batch *relay_first(struct relay *r);

/*
 * Hands b on, and waits for the next to fill, which is empty.  The loop may be
 * told only when there are some.
 */
struct batch *relay_pass(struct relay *r, struct batch *b);

/* Tells the loop of what has been passed: nothing follows for a while. */
void relay_hurry(struct relay *r);

/* Readable once the thread should end, as soon as it can. */
int relay_quit_fd(const struct relay *r);
bool relay_quits(struct relay *r);

/* For the loop: */

/* Readable while relay_take has a batch, or the end, that was waited for. */
int relay_fd(const struct relay *r);

/* The next batch, until relay_release; NULL: there is none at this time. */
struct batch *relay_take(struct relay *r);
void relay_release(struct relay *r);

/* The thread has ended, and all its batches have been taken. */
bool relay_ended(struct relay *r);

/* Asks the thread to end. */
void relay_quit(struct relay *r);

/* Waits until there is a batch or the end: relay_take has an answer then. */
void relay_wait(struct relay *r);

#endif

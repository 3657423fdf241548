/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bringing what was written to the disk itself, against a loss of power: a
 * thread that only ever waits for fdatasync, since that can take seconds and
 * nothing else may.  It is not needed for the death of the process: what was
 * written outlives that.
 */
#ifndef DAEMON_SPOOL_SYNC_H
#define DAEMON_SPOOL_SYNC_H

#include <stdbool.h>
#include <stdint.h>

struct spool_sync;

/*
 * Starts the thread; NULL if there can be none.  The folder of the files, which
 * is synced with each, stays the caller's, and open.
 */
struct spool_sync *spool_sync_new(int dirfd);
/* Waits for all that was asked for.  NULL is fine. */
void spool_sync_free(struct spool_sync *s);

/*
 * Syncs segment number, soon and not in the call, after those that were asked
 * for before: so a disk never has a later one without them.  If this one waits
 * already, or very many do, not at all.  fd stays the caller's, who may close
 * it.
 */
void spool_sync_ask(struct spool_sync *s, uint64_t number, int fd);
/* Waits until all that was asked for is done. */
void spool_sync_wait(struct spool_sync *s);
/* Whether one has failed since the last question; *error says how. */
bool spool_sync_failed(struct spool_sync *s, int *error);

#endif

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

struct spool_sync;

/* Starts the thread; NULL if there can be none. */
struct spool_sync *spool_sync_new(void);
/* Waits for what is under way.  NULL is fine. */
void spool_sync_free(struct spool_sync *s);

/*
 * Syncs a file and the folder it is in, both soon and not in the call; if it is
 * still busy with the last ones, not at all.  Descriptors stay the caller's.
 */
void spool_sync_ask(struct spool_sync *s, int fd, int dirfd);
/* Whether one has failed since the last question; *error says how. */
bool spool_sync_failed(struct spool_sync *s, int *error);

#endif

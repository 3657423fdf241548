/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stdout: and file: share: a queue of lines in front of a descriptor.
 *
 * Live, nothing here waits: with QUEUE_MAX bytes in the queue the oldest lines
 * are lost.  A replay waits for its reader, as long as no signal comes, and
 * then has written everything at each commit.  No torn line is ever followed
 * by another.
 */
#ifndef DAEMON_OUTPUT_LINES_H
#define DAEMON_OUTPUT_LINES_H

#include <stdbool.h>

#include "daemon/output/output.h"

struct lines;

/*
 * For the file of this name, NULL for standard output.  Borrows env; NULL when
 * out of memory.  Has no descriptor yet.
 */
struct lines *lines_new(const struct output_ops *ops, const char *path,
    const struct output_env *env);

const char *lines_path(const struct lines *s);

/*
 * Writes to fd from now on: owned and non-blocking, or borrowed as it is.
 * False, with errno, if it isn't open, and nothing has changed.
 */
bool lines_use(struct lines *s, int fd, bool owned);

/* The same for one that takes another's place, beginning with a whole line. */
bool lines_switch(struct lines *s, int fd);

/* Of struct output_ops. */
void lines_write(struct output *o, const struct point *p);
void lines_commit(struct output *o);
bool lines_congested(const struct output *o);
bool lines_drained(const struct output *o);
void lines_stats(const struct output *o, struct output_stats *stats);
void lines_close(struct output *o);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an output that may repeat itself has its lines from: records of the
 * spool that all outputs share.  They are taken in order, in batches, and
 * ended in that order, once they need not come again.
 */
#ifndef DAEMON_OUTPUT_SOURCE_H
#define DAEMON_OUTPUT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/output/output.h"

enum { SOURCE_LINES = 5000 }; /* of a batch */

struct source;

/*
 * For o, which gets a reader of this name; sp is not open yet.  NULL when out
 * of memory or of readers.
 */
struct source *source_new(struct output *o, struct spool *sp, const char *name);
void source_free(struct source *s);

/*
 * Writes the next lines, when all that were taken have ended: at most
 * max_lines and max_bytes, but at least one if there is any, of up to
 * LINE_SIZE.  Returns their bytes.
 */
size_t source_take(struct source *s, char *out, size_t max_bytes,
    uint64_t max_lines, uint64_t *n_lines);
/* The n oldest that were taken are over: stored, or given up. */
void source_end(struct source *s, uint64_t n, bool is_stored);

/* Nothing waits, taken or not. */
bool source_is_empty(const struct source *s);
/* Half of the spool is waiting. */
bool source_is_congested(const struct source *s);

#endif

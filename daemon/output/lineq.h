/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole lines on their way to a server: a queue bounded in bytes, which loses
 * its oldest lines when it is full.  Pure.
 */
#ifndef DAEMON_OUTPUT_LINEQ_H
#define DAEMON_OUTPUT_LINEQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/spool/spool.h"

struct lineq {
	char *buf;
	size_t max, head, tail;
	uint64_t n; /* lines in it */
	struct spool_sum lost; /* what the lines that made room have told */
};

/* For at most max bytes.  False when out of memory. */
bool lineq_init(struct lineq *q, size_t max);
void lineq_fini(struct lineq *q);

size_t lineq_bytes(const struct lineq *q);

/*
 * Appends one line, len bytes of at most max with the newline.  Returns how
 * many of the oldest made room for it.
 */
uint64_t lineq_append(struct lineq *q, const char *line, size_t len);

/*
 * Moves the oldest lines to out: at most max_lines and max_bytes, but at least
 * one, which may be as long as any that was appended.  Returns their bytes and
 * writes their number.
 */
size_t lineq_take(struct lineq *q, char *out, size_t max_bytes,
    uint64_t max_lines, uint64_t *n_lines);

/* The number of newlines in n bytes. */
uint64_t lineq_count(const char *p, size_t n);

#endif

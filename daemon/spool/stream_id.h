/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The id of a stream's entry: a time and a counter, as Redis has them.  They
 * ascend in a stream, whatever the clock does.
 */
#ifndef DAEMON_SPOOL_STREAM_ID_H
#define DAEMON_SPOOL_STREAM_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream_id {
	uint64_t ms, seq;
};

/* Negative, 0 or positive, as memcmp. */
int stream_id_cmp(struct stream_id a, struct stream_id b);
/*
 * Reads "ms-seq", strictly: decimal, no sign, no overflow.
 */
bool stream_id_parse(struct stream_id *id, const char *s, size_t n);
/*
 * The id for a record of time ms in a stream whose last is last: at that time
 * if it is later, else just behind last.  False if there is none.
 */
bool stream_id_next(struct stream_id *id, struct stream_id last, uint64_t ms);

#endif

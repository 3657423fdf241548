/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points in the spool: a stream for each measurement, and payloads from which
 * a point comes back as it was, with what it has and what it doesn't.
 */
#ifndef DAEMON_OUTPUT_JOURNAL_H
#define DAEMON_OUTPUT_JOURNAL_H

#include <stdbool.h>

#include "daemon/report/point.h"
#include "daemon/spool/spool.h"

/* Writes the streams, in the order of schema_all; returns how many. */
unsigned journal_streams(struct spool_stream streams[SPOOL_STREAMS]);

/*
 * Adds a point to the open batch; false if that can't be.  A point without a
 * field is no record, and true.
 */
bool journal_append(struct spool *sp, const struct point *p);

/*
 * The point of a record, whose texts are borrowed from the record.  False if
 * it isn't one of this schema: nothing of it is trusted.
 */
bool journal_point(struct point *p, const struct spool_record *rec);

#endif

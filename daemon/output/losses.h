/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that an output with a spool has given up: counted by reason, and
 * told as points of their own (tapline_loss), which every output gets.
 */
#ifndef DAEMON_OUTPUT_LOSSES_H
#define DAEMON_OUTPUT_LOSSES_H

#include "daemon/output/output.h"

/* Writes the points of what has not been told yet, to all of os. */
void losses_tell(struct outputs *os, struct output *o,
    const struct output_env *env);

/*
 * Fills in what the spool knows of o's records.  unspooled is the number of
 * points that it could not take, and unspooled_sum what they have told.
 */
void losses_count(const struct output *o, const struct spool *spool,
    uint64_t unspooled, const struct spool_sum *unspooled_sum,
    struct output_stats *s);

#endif

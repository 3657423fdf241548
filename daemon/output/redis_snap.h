/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots in Redis: what a reader wants now, without reading a stream.  A
 * sorted set for each ranking, replaced as a whole, and a hash of the last
 * bin and of the ledger; all expire.  Only the newest of each is kept until it
 * can be sent; what is sent and then lost is not sent again.
 */
#ifndef DAEMON_OUTPUT_REDIS_SNAP_H
#define DAEMON_OUTPUT_REDIS_SNAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output_env;
struct point;
struct redis_conn;
struct redis_snap;

/* Borrows all three; NULL when out of memory. */
struct redis_snap *redis_snap_new(const struct output_env *env,
    const char *prefix, const char *run);
void redis_snap_free(struct redis_snap *s);

/* Looks at every point that is published. */
void redis_snap_point(struct redis_snap *s, const struct point *p);
/* Sends what is new, each command with this tag, as far as there is room. */
void redis_snap_send(struct redis_snap *s, struct redis_conn *c, uint32_t tag);
/* Nothing waits to be sent. */
bool redis_snap_is_idle(const struct redis_snap *s);

#endif

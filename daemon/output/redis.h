/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two halves of the Redis output share: redis.c takes points in,
 * redis_batch.c brings their records to the server.
 *
 * Records go in batches, MULTI … EXEC, one in flight at a time: a batch is
 * stored as a whole or not at all, so a refusal in its middle (out of memory,
 * say) can't let a later record overtake an earlier one, whose id would then
 * be too small for ever.
 *
 * A record's id is given when it is first sent, above everything in its
 * stream, and kept when a connection ends before the answer.  The next one
 * asks for the stream's last entry: what is not above it is stored, the rest
 * is sent again under its id; the server refuses an id that it has.
 */
#ifndef DAEMON_OUTPUT_REDIS_H
#define DAEMON_OUTPUT_REDIS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/output/output.h"
#include "daemon/output/queue.h"

struct loop_event;
struct redis_conn;
struct redis_snap;
struct redisReply;

enum {
	REDIS_STREAMS = 16,
	REDIS_KEY = 512,
	REDIS_RUN = 17,
	REDIS_BATCH = 1024,
	REDIS_BATCH_BYTES = 1 << 20,
	REDIS_QUEUE = 65536,
	REDIS_QUEUE_BYTES = 8 << 20,
};

enum redis_tag { TAG_PING, TAG_TIP, TAG_MULTI, TAG_XADD, TAG_EXEC, TAG_SOFT };

enum redis_tip { TIP_UNKNOWN, TIP_ASKED, TIP_KNOWN };

struct redis_stream {
	const struct measurement *m;
	char key[REDIS_KEY];
	uint64_t next_n;
	enum redis_tip tip;
	struct stream_id last; /* the highest seen or given */
	struct stream_id acked; /* the highest acknowledged */
	int64_t retry_ns; /* refused: not before */
	bool refusing; /* the log has been told */
};

struct redis {
	struct output o;
	const struct output_env *env;
	char label[384];
	char prefix[REDIS_KEY / 2]; /* "tapline:{sensor}:" */
	const char *run;
	struct redis_conn *conn;
	struct redis_snap *snap;
	struct loop_event *retry;
	unsigned n_streams;
	struct redis_stream streams[REDIS_STREAMS];
	struct record_list waiting, flight;
	struct record *cursor; /* in flight: whose answer is next */
	bool batch_refused; /* one of it was, when it was queued */
	int64_t hold_ns; /* refused: nothing before */
	struct output_stats stats;
	bool refusing, dropping, soft_refusing; /* the log has been told */
};

/* Sends what can be sent. */
void redis_batch_pump(struct redis *r);

/* The connection's callbacks. */
void redis_batch_up(void *arg);
void redis_batch_down(void *arg);
void redis_batch_reply(void *arg, uint32_t tag, const struct redisReply *reply);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the Redis output share: redis.c opens it, redis_lease.c
 * sees to it that nobody else writes, redis_tip.c finds out what a stream has,
 * redis_batch.c brings it what it lacks, redis_answer.c takes the answers, and
 * redis_ask.c has the second connection, to where a slot is moving.
 *
 * Records go in batches, MULTI … EXEC, one in flight at a time: a batch is
 * stored as a whole or not at all, so a refusal in its middle (out of memory,
 * say) can't let a later record overtake an earlier one, whose id would then
 * be too small for ever.
 *
 * While a slot moves from one node to another, key by key, a batch is one
 * stream's.  It is offered to the old node first, always, and given to the new
 * one only when the old one has just said that this stream is there (ASK).
 *
 * What is in flight is only known by its numbers: after a refusal or the end
 * of a connection it is read from the spool again.  What a stream has is what
 * its last entry says (run and n), never what was acknowledged, since a server
 * may store without answering, and forget what it has answered.
 */
#ifndef DAEMON_OUTPUT_REDIS_H
#define DAEMON_OUTPUT_REDIS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/output/output.h"
#include "daemon/spool/spool.h"

struct loop_event;
struct redis_conn;
struct redis_snap;
struct redisReply;
struct redis_conn_env;
struct redis_url;

enum {
	REDIS_KEY = 512,
	REDIS_RUN = 17,
	REDIS_BATCH = 1024,
	REDIS_BATCH_BYTES = 1 << 20,
};

enum redis_tag {
	TAG_PING,
	TAG_ASKING,
	TAG_LEASE, /* SET: only an error says more than GET's answer */
	TAG_HOLDER, /* GET */
	TAG_RELEASE,
	TAG_INFO,
	TAG_TIP,
	TAG_MULTI,
	TAG_XADD,
	TAG_EXEC,
	TAG_SOFT
};

enum redis_lease { LEASE_UNKNOWN, LEASE_ASKED, LEASE_OURS, LEASE_FOREIGN };

enum redis_tip { TIP_UNKNOWN, TIP_ASKED, TIP_KNOWN };

struct redis_stream {
	char key[REDIS_KEY];
	enum redis_tip tip;
	struct redis_conn *at; /* where the tip was asked for last */
	/* The old node has sent us on: what comes next goes to the new one. */
	bool is_asked;
	bool is_away; /* that was so the last time */
	struct stream_id last; /* the highest seen or given */
	struct stream_id acked; /* the highest that is there */
	/* Up to this k an id that is too small says: stored long ago. */
	uint64_t resent;
	bool is_sent; /* something of ours may be there */
	uint64_t sent_k; /* the last in flight; 0: none */
	/* While the tip is looked for. */
	unsigned pages;
	struct stream_id before, generated;
	/* What the last entry of ours says of the sum up to its record. */
	bool has_sum;
	uint64_t sum_k;
	struct spool_sum sum;
	uint64_t strange; /* k that was refused, nobody knows why */
	unsigned bad_ids; /* refusals of an id, in a row */
	int64_t retry_ns; /* refused: not before */
	bool is_config; /* by what somebody has to change */
	bool refusing; /* the log has been told */
};

struct redis_sent {
	struct spool_mark at;
	struct spool_sum before;
	struct stream_id id;
	uint8_t stream;
};

struct redis {
	struct output o;
	const struct output_env *env;
	char label[384];
	char prefix[REDIS_KEY / 2]; /* "tapline:{sensor}:" */
	char run[REDIS_RUN]; /* "" until it is up for the first time */
	struct redis_conn *conn;
	/* To the node that a slot is moving to; NULL: there are no slots. */
	struct redis_conn *ask;
	struct redis_conn *via, *from; /* of the batch, of the reply */
	uint16_t session; /* of conn: an answer to an earlier one is late */
	/* 0: the slot is at one node; else a batch of all is tried then. */
	int64_t split_ns;
	unsigned turn; /* the stream that is next, while it is split */
	unsigned reading; /* the stream that is read alone, plus 1 */
	bool is_single; /* the batch is of one stream */
	bool was_single; /* the one before */
	int64_t split_told_ns; /* not before, to the log */
	bool asking_refused;
	struct redis_snap *snap;
	struct loop_event *tick, *soon;
	struct spool *spool;

	enum redis_lease lease;
	char lease_key[REDIS_KEY];
	struct redis_conn *lease_at; /* where it was asked for last */
	bool lease_is_asked; /* as of a stream */
	int64_t lease_ns; /* asked for again then */
	bool is_blind; /* the server doesn't let us ask */

	struct redis_stream streams[SPOOL_STREAMS];
	struct redis_sent flight[REDIS_BATCH];
	unsigned n_flight, cursor; /* whose answer is next */
	bool batch_refused; /* a command of it was, when it was queued */
	unsigned strange_batches; /* in a row */
	int64_t hold_ns; /* refused: nothing before */
	bool hold_is_config;
	bool is_finishing;
	bool refusing, soft_refusing, foreign; /* the log has been told */
};

#define REDIS_EACH_STREAM(i) for (unsigned i = 0; schema_all[i] != NULL; i++)

/* Does what can be done now. */
void redis_pump(struct redis *r);

/* Refused: everything, or one stream, waits; is_config says for longer. */
void redis_refuse(struct redis *r, const char *error, bool is_config);
void redis_refuse_stream(struct redis *r, struct redis_stream *s,
    const char *error, bool is_config);

/*
 * Sends words, ended by NULL, about one of our keys to one of the connections;
 * false if that is gone.
 */
bool redis_send(struct redis *r, struct redis_conn *to, uint32_t tag,
    const char *const *words);
/* The tag of a question about a stream, or about the lease (0). */
uint32_t redis_tag_of(const struct redis *r, enum redis_tag tag,
    unsigned stream);

/* The connection aside; false when out of memory.  conn_env is borrowed. */
bool redis_ask_open(struct redis *r, const struct redis_url *url,
    const struct redis_conn_env *conn_env);
/*
 * Whether the error, to something about one key, says that it is at another
 * node by now: what was asked for is to be asked for there.
 */
bool redis_ask_heard(struct redis *r, const char *error);
/* Whether the error, to a batch of all, says that its streams are at two. */
bool redis_ask_is_torn(struct redis *r, const char *error);
/* Where the next question goes; NULL: that can't be reached yet. */
struct redis_conn *redis_ask_where(const struct redis *r, bool is_asked);
/* Whether a batch is of one stream now. */
bool redis_ask_is_split(const struct redis *r, int64_t now);
/*
 * Chooses that stream and where it goes, the same until redis_ask_chosen: its
 * turn is over.  False if none can be sent.
 */
bool redis_ask_choose(struct redis *r);
void redis_ask_chosen(struct redis *r);
/* The records that a batch may have. */
unsigned redis_ask_limit(const struct redis *r);
/* The slot is where conn goes: nothing that was said before counts. */
void redis_ask_end(struct redis *r);
/* To be called often: ends what has had its time. */
void redis_ask_look(struct redis *r, int64_t now);

/* Whether records may be sent; asks if it is time. */
bool redis_lease_hold(struct redis *r, int64_t now);
/* Gives it back; true once that is done, or there is nothing to give. */
bool redis_lease_release(struct redis *r);
void redis_lease_set_reply(struct redis *r, const struct redisReply *reply);
void redis_lease_reply(struct redis *r, const struct redisReply *reply);

/* Asks for the tips that are not known. */
void redis_tip_ask(struct redis *r, int64_t now);
void redis_info_reply(struct redis *r, unsigned stream,
    const struct redisReply *reply);
void redis_tip_reply(struct redis *r, unsigned stream,
    const struct redisReply *reply);

/* Whether there is nothing to be done for snapshots now. */
bool redis_snaps_done(const struct redis *r);
/* What the replies say; to be called with r->from set. */
void redis_answer(struct redis *r, uint32_t tag,
    const struct redisReply *reply);

/* The connection's callbacks. */
void redis_up(void *arg);
void redis_down(void *arg);
void redis_reply(void *arg, uint32_t tag, const struct redisReply *reply);

#endif

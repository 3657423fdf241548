/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies come in the order of the commands; the connection gives each back
 * with its tag.
 */
#include "daemon/output/redis.h"

#include <string.h>

#include <hiredis/hiredis.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/redis_conn.h"
#include "daemon/output/redis_refusal.h"
#include "daemon/report/schema.h"

static const int64_t retry_ns = 1000000000, config_ns = 30000000000;

/* A stream whose ids are refused more often in a row has another writer. */
enum { BAD_IDS = 3 };

static bool
is_error(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ERROR;
}

void
redis_refuse(struct redis *r, const char *error, bool is_config)
{
	r->hold_ns = loop_mono_ns() + (is_config ? config_ns : retry_ns);
	r->hold_is_config = is_config;
	if (!r->refusing)
		log_warn("%s: %.200s: records wait", r->label, error);
	r->refusing = true;
}

void
redis_refuse_stream(struct redis *r, struct redis_stream *s, const char *error,
    bool is_config)
{
	unsigned i = (unsigned)(s - r->streams);

	s->retry_ns = loop_mono_ns() + (is_config ? config_ns : retry_ns);
	s->is_config = is_config;
	/* It is read again from its tip. */
	s->tip = TIP_UNKNOWN;
	spool_pause(r->o.reader, i);
	if (!s->refusing)
		log_warn("%s: %s: %.200s: records wait", r->label, s->key,
		    error);
	s->refusing = true;
}

/* What refuses a node that only takes over holds up what goes there. */
static void
refuse(struct redis *r, struct redis_stream *s, const char *error,
    bool is_config)
{
	if (r->from == r->ask)
		redis_refuse_stream(r, s, error, is_config);
	else
		redis_refuse(r, error, is_config);
}

static struct spool_mark
before_of(const struct redis_sent *sent)
{
	return (struct spool_mark){ .k = sent->at.k - 1, .sum = sent->before };
}

static void
lose_hole(struct redis *r, const struct redis_sent *sent)
{
	const struct spool_mark before = before_of(sent);

	output_lose_hole(&r->o, sent->stream, &before, sent->at.ts_ns);
}

/* Everything up to this record is stored, or lost in a hole before it. */
static void
store(struct redis *r, const struct redis_sent *sent)
{
	struct redis_stream *s = &r->streams[sent->stream];
	uint64_t done = spool_settled(r->o.reader, sent->stream);

	lose_hole(r, sent);
	if (sent->at.k > done)
		spool_settle(r->o.reader, sent->stream, &sent->at);
	if (stream_id_cmp(sent->id, s->acked) > 0)
		s->acked = sent->id;
	if (s->refusing)
		log_info("%s: %s: takes records again", r->label, s->key);
	s->refusing = s->is_config = false;
	s->bad_ids = 0;
	s->strange = 0;
	s->is_away = r->from == r->ask;
	redis_conn_well(r->from);
}

static void
lose(struct redis *r, const struct redis_sent *sent, const char *error)
{
	struct redis_stream *s = &r->streams[sent->stream];
	const struct spool_mark before = before_of(sent);

	log_warn("%s: %s: %.200s: a record is lost", r->label, s->key, error);
	lose_hole(r, sent);
	output_lose(&r->o, sent->stream, &before, &sent->at, LOST_ERROR, 0);
	spool_settle(r->o.reader, sent->stream, &sent->at);
	s->strange = 0;
}

/* What was in flight and is not settled is read again. */
static void
take_back(struct redis *r)
{
	bool seen[SPOOL_STREAMS] = { false };

	for (unsigned i = 0; i < r->n_flight; i++) {
		unsigned stream = r->flight[i].stream;
		struct redis_stream *s = &r->streams[stream];

		if (seen[stream])
			continue;
		seen[stream] = true;
		s->last = s->acked;
		if (s->tip == TIP_KNOWN)
			spool_seek(r->o.reader, stream,
			    spool_settled(r->o.reader, stream) + 1);
	}
	r->n_flight = 0;
}

/* A command of the batch wasn't queued, so EXEC will refuse all of it. */
static void
queue_refused(struct redis *r, const struct redis_sent *sent, const char *error)
{
	struct redis_stream *s = &r->streams[sent->stream];
	enum redis_refusal what = redis_refusal_of(error);

	r->batch_refused = true;
	if (redis_ask_heard(r, error))
		s->is_asked = s->is_away = true;
	else if (what == REFUSED_FOR_NOW || what == REFUSED_CONFIG)
		refuse(r, s, error, what == REFUSED_CONFIG);
	else if (what == REFUSED_FOR_GOOD && s->strange == sent->at.k)
		lose(r, sent, error);
	else
		redis_refuse_stream(r, s, error, what == REFUSED_STREAM);
	if (what == REFUSED_FOR_GOOD && s->strange == 0)
		s->strange = sent->at.k;
}

static void
xadd_reply(struct redis *r, const redisReply *reply)
{
	if (r->cursor >= r->n_flight) {
		redis_conn_reset(r->from, "an answer too many");
		return;
	}
	const struct redis_sent *sent = &r->flight[r->cursor++];
	if (is_error(reply))
		queue_refused(r, sent, reply->str);
	else if (reply->type == REDIS_REPLY_STRING) /* MULTI was refused */
		store(r, sent);
}

/* None of the batch is stored, but what was without a MULTI. */
static void
exec_refused(struct redis *r, const char *error)
{
	struct redis_stream *s = &r->streams[r->flight[0].stream];
	enum redis_refusal what = redis_refusal_of(error);
	bool is_done = true;

	for (unsigned i = 0; i < r->n_flight; i++)
		is_done = is_done &&
		    spool_settled(r->o.reader, r->flight[i].stream) >=
			r->flight[i].at.k;
	if (!r->batch_refused && !is_done &&
	    (redis_ask_heard(r, error) || redis_ask_is_torn(r, error))) {
		/* A key has moved since its commands were queued. */
		s->is_asked = s->is_away = r->is_single;
	} else if (!r->batch_refused && !is_done) {
		refuse(r, s, error, what == REFUSED_CONFIG);
		if (what == REFUSED_FOR_GOOD && ++r->strange_batches > 1) {
			lose(r, &r->flight[0], error);
			r->strange_batches = 0;
		}
	}
	take_back(r);
}

/* Whether the stream's reading goes on behind this record. */
static bool
record_refused(struct redis *r, const struct redis_sent *sent,
    const char *error, bool is_overtaken)
{
	struct redis_stream *s = &r->streams[sent->stream];
	enum redis_refusal what = redis_refusal_of(error);

	if (what == REFUSED_ID && sent->at.k <= s->resent) {
		store(r, sent);
		return true;
	}
	if (is_overtaken ||
	    (what == REFUSED_FOR_GOOD && s->strange == sent->at.k)) {
		lose(r, sent, error);
		return true;
	}
	switch (what) {
	case REFUSED_FOR_NOW:
	case REFUSED_CONFIG:
		refuse(r, s, error, what == REFUSED_CONFIG);
		break;
	case REFUSED_STREAM:
		redis_refuse_stream(r, s, error, true);
		break;
	case REFUSED_ID:
		/* Another writer, or a trimmed stream: look for its tip. */
		s->tip = TIP_UNKNOWN;
		spool_pause(r->o.reader, sent->stream);
		if (++s->bad_ids > BAD_IDS)
			redis_refuse_stream(r, s,
			    "its last id is not from this instance", true);
		break;
	case REFUSED_FOR_GOOD:
		s->strange = sent->at.k;
		redis_refuse_stream(r, s, error, false);
		break;
	}
	return false;
}

static void
exec_done(struct redis *r, const redisReply *reply)
{
	size_t stored[SPOOL_STREAMS] = { 0 }; /* the last one, plus 1 */
	bool stopped[SPOOL_STREAMS] = { false }, is_all = true;

	for (size_t i = 0; i < reply->elements; i++) {
		if (!is_error(reply->element[i]))
			stored[r->flight[i].stream] = i + 1;
	}
	for (size_t i = 0; i < reply->elements; i++) {
		const struct redis_sent *sent = &r->flight[i];
		const redisReply *one = reply->element[i];

		if (!is_error(one)) {
			store(r, sent);
			continue;
		}
		is_all = false;
		if (!stopped[sent->stream])
			stopped[sent->stream] = !record_refused(r, sent,
			    one->str, i < stored[sent->stream]);
	}
	r->strange_batches = 0;
	if (is_all && !r->is_single)
		redis_ask_end(r);
	if (is_all && r->refusing) {
		log_info("%s: takes records again", r->label);
		r->refusing = false;
	}
	if (is_all)
		r->n_flight = 0;
	take_back(r);
}

static void
exec_reply(struct redis *r, const redisReply *reply)
{
	if (is_error(reply)) {
		exec_refused(r, reply->str);
	} else if (reply->type == REDIS_REPLY_ARRAY &&
	    reply->elements == r->n_flight) {
		exec_done(r, reply);
	} else {
		redis_conn_reset(r->from, "EXEC: not the answers to a batch");
	}
}

static void
soft_reply(struct redis *r, const redisReply *reply)
{
	if (!is_error(reply) || redis_ask_heard(r, reply->str) ||
	    r->split_ns != 0 || r->soft_refusing)
		return;
	log_warn("%s: snapshots or messages are refused: %.200s", r->label,
	    reply->str);
	r->soft_refusing = true;
}

static void
asking_reply(struct redis *r, const redisReply *reply)
{
	if (!is_error(reply) || r->asking_refused)
		return;
	log_warn("%s: ASKING: %.200s: records wait", r->label, reply->str);
	r->asking_refused = true;
}

/* An answer that a connection gives after the main one was another. */
static bool
is_late(const struct redis *r, uint32_t tag)
{
	enum redis_tag kind = tag & 0xff;

	return (kind == TAG_LEASE || kind == TAG_HOLDER || kind == TAG_INFO ||
		   kind == TAG_TIP) &&
	    tag >> 16 != r->session;
}

void
redis_answer(struct redis *r, uint32_t tag, const redisReply *reply)
{
	enum redis_tag kind = tag & 0xff;
	unsigned stream = tag >> 8 & 0xff;

	if (is_late(r, tag))
		return;
	switch (kind) {
	case TAG_PING:
	case TAG_RELEASE:
		break;
	case TAG_ASKING:
		asking_reply(r, reply);
		break;
	case TAG_LEASE:
		redis_lease_set_reply(r, reply);
		break;
	case TAG_HOLDER:
		redis_lease_reply(r, reply);
		break;
	case TAG_INFO:
		redis_info_reply(r, stream, reply);
		break;
	case TAG_TIP:
		redis_tip_reply(r, stream, reply);
		break;
	case TAG_MULTI:
		r->cursor = 0;
		r->batch_refused = false;
		break;
	case TAG_XADD:
		xadd_reply(r, reply);
		break;
	case TAG_EXEC:
		exec_reply(r, reply);
		break;
	case TAG_SOFT:
		soft_reply(r, reply);
		break;
	}
	if (kind == TAG_HOLDER || kind == TAG_TIP || kind == TAG_EXEC ||
	    redis_conn_pending(r->from) == 0)
		redis_pump(r);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies come in the order of the commands; the connection gives each back
 * with its tag.  A stream is in use once its tip is known.
 */
#include "daemon/output/redis.h"

#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/journal.h"
#include "daemon/output/redis_conn.h"
#include "daemon/output/redis_refusal.h"
#include "daemon/output/redis_snap.h"
#include "daemon/output/values.h"
#include "daemon/report/number.h"
#include "daemon/report/schema.h"

static const int64_t retry_ns = 1000000000, config_ns = 30000000000;

/* A stream whose ids are refused more often in a row has another writer. */
enum { BAD_IDS = 3, ID_SIZE = 2 * NUMBER_SIZE + 1, WORDS = 8, ARGS = 14 };

static bool
is_error(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ERROR;
}

bool
redis_send_words(struct redis *r, uint32_t tag, const char *const *words)
{
	size_t lens[WORDS];
	int n = 0;

	for (; words[n] != NULL; n++)
		lens[n] = strlen(words[n]);
	return redis_conn_send(r->conn, tag, n, words, lens) > 0;
}

static bool
send_word(struct redis *r, enum redis_tag tag, const char *word)
{
	const char *words[] = { word, NULL };

	return redis_send_words(r, tag, words);
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
	redis_conn_well(r->conn);
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

/*
 * What its run has told up to a record; empty where that isn't known, since an
 * older version made one of them.
 */
static void
run_sum(const struct spool_record *rec, char packets[NUMBER_SIZE],
    char bytes[NUMBER_SIZE])
{
	const struct spool_sum sum =
	    spool_between(&rec->base, &rec->through, rec->n + 1);

	packets[sum.unknown > 0 ? 0 : number_u64(packets, sum.packets)] = '\0';
	bytes[sum.unknown > 0 ? 0 : number_u64(bytes, sum.bytes)] = '\0';
}

/* Returns the bytes sent, 0 if the connection is gone. */
static size_t
send_record(struct redis *r, const struct spool_record *rec,
    struct stream_id rec_id)
{
	const struct redis_stream *s = &r->streams[rec->stream];
	const char *argv[ARGS + VALUES_ARGS];
	size_t lens[ARGS + VALUES_ARGS];
	char packets[NUMBER_SIZE], bytes[NUMBER_SIZE];
	char id[ID_SIZE], maxlen[NUMBER_SIZE], n[NUMBER_SIZE], run[REDIS_RUN];
	uint8_t values[VALUES_SIZE];
	size_t n_values = 0;
	struct point p;
	unsigned argc = 0;

#define ARG(text, length) (argv[argc] = (text), lens[argc++] = (length))
	ARG("XADD", 4);
	ARG(s->key, strlen(s->key));
	if (r->env->redis_maxlen > 0) {
		ARG("MAXLEN", 6);
		ARG("~", 1);
		ARG(maxlen, number_u64(maxlen, r->env->redis_maxlen));
	}
	size_t len = number_u64(id, rec_id.ms);
	id[len++] = '-';
	len += number_u64(id + len, rec_id.seq);
	ARG(id, len);
	if (journal_point(&p, rec))
		n_values = values_pack(values, sizeof(values), &p);
	argc += values_unpack(schema_all[rec->stream], values, n_values, true,
	    argv + argc, lens + argc);
	snprintf(run, sizeof(run), "%016llx", (unsigned long long)rec->run);
	ARG("run", 3);
	ARG(run, REDIS_RUN - 1);
	ARG("n", 1);
	ARG(n, number_u64(n, rec->n));
	if (spool_is_counted(r->spool, rec->stream)) {
		run_sum(rec, packets, bytes);
		ARG("run_packets", 11);
		ARG(packets, strlen(packets));
		ARG("run_bytes", 9);
		ARG(bytes, strlen(bytes));
	}
#undef ARG
	return redis_conn_send(r->conn, TAG_XADD, (int)argc, argv, lens);
}

/* The record's own id, unless the stream is further already. */
static bool
id_for(const struct redis_stream *s, const struct spool_record *rec,
    struct stream_id *id)
{
	struct stream_id zero = { 0, 0 };

	*id = rec->id;
	/* 0-0 is no id: a stream's last is at least that. */
	if (stream_id_cmp(*id, s->last) > 0 && stream_id_cmp(*id, zero) > 0)
		return true;
	return stream_id_next(id, s->last, 0);
}

/* Adds a record to the batch; returns its bytes, 0: not, or no connection. */
static size_t
add(struct redis *r, const struct spool_record *rec)
{
	struct redis_stream *s = &r->streams[rec->stream];
	struct redis_sent *sent = &r->flight[r->n_flight];

	*sent = (struct redis_sent){ .at = { rec->k, rec->ts_ns, rec->through },
		.before = rec->before,
		.stream = (uint8_t)rec->stream };
	if (!id_for(s, rec, &sent->id)) {
		redis_refuse_stream(r, s, "its ids have come to their end",
		    true);
		return 0;
	}
	if (r->n_flight == 0 && !send_word(r, TAG_MULTI, "MULTI"))
		return 0;
	r->n_flight++;
	s->last = sent->id;
	s->sent_k = rec->k;
	s->is_sent = true;
	return send_record(r, rec, sent->id);
}

/* Streams that are not ready are left out until a seek. */
static void
choose_streams(struct redis *r)
{
	REDIS_EACH_STREAM(i)
	{
		r->streams[i].sent_k = 0;
		if (r->streams[i].tip == TIP_KNOWN)
			output_lose_front(&r->o, i);
		else
			spool_pause(r->o.reader, i);
	}
}

/*
 * What is missing before a record is given up, and the record read again
 * later: once it is stored, its number alone would say that all before it is.
 */
static bool
is_behind_hole(struct redis *r, const struct spool_record *rec)
{
	struct redis_stream *s = &r->streams[rec->stream];
	uint64_t done = spool_settled(r->o.reader, rec->stream);

	if (rec->k <= (s->sent_k > 0 ? s->sent_k : done) + 1)
		return false;
	if (s->sent_k == 0) {
		const struct spool_mark before = { .k = rec->k - 1,
			.sum = rec->before };

		output_lose_hole(&r->o, rec->stream, &before, rec->ts_ns);
		spool_settle(r->o.reader, rec->stream, &before);
	}
	spool_seek(r->o.reader, rec->stream, rec->k);
	return true;
}

static void
fill_batch(struct redis *r)
{
	enum spool_next what = SPOOL_END;
	struct spool_record rec;
	size_t bytes = 0;

	while (r->n_flight < REDIS_BATCH && bytes < REDIS_BATCH_BYTES &&
	    redis_conn_is_up(r->conn) &&
	    (what = spool_next(r->o.reader, &rec)) == SPOOL_RECORD) {
		if (output_is_lost(&r->o, rec.stream, rec.k))
			continue;
		if (is_behind_hole(r, &rec)) {
			what = SPOOL_LATER;
			break;
		}
		bytes += add(r, &rec);
	}
	if (r->n_flight > 0 && redis_conn_is_up(r->conn))
		send_word(r, TAG_EXEC, "EXEC");
	else if (what == SPOOL_LATER)
		loop_timer_set(r->soon, 0);
}

static void
send_batch(struct redis *r)
{
	if (r->n_flight > 0 || redis_conn_room(r->conn) < REDIS_BATCH + 2 ||
	    redis_conn_backlog(r->conn) > REDIS_CONN_OUT / 2)
		return;
	choose_streams(r);
	/*
	 * A loss is saved before anything behind it is sent, else a death in
	 * between would leave a tip that says nothing of it.
	 */
	if (spool_has_untold(r->o.reader))
		return;
	memset(r->flight, 0, sizeof(r->flight));
	fill_batch(r);
}

static bool
is_all_settled(const struct redis *r)
{
	REDIS_EACH_STREAM(i)
	{
		if (spool_settled(r->o.reader, i) < spool_last(r->spool, i))
			return false;
	}
	return r->n_flight == 0 && !spool_has_untold(r->o.reader);
}

void
redis_pump(struct redis *r)
{
	int64_t now = loop_mono_ns();

	if (!redis_conn_is_up(r->conn) || now < r->hold_ns)
		return;
	r->hold_ns = 0;
	if (r->is_finishing && is_all_settled(r) &&
	    redis_snap_is_idle(r->snap)) {
		redis_lease_release(r);
		return;
	}
	if (!redis_lease_hold(r, now))
		return;
	redis_tip_ask(r, now);
	if (redis_conn_is_up(r->conn))
		send_batch(r);
	/* What refuses records would refuse these as well: they come last. */
	if (redis_conn_is_up(r->conn) && redis_conn_pending(r->conn) == 0)
		redis_snap_send(r->snap, r->conn, TAG_SOFT);
}

/* A command of the batch wasn't queued, so EXEC will refuse all of it. */
static void
queue_refused(struct redis *r, const struct redis_sent *sent, const char *error)
{
	struct redis_stream *s = &r->streams[sent->stream];
	enum redis_refusal what = redis_refusal_of(error);

	r->batch_refused = true;
	if (what == REFUSED_FOR_NOW || what == REFUSED_CONFIG)
		redis_refuse(r, error, what == REFUSED_CONFIG);
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
		redis_conn_reset(r->conn, "an answer too many");
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
	enum redis_refusal what = redis_refusal_of(error);
	bool is_done = true;

	for (unsigned i = 0; i < r->n_flight; i++)
		is_done = is_done &&
		    spool_settled(r->o.reader, r->flight[i].stream) >=
			r->flight[i].at.k;
	if (!r->batch_refused && !is_done) {
		redis_refuse(r, error, what == REFUSED_CONFIG);
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
		redis_refuse(r, error, what == REFUSED_CONFIG);
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
		redis_conn_reset(r->conn, "EXEC: not the answers to a batch");
	}
}

static void
soft_reply(struct redis *r, const redisReply *reply)
{
	if (!is_error(reply) || r->soft_refusing)
		return;
	log_warn("%s: snapshots or messages are refused: %.200s", r->label,
	    reply->str);
	r->soft_refusing = true;
}

void
redis_reply(void *arg, uint32_t tag, const redisReply *reply)
{
	enum redis_tag kind = tag & 0xff;
	struct redis *r = arg;

	switch (kind) {
	case TAG_PING:
	case TAG_RELEASE:
		break;
	case TAG_LEASE:
		redis_lease_set_reply(r, reply);
		break;
	case TAG_HOLDER:
		redis_lease_reply(r, reply);
		break;
	case TAG_INFO:
		redis_info_reply(r, tag >> 8, reply);
		break;
	case TAG_TIP:
		redis_tip_reply(r, tag >> 8, reply);
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
	    redis_conn_pending(r->conn) == 0)
		redis_pump(r);
}

static void
forget(struct redis *r)
{
	r->lease = LEASE_UNKNOWN;
	r->lease_ns = 0;
	REDIS_EACH_STREAM(i)
	{
		r->streams[i].tip = TIP_UNKNOWN;
		spool_pause(r->o.reader, i);
	}
}

void
redis_up(void *arg)
{
	struct redis *r = arg;

	snprintf(r->run, sizeof(r->run), "%016llx",
	    (unsigned long long)spool_run(r->spool));
	forget(r);
	r->hold_ns = 0;
	r->soft_refusing = r->is_blind = false;
	/* An answer, even if there is nothing to send yet: the server lives. */
	if (send_word(r, TAG_PING, "PING"))
		redis_pump(r);
}

void
redis_down(void *arg)
{
	struct redis *r = arg;

	/* The ids stay known until the next batch. */
	r->n_flight = 0;
	r->cursor = 0;
	forget(r);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies come in the order of the commands; the connection gives each back
 * with its tag.  A stream is in use once its tip is known.
 */
#include "daemon/output/redis.h"

#include <string.h>

#include <hiredis/hiredis.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/redis_conn.h"
#include "daemon/output/redis_refusal.h"
#include "daemon/output/redis_snap.h"
#include "daemon/output/values.h"
#include "daemon/report/number.h"

/* The timer comes a little later, when the time has certainly passed. */
static const int64_t retry_ns = 1000000000, retry_timer_ns = 1001000000;
/* A record that is refused for its id more often is given up. */
enum { TRIES = 8, ID_SIZE = 2 * NUMBER_SIZE + 1 };

static bool
is_error(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ERROR;
}

static void
refuse_all(struct redis *r, const char *error)
{
	r->hold_ns = loop_mono_ns() + retry_ns;
	loop_timer_set(r->retry, retry_timer_ns);
	if (!r->refusing)
		log_warn("%s: %.200s: records wait", r->label, error);
	r->refusing = true;
}

static void
refuse_stream(struct redis *r, struct redis_stream *s, const char *error)
{
	s->retry_ns = loop_mono_ns() + retry_ns;
	loop_timer_set(r->retry, retry_timer_ns);
	if (!s->refusing)
		log_warn("%s: %s: %.200s: records wait", r->label, s->key,
		    error);
	s->refusing = true;
}

static void
lose(struct redis *r, struct record_list *l, struct record *rec)
{
	r->stats.lost_error++;
	list_remove(l, rec);
	record_free(rec);
}

static void
store(struct redis *r, struct record_list *l, struct record *rec)
{
	struct redis_stream *s = &r->streams[rec->stream];

	if (stream_id_cmp(rec->id, s->acked) > 0)
		s->acked = rec->id;
	if (s->refusing)
		log_info("%s: %s: takes records again", r->label, s->key);
	s->refusing = false;
	redis_conn_well(r->conn);
	r->stats.stored++;
	list_remove(l, rec);
	record_free(rec);
}

static void
ask_tips(struct redis *r, int64_t now)
{
	for (unsigned i = 0; i < r->n_streams; i++) {
		struct redis_stream *s = &r->streams[i];
		const char *argv[] = { "XREVRANGE", s->key, "+", "-", "COUNT",
			"1" };
		size_t lens[] = { 9, strlen(s->key), 1, 1, 5, 1 };

		if (s->tip != TIP_UNKNOWN || now < s->retry_ns ||
		    redis_conn_room(r->conn) == 0)
			continue;
		if (redis_conn_send(r->conn, TAG_TIP | i << 8, 6, argv, lens) ==
		    0)
			return;
		s->tip = TIP_ASKED;
	}
}

/*
 * Every record of the stream whose fate was unknown now has one.  Where the
 * tip is another's, ours can't be told from it: such a record is sent again
 * under another id, and so are those behind it, to keep their order.
 */
static void
settle(struct redis *r, unsigned stream, struct stream_id tip, bool is_ours)
{
	struct redis_stream *s = &r->streams[stream];
	bool renumber = false;

	for (struct record *rec = r->waiting.first, *next; rec != NULL;
	     rec = next) {
		next = rec->next;
		if (rec->stream != stream || !rec->has_id)
			continue;
		bool above = stream_id_cmp(rec->id, tip) > 0;
		if (rec->unknown && is_ours && !above) {
			store(r, &r->waiting, rec);
			continue;
		}
		renumber = renumber || !above;
		if (renumber)
			rec->has_id = rec->unknown = false;
	}
	if (stream_id_cmp(tip, s->acked) < 0)
		log_warn("%s: %s: the server has lost entries that it had "
			 "acknowledged",
		    r->label, s->key);
	s->acked = tip;
	if (stream_id_cmp(tip, s->last) > 0)
		s->last = tip;
	s->tip = TIP_KNOWN;
}

static bool
is_text(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING;
}

/* Whether an entry's fields say that this process wrote it. */
static bool
is_our_run(const struct redis *r, const redisReply *fields)
{
	for (size_t i = 0; i + 1 < fields->elements; i += 2) {
		const redisReply *name = fields->element[i];
		const redisReply *value = fields->element[i + 1];

		if (is_text(name) && is_text(value) &&
		    strcmp(name->str, "run") == 0)
			return strcmp(value->str, r->run) == 0;
	}
	return false;
}

static void
tip_reply(struct redis *r, unsigned stream, const redisReply *reply)
{
	struct redis_stream *s = &r->streams[stream];
	struct stream_id tip = { 0, 0 };

	if (is_error(reply)) {
		s->tip = TIP_UNKNOWN;
		if (redis_refusal_of(reply->str) == REFUSED_FOR_NOW)
			refuse_all(r, reply->str);
		else
			refuse_stream(r, s, reply->str);
		return;
	}
	if (reply->type != REDIS_REPLY_ARRAY)
		goto bad;
	if (reply->elements == 0) {
		settle(r, stream, tip, false);
		return;
	}
	const redisReply *entry = reply->element[0];
	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
	    !is_text(entry->element[0]) ||
	    entry->element[1]->type != REDIS_REPLY_ARRAY ||
	    !stream_id_parse(&tip, entry->element[0]->str,
		(size_t)entry->element[0]->len))
		goto bad;
	settle(r, stream, tip, is_our_run(r, entry->element[1]));
	return;
bad:
	redis_conn_reset(r->conn, "XREVRANGE: not a stream's entry");
}

/* Returns the bytes sent, 0 if the connection is gone. */
static size_t
send_record(struct redis *r, const struct record *rec)
{
	const struct redis_stream *s = &r->streams[rec->stream];
	const char *argv[10 + VALUES_ARGS];
	size_t lens[10 + VALUES_ARGS];
	char id[ID_SIZE], maxlen[NUMBER_SIZE], n[NUMBER_SIZE];
	unsigned argc = 0;

#define ARG(text, length) (argv[argc] = (text), lens[argc++] = (length))
	ARG("XADD", 4);
	ARG(s->key, strlen(s->key));
	if (r->env->redis_maxlen > 0) {
		ARG("MAXLEN", 6);
		ARG("~", 1);
		ARG(maxlen, number_u64(maxlen, r->env->redis_maxlen));
	}
	size_t len = number_u64(id, rec->id.ms);
	id[len++] = '-';
	len += number_u64(id + len, rec->id.seq);
	ARG(id, len);
	argc += values_unpack(s->m, rec->payload, rec->len, true, argv + argc,
	    lens + argc);
	ARG("run", 3);
	ARG(r->run, strlen(r->run));
	ARG("n", 1);
	ARG(n, number_u64(n, rec->n));
#undef ARG
	return redis_conn_send(r->conn, TAG_XADD, (int)argc, argv, lens);
}

static bool
send_word(struct redis *r, enum redis_tag tag, const char *word)
{
	size_t len = strlen(word);

	return redis_conn_send(r->conn, tag, 1, &word, &len) > 0;
}

/* Gives rec an id if it has none; false if the stream has no more. */
static bool
number_record(struct redis_stream *s, struct record *rec)
{
	if (rec->has_id)
		return true;
	/* 0-0 is no id: a stream's last is at least that. */
	if (!stream_id_next(&rec->id, s->last, rec->ms))
		return false;
	s->last = rec->id;
	rec->has_id = true;
	return true;
}

static bool
is_ready(const struct redis_stream *s, int64_t now)
{
	return s->tip == TIP_KNOWN && now >= s->retry_ns;
}

/* Else there is no need to look through all that waits. */
static bool
is_any_ready(const struct redis *r, int64_t now)
{
	for (unsigned i = 0; i < r->n_streams; i++) {
		if (is_ready(&r->streams[i], now))
			return true;
	}
	return false;
}

static void
send_batch(struct redis *r, int64_t now)
{
	size_t bytes = 0;

	if (r->flight.n > 0 || !is_any_ready(r, now) ||
	    redis_conn_room(r->conn) < REDIS_BATCH + 2 ||
	    redis_conn_backlog(r->conn) > REDIS_CONN_OUT / 2)
		return;
	for (struct record *rec = r->waiting.first, *next; rec != NULL &&
	     r->flight.n < REDIS_BATCH && bytes < REDIS_BATCH_BYTES;
	     rec = next) {
		struct redis_stream *s = &r->streams[rec->stream];

		next = rec->next;
		if (!is_ready(s, now))
			continue;
		if (!number_record(s, rec)) {
			lose(r, &r->waiting, rec);
			continue;
		}
		if (r->flight.n == 0 && !send_word(r, TAG_MULTI, "MULTI"))
			return;
		list_remove(&r->waiting, rec);
		list_append(&r->flight, rec);
		size_t n = send_record(r, rec);
		if (n == 0)
			return;
		bytes += n;
	}
	if (r->flight.n > 0)
		send_word(r, TAG_EXEC, "EXEC");
}

void
redis_batch_pump(struct redis *r)
{
	int64_t now = loop_mono_ns();

	if (!redis_conn_is_up(r->conn) || now < r->hold_ns)
		return;
	ask_tips(r, now);
	if (redis_conn_is_up(r->conn))
		send_batch(r, now);
	/* What refuses records would refuse these as well: they come last. */
	if (redis_conn_is_up(r->conn) && redis_conn_pending(r->conn) == 0)
		redis_snap_send(r->snap, r->conn, TAG_SOFT);
}

/* A command of the batch wasn't queued, so EXEC will refuse all of it. */
static void
queue_refused(struct redis *r, struct record *rec, const char *error)
{
	r->batch_refused = true;
	switch (redis_refusal_of(error)) {
	case REFUSED_FOR_NOW:
		refuse_all(r, error);
		break;
	case REFUSED_STREAM:
		refuse_stream(r, &r->streams[rec->stream], error);
		break;
	case REFUSED_ID:
	case REFUSED_FOR_GOOD:
		rec->refused = true;
		refuse_stream(r, &r->streams[rec->stream], error);
		break;
	}
}

static void
xadd_reply(struct redis *r, const redisReply *reply)
{
	struct record *rec = r->cursor;

	if (rec == NULL) {
		redis_conn_reset(r->conn, "an answer too many");
		return;
	}
	r->cursor = rec->next;
	if (is_error(reply))
		queue_refused(r, rec, reply->str);
	else if (is_text(reply)) /* its id: MULTI was refused */
		store(r, &r->flight, rec);
}

/* None of the batch is stored. */
static void
exec_refused(struct redis *r, const char *error)
{
	if (!r->batch_refused)
		refuse_all(r, error);
	for (struct record *rec = r->flight.first, *next; rec != NULL;
	     rec = next) {
		next = rec->next;
		if (rec->refused ||
		    (!r->batch_refused &&
			redis_refusal_of(error) == REFUSED_FOR_GOOD &&
			++rec->tries > TRIES))
			lose(r, &r->flight, rec);
	}
	list_prepend_all(&r->waiting, &r->flight);
}

/* One record's own answer, within EXEC's.  Those to keep go to again. */
static void
record_refused(struct redis *r, struct record *rec, const char *error,
    struct record_list *again)
{
	struct redis_stream *s = &r->streams[rec->stream];

	switch (redis_refusal_of(error)) {
	case REFUSED_FOR_NOW:
		refuse_all(r, error);
		break;
	case REFUSED_STREAM:
		refuse_stream(r, s, error);
		break;
	case REFUSED_ID:
		if (rec->unknown) {
			store(r, &r->flight, rec);
			return;
		}
		/* Another writer, or a trimmed stream: look for its tip. */
		s->tip = TIP_UNKNOWN;
		if (++rec->tries <= TRIES) {
			rec->has_id = false;
			break;
		}
		/* fall through */
	case REFUSED_FOR_GOOD:
		if (!s->refusing)
			log_warn("%s: %s: %.200s: records are lost", r->label,
			    s->key, error);
		s->refusing = true;
		lose(r, &r->flight, rec);
		return;
	}
	list_remove(&r->flight, rec);
	list_append(again, rec);
}

static void
exec_done(struct redis *r, const redisReply *reply)
{
	struct record_list again = { 0 };
	struct record *rec = r->flight.first, *next;

	for (size_t i = 0; i < reply->elements; i++, rec = next) {
		const redisReply *one = reply->element[i];

		next = rec->next;
		if (is_error(one))
			record_refused(r, rec, one->str, &again);
		else
			store(r, &r->flight, rec);
	}
	if (again.n == 0 && r->refusing) {
		log_info("%s: takes records again", r->label);
		r->refusing = false;
	}
	list_prepend_all(&r->waiting, &again);
}

static void
exec_reply(struct redis *r, const redisReply *reply)
{
	if (is_error(reply)) {
		exec_refused(r, reply->str);
	} else if (reply->type == REDIS_REPLY_ARRAY &&
	    reply->elements == r->flight.n) {
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
redis_batch_reply(void *arg, uint32_t tag, const redisReply *reply)
{
	enum redis_tag kind = tag & 0xff;
	struct redis *r = arg;

	switch (kind) {
	case TAG_PING:
		break;
	case TAG_TIP:
		tip_reply(r, tag >> 8, reply);
		break;
	case TAG_MULTI:
		r->cursor = r->flight.first;
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
	if (kind == TAG_TIP || kind == TAG_EXEC ||
	    redis_conn_pending(r->conn) == 0)
		redis_batch_pump(r);
}

static void
forget_tips(struct redis *r)
{
	for (unsigned i = 0; i < r->n_streams; i++)
		r->streams[i].tip = TIP_UNKNOWN;
}

void
redis_batch_up(void *arg)
{
	struct redis *r = arg;

	forget_tips(r);
	r->hold_ns = 0;
	r->soft_refusing = false;
	/* An answer, even if there is nothing to send yet: the server lives. */
	if (send_word(r, TAG_PING, "PING"))
		redis_batch_pump(r);
}

void
redis_batch_down(void *arg)
{
	struct redis *r = arg;

	for (struct record *rec = r->flight.first; rec != NULL; rec = rec->next)
		rec->unknown = true;
	list_prepend_all(&r->waiting, &r->flight);
	r->cursor = NULL;
	forget_tips(r);
}

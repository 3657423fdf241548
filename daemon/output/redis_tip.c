/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stream has: its last entry of ours names the record, by run and n.
 * Where entries have been deleted, the id that the stream gave last does.
 */
#include "daemon/output/redis.h"

#include <string.h>

#include <hiredis/hiredis.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/redis_conn.h"
#include "daemon/output/redis_refusal.h"
#include "daemon/report/number.h"
#include "daemon/report/schema.h"

/* Behind entries of others, ours are looked for so far. */
enum { PAGES = 64, ID_SIZE = 2 * NUMBER_SIZE + 1 };
static const char *const page = "32";

static const uint64_t none = UINT64_MAX;

static bool
is_text(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING;
}

/* Asks for the entries up to before, or for the last one. */
static bool
ask_tip(struct redis *r, unsigned stream)
{
	struct redis_stream *s = &r->streams[stream];
	char end[ID_SIZE + 1] = "+";

	if (s->pages > 0) {
		size_t len = number_u64(end, s->before.ms);

		end[len++] = '-';
		len += number_u64(end + len, s->before.seq);
		end[len] = '\0';
	}
	const char *words[] = { "XREVRANGE", s->key, end, "-", "COUNT",
		s->pages > 0 ? page : "1", NULL };
	s->tip = TIP_ASKED;
	return redis_send(r, s->at, redis_tag_of(r, TAG_TIP, stream), words);
}

void
redis_tip_ask(struct redis *r, int64_t now)
{
	REDIS_EACH_STREAM(i)
	{
		struct redis_stream *s = &r->streams[i];
		const char *info[] = { "XINFO", "STREAM", s->key, NULL };

		/* Nothing is in flight then: its answers come first. */
		if (s->tip != TIP_UNKNOWN || now < s->retry_ns ||
		    spool_last(r->spool, i) == 0 || r->n_flight > 0)
			continue;
		s->at = redis_ask_where(r, s->is_asked);
		if (s->at == NULL || redis_conn_room(s->at) < 4)
			continue;
		s->is_asked = false;
		s->pages = 0;
		s->has_sum = false;
		s->generated = (struct stream_id){ 0, 0 };
		if (!redis_send(r, s->at, redis_tag_of(r, TAG_INFO, i), info) ||
		    !ask_tip(r, i))
			return;
	}
}

/* An error says that there is no such stream, or that we may not ask. */
void
redis_info_reply(struct redis *r, unsigned stream, const redisReply *reply)
{
	struct redis_stream *s = &r->streams[stream];

	if (reply->type != REDIS_REPLY_ARRAY)
		return;
	for (size_t i = 0; i + 1 < reply->elements; i += 2) {
		const redisReply *name = reply->element[i];
		const redisReply *value = reply->element[i + 1];
		struct stream_id id;

		if (is_text(name) && is_text(value) &&
		    strcmp(name->str, "last-generated-id") == 0 &&
		    stream_id_parse(&id, value->str, (size_t)value->len))
			s->generated = id;
	}
}

/* A number in base 10 or 16, of digits only. */
static bool
parse(uint64_t *value, const redisReply *text, unsigned base)
{
	static const char digits[] = "0123456789abcdef";

	*value = 0;
	if (!is_text(text) || text->len == 0 || text->len > 19)
		return false;
	for (int i = 0; i < (int)text->len; i++) {
		const char *digit = memchr(digits, text->str[i], (size_t)base);

		if (digit == NULL)
			return false;
		*value = *value * base + (uint64_t)(digit - digits);
	}
	return true;
}

/*
 * The sum up to record n of a run, from what its entry says of the run alone;
 * needed where the spool has forgotten it.  An entry that says more than there
 * was is not believed.
 */
static void
take_sum(struct redis *r, unsigned stream, uint64_t run, uint64_t n, uint64_t k,
    const struct spool_sum *told)
{
	const struct spool_mark first = spool_before_first(r->spool, stream);
	struct redis_stream *s = &r->streams[stream];
	struct spool_mark base;

	/* Else the run's end was lost with the disk's cache. */
	if (!spool_base(r->spool, stream, run, &base) || k != base.k + n + 1)
		return;
	s->sum_k = k;
	s->sum = base.sum;
	s->sum.packets += told->packets;
	s->sum.bytes += told->bytes;
	s->has_sum = k < first.k && s->sum.unknown <= first.sum.unknown &&
	    s->sum.packets <= first.sum.packets &&
	    s->sum.bytes <= first.sum.bytes;
}

/* The k of the record that an entry is; none if it isn't ours. */
static uint64_t
record_of(struct redis *r, unsigned stream, const redisReply *fields)
{
	struct spool_sum sum = { 0 };
	uint64_t run = 0, n = 0, k;
	bool has_run = false, has_n = false;
	unsigned n_sums = 0;

	for (size_t i = 0; i + 1 < fields->elements; i += 2) {
		const redisReply *name = fields->element[i];

		if (!is_text(name))
			continue;
		if (strcmp(name->str, "run") == 0)
			has_run = parse(&run, fields->element[i + 1], 16);
		else if (strcmp(name->str, "n") == 0)
			has_n = parse(&n, fields->element[i + 1], 10);
		else if (strcmp(name->str, "run_packets") == 0)
			n_sums +=
			    parse(&sum.packets, fields->element[i + 1], 10);
		else if (strcmp(name->str, "run_bytes") == 0)
			n_sums += parse(&sum.bytes, fields->element[i + 1], 10);
	}
	if (!has_run || !has_n || !spool_find(r->spool, stream, run, n, &k))
		return none;
	if (n_sums == 2)
		take_sum(r, stream, run, n, k, &sum);
	return k;
}

/* Of what was in flight when the connection ended, ids are still known. */
static uint64_t
record_with_id(const struct redis *r, unsigned stream, struct stream_id id)
{
	for (unsigned i = 0; i < REDIS_BATCH; i++) {
		const struct redis_sent *sent = &r->flight[i];

		if (sent->at.k > 0 && sent->stream == stream &&
		    stream_id_cmp(sent->id, id) == 0)
			return sent->at.k;
	}
	if (stream_id_cmp(id, r->streams[stream].acked) == 0)
		return spool_settled(r->o.reader, stream);
	return none;
}

/* The spool knows best; the entry itself, where the spool has forgotten. */
static struct spool_mark
mark_at(const struct redis *r, unsigned stream, uint64_t k)
{
	const struct redis_stream *s = &r->streams[stream];
	struct spool_mark mark = { .k = k,
		.sum = spool_sum_at(r->o.reader, stream, k) };

	if (s->has_sum && k == s->sum_k &&
	    k < spool_before_first(r->spool, stream).k)
		mark.sum = s->sum;
	return mark;
}

/* The server has nothing behind k, though it has said that it had. */
static void
roll_back(struct redis *r, unsigned stream, uint64_t k)
{
	struct spool_reader *reader = r->o.reader;
	struct redis_stream *s = &r->streams[stream];
	uint64_t done = spool_settled(reader, stream);
	uint64_t first = spool_first(r->spool, stream);
	uint64_t gone = first - 1 < done ? first - 1 : done;

	/* More than a stream holds it can't have forgotten. */
	if (r->env->redis_maxlen > 0 && done - k > r->env->redis_maxlen)
		k = done - r->env->redis_maxlen;
	if (gone < k)
		gone = k;
	const struct spool_mark tip = mark_at(r, stream, k);
	const struct spool_mark oldest = mark_at(r, stream, gone);
	log_warn("%s: %s: the server has lost entries that it had "
		 "acknowledged: %llu are sent again, %llu are lost",
	    r->label, s->key, (unsigned long long)(done - gone),
	    (unsigned long long)(gone - k));
	output_rolled_back(&r->o, stream, k);
	output_lose(&r->o, stream, &tip, &oldest, LOST_ROLLBACK,
	    spool_first_ns(r->spool, stream));
	if (done > s->resent)
		s->resent = done;
	spool_settle(reader, stream, &oldest);
}

/* What the stream has is known: k, or none if nothing of it is ours. */
static void
settle(struct redis *r, unsigned stream, uint64_t k)
{
	struct redis_stream *s = &r->streams[stream];
	uint64_t done = spool_settled(r->o.reader, stream);

	if (k == none)
		k = done;
	/* What came before this output was never meant to be there. */
	if (k < spool_begun(r->o.reader, stream))
		k = spool_begun(r->o.reader, stream);
	/* What was given up before it was sent has never been there. */
	if (output_past_losses(&r->o, stream, k) >= done && k < done)
		k = done;
	if (k < done) {
		roll_back(r, stream, k);
	} else if (k > done) {
		struct spool_mark tip = mark_at(r, stream, k);

		tip.ts_ns =
		    (int64_t)(s->acked.ms % INT64_C(9000000000000)) * 1000000;
		spool_settle(r->o.reader, stream, &tip);
	}
	spool_seek(r->o.reader, stream, spool_settled(r->o.reader, stream) + 1);
	s->last = s->acked;
	s->tip = TIP_KNOWN;
	output_lose_front(&r->o, stream);
}

static void
no_entry(struct redis *r, unsigned stream)
{
	struct redis_stream *s = &r->streams[stream];
	struct stream_id zero = { 0, 0 };

	if (s->pages > 0) {
		settle(r, stream, none);
		return;
	}
	uint64_t k = stream_id_cmp(s->generated, zero) == 0
	    ? 0
	    : record_with_id(r, stream, s->generated);
	s->acked = s->generated;
	settle(r, stream, k);
}

static bool
is_entry(const redisReply *e, struct stream_id *id)
{
	return e->type == REDIS_REPLY_ARRAY && e->elements == 2 &&
	    is_text(e->element[0]) &&
	    e->element[1]->type == REDIS_REPLY_ARRAY &&
	    stream_id_parse(id, e->element[0]->str, (size_t)e->element[0]->len);
}

/* Something of ours may be there, behind what others have written. */
static bool
is_worth_a_page(const struct redis *r, const struct redis_stream *s)
{
	return s->pages < PAGES && (s->is_sent || !spool_is_new(r->spool));
}

static void
look(struct redis *r, unsigned stream, const redisReply *reply)
{
	struct redis_stream *s = &r->streams[stream];
	uint64_t k = none, deleted = none;
	struct stream_id id = { 0, 0 };

	for (size_t i = 0; i < reply->elements && k == none; i++) {
		if (!is_entry(reply->element[i], &id)) {
			redis_conn_reset(r->from,
			    "XREVRANGE: not a stream's entry");
			return;
		}
		k = record_of(r, stream, reply->element[i]->element[1]);
		if (s->pages > 0 || i > 0)
			continue;
		if (stream_id_cmp(s->generated, id) > 0)
			deleted = record_with_id(r, stream, s->generated);
		s->acked =
		    stream_id_cmp(s->generated, id) > 0 ? s->generated : id;
	}
	if (deleted != none && (k == none || deleted > k))
		k = deleted;
	if (k == none && is_worth_a_page(r, s) && (id.ms > 0 || id.seq > 0)) {
		s->pages++;
		s->before = id.seq > 0
		    ? (struct stream_id){ id.ms, id.seq - 1 }
		    : (struct stream_id){ id.ms - 1, UINT64_MAX };
		ask_tip(r, stream);
		return;
	}
	settle(r, stream, k);
}

void
redis_tip_reply(struct redis *r, unsigned stream, const redisReply *reply)
{
	struct redis_stream *s = &r->streams[stream];

	if (reply->type == REDIS_REPLY_ERROR) {
		enum redis_refusal what = redis_refusal_of(reply->str);

		s->tip = TIP_UNKNOWN;
		if (redis_ask_heard(r, reply->str))
			s->is_asked = s->is_away = true;
		else if (r->from == r->conn &&
		    (what == REFUSED_FOR_NOW || what == REFUSED_CONFIG))
			redis_refuse(r, reply->str, what == REFUSED_CONFIG);
		else
			redis_refuse_stream(r, s, reply->str,
			    what == REFUSED_STREAM);
	} else if (reply->type != REDIS_REPLY_ARRAY) {
		redis_conn_reset(r->from, "XREVRANGE: not a stream's entry");
	} else if (reply->elements == 0) {
		no_entry(r, stream);
	} else {
		look(r, stream, reply);
	}
}

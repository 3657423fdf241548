/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream is in use once its tip is known.
 */
#include "daemon/output/redis.h"

#include <stdio.h>
#include <string.h>

#include "daemon/loop.h"
#include "daemon/output/journal.h"
#include "daemon/output/redis_conn.h"
#include "daemon/output/redis_snap.h"
#include "daemon/output/values.h"
#include "daemon/report/number.h"
#include "daemon/report/schema.h"

enum { ID_SIZE = 2 * NUMBER_SIZE + 1, WORDS = 8, ARGS = 14 };

static bool
send_words(struct redis_conn *to, uint32_t tag, const char *const *words)
{
	size_t lens[WORDS];
	int n = 0;

	for (; words[n] != NULL; n++)
		lens[n] = strlen(words[n]);
	return redis_conn_send(to, tag, n, words, lens) > 0;
}

static bool
send_word(struct redis_conn *to, enum redis_tag tag, const char *word)
{
	const char *words[] = { word, NULL };

	return send_words(to, tag, words);
}

bool
redis_send(struct redis *r, struct redis_conn *to, uint32_t tag,
    const char *const *words)
{
	/* It holds for the next command, or all of a MULTI. */
	if (to == r->ask && !send_word(to, TAG_ASKING, "ASKING"))
		return false;
	return send_words(to, tag, words);
}

uint32_t
redis_tag_of(const struct redis *r, enum redis_tag tag, unsigned stream)
{
	return tag | stream << 8 | (uint32_t)r->session << 16;
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
	return redis_conn_send(r->via, TAG_XADD, (int)argc, argv, lens);
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
	const char *const multi[] = { "MULTI", NULL };

	*sent = (struct redis_sent){ .at = { rec->k, rec->ts_ns, rec->through },
		.before = rec->before,
		.stream = (uint8_t)rec->stream };
	if (!id_for(s, rec, &sent->id)) {
		redis_refuse_stream(r, s, "its ids have come to their end",
		    true);
		return 0;
	}
	if (r->n_flight == 0 && !redis_send(r, r->via, TAG_MULTI, multi))
		return 0;
	r->n_flight++;
	s->last = sent->id;
	s->sent_k = rec->k;
	s->is_sent = true;
	return send_record(r, rec, sent->id);
}

/*
 * Streams that are not ready are left out until a seek.  False if nothing can
 * be sent.
 */
static bool
choose_streams(struct redis *r, int64_t now)
{
	r->is_single = redis_ask_is_split(r, now);
	REDIS_EACH_STREAM(i)
	{
		r->streams[i].sent_k = 0;
		if (r->streams[i].tip == TIP_KNOWN)
			output_lose_front(&r->o, i);
	}
	if (r->is_single)
		return redis_ask_choose(r);
	REDIS_EACH_STREAM(i)
	{
		uint64_t done = spool_settled(r->o.reader, i);

		if (r->streams[i].tip != TIP_KNOWN)
			spool_pause(r->o.reader, i);
		else if (r->was_single)
			spool_seek(r->o.reader, i, done + 1);
	}
	r->was_single = false;
	r->via = r->conn;
	return true;
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
	unsigned limit = redis_ask_limit(r);
	enum spool_next what = SPOOL_END;
	struct spool_record rec;
	size_t bytes = 0;

	while (r->n_flight < limit && bytes < REDIS_BATCH_BYTES &&
	    redis_conn_is_up(r->via) &&
	    (what = spool_next(r->o.reader, &rec)) == SPOOL_RECORD) {
		if (output_is_lost(&r->o, rec.stream, rec.k))
			continue;
		if (is_behind_hole(r, &rec)) {
			what = SPOOL_LATER;
			break;
		}
		bytes += add(r, &rec);
	}
	if (r->n_flight > 0 && redis_conn_is_up(r->via))
		send_word(r->via, TAG_EXEC, "EXEC");
	else if (what == SPOOL_LATER)
		loop_timer_set(r->soon, 0);
	if (r->is_single && (r->n_flight > 0 || what != SPOOL_LATER))
		redis_ask_chosen(r);
}

static void
send_batch(struct redis *r, int64_t now)
{
	if (r->n_flight > 0 || !choose_streams(r, now) ||
	    redis_conn_room(r->via) < REDIS_BATCH + 3 ||
	    redis_conn_backlog(r->via) > REDIS_CONN_OUT / 2)
		return;
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

/* They are of several keys: there is no place for them in half a slot. */
bool
redis_snaps_done(const struct redis *r)
{
	return redis_snap_is_idle(r->snap) || r->split_ns != 0;
}

void
redis_pump(struct redis *r)
{
	int64_t now = loop_mono_ns();

	redis_ask_look(r, now);
	if (!redis_conn_is_up(r->conn) || now < r->hold_ns)
		return;
	r->hold_ns = 0;
	if (r->is_finishing && is_all_settled(r) && redis_snaps_done(r)) {
		redis_lease_release(r);
		return;
	}
	if (!redis_lease_hold(r, now))
		return;
	redis_tip_ask(r, now);
	if (redis_conn_is_up(r->conn))
		send_batch(r, now);
	/* What refuses records would refuse these as well: they come last. */
	if (r->split_ns == 0 && redis_conn_is_up(r->conn) &&
	    redis_conn_pending(r->conn) == 0)
		redis_snap_send(r->snap, r->conn, TAG_SOFT);
}

static void
forget(struct redis *r)
{
	r->session++;
	r->lease = LEASE_UNKNOWN;
	r->lease_ns = 0;
	redis_ask_end(r);
	REDIS_EACH_STREAM(i)
	{
		r->streams[i].tip = TIP_UNKNOWN;
		r->streams[i].is_away = false;
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
	r->soft_refusing = r->is_blind = r->asking_refused = false;
	/* An answer, even if there is nothing to send yet: the server lives. */
	if (send_word(r->conn, TAG_PING, "PING"))
		redis_pump(r);
}

/* What is on its way by the connection aside still gets its answer there. */
void
redis_down(void *arg)
{
	struct redis *r = arg;

	/* The ids stay known until the next batch. */
	if (r->via == r->conn)
		r->n_flight = r->cursor = 0;
	forget(r);
}

void
redis_reply(void *arg, uint32_t tag, const struct redisReply *reply)
{
	struct redis *r = arg;

	r->from = r->conn;
	redis_answer(r, tag, reply);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A slot that moves from one node to another does so key by key, which may take
 * minutes, or stay half done.  Meanwhile the old node does what concerns keys
 * that it has, and says where the others are: ASK.
 *
 * A stream is never believed to be at the new node because it was a moment ago:
 * every batch and every question goes to the old one first.  So a key is made at
 * the new node only if the old one has just said that it hasn't got it, and no
 * key comes to be at both.  A batch is then of one stream, since a MULTI over
 * keys of which some have moved is refused everywhere, and one is in flight at
 * a time, by whichever connection.
 */
#include "daemon/output/redis.h"

#include <string.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/redis_conn.h"
#include "daemon/report/schema.h"

/* After that long a batch of all streams is tried again. */
static const int64_t again_ns = 1000000000;
/* The log hears of a move once, though connections may come and go. */
static const int64_t told_ns = 60000000000;

/* Where each key is has to be asked again. */
static void
forget_asked(struct redis *r)
{
	REDIS_EACH_STREAM(i)
	r->streams[i].is_asked = false;
	r->lease_is_asked = false;
}

static void
on_up(void *arg)
{
	struct redis *r = arg;

	forget_asked(r);
	redis_pump(r);
}

static void
on_down(void *arg)
{
	struct redis *r = arg;

	forget_asked(r);
	if (r->lease_at == r->ask) {
		r->lease = LEASE_UNKNOWN;
		r->lease_ns = 0;
	}
	REDIS_EACH_STREAM(i)
	{
		struct redis_stream *s = &r->streams[i];

		if (s->tip == TIP_ASKED && s->at == r->ask)
			s->tip = TIP_UNKNOWN;
	}
	if (r->n_flight > 0 && r->via == r->ask) {
		r->streams[r->flight[0].stream].tip = TIP_UNKNOWN;
		spool_pause(r->o.reader, r->flight[0].stream);
		r->n_flight = r->cursor = 0;
	}
	loop_timer_set(r->soon, 0);
}

static void
on_reply(void *arg, uint32_t tag, const struct redisReply *reply)
{
	struct redis *r = arg;

	r->from = r->ask;
	redis_answer(r, tag, reply);
}

bool
redis_ask_open(struct redis *r, const struct redis_url *url,
    const struct redis_conn_env *conn_env)
{
	struct redis_conn_env env = *conn_env;
	struct redis_url node = *url;

	if (url->kind != REDIS_CLUSTER)
		return true;
	node.kind = REDIS_NODE;
	node.n_places = 0;
	env.key = NULL;
	env.on_up = on_up;
	env.on_down = on_down;
	env.on_reply = on_reply;
	r->ask = redis_conn_new(&node, &env);
	return r->ask != NULL;
}

static void
begin(struct redis *r)
{
	int64_t now = loop_mono_ns();

	if (now >= r->split_ns)
		r->split_ns = now + again_ns;
}

bool
redis_ask_heard(struct redis *r, const char *error)
{
	int64_t now = loop_mono_ns();
	struct endpoint place;
	char text[ENDPOINT_TEXT];

	if (r->ask == NULL || r->from != r->conn ||
	    !redis_conn_asks(r->conn, error, &place))
		return false;
	redis_conn_aim(r->ask, &place);
	if (now >= r->split_told_ns)
		log_info("%s: a slot is moving to %s: records go where each "
			 "stream is",
		    r->label, endpoint_print(&place, text));
	r->split_told_ns = now + told_ns;
	begin(r);
	return true;
}

bool
redis_ask_is_torn(struct redis *r, const char *error)
{
	if (r->ask == NULL || r->from != r->conn || r->is_single ||
	    strncmp(error, "TRYAGAIN ", 9) != 0)
		return false;
	begin(r);
	return true;
}

struct redis_conn *
redis_ask_where(const struct redis *r, bool is_asked)
{
	if (!is_asked)
		return r->conn;
	return redis_conn_is_up(r->ask) ? r->ask : NULL;
}

bool
redis_ask_is_split(const struct redis *r, int64_t now)
{
	return now < r->split_ns;
}

static bool
is_ready(const struct redis *r, unsigned stream)
{
	const struct redis_stream *s = &r->streams[stream];

	return s->tip == TIP_KNOWN && redis_ask_where(r, s->is_asked) != NULL &&
	    spool_settled(r->o.reader, stream) < spool_last(r->spool, stream);
}

/* Those that the old node has just sent on come first; SPOOL_STREAMS: none. */
static unsigned
next_stream(const struct redis *r)
{
	unsigned first = SPOOL_STREAMS, next = SPOOL_STREAMS;

	if (r->reading > 0 && is_ready(r, r->reading - 1))
		return r->reading - 1;
	REDIS_EACH_STREAM(i)
	{
		if (!is_ready(r, i))
			continue;
		if (r->streams[i].is_asked)
			return i;
		if (first == SPOOL_STREAMS)
			first = i;
		if (next == SPOOL_STREAMS && i >= r->turn)
			next = i;
	}
	return next < SPOOL_STREAMS ? next : first;
}

bool
redis_ask_choose(struct redis *r)
{
	unsigned chosen = next_stream(r);

	r->was_single = true;
	REDIS_EACH_STREAM(i)
	{
		if (i != chosen)
			spool_pause(r->o.reader, i);
	}
	if (chosen == SPOOL_STREAMS)
		return false;
	if (r->reading != chosen + 1)
		spool_seek(r->o.reader, chosen,
		    spool_settled(r->o.reader, chosen) + 1);
	r->reading = chosen + 1;
	r->via = redis_ask_where(r, r->streams[chosen].is_asked);
	return true;
}

void
redis_ask_chosen(struct redis *r)
{
	r->streams[r->reading - 1].is_asked = false;
	r->turn = r->reading;
	r->reading = 0;
}

/* What has moved is offered to the old node by one record. */
unsigned
redis_ask_limit(const struct redis *r)
{
	return r->is_single && r->via == r->conn &&
		r->streams[r->reading - 1].is_away
	    ? 1
	    : REDIS_BATCH;
}

void
redis_ask_end(struct redis *r)
{
	r->split_ns = 0;
	r->reading = 0;
	forget_asked(r);
}

void
redis_ask_look(struct redis *r, int64_t now)
{
	bool is_used = r->n_flight > 0 && r->via == r->ask;

	if (r->ask == NULL)
		return;
	if (r->split_ns != 0 && now >= r->split_ns) {
		r->reading = 0;
		forget_asked(r);
	}
	if (r->split_ns == 0 && !is_used && redis_conn_pending(r->ask) == 0)
		redis_conn_aim(r->ask, NULL);
}

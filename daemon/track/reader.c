/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in order, on their way into a dissector: see dissect/stream.h.
 */
#include "daemon/track/stream.h"

#include <assert.h>
#include <string.h>

enum {
	PROBE_BYTES = 256, /* so many, or so many pieces, are asked for */
	PROBE_TRIES = 8,
	READ_TRIES = 64, /* then the rest is read as it grows by a quarter */
	AGAIN_MAX = 4096, /* calls for one piece */
	LEAVES_MAX = 4, /* protocols in one piece */
	PORT_SYSTEM = 1024 /* below are servers (RFC 6335, section 6) */
};

static struct stream_state *
state_of(const struct view *v)
{
	return pool_at(&v->c->pool, v->st->state);
}

static const struct dissector *
dissector_of(const struct view *v)
{
	return v->c->dissect->list[v->st->index];
}

static void
drop_rest(struct view *v)
{
	pool_give(&v->c->pool, v->way->rest);
	v->way->rest = 0;
	v->way->n_rest = 0;
}

static void
reset(struct view *v)
{
	v->way->flags &= (uint8_t) ~(WAY_BEGUN | WAY_STARTING);
	v->way->skip = 0;
	v->way->tries = 0;
	if (v->st->state != 0)
		memset(state_of(v)->own[v->dir], 0, STREAM_OWN);
}

void
reader_afresh(struct view *v)
{
	drop_rest(v);
	reset(v);
	v->is_lost = true;
}

/* There was no memory for what the dissector has left. */
static void
full(struct view *v)
{
	v->c->stats.buffers_full++;
	reader_afresh(v);
}

void
reader_close(struct conns *c, struct streams *st)
{
	struct stream_state *state;
	const struct dissector *d;

	if (st->state == 0)
		return;
	state = pool_at(&c->pool, st->state);
	d = c->dissect->list[st->index];
	if (d->close != NULL)
		d->close((void *[2]){ state->own[0], state->own[1] },
		    state->shared, c->dissect->codecs);
	pool_give(&c->pool, st->state);
	st->state = 0;
}

/*
 * Another protocol follows; bytes that nobody has read remain.  It begins
 * where the one before has ended: what comes too early for that waits.
 */
static void
detach(struct view *v)
{
	reader_close(v->c, v->st);
	for (unsigned dir = 0; dir < 2; dir++) {
		struct way *way = &v->st->way[dir];

		if (way->flags & WAY_BEGUN) {
			way->flags ^= WAY_BEGUN | WAY_STARTING;
			v->conn->side[dir].flags |= SIDE_BEGIN;
		}
		way->skip = 0;
		way->tries = 0;
		v->conn->side[dir].flags &= (uint16_t)~SIDE_DONE;
	}
}

/* Content says who is the client; else SYNs; else the ports. */
static unsigned
client_of(const struct view *v, enum probe said)
{
	uint16_t mine = conn_port(&v->conn->key, v->dir);
	uint16_t other = conn_port(&v->conn->key, !v->dir);

	if (said == PROBE_CLIENT || said == PROBE_SERVER)
		return said == PROBE_CLIENT ? v->dir : !v->dir;
	if (v->conn->client != CLIENT_UNKNOWN)
		return v->conn->client;
	if (mine < PORT_SYSTEM && mine < other)
		return !v->dir;
	return v->dir;
}

static bool
attach(struct view *v, unsigned index, enum probe said)
{
	const struct dissector *d = v->c->dissect->list[index];
	size_t n = sizeof(struct stream_state) + d->assembly;
	uint32_t block = stream_take(v, n);

	if (block == 0) {
		v->c->stats.buffers_full++;
		return false;
	}
	v->st->state = block;
	memset(state_of(v), 0, n);
	v->st->index = (uint8_t)index;
	v->st->client = (uint8_t)client_of(v, said);
	v->conn->app = (uint8_t)(index + 1);
	if (v->conn->client == CLIENT_UNKNOWN)
		v->conn->client = v->st->client & 1;
	return true;
}

/*
 * Asks who knows these first bytes: the dissector that the connection has; if
 * it does not, others, who must be sure of themselves.
 */
static enum probe
ask(const struct view *v, const struct cur *data, unsigned *index)
{
	enum probe said;

	if (v->st->state == 0)
		return dissect_probe_tcp(v->c->dissect, v->p->tuple, data,
		    index);
	*index = v->st->index;
	said = dissector_of(v)->probe(data);
	if (said != PROBE_NO)
		return said;
	said = dissect_probe_tcp(v->c->dissect, v->p->tuple, data, index);
	return said == PROBE_EITHER ? PROBE_NO : said;
}

/* Makes room for n bytes of rest in all. */
static bool
make_room(struct view *v, size_t n)
{
	struct way *way = v->way;
	uint32_t block;

	if (way->rest != 0 && pool_size(&v->c->pool, way->rest) >= n)
		return true;
	block = stream_take(v, n);
	if (block == 0)
		return false;
	if (way->n_rest > 0)
		memcpy(pool_at(&v->c->pool, block),
		    pool_at(&v->c->pool, way->rest), way->n_rest);
	pool_give(&v->c->pool, way->rest);
	way->rest = block;
	return true;
}

/* Keeps what is left; the bytes may be those of the rest. */
static void
keep(struct view *v, const struct cur *data)
{
	size_t n = cur_len(data);

	if (n == 0) {
		drop_rest(v);
		return;
	}
	if (v->way->n_rest == 0 && (n >= STREAM_BUFFER || !make_room(v, n))) {
		full(v);
		return;
	}
	assert(data->p != NULL);
	memmove(pool_at(&v->c->pool, v->way->rest), data->p, n);
	v->way->n_rest = (uint32_t)n;
	if (n >= STREAM_BUFFER)
		full(v);
}

/* True if the dissector knows the bytes; else they are kept, or passed over. */
static bool
recognise(struct view *v, const struct cur *data)
{
	unsigned index;
	enum probe said = ask(v, data, &index);

	if (said == PROBE_MORE && cur_len(data) <= PROBE_BYTES &&
	    v->way->tries < PROBE_TRIES) {
		v->way->tries++;
		keep(v, data);
		return false;
	}
	if (v->st->state != 0 && said > PROBE_MORE && index != v->st->index)
		detach(v);
	v->way->tries = 0;
	v->way->flags &= (uint8_t)~WAY_STARTING;
	v->side->flags &= (uint16_t)~SIDE_BEGIN;
	if (said <= PROBE_MORE ||
	    (v->st->state == 0 && !attach(v, index, said))) {
		drop_rest(v);
		v->is_lost = true;
		return false;
	}
	v->way->flags |= WAY_BEGUN;
	return true;
}

static void
publish(struct view *v, int64_t ts_ns)
{
	struct track_packet p = *v->p;

	p.ts_ns = ts_ns;
	spend(v->c, v->c->messages.n * COST_MESSAGE);
	conn_publish(v->c, &p);
}

static enum stream_verdict
call(struct view *v, struct stream *s)
{
	enum stream_verdict verdict;
	const uint8_t *end = s->data.end;
	unsigned n = 0;

	s->is_server = v->dir != v->st->client;
	s->tuple = v->p->tuple;
	s->own = state_of(v)->own[v->dir];
	s->shared = state_of(v)->shared;
	s->assembly =
	    dissector_of(v)->assembly > 0 ? state_of(v)->assembly : NULL;
	s->messages = &v->c->messages;
	s->codecs = v->c->dissect->codecs;
	do {
		const uint8_t *begin = s->data.p;

		s->skip = 0;
		verdict = dissector_of(v)->stream(s);
		assert(s->data.p >= begin && s->data.p <= end);
		s->data.end = end;
		publish(v, s->ts_ns);
		s->is_fresh = false;
	} while (verdict == STREAM_AGAIN && ++n < AGAIN_MAX);
	return verdict;
}

/* Does what the dissector wants; true if others are to read on. */
static bool
obey(struct view *v, struct stream *s, enum stream_verdict verdict,
    bool is_consumed)
{
	switch (verdict) {
	case STREAM_DONE:
		v->side->flags |= SIDE_DONE;
		drop_rest(v);
		order_drop(v);
		return false;
	case STREAM_BAD:
		v->c->stats.stream_bad[v->st->index]++;
		if (!is_consumed) {
			reader_afresh(v);
			return false;
		}
		/* What follows what it has read may be worth another look. */
		keep(v, &s->data);
		reset(v);
		return v->way->n_rest > 0;
	case STREAM_LEAVE:
		detach(v);
		keep(v, &s->data);
		return v->way->n_rest > 0;
	default:
		keep(v, &s->data);
		if (v->way->n_rest == 0)
			v->way->skip = s->skip;
		if (is_consumed)
			v->way->tries = 0;
		else if (v->way->tries < READ_TRIES)
			v->way->tries++;
		return false;
	}
}

static struct cur
rest_of(const struct view *v)
{
	const uint8_t *p = pool_at(&v->c->pool, v->way->rest);

	return (struct cur){ p, p + v->way->n_rest };
}

static void
read_on(struct view *v, struct cur data, int64_t ts_ns, bool is_end)
{
	for (unsigned i = 0; i < LEAVES_MAX; i++) {
		bool is_fresh = !(v->way->flags & WAY_BEGUN);
		struct stream s = { .data = data,
			.is_fresh = is_fresh,
			.is_end = is_end,
			.ts_ns = ts_ns };
		enum stream_verdict verdict;

		if (is_fresh && !recognise(v, &data))
			return;
		verdict = call(v, &s);
		if (!obey(v, &s, verdict, s.data.p != data.p))
			return;
		data = rest_of(v);
	}
	drop_rest(v);
	v->is_lost = true;
}

/*
 * A dissector that has often left all of the rest is not asked for each byte
 * any more, or long rests in short segments would take too much time.
 */
static bool
is_patient(const struct way *way, uint32_t before)
{
	uint32_t step = 1;

	if (!(way->flags & WAY_BEGUN) || way->tries < READ_TRIES)
		return false;
	while (step <= before / 8)
		step *= 2;
	return way->n_rest / step == before / step;
}

void
reader_give(struct view *v, const uint8_t *data, uint32_t n, int64_t ts_ns)
{
	struct way *way = v->way;
	uint32_t before = way->n_rest;

	if (before == 0) {
		read_on(v, (struct cur){ data, data + n }, ts_ns, false);
		return;
	}
	if (!make_room(v, before + n)) {
		full(v);
		return;
	}
	memcpy((uint8_t *)pool_at(&v->c->pool, way->rest) + before, data, n);
	way->n_rest += n;
	if (!is_patient(way, before))
		read_on(v, rest_of(v), ts_ns, false);
	else if (way->n_rest == STREAM_BUFFER)
		full(v);
}

void
reader_end(struct view *v, int64_t ts_ns)
{
	struct cur data = { NULL, NULL };

	if (v->way->n_rest > 0)
		data = rest_of(v);
	if ((v->way->flags & WAY_BEGUN) && !(v->side->flags & SIDE_DONE))
		read_on(v, data, ts_ns, true);
	drop_rest(v);
}

void
reader_cut(struct view *v)
{
	struct stream s = { .data = rest_of(v),
		.is_cut = true,
		.ts_ns = v->p->ts_ns };

	call(v, &s);
}

void
reader_datagram(struct view *v, uint8_t index, const struct cur *data)
{
	const struct dissector *d = v->c->dissect->list[index];
	struct stream s = { .data = *data,
		.is_datagram = true,
		.ts_ns = v->p->ts_ns };

	if (v->st->state != 0 && v->st->index != index)
		detach(v);
	if (v->st->state == 0 &&
	    !attach(v, index, d->probe != NULL ? d->probe(data) : PROBE_EITHER))
		return;
	if (v->side->flags & SIDE_DONE)
		return;
	s.is_fresh = !(v->way->flags & WAY_BEGUN);
	v->way->flags |= WAY_BEGUN;
	switch (call(v, &s)) {
	case STREAM_DONE:
		v->side->flags |= SIDE_DONE;
		break;
	case STREAM_LEAVE:
		detach(v);
		break;
	case STREAM_BAD:
		v->c->stats.stream_bad[index]++;
		reader_afresh(v);
		break;
	default:
		break;
	}
}

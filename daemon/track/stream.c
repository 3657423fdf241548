/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/track/stream.h"

#include <string.h>

enum {
	ASKED_MAX = 8, /* streams that are asked to make room at once */
	RECENT_S = 10, /* used since then: does not have to */
	GIVE_UPS = 4, /* holes in one direction, for one packet */
	ADVANCE = 64 /* streams looked at in each conns_advance */
};

/* Lists of blocks: each has its links at the same place. */
void
stream_init(struct conns *c)
{
	uint8_t *units = c->pool.units;

	c->streams =
	    (struct list){ .links = units + offsetof(struct streams, links),
		    .stride = POOL_UNIT };
	c->waiting =
	    (struct list){ .links = units + offsetof(struct streams, wait),
		    .stride = POOL_UNIT };
}

static void
view_init(struct view *v, struct conns *c, struct conn *conn, unsigned dir,
    const struct track_packet *p)
{
	const uint8_t *src = conn->key.addr[dir];

	v->c = c;
	v->conn = conn;
	v->st = pool_at(&c->pool, conn->stream);
	v->way = &v->st->way[dir];
	v->side = &conn->side[dir];
	v->dir = dir;
	v->now_us = time_us(p->ts_ns);
	v->p = p;
	if (p->tuple->sport == conn_port(&conn->key, dir) &&
	    memcmp(p->tuple->src, src, sizeof(p->tuple->src)) == 0)
		return;
	conn_tuple(conn, dir, &v->own_tuple);
	memcpy(v->own_tuple.vlan, p->tuple->vlan, sizeof(p->tuple->vlan));
	v->own_tuple.n_vlans = p->tuple->n_vlans;
	v->own_tuple.source = p->tuple->source;
	v->own_p = *p;
	v->own_p.tuple = &v->own_tuple;
	v->p = &v->own_p;
}

/* Asks the streams that were not used for long to make room. */
static void
make_room(struct conns *c, const struct conn *for_whom, uint32_t now_s)
{
	for (unsigned i = 0; i < ASKED_MAX && c->streams.head != 0; i++) {
		uint32_t id = c->streams.head;
		const struct streams *st = pool_at(&c->pool, id);
		struct conn *conn = conn_at(c, st->conn);

		if (conn == for_whom || now_s - conn->last_s < RECENT_S) {
			list_remove(&c->streams, id);
			list_add(&c->streams, id);
			continue;
		}
		c->stats.buffers_full++;
		stream_drop(c, conn);
		return;
	}
}

static uint32_t
take(struct conns *c, const struct conn *for_whom, uint32_t now_s, size_t n)
{
	uint32_t block = pool_take(&c->pool, n);

	if (block == 0) {
		make_room(c, for_whom, now_s);
		block = pool_take(&c->pool, n);
	}
	return block;
}

uint32_t
stream_take(struct view *v, size_t n)
{
	return take(v->c, v->conn, v->conn->last_s, n);
}

static bool
stream_new(struct conns *c, struct conn *conn)
{
	uint32_t block = take(c, conn, conn->last_s, sizeof(struct streams));
	struct streams *st;

	if (block == 0) {
		c->stats.buffers_full++;
		return false;
	}
	st = pool_at(&c->pool, block);
	memset(st, 0, sizeof(*st));
	st->conn = conn_id(c, conn);
	conn->stream = block;
	list_add(&c->streams, block);
	return true;
}

static bool
is_waiting(const struct conn *conn)
{
	return (conn->side[0].flags | conn->side[1].flags) & SIDE_WAITING;
}

void
stream_drop(struct conns *c, struct conn *conn)
{
	struct streams *st;

	if (conn->stream == 0)
		return;
	st = pool_at(&c->pool, conn->stream);
	reader_close(c, st);
	for (unsigned dir = 0; dir < 2; dir++) {
		struct view v = { .c = c, .way = &st->way[dir] };

		order_drop(&v);
		pool_give(&c->pool, st->way[dir].rest);
	}
	if (is_waiting(conn))
		list_remove(&c->waiting, conn->stream);
	for (unsigned dir = 0; dir < 2; dir++)
		conn->side[dir].flags &= (uint16_t)~SIDE_WAITING;
	list_remove(&c->streams, conn->stream);
	pool_give(&c->pool, conn->stream);
	conn->stream = 0;
}

static bool
is_over(const struct conn *conn, const struct way *way, unsigned dir)
{
	return (conn->side[dir].flags & SIDE_DONE) || (way->flags & WAY_ENDED);
}

static bool
is_idle(const struct way *way)
{
	return way->n_rest == 0 && way->head == 0;
}

/* After each event: who waits, and whether the stream is needed any more. */
static void
settle(struct conns *c, struct conn *conn)
{
	struct streams *st = pool_at(&c->pool, conn->stream);
	const struct way *way = st->way;
	bool was_waiting = is_waiting(conn);

	for (unsigned dir = 0; dir < 2; dir++) {
		conn->side[dir].flags &= (uint16_t)~SIDE_WAITING;
		if (way[dir].head != 0)
			conn->side[dir].flags |= SIDE_WAITING;
	}
	if (was_waiting && !is_waiting(conn))
		list_remove(&c->waiting, conn->stream);
	else if (!was_waiting && is_waiting(conn))
		list_add(&c->waiting, conn->stream);
	if (st->state == 0) {
		if (is_idle(&way[0]) && is_idle(&way[1]))
			stream_drop(c, conn);
	} else if (is_over(conn, &way[0], 0) && is_over(conn, &way[1], 1)) {
		stream_drop(c, conn);
		conn->side[0].flags |= SIDE_DONE;
		conn->side[1].flags |= SIDE_DONE;
	}
}

/* Calls the dissector for the end, if it is reached. */
static void
end(struct view *v, int64_t ts_ns)
{
	struct way *way = v->way;
	uint32_t ahead = way->fin - way->expected;

	if ((way->flags & (WAY_FIN | WAY_ENDED)) != WAY_FIN ||
	    ahead > way->skip || ahead > INT32_MAX)
		return;
	way->skip -= ahead;
	way->expected = way->fin;
	way->flags |= WAY_ENDED;
	reader_end(v, ts_ns);
}

/*
 * Whether a connection without a stream needs one for this segment: somebody
 * knows its data, or it came before the first one of its direction.
 */
static bool
is_wanted(struct arrival *a, uint32_t next)
{
	const struct segment *s = a->s;
	struct cur data = { s->data, s->data + s->caplen };
	uint32_t old = next - a->seq;
	unsigned index;

	if (s->len == 0 || !seq_after(a->seq + s->len, next))
		return false;
	if (seq_after(a->seq, next)) {
		if (a->me->flags & SIDE_BEGIN)
			return true;
		old = 0;
	}
	if (old < s->caplen) {
		data.p += old;
		if (dissect_probe_tcp(a->c->dissect, a->p->tuple, &data,
			&index) != PROBE_NO)
			return true;
	}
	a->me->flags &= (uint16_t)~SIDE_BEGIN;
	return false;
}

static void
synchronise(struct arrival *a, struct way *way, uint32_t next)
{
	way->flags |= WAY_SYNCED;
	way->expected = next;
	if (a->me->flags & SIDE_BEGIN)
		way->flags |= WAY_STARTING;
	else if (seq_after(a->seq, next))
		way->expected = a->seq;
}

void
stream_segment(struct arrival *a, uint32_t next)
{
	const struct segment *s = a->s;
	struct piece piece = { s->data, a->seq, s->len, s->caplen,
		a->p->ts_ns };
	struct view v;

	if (a->conn->stream == 0 &&
	    (!is_wanted(a, next) || !stream_new(a->c, a->conn)))
		return;
	view_init(&v, a->c, a->conn, a->dir, a->p);
	if (!(v.way->flags & WAY_SYNCED))
		synchronise(a, v.way, next);
	if ((s->flags & TCP_FIN) && !(v.way->flags & WAY_FIN)) {
		v.way->flags |= WAY_FIN;
		v.way->fin = a->seq + s->len;
	}
	if (s->len > 0 && !(v.way->flags & WAY_ENDED))
		order_take(&v, &piece);
	end(&v, a->p->ts_ns);
	settle(a->c, a->conn);
}

/* Gives up the holes that are overdue. */
static void
check(struct conns *c, struct conn *conn, const struct track_packet *p)
{
	for (unsigned dir = 0; dir < 2; dir++) {
		struct view v;
		unsigned n = 0;

		if (!(conn->side[dir].flags & SIDE_WAITING))
			continue;
		view_init(&v, c, conn, dir, p);
		while (n++ < GIVE_UPS && order_is_overdue(&v))
			order_give_up(&v);
		end(&v, p->ts_ns);
	}
	settle(c, conn);
}

void
stream_check(struct arrival *a)
{
	check(a->c, a->conn, a->p);
}

void
stream_jump(struct arrival *a)
{
	struct view v;

	a->me->flags &= (uint16_t)~SIDE_BEGIN;
	if (a->conn->stream == 0)
		return;
	view_init(&v, a->c, a->conn, a->dir, a->p);
	if (v.st->state != 0 && (v.way->flags & WAY_BEGUN))
		a->c->stats.gaps++;
	order_drop(&v);
	reader_afresh(&v);
	v.way->flags = 0;
	settle(a->c, a->conn);
}

void
stream_datagram(struct arrival *a, uint8_t index, const struct cur *data)
{
	struct view v;

	if (a->conn->stream == 0) {
		if ((a->me->flags & SIDE_DONE) && a->conn->app == index + 1)
			return;
		a->me->flags &= (uint16_t)~SIDE_DONE;
		a->peer->flags &= (uint16_t)~SIDE_DONE;
		if (!stream_new(a->c, a->conn))
			return;
	}
	view_init(&v, a->c, a->conn, a->dir, a->p);
	reader_datagram(&v, index, data);
	settle(a->c, a->conn);
}

void
stream_finish(struct conns *c, struct conn *conn, const struct track_packet *p)
{
	if (conn->stream == 0)
		return;
	for (unsigned dir = 0; dir < 2; dir++) {
		struct view v;

		view_init(&v, c, conn, dir, p);
		while (v.way->head != 0)
			order_give_up(&v);
		end(&v, p->ts_ns);
	}
	stream_drop(c, conn);
}

void
stream_advance(struct conns *c, const struct track_packet *p)
{
	uint32_t last = c->waiting.tail;

	for (unsigned i = 0; i < ADVANCE && c->waiting.head != 0; i++) {
		uint32_t id = c->waiting.head;
		const struct streams *st = pool_at(&c->pool, id);
		struct track_packet own = *p;
		struct tuple tuple;
		struct conn *conn = conn_at(c, st->conn);

		list_remove(&c->waiting, id);
		list_add(&c->waiting, id);
		conn_tuple(conn, 0, &tuple);
		own.tuple = &tuple;
		check(c, conn, &own);
		if (id == last)
			return;
	}
}

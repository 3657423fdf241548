/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/track/stream.h"

#include <string.h>

enum {
	ASKED_MAX = 8, /* streams that are asked to make room at once */
	RECENT_S = 10, /* used since then: does not have to */
	GIVE_UPS = 4, /* holes in one direction, for one packet */
	ADVANCE = 64, /* streams looked at in each conns_advance */
	/*
	 * What a packet may read, see spend: 50 us at most.  That is more than
	 * SEGMENT, a full one on an Ethernet, so that what waits becomes less
	 * even while its sender goes on.
	 */
	SEGMENT = 1460,
	READ = 2100,
	READ_ADVANCE = 256 * 1024, /* in each conns_advance */
	COST_STREAM = 16 /* of looking at one */
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
	c->ready = c->waiting;
}

static struct conn *
conn_of(const struct conns *c, const struct streams *st)
{
	return st->is_orphan ? pool_at(&c->pool, st->conn)
			     : conn_at(c, st->conn);
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
	v->is_lost = false;
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
		struct conn *conn = conn_of(c, st);

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

/* Moves a stream to the end of a list. */
static void
enlist(struct conns *c, uint32_t id, enum stream_list list)
{
	struct list *const lists[] = { NULL, &c->waiting, &c->ready };
	struct streams *st = pool_at(&c->pool, id);

	if (st->list != IN_NONE)
		list_remove(lists[st->list], id);
	st->list = list & 3;
	if (list != IN_NONE)
		list_add(lists[list], id);
}

void
stream_drop(struct conns *c, struct conn *conn)
{
	uint32_t id = conn->stream;
	struct streams *st;

	if (id == 0)
		return;
	st = pool_at(&c->pool, id);
	reader_close(c, st);
	for (unsigned dir = 0; dir < 2; dir++) {
		struct view v = { .c = c, .way = &st->way[dir] };

		order_drop(&v);
		pool_give(&c->pool, st->way[dir].rest);
		conn->side[dir].flags &= (uint16_t)~SIDE_WAITING;
	}
	enlist(c, id, IN_NONE);
	list_remove(&c->streams, id);
	conn->stream = 0;
	if (st->is_orphan)
		pool_give(&c->pool, st->conn);
	pool_give(&c->pool, id);
}

void
stream_drop_all(struct conns *c)
{
	while (c->streams.head != 0)
		stream_drop(c, conn_of(c, pool_at(&c->pool, c->streams.head)));
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

/* Which list the stream belongs to; marks the sides that wait. */
static enum stream_list
list_of(struct conns *c, struct conn *conn)
{
	struct streams *st = pool_at(&c->pool, conn->stream);
	enum stream_list list = IN_NONE;
	int64_t ts_ns;

	for (unsigned dir = 0; dir < 2; dir++) {
		struct view v = { .c = c, .st = st, .way = &st->way[dir] };
		bool is_ready = order_is_ready(&v, &ts_ns);

		conn->side[dir].flags &= (uint16_t)~SIDE_WAITING;
		if (v.way->head == 0)
			continue;
		conn->side[dir].flags |= SIDE_WAITING;
		if (is_ready)
			list = IN_READY;
		else if (list == IN_NONE)
			list = IN_WAITING;
	}
	return list;
}

/* After each event: who waits, and whether the stream is needed any more. */
static void
settle(struct conns *c, struct conn *conn, const struct track_packet *p)
{
	struct streams *st = pool_at(&c->pool, conn->stream);
	const struct way *way = st->way;
	enum stream_list list = IN_NONE;

	if (st->list != IN_NONE || way[0].head != 0 || way[1].head != 0)
		list = list_of(c, conn);
	if (list == IN_READY && st->list != list && p->context != NULL) {
		st->ip_len = p->context->ip_len;
		st->slot = p->context->slot;
	}
	if (list != st->list)
		enlist(c, conn->stream, list);
	if (st->is_orphan) {
		if (list != IN_READY)
			stream_drop(c, conn);
	} else if (st->state == 0) {
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

/* Both directions, for what p brought or let go. */
struct both {
	struct view v[2];
	struct track_packet p;
	struct track_context context;
};

static void
both_init(struct both *b, struct conns *c, struct conn *conn,
    const struct track_packet *p)
{
	const struct streams *st = pool_at(&c->pool, conn->stream);

	b->p = *p;
	if (st->list == IN_READY) {
		/* Messages of p itself come before these. */
		conn_publish(c, p);
		b->context = (struct track_context){ st->ip_len, st->slot };
		b->p.context = &b->context;
	}
	view_init(&b->v[0], c, conn, 0, &b->p);
	view_init(&b->v[1], c, conn, 1, &b->p);
}

/*
 * Reads what waits for its turn, as far as the packet may: of both directions
 * first what came first.  Returns true if that was all.
 */
static bool
read_both(struct both *b)
{
	struct view *v = b->v;

	for (;;) {
		int64_t ns[2];
		bool first = order_is_ready(&v[0], &ns[0]);
		bool second = order_is_ready(&v[1], &ns[1]);

		if (!first && !second)
			break;
		if (v->c->left <= 0)
			return false;
		order_read(&v[!first || (second && ns[1] < ns[0])]);
	}
	end(&v[0], b->p.ts_ns);
	end(&v[1], b->p.ts_ns);
	return true;
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
		order_take(&v, &piece, v.st->list == IN_READY);
	if (v.st->way[0].head == 0 && v.st->way[1].head == 0) {
		end(&v, a->p->ts_ns);
	} else {
		struct both b;

		both_init(&b, a->c, a->conn, a->p);
		read_both(&b);
	}
	settle(a->c, a->conn, a->p);
}

/* Reads what waits for its turn; if nothing does, gives up overdue holes. */
static void
check(struct conns *c, struct conn *conn, const struct track_packet *p)
{
	const struct streams *st = pool_at(&c->pool, conn->stream);
	struct both b;

	spend(c, COST_STREAM);
	both_init(&b, c, conn, p);
	for (unsigned dir = 0; dir < 2 && st->list != IN_READY; dir++)
		for (unsigned n = 0;
		     n < GIVE_UPS && order_is_overdue(&b.v[dir]); n++)
			order_give_up(&b.v[dir]);
	read_both(&b);
	settle(c, conn, p);
}

/* The same for a connection that p is not of. */
static void
check_other(struct conns *c, uint32_t id, const struct track_packet *p)
{
	struct conn *conn = conn_of(c, pool_at(&c->pool, id));
	struct track_packet own = *p;
	struct tuple tuple;

	conn_tuple(conn, 0, &tuple);
	own.tuple = &tuple;
	check(c, conn, &own);
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
	settle(a->c, a->conn, a->p);
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
	settle(a->c, a->conn, a->p);
}

/*
 * The connection goes on without its stream, which is an orphan until all that
 * waits in it is read.
 */
static void
orphan(struct conns *c, struct conn *conn, const struct track_packet *p)
{
	struct streams *st = pool_at(&c->pool, conn->stream);
	uint32_t block = pool_take(&c->pool, sizeof(*conn));
	struct conn *copy;

	if (block == 0) {
		c->stats.buffers_full++;
		stream_drop(c, conn);
		return;
	}
	copy = pool_at(&c->pool, block);
	*copy = *conn;
	conn->stream = 0;
	for (unsigned dir = 0; dir < 2; dir++)
		conn->side[dir].flags &= (uint16_t)~SIDE_WAITING;
	st->conn = block;
	st->is_orphan = true;
	st->is_ending = true;
	settle(c, copy, p);
}

void
stream_finish(struct conns *c, struct conn *conn, const struct track_packet *p)
{
	struct streams *st;
	struct both b;

	if (conn->stream == 0)
		return;
	st = pool_at(&c->pool, conn->stream);
	both_init(&b, c, conn, p);
	st->is_ending = true;
	if (read_both(&b))
		stream_drop(c, conn);
	else
		orphan(c, conn, p);
}

void
stream_leave(struct conns *c, struct conn *conn)
{
	const struct streams *st;

	if (conn->stream == 0)
		return;
	st = pool_at(&c->pool, conn->stream);
	if (st->list == IN_READY)
		orphan(c, conn, NULL);
	else
		stream_drop(c, conn);
}

void
stream_allow(struct conns *c, uint32_t n)
{
	c->left = READ;
	if (n > SEGMENT)
		c->left += 2 * (int32_t)(n - SEGMENT);
}

void
stream_drain(struct conns *c, const struct track_packet *p)
{
	while (c->ready.head != 0 && c->left > 0)
		check_other(c, c->ready.head, p);
}

void
stream_advance(struct conns *c, const struct track_packet *p)
{
	uint32_t last = c->waiting.tail;

	c->left = READ_ADVANCE;
	stream_drain(c, p);
	for (unsigned i = 0; i < ADVANCE && c->waiting.head != 0; i++) {
		uint32_t id = c->waiting.head;

		list_remove(&c->waiting, id);
		list_add(&c->waiting, id);
		check_other(c, id, p);
		if (id == last)
			return;
	}
}

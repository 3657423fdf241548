/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records.  A new one is unproven: it has to show packets of both ends, or
 * several of one, before it is believed in; what is closed lingers a little
 * for stray packets.  When there is no room the closed go first, then what
 * has been idle, then the oldest unproven; only then others, the longest idle
 * of a few that are looked at.  So a flood of single packets drives out
 * itself, and every choice costs the same.
 */
#include "daemon/track/conn.h"

#include <assert.h>
#include <string.h>

#include "daemon/memory.h"
#include "daemon/meter/tuple_hash.h"

enum {
	SHARE_RECORDS = 10, /* sixteenths of the memory */
	SHARES = 16,
	PROOF = 4, /* packets of one end */
	ANSWER_S = 10, /* an attempt waits so long */
	LINGER_S = 20,
	IDLE_S = 3600,
	IDLE_UDP_S = 180,
	SPARE_S = 60, /* idle so long: makes room before the unproven */
	SAMPLE = 8, /* records that one eviction looks at */
	EXPIRE = 2, /* records given up for each new one */
	ADVANCE = 1024, /* and in each conns_advance */
	SWEEP = 512 /* records looked at in each second */
};

/* Fills key; returns which side of it sent the packet. */
static inline unsigned
canonical(struct conn_key *key, const struct tuple *t)
{
	struct tuple_ends e;
	unsigned dir = tuple_ends(&e, t);

	memcpy(key->addr, e.addr, sizeof(key->addr));
	key->rest = (uint64_t)e.port[0] << 48 | (uint64_t)e.port[1] << 32 |
	    (uint64_t)t->proto << 8 | (t->flags & TUPLE_V6);
	return dir;
}

static uint64_t
hash_of(const struct conns *c, const struct conn_key *key)
{
	struct tuple_ends e = { .port = { conn_port(key, 0),
				    conn_port(key, 1) },
		.proto = conn_proto(key),
		.is_v6 = key->rest & TUPLE_V6 };

	memcpy(e.addr, key->addr, sizeof(e.addr));
	return tuple_ends_hash(&c->key, &e);
}

uint64_t
conns_hash(const struct conns *c, const struct tuple *t)
{
	return tuple_hash(&c->key, t);
}

struct conns *
conns_new(const struct conns_config *config)
{
	struct conns *c = memory_reserve(sizeof(*c));
	size_t records = config->memory / SHARES * SHARE_RECORDS;
	size_t n = records / (sizeof(struct conn) + TABLE_OVERHEAD);

	if (n < 2 * SAMPLE)
		n = 2 * SAMPLE;
	table_init(&c->table, &config->keys[0], sizeof(struct conn_key),
	    sizeof(struct conn), (uint32_t)(n < 1u << 30 ? n : 1u << 30));
	pool_init(&c->pool, config->memory - records);
	for (unsigned i = 0; i < LIST_N; i++)
		c->lists[i] = (struct list){ .links = c->table.records +
			    offsetof(struct conn, links),
			.stride = sizeof(struct conn) };
	stream_init(c);
	c->key = config->keys[0];
	c->dissect = config->dissect;
	c->emit = config->emit;
	c->arg = config->arg;
	return c;
}

void
conns_free(struct conns *c)
{
	if (c == NULL)
		return;
	stream_drop_all(c);
	table_fini(&c->table);
	pool_fini(&c->pool);
	memory_release(c, sizeof(*c));
}

void
conns_prefetch_slot(const struct conns *c, uint64_t hash)
{
	table_prefetch_slot(&c->table, hash);
}

void
conns_prefetch_record(const struct conns *c, uint64_t hash)
{
	uint64_t slot = c->table.slots[table_place(hash) & c->table.mask];

	if (slot != 0) {
		const uint8_t *p = table_record(&c->table, (uint32_t)slot - 1);

		__builtin_prefetch(p);
		__builtin_prefetch(p + 64);
	}
}

void
conn_enlist(struct conns *c, struct conn *conn, enum conn_list list,
    uint32_t now_s)
{
	uint32_t id = conn_id(c, conn);

	if (conn->list != LIST_NONE)
		list_remove(&c->lists[conn->list], id);
	conn->list = (uint8_t)list;
	conn->since_s = now_s;
	if (list != LIST_NONE)
		list_add(&c->lists[list], id);
}

void
conn_tuple(const struct conn *conn, unsigned dir, struct tuple *t)
{
	memset(t, 0, sizeof(*t));
	memcpy(t->src, conn->key.addr[dir], sizeof(t->src));
	memcpy(t->dst, conn->key.addr[!dir], sizeof(t->dst));
	t->sport = conn_port(&conn->key, dir);
	t->dport = conn_port(&conn->key, !dir);
	t->proto = conn_proto(&conn->key);
	t->flags = (uint8_t)((conn->key.rest & TUPLE_V6) | TUPLE_PORTS);
}

void
conn_message(struct conns *c, const struct conn *conn, enum message_kind kind,
    unsigned dir, uint64_t value)
{
	message_host(&c->messages, kind, conn->key.addr[dir], conn_is_v6(conn))
	    ->value = value;
}

static void
conn_remove(struct conns *c, struct conn *conn)
{
	holes_drop(c, conn);
	stream_leave(c, conn);
	conn_enlist(c, conn, LIST_NONE, 0);
	conn->state = CONN_FREE;
	table_remove(&c->table, conn_id(c, conn) - 1, hash_of(c, &conn->key));
}

/* The longest idle of the next few records that are in no list, or NULL. */
static struct conn *
sample(struct conns *c, uint32_t now_s, uint32_t *idle_s)
{
	struct conn *found = NULL;

	for (unsigned i = 0; i < SAMPLE; i++) {
		struct conn *conn;
		uint32_t idle;

		c->hand = c->hand < c->table.high ? c->hand + 1 : 1;
		conn = conn_at(c, c->hand);
		idle = now_s - conn->last_s;
		if (conn->state == CONN_FREE || conn->list != LIST_NONE)
			continue;
		if (found == NULL || (int32_t)(idle - *idle_s) > 0) {
			found = conn;
			*idle_s = idle;
		}
	}
	return found;
}

/* Asks the memory for those that the next sample begins with. */
static void
prefetch_sample(const struct conns *c)
{
	for (uint32_t i = 1; i <= SAMPLE && c->hand + i <= c->table.high; i++)
		__builtin_prefetch(conn_at(c, c->hand + i));
}

static void
evict(struct conns *c, uint32_t now_s)
{
	struct conn *conn = NULL, *idle;
	uint32_t idle_s = 0;

	c->stats.evicts++;
	if (c->lists[LIST_CLOSED].head != 0) {
		conn_remove(c, conn_at(c, c->lists[LIST_CLOSED].head));
		return;
	}
	idle = sample(c, now_s, &idle_s);
	prefetch_sample(c);
	if (c->lists[LIST_UNPROVEN].head != 0)
		conn = conn_at(c, c->lists[LIST_UNPROVEN].head);
	/* Who is in no list is found sooner or later: there are no others. */
	while (conn == NULL && idle == NULL)
		idle = sample(c, now_s, &idle_s);
	if (conn == NULL || (idle != NULL && (int32_t)idle_s > SPARE_S))
		conn = idle;
	conn_remove(c, conn);
}

/* Whether so many seconds are over, or time has jumped back as far. */
static bool
is_over(uint32_t since_s, uint32_t now_s, int32_t limit_s)
{
	int32_t age = (int32_t)(now_s - since_s);

	return age >= limit_s || age <= -limit_s;
}

/* Its proof is overdue. */
static void
expire_unproven(struct conns *c, struct conn *conn,
    const struct track_packet *p)
{
	uint32_t now_s = time_s(p->ts_ns);

	if (conn->state != CONN_OPENING) {
		/* What was recognised has shown enough. */
		if (conn->stream != 0)
			conn_enlist(c, conn, LIST_NONE, now_s);
		else
			conn_remove(c, conn);
		return;
	}
	if ((int32_t)(now_s - conn->since_s) > 0)
		tcp_failed(c, conn);
	conn_enlist(c, conn, LIST_CLOSED, now_s);
}

/* Gives up at most n records of each list. */
static void
expire(struct conns *c, const struct track_packet *p, unsigned n)
{
	uint32_t now_s = time_s(p->ts_ns), id;

	for (unsigned i = 0; i < n; i++) {
		id = c->lists[LIST_UNPROVEN].head;
		if (id == 0 ||
		    !is_over(conn_at(c, id)->since_s, now_s, ANSWER_S))
			break;
		expire_unproven(c, conn_at(c, id), p);
		conn_publish(c, p);
	}
	for (unsigned i = 0; i < n; i++) {
		id = c->lists[LIST_CLOSED].head;
		if (id == 0 ||
		    !is_over(conn_at(c, id)->since_s, now_s, LINGER_S))
			break;
		conn_remove(c, conn_at(c, id));
		conn_publish(c, p);
	}
}

/* Removes what has been idle for long, walking through all in time. */
static void
sweep(struct conns *c, uint32_t now_s)
{
	for (unsigned i = 0; i < SWEEP && i < c->table.high; i++) {
		struct conn *conn;

		c->sweep = c->sweep < c->table.high ? c->sweep + 1 : 1;
		conn = conn_at(c, c->sweep);
		if (conn->state != CONN_FREE && conn->list == LIST_NONE &&
		    is_over(conn->last_s, now_s,
			conn_proto(&conn->key) == 6 ? IDLE_S : IDLE_UDP_S))
			conn_remove(c, conn);
	}
}

void
conns_advance(struct conns *c, int64_t now_ns,
    const struct track_context *context)
{
	struct tuple none = { 0 };
	struct track_packet p = { .tuple = &none,
		.ts_ns = now_ns,
		.context = context };
	uint32_t now_s = time_s(now_ns);

	stream_advance(c, &p);
	expire(c, &p, ADVANCE);
	if (now_s != c->swept_s) {
		c->swept_s = now_s;
		sweep(c, now_s);
	}
	conn_publish(c, &p);
}

bool
conns_is_behind(const struct conns *c)
{
	return c->ready.head != 0;
}

static struct conn *
add(struct conns *c, const struct conn_key *key, const struct track_packet *p)
{
	uint32_t now_s = time_s(p->ts_ns);
	struct conn *conn;

	expire(c, p, EXPIRE);
	if (c->table.n == c->table.max)
		evict(c, now_s);
	conn = conn_at(c, table_add(&c->table, key, p->hash) + 1);
	conn->client = CLIENT_UNKNOWN;
	conn->last_s = now_s;
	conn_enlist(c, conn, LIST_UNPROVEN, now_s);
	return conn;
}

/*
 * Finds or adds the packet's connection.  Returns false if there is none and it
 * does not begin one: a RST, or a copy.
 */
static bool
arrive(struct arrival *a, struct conns *c, const struct track_packet *p,
    bool is_end)
{
	struct conn_key key;
	unsigned dir = canonical(&key, p->tuple);
	uint32_t index = table_find(&c->table, &key, sizeof(key), p->hash);
	struct conn *conn;

	if (index != TABLE_NONE)
		conn = table_record(&c->table, index);
	else if (is_end || p->is_copy)
		return false;
	else
		conn = add(c, &key, p);
	*a = (struct arrival){ .c = c,
		.conn = conn,
		.me = &conn->side[dir],
		.peer = &conn->side[!dir],
		.dir = dir,
		.p = p,
		.now_us = time_us(p->ts_ns),
		.now_s = time_s(p->ts_ns) };
	return true;
}

/* Believes in a connection that has shown enough. */
static void
prove(struct arrival *a)
{
	if (a->me->n_seen < UINT8_MAX)
		a->me->n_seen++;
	if (a->conn->state == CONN_OPEN &&
	    (a->me->n_seen >= PROOF || a->peer->n_seen > 0))
		conn_enlist(a->c, a->conn, LIST_NONE, a->now_s);
}

uint8_t
conns_segment(struct conns *c, const struct track_packet *p,
    const struct segment *s)
{
	struct arrival a;

	stream_allow(c, s->caplen);
	if (!arrive(&a, c, p, s->flags & TCP_RST)) {
		c->stats.copies += p->is_copy;
		return 0;
	}
	if (p->is_copy) {
		c->stats.copies++;
		return a.conn->app;
	}
	if (s->len > 0) {
		c->stats.segments++;
		c->stats.segment_bytes += s->len;
	}
	a.s = s;
	tcp_segment(&a);
	if (a.conn->list == LIST_UNPROVEN)
		prove(&a);
	conn_publish(c, p);
	if (c->ready.head != 0)
		stream_drain(c, p);
	return a.conn->app;
}

uint8_t
conns_datagram(struct conns *c, const struct track_packet *p, uint8_t stream,
    const struct cur *data)
{
	struct arrival a;

	assert(stream > 0 && stream <= c->dissect->n);
	stream_allow(c, 0);
	if (!arrive(&a, c, p, false))
		return 0;
	if (p->is_copy)
		return a.conn->app;
	a.conn->state = CONN_OPEN;
	a.conn->last_s = a.now_s;
	stream_datagram(&a, (uint8_t)(stream - 1), data);
	if (a.conn->list == LIST_UNPROVEN)
		prove(&a);
	conn_publish(c, p);
	return a.conn->app;
}

uint8_t
conns_app(const struct conns *c, const struct tuple *t, uint64_t hash)
{
	struct conn_key key;
	uint32_t index;

	canonical(&key, t);
	index = table_find(&c->table, &key, sizeof(key), hash);
	return index == TABLE_NONE ? 0 : conn_at(c, index + 1)->app;
}

const struct conns_stats *
conns_stats(const struct conns *c)
{
	return &c->stats;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables: many keys, keys that resemble each other, and time that passes over
 * all of them at once.
 */
#include "tests/complexity/complexity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/meter/book.h"
#include "daemon/meter/distinct.h"
#include "daemon/meter/quantiles.h"
#include "daemon/meter/topk.h"
#include "daemon/meter/transactions.h"
#include "daemon/track/track.h"
#include "tests/complexity/drive.h"

static const int64_t start_ns = INT64_C(1700000000000000000);

static void *
room(size_t n)
{
	void *p = calloc(1, n);

	if (p == NULL)
		abort();
	return p;
}

/* Keys of sixteen bytes that differ in one place only. */
static void *
table_begin(size_t n)
{
	struct table *t = room(sizeof(*t));

	table_init(t, drive_keys, 16, 16, (uint32_t)n);
	return t;
}

static void
table_fill(struct table *t, size_t n, unsigned shift)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t key[2] = { (uint64_t)i << shift, 0 };
		uint64_t hash = table_hash(t, key);

		if (table_find(t, key, t->key_size, hash) != TABLE_NONE ||
		    table_add(t, key, hash) == TABLE_NONE)
			abort();
	}
}

static void
table_low(void *state, size_t n)
{
	table_fill(state, n, 0);
}

static void
table_high(void *state, size_t n)
{
	table_fill(state, n, 40);
}

static void
table_empty(void *state, size_t n)
{
	struct table *t = state;

	for (size_t i = 0; i < n; i++) {
		uint64_t key[2] = { (uint64_t)i << 40, 0 };

		table_remove(t, (uint32_t)i, table_hash(t, key));
	}
}

static void
table_done(void *state)
{
	table_fini(state);
	free(state);
}

/* A meter, and packets of flows that differ in an address. */
static void *
meter_begin(size_t n)
{
	(void)n;
	return drive_new(256 << 20);
}

/* So little memory that flows have to make room from the beginning. */
static void *
meter_small(size_t n)
{
	(void)n;
	return drive_new(8 << 20);
}

static void
meter_flows(void *state, size_t n)
{
	static struct pkt pkt;

	pkt.net = NET_IP4;
	pkt.n_ip = 1;
	pkt.ip_len = 100;
	pkt.tuple = (struct tuple){ .proto = 1, .dst = { 10 } };
	for (size_t i = 0; i < n; i++) {
		put32(pkt.tuple.src, (uint32_t)i);
		pkt.digest++;
		drive_dissected(state, start_ns, &pkt, 114);
	}
	drive_settle(state);
}

static void
meter_close(void *state, size_t n)
{
	(void)n;
	drive_advance(state, start_ns + INT64_C(4000000000));
}

static void
meter_done(void *state)
{
	drive_free(state);
}

/* Rankings of hosts and of names. */

static void *
topk_begin_of(const struct ranking *ranking)
{
	static const struct window_set windows = { { 2 }, 1 };
	struct topk *t = room(sizeof(*t));

	topk_init(t, ranking, &windows, drive_keys, 8 << 20);
	return t;
}

static const struct ranking *
ranking_named(const char *name)
{
	for (unsigned i = 0; rankings[i] != NULL; i++)
		if (strcmp(rankings[i]->name, name) == 0)
			return rankings[i];
	abort();
}

static void *
topk_hosts(size_t n)
{
	(void)n;
	return topk_begin_of(ranking_named("src"));
}

static void *
topk_names(size_t n)
{
	(void)n;
	return topk_begin_of(ranking_named("dns"));
}

static void
topk_add_hosts(void *state, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct topk_item item = { .amounts = { 1, i } };

		put32(item.key, (uint32_t)i);
		topk_add(state, 0, &item, 1);
	}
}

static void
topk_add_names(void *state, size_t n)
{
	uint64_t hash[2];
	char name[64];

	memset(name, 'x', sizeof(name));
	for (size_t i = 0; i < n; i++) {
		snprintf(name + 40, 24, "%zu", i);
		topk_name(state, name, strlen(name), hash);
		topk_add_name(state, 0, name, strlen(name), hash,
		    (struct amounts){ 1, 1 });
	}
}

static void
topk_end(void *state, size_t n)
{
	(void)n;
	topk_close(state, 0);
}

/* Closed, and now it leaves the window. */
static void
topk_close_hosts(void *state, size_t n)
{
	topk_add_hosts(state, n);
	topk_close(state, 0);
	topk_close(state, SLOT_EMPTY);
}

static void
topk_leave(void *state, size_t n)
{
	(void)n;
	topk_close(state, SLOT_EMPTY);
}

static void
topk_rank(void *state, size_t n)
{
	struct topk_row rows[100];

	(void)n;
	for (unsigned i = 0; i < 10; i++)
		topk_top(state, 0, rows, 100);
}

static void
topk_closed_hosts(void *state, size_t n)
{
	topk_add_hosts(state, n);
	topk_close(state, 0);
}

static void
topk_done(void *state)
{
	topk_fini(state);
	free(state);
}

/* Durations of all sizes. */
static void *
quantiles_begin(size_t n)
{
	static const struct window_set windows = { { 2 }, 1 };
	struct quantiles *q = room(sizeof(*q));

	(void)n;
	quantiles_init(q, &windows, QUANTILES_MEMORY);
	return q;
}

static void
quantiles_run(void *state, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		quantiles_add(state, 0, i * 997);
		if (i % 64 == 0)
			quantiles_close(state, 0);
	}
}

static void
quantiles_done(void *state)
{
	quantiles_fini(state);
	free(state);
}

/* Values that are all distinct. */
static void *
distinct_begin(size_t n)
{
	static const struct window_set windows = { { 2 }, 1 };
	struct distinct *d = room(sizeof(*d));

	(void)n;
	distinct_init(d, &windows);
	return d;
}

static void
distinct_run(void *state, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		distinct_add(state, 0, distinct_hash(&i, sizeof(i)));
		if (i % 1024 == 0)
			distinct_close(state, 0);
	}
}

static void
distinct_done(void *state)
{
	distinct_fini(state);
	free(state);
}

/* Queries that nobody answers; and such as resemble each other. */
static void *
transactions_begin(size_t n)
{
	(void)n;
	return transactions_new(4 << 20, drive_keys);
}

static void
query(void *state, uint32_t host, uint16_t id, const char *name, size_t len,
    int64_t ts_ns)
{
	struct tuple t = { .dst = { 10 }, .sport = 1000, .dport = 53 };

	put32(t.src, host);
	transactions_query(state, &t, message_dns(id, 1, false), name, len,
	    ts_ns);
}

static void
transactions_run(void *state, size_t n)
{
	for (size_t i = 0; i < n; i++)
		query(state, (uint32_t)(i >> 4), (uint16_t)i, "a.example", 9,
		    start_ns + (int64_t)i);
}

static void
transactions_answered(void *state, size_t n)
{
	struct tuple t = { .src = { 10 }, .sport = 53, .dport = 1000 };
	uint64_t us;

	transactions_run(state, n);
	for (size_t i = 0; i < n; i++) {
		put32(t.dst, (uint32_t)(i >> 4));
		transactions_response(state, &us, &t,
		    message_dns((uint16_t)i, 1, true), "a.example", 9,
		    start_ns + (int64_t)(n + i));
	}
}

/* One conversation asks for another name each time. */
static void
transactions_alike(void *state, size_t n)
{
	char name[40];

	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%zu.example", i);
		query(state, 1, 1, name, strlen(name), start_ns + (int64_t)i);
	}
}

static void
on_unanswered(void *arg, const char *name, size_t len)
{
	(void)arg;
	(void)name;
	(void)len;
}

static void
transactions_end(void *state, size_t n)
{
	(void)n;
	while (transactions_advance(state, start_ns + INT64_C(60000000000),
	    on_unanswered, NULL))
		;
}

static void
transactions_done(void *state)
{
	transactions_free(state);
}

/* Addresses with long names. */
static void *
book_begin(size_t n)
{
	(void)n;
	return book_new(4 << 20, drive_keys);
}

static void
book_run(void *state, size_t n)
{
	char name[200];
	uint8_t addr[16] = { 0 };

	memset(name, 'x', sizeof(name));
	for (size_t i = 0; i < n; i++) {
		put32(addr, (uint32_t)i);
		book_add(state, addr, false, NAME_DNS, name, 1 + i % 199,
		    start_ns + (int64_t)i);
	}
}

/* One address has a longer and a shorter name in turn. */
static void
book_one(void *state, size_t n)
{
	char name[200];
	uint8_t addr[16] = { 10 };

	memset(name, 'x', sizeof(name));
	for (size_t i = 0; i < n; i++)
		book_add(state, addr, false, NAME_DNS, name,
		    i % 2 == 0 ? 1 : 199, start_ns + (int64_t)i);
}

static void
book_done(void *state)
{
	book_free(state);
}

/* Connection attempts, then time for all of them to fail. */
static void
on_emit(void *arg, const struct track_packet *p, struct message_list *list)
{
	(void)arg;
	(void)p;
	list->n = 0;
}

static void *
conns_begin(size_t n)
{
	struct conns_config c = { .memory = 16 << 20,
		.keys = drive_keys,
		.dissect = drive_dissect(),
		.emit = on_emit };

	(void)n;
	return conns_new(&c);
}

static void
conns_run(void *state, size_t n)
{
	struct tuple t = { .dst = { 10 },
		.sport = 1000,
		.dport = 80,
		.proto = 6,
		.flags = TUPLE_PORTS };
	struct segment s = { .flags = TCP_SYN, .scale = 255 };
	struct track_packet p = { .tuple = &t, .ts_ns = start_ns };

	for (size_t i = 0; i < n; i++) {
		put32(t.src, (uint32_t)i);
		p.hash = conns_hash(state, &t);
		conns_segment(state, &p, &s);
	}
}

static void
conns_end(void *state, size_t n)
{
	for (size_t i = 0; i < n / 64; i++)
		conns_advance(state,
		    start_ns + (int64_t)(i + 60) * INT64_C(1000000000), NULL);
}

static void
conns_done(void *state)
{
	conns_free(state);
}

/* Datagrams of which only one fragment ever came. */
static void *
fragments_begin(size_t n)
{
	(void)n;
	return fragments_new(4 << 20, drive_keys);
}

static void
fragments_run(void *state, size_t n)
{
	struct fragment f = { .data = (const uint8_t *)"12345678",
		.len = 8,
		.caplen = 8,
		.proto = 17 },
			whole;

	for (size_t i = 0; i < n; i++) {
		put32(f.src, (uint32_t)i);
		if (fragments_add(state, &whole, &f, start_ns))
			abort();
	}
}

static void
fragments_end(void *state, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fragments_advance(state,
		    start_ns + INT64_C(60000000000) + (int64_t)i * 1000000);
}

static void
fragments_done(void *state)
{
	fragments_free(state);
}

const struct job jobs[] = {
	{ "table: keys that count up", table_begin, table_low, NULL, table_done,
	    0, 0 },
	{ "table: keys that differ high up", table_begin, table_high, NULL,
	    table_done, 0, 0 },
	{ "table: removing", table_begin, table_high, table_empty, table_done,
	    0, 0 },
	{ "meter: flows", meter_begin, meter_flows, NULL, meter_done, 0, 0 },
	{ "meter: flows make room", meter_small, meter_flows, NULL, meter_done,
	    131072, 4 },
	{ "meter: a bin closes", meter_begin, meter_flows, meter_close,
	    meter_done, 0, 0 },
	{ "ranking: hosts", topk_hosts, topk_add_hosts, NULL, topk_done, 0, 0 },
	{ "ranking: a bin closes", topk_hosts, topk_add_hosts, topk_end,
	    topk_done, 0, 0 },
	{ "ranking: a bin leaves", topk_hosts, topk_close_hosts, topk_leave,
	    topk_done, 0, 0 },
	{ "ranking: the largest", topk_hosts, topk_closed_hosts, topk_rank,
	    topk_done, 0, 0 },
	{ "ranking: names", topk_names, topk_add_names, NULL, topk_done, 0, 0 },
	{ "ranking: a bin of names closes", topk_names, topk_add_names,
	    topk_end, topk_done, 0, 0 },
	{ "quantiles", quantiles_begin, quantiles_run, NULL, quantiles_done, 0,
	    0 },
	{ "distinct values", distinct_begin, distinct_run, NULL, distinct_done,
	    0, 0 },
	{ "transactions: queries", transactions_begin, transactions_run, NULL,
	    transactions_done, 0, 0 },
	{ "transactions: answered", transactions_begin, transactions_answered,
	    NULL, transactions_done, 0, 0 },
	{ "transactions: one conversation", transactions_begin,
	    transactions_alike, NULL, transactions_done, 0, 0 },
	{ "transactions: all unanswered", transactions_begin, transactions_run,
	    transactions_end, transactions_done, 0, 0 },
	{ "book: names", book_begin, book_run, NULL, book_done, 0, 0 },
	{ "book: one address", book_begin, book_one, NULL, book_done, 0, 0 },
	{ "connections: attempts", conns_begin, conns_run, NULL, conns_done, 0,
	    0 },
	{ "connections: all fail", conns_begin, conns_run, conns_end,
	    conns_done, 32768, 4 },
	{ "fragments: lonely", fragments_begin, fragments_run, NULL,
	    fragments_done, 0, 0 },
	{ "fragments: all too late", fragments_begin, fragments_run,
	    fragments_end, fragments_done, 0, 0 },
	{ NULL, NULL, NULL, NULL, NULL, 0, 0 },
};

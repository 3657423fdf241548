/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/fold.h"

#include <string.h>

#include "daemon/meter/host_hash.h"
#include "daemon/meter/meter.h"

enum {
	BLOCK = 512, /* flows that go through all rankings together */
	BATCH = 15, /* additions to a ranking that are made together */
	TOGETHER = 8, /* flows whose hosts are found together */
	IP_PROTO_ICMP = 1,
	IP_PROTO_TCP = 6,
	IP_PROTO_UDP = 17,
	IP_PROTO_ICMPV6 = 58
};

void
fold_totals(struct bin_totals *b, const struct flow *f)
{
	uint64_t bytes = f->bytes;

	b->ip_packets += f->packets;
	b->ip_bytes += bytes;
	if (f->tuple.flags & TUPLE_V6)
		b->ip6_bytes += bytes;
	else
		b->ip4_bytes += bytes;
	switch (f->tuple.proto) {
	case IP_PROTO_TCP:
		b->tcp_bytes += bytes;
		break;
	case IP_PROTO_UDP:
		b->udp_bytes += bytes;
		break;
	case IP_PROTO_ICMP:
	case IP_PROTO_ICMPV6:
		b->icmp_bytes += bytes;
		break;
	}
}

void
fold_distinct(struct messages *m, unsigned slot, const struct flow *f)
{
	uint8_t pair[2][RANKING_HOST];

	ranking_host(pair[0], f->tuple.src, f->tuple.flags & TUPLE_V6);
	ranking_host(pair[1], f->tuple.dst, f->tuple.flags & TUPLE_V6);
	distinct_add(&m->distinct[DISTINCT_SRC], slot,
	    distinct_hash(pair[0], sizeof(pair[0])));
	distinct_add(&m->distinct[DISTINCT_DST], slot,
	    distinct_hash(pair[1], sizeof(pair[1])));
	distinct_add(&m->distinct[DISTINCT_PAIR], slot,
	    distinct_hash(pair, sizeof(pair)));
}

/* Of a flow's two hosts: their hashes, and where they are. */
struct ends {
	uint64_t src_hash, dst_hash;
	struct place src, dst;
};

/* Makes the items of a flow for a ranking; returns how many. */
static unsigned
make_items(const struct ranking *r, const struct flow *f,
    const struct ends *ends, struct topk_item items[2])
{
	struct flow_view view = { .tuple = &f->tuple,
		.src = &ends->src,
		.dst = &ends->dst,
		.app = f->app };
	uint8_t *const keys[2] = { items[0].key, items[1].key };
	unsigned n = r->keys(&view, keys);

	for (unsigned k = 0; k < n; k++)
		items[k].amounts = flow_amounts(f);
	if (r->hash == HASH_SRC)
		items[0].hash = ends->src_hash;
	else if (r->hash == HASH_DST)
		items[0].hash = ends->dst_hash;
	else if (r->hash == HASH_PAIR)
		items[0].hash = host_pair_hash(ends->src_hash, ends->dst_hash);
	return n;
}

static void
add_items(struct topk *top, unsigned slot, struct topk_item *items, unsigned n)
{
	if (top->ranking->hash == HASH_KEY)
		topk_add(top, slot, items, n);
	else
		topk_add_hashed(top, slot, items, n);
}

static void
fold_block(struct topk *top, unsigned slot, const struct flow *flows,
    const struct ends *ends, uint32_t n)
{
	struct topk_item items[BATCH + 1] = { 0 };
	unsigned have = 0;

	for (uint32_t i = 0; i < n; i++) {
		unsigned made;

		if (flows[i].packets == 0)
			continue;
		made =
		    make_items(top->ranking, &flows[i], &ends[i], &items[have]);
		if (made == 0)
			topk_add_rest(top, slot, flow_amounts(&flows[i]));
		have += made;
		if (have >= BATCH) {
			add_items(top, slot, items, have);
			have = 0;
		}
	}
	add_items(top, slot, items, have);
}

/* What some flows' hosts are, which wait for the memory together. */
static void
find_some(struct hosts *hosts, const struct flow *const f[], unsigned n,
    struct ends *const ends[])
{
	for (unsigned i = 0; i < n; i++) {
		bool is_v6 = f[i]->tuple.flags & TUPLE_V6;

		ends[i]->src_hash = hosts_hash(hosts, f[i]->tuple.src, is_v6);
		ends[i]->dst_hash = hosts_hash(hosts, f[i]->tuple.dst, is_v6);
	}
	for (unsigned i = 0; i < n; i++) {
		hosts_prefetch(hosts, ends[i]->src_hash);
		hosts_prefetch(hosts, ends[i]->dst_hash);
	}
	for (unsigned i = 0; i < n; i++) {
		bool is_v6 = f[i]->tuple.flags & TUPLE_V6;

		hosts_place(hosts, f[i]->tuple.src, is_v6, ends[i]->src_hash,
		    &ends[i]->src);
		hosts_place(hosts, f[i]->tuple.dst, is_v6, ends[i]->dst_hash,
		    &ends[i]->dst);
	}
}

/* Fills the ends of those of n flows that have packets. */
static void
find_ends(struct hosts *hosts, const struct flow *flows, uint32_t n,
    struct ends *ends)
{
	const struct flow *some[TOGETHER];
	struct ends *of_some[TOGETHER];
	unsigned have = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (flows[i].packets == 0)
			continue;
		some[have] = &flows[i];
		of_some[have] = &ends[i];
		if (++have == TOGETHER) {
			find_some(hosts, some, have, of_some);
			have = 0;
		}
	}
	find_some(hosts, some, have, of_some);
}

/*
 * A block of flows at a time goes through all rankings: hosts are hashed and
 * looked up once for all of them, and what a ranking touches stays in the
 * cache.
 */
void
fold_rankings(struct topk *tops, unsigned n_tops, unsigned slot, bool is_tunnel,
    struct hosts *hosts, const struct flows *flows, uint32_t first, uint32_t n)
{
	struct ends ends[BLOCK];

	for (uint32_t end = first + n; first < end; first += n) {
		const struct flow *f = table_record(&flows->table, first);

		n = end - first < BLOCK ? end - first : BLOCK;
		find_ends(hosts, f, n, ends);
		for (unsigned t = 0; t < n_tops; t++)
			if (tops[t].ranking->keys != NULL &&
			    tops[t].ranking->is_tunnel == is_tunnel)
				fold_block(&tops[t], slot, f, ends, n);
	}
}

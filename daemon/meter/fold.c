/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/fold.h"

#include <string.h>

#include "daemon/meter/meter.h"

enum {
	BLOCK = 1024, /* flows that go through all rankings together */
	BATCH = 15, /* additions to a ranking that are made together */
	TOGETHER = 8, /* flows whose places are found together */
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

/* Where both hosts of a flow are. */
struct places {
	struct place src, dst;
};

/* Makes the items of a flow for a ranking; returns how many. */
static unsigned
make_items(const struct topk *top, const struct flow *f,
    const struct places *places, struct topk_item items[2])
{
	struct flow_view view = { .tuple = &f->tuple,
		.src = &places->src,
		.dst = &places->dst,
		.app = f->app };
	uint8_t keys[2][RANKING_KEY] = { 0 };
	unsigned n = top->ranking->keys(&view, keys);

	for (unsigned k = 0; k < n; k++) {
		memcpy(items[k].key, keys[k], sizeof(items[k].key));
		items[k].amounts = flow_amounts(f);
	}
	return n;
}

static void
fold_block(struct topk *top, unsigned slot, const struct flow *flows,
    const struct places *places, uint32_t n)
{
	struct topk_item items[BATCH + 1];
	unsigned have = 0;

	for (uint32_t i = 0; i < n; i++) {
		unsigned made;

		if (flows[i].packets == 0)
			continue;
		made = make_items(top, &flows[i], &places[i], &items[have]);
		if (made == 0)
			topk_add_rest(top, slot, flow_amounts(&flows[i]));
		have += made;
		if (have >= BATCH) {
			topk_add(top, slot, items, have);
			have = 0;
		}
	}
	topk_add(top, slot, items, have);
}

/* Finds the places of n flows; some at a time wait for the memory together. */
static void
find_places(struct hosts *hosts, const struct flow *flows, uint32_t n,
    struct places *places)
{
	struct hosts_key keys[TOGETHER][2];

	for (uint32_t first = 0, m; first < n; first += m) {
		const struct flow *f = &flows[first];

		m = n - first < TOGETHER ? n - first : TOGETHER;
		for (uint32_t i = 0; i < m; i++) {
			bool is_v6 = f[i].tuple.flags & TUPLE_V6;

			hosts_key(hosts, &keys[i][0], f[i].tuple.src, is_v6);
			hosts_key(hosts, &keys[i][1], f[i].tuple.dst, is_v6);
		}
		for (uint32_t i = 0; i < m; i++) {
			hosts_prefetch(hosts, &keys[i][0]);
			hosts_prefetch(hosts, &keys[i][1]);
		}
		for (uint32_t i = 0; i < m; i++) {
			struct places *p = &places[first + i];

			hosts_place(hosts, &keys[i][0], &p->src);
			hosts_place(hosts, &keys[i][1], &p->dst);
		}
	}
}

/*
 * A block of flows at a time goes through all rankings: places are looked up
 * once for all of them, and what a ranking touches stays in the cache.
 */
void
fold_rankings(struct topk *tops, unsigned n_tops, unsigned slot, bool is_tunnel,
    struct hosts *hosts, const struct flows *flows, uint32_t first, uint32_t n)
{
	struct places places[BLOCK];

	for (uint32_t end = first + n; first < end; first += n) {
		const struct flow *f = table_record(&flows->table, first);

		n = end - first < BLOCK ? end - first : BLOCK;
		find_places(hosts, f, n, places);
		for (unsigned t = 0; t < n_tops; t++)
			if (tops[t].ranking->keys != NULL &&
			    tops[t].ranking->is_tunnel == is_tunnel)
				fold_block(&tops[t], slot, f, places, n);
	}
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/fold.h"

#include <string.h>

#include "daemon/meter/meter.h"

enum {
	BATCH = 15, /* additions to a ranking that are made together */
	IP_PROTO_ICMP = 1,
	IP_PROTO_TCP = 6,
	IP_PROTO_UDP = 17,
	IP_PROTO_ICMPV6 = 58
};

void
fold_totals(struct bin_totals *b, const struct flow *f)
{
	uint64_t bytes = f->amounts.bytes;

	b->ip_packets += f->amounts.packets;
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

/* Makes the items of a flow for a ranking; returns how many. */
static unsigned
make_items(struct hosts *hosts, const struct topk *top, const struct flow *f,
    struct topk_item items[2])
{
	const struct tuple *t = &f->tuple;
	struct place src = { 0 }, dst = { 0 };
	struct flow_view view = { .tuple = t, .src = &src, .dst = &dst };
	uint8_t keys[2][RANKING_KEY] = { 0 };
	unsigned n;

	if (top->ranking->needs_places) {
		src = hosts_place(hosts, t->src, t->flags & TUPLE_V6);
		dst = hosts_place(hosts, t->dst, t->flags & TUPLE_V6);
	}
	n = top->ranking->keys(&view, keys);
	for (unsigned k = 0; k < n; k++) {
		memcpy(items[k].key, keys[k], sizeof(items[k].key));
		items[k].amounts = f->amounts;
	}
	return n;
}

void
fold_ranking(struct topk *top, unsigned slot, struct hosts *hosts,
    const struct flows *flows, uint32_t first, uint32_t n)
{
	struct topk_item items[BATCH + 1];
	unsigned have = 0;

	if (top->ranking->keys == NULL)
		return;
	for (uint32_t i = first; i < first + n; i++) {
		const struct flow *f = table_record(&flows->table, i);
		unsigned made = make_items(hosts, top, f, &items[have]);

		if (made == 0)
			topk_add_rest(top, slot, f->amounts);
		have += made;
		if (have >= BATCH) {
			topk_add(top, slot, items, have);
			have = 0;
		}
	}
	topk_add(top, slot, items, have);
}

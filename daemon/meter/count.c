/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A packet's way through the meter: its totals and its flow.
 *
 * Flows' records are seldom in the processor's cache.  A batch says which will
 * be needed: their slots, then the records are fetched some items ahead.
 */
#include "daemon/meter/state.h"

enum {
	FOLD = 16, /* flows that are folded ahead together */
	EVICT = 16, /* flows that make room together */
	AHEAD_SLOT = 32, /* items ahead a flow's slot is asked for */
	AHEAD_RECORD = 16 /* and its record */
};

/*
 * Flows of the bin before the newest are folded as items come, one for one, so
 * that nothing has to wait long when it closes: no packet in its ring, and no
 * front half for the back one.
 */
static void
fold_ahead(struct meter *m)
{
	unsigned slot = slot_of(m->oldest);
	struct open_bin *o = &m->open[slot];
	uint32_t left = o->flows.table.high - o->n_folded;

	if (m->oldest == m->newest || left == 0)
		return;
	if (left > FOLD)
		left = FOLD;
	meter_fold_flows(m, slot, o->n_folded, left);
	o->n_folded += left;
}

/* How many of the oldest records make room together. */
static uint32_t
n_oldest(const struct flows *f)
{
	uint32_t n = f->table.max - f->hand;

	return n < EVICT ? n : EVICT;
}

/*
 * The oldest flows make room: what they had is counted now.  Several at a
 * time, as they wait for the memory together.
 */
static void
evict_flows(struct meter *m, unsigned slot)
{
	struct open_bin *o = &m->open[slot];
	uint32_t first = o->flows.hand, n = n_oldest(&o->flows);

	for (uint32_t i = first; i < first + n; i++) {
		const struct flow *f = table_record(&o->flows.table, i);

		o->sources[f->tuple.source].flow_evicts++;
	}
	meter_fold_flows(m, slot, first, n);
	flows_remove_oldest(&o->flows, n);
	m->ledger.flow_evicts += n;
}

static void
add_packet(struct flow *f, uint32_t bytes)
{
	f->packets++;
	f->bytes += bytes;
}

/* Finds or makes the record of a flow. */
static struct flow *
find_flow(struct meter *m, unsigned slot, const struct item *item)
{
	struct open_bin *o = &m->open[slot];
	struct flow *f = flows_find(&o->flows, &item->tuple, item->hash);

	if (f == NULL) {
		if (flows_full(&o->flows))
			evict_flows(m, slot);
		f = flows_add(&o->flows, &item->tuple, item->hash);
		o->sources[item->tuple.source].flows++;
	}
	if (f->packets == UINT32_MAX)
		meter_fold_flows(m, slot, table_index(&o->flows.table, f), 1);
	return f;
}

static void
count_flow(struct meter *m, unsigned slot, const struct item *item)
{
	struct flow *f = find_flow(m, slot, item);

	add_packet(f, item->ip_len);
	if (item->app != 0)
		f->app = item->app;
	if (item->flags & ITEM_COPY) {
		m->open[slot].sources[item->tuple.source].copies++;
		m->ledger.copies++;
	}
}

/* A packet that came through a tunnel counts for the tunnel, too. */
static void
count_tunnel(struct meter *m, unsigned slot, const struct item *item)
{
	struct flows *flows = &m->open[slot].tunnels;
	struct tuple t = item->tuple;
	uint64_t hash;
	struct flow *f;

	t.sport = item->tunnel;
	t.dport = 0;
	hash = flows_hash(flows, &t);
	f = flows_find(flows, &t, hash);
	if (f == NULL) {
		if (flows_full(flows)) {
			uint32_t n = n_oldest(flows);

			meter_fold_tunnels(m, slot, flows->hand, n);
			flows_remove_oldest(flows, n);
			m->ledger.flow_evicts += n;
		}
		f = flows_add(flows, &t, hash);
	}
	if (f->packets == UINT32_MAX)
		meter_fold_tunnels(m, slot, table_index(&flows->table, f), 1);
	add_packet(f, item->ip_len);
}

/* Returns the bytes that a packet counts with. */
static uint32_t
count_ledger(struct meter_ledger *l, const struct item *item)
{
	uint32_t len = item->len;

	if (len > LEN_MAX) {
		len = LEN_MAX;
		l->len_clamped++;
	}
	l->delivered++;
	l->delivered_bytes += len;
	l->verdicts[item->verdict]++;
	l->nets[item->net]++;
	l->fragments += (item->flags & ITEM_FRAGMENT) != 0;
	l->layers_exceeded += (item->flags & ITEM_LAYERS_EXCEEDED) != 0;
	l->time_clamped += (item->flags & ITEM_TIME_CLAMPED) != 0;
	if (item->verdict == DISSECT_SHORT)
		l->dissector_short[item->failed]++;
	else if (item->verdict == DISSECT_BAD)
		l->dissector_bad[item->failed]++;
	return len;
}

/* The slot that a time belongs to; SLOT_LATE if its bin has closed. */
static unsigned
slot_at(const struct meter *m, int64_t ts_ns)
{
	if (ts_ns >= m->newest_start)
		return slot_of(m->newest);
	if (m->oldest < m->newest &&
	    ts_ns >= m->newest_start - m->config.bin_ns)
		return slot_of(m->oldest);
	return SLOT_LATE;
}

/* Of messages alone; those that were read late count in the newest bin. */
static unsigned
slot_of_messages(const struct meter *m, const struct item *item)
{
	if (item->slot == ITEM_LATE)
		return SLOT_LATE;
	return item->slot == slot_of(m->oldest) ? slot_of(m->oldest)
						: slot_of(m->newest);
}

static void
count_totals(struct meter *m, unsigned slot, const struct item *item)
{
	uint32_t len = count_ledger(&m->ledger, item);
	struct bin_totals *totals;

	if (slot == SLOT_LATE) {
		m->ledger.late++;
		m->ledger.late_bytes += len;
		m->has_late |= m->counts_late;
		return;
	}
	m->ledger.binned++;
	m->ledger.binned_bytes += len;
	totals = &m->open[slot].sources[item->tuple.source];
	totals->packets++;
	totals->bytes += len;
}

static void
count(struct meter *m, const struct batch *b, const struct item *item)
{
	unsigned slot = item->kind == ITEM_MESSAGES ? slot_of_messages(m, item)
						    : slot_at(m, item->ts_ns);

	if (item->kind == ITEM_PACKET)
		count_totals(m, slot, item);
	if (slot == SLOT_LATE && !m->counts_late)
		return;
	if (item->kind == ITEM_TUNNEL)
		count_tunnel(m, slot, item);
	else if (item->kind == ITEM_PACKET && item->ip_len > 0)
		count_flow(m, slot, item);
	if (item->n_messages > 0 || item->flags & ITEM_MESSAGES_EXCEEDED)
		meter_notes(m, slot, b, item);
}

/* Most items are of the newest bin; those of another are not fetched. */
static void
prefetch_slot(const struct meter *m, struct item *item)
{
	const struct flows *flows = &m->open[slot_of(m->newest)].flows;

	if (item->kind != ITEM_PACKET || item->ip_len == 0)
		return;
	item->hash = flows_hash_of(flows, &item->tuple, item->hash);
	table_prefetch_slot(&flows->table, item->hash);
}

static void
prefetch_record(const struct meter *m, const struct item *item)
{
	if (item->kind == ITEM_PACKET && item->ip_len > 0)
		table_prefetch_record(&m->open[slot_of(m->newest)].flows.table,
		    item->hash);
}

static void
count_all(struct meter *m, struct batch *b)
{
	for (uint32_t i = 0; i < b->n && i < AHEAD_SLOT; i++)
		prefetch_slot(m, &b->items[i]);
	for (uint32_t i = 0; i < b->n; i++) {
		if (i + AHEAD_SLOT < b->n)
			prefetch_slot(m, &b->items[i + AHEAD_SLOT]);
		if (i + AHEAD_RECORD < b->n)
			prefetch_record(m, &b->items[i + AHEAD_RECORD]);
		if (m->n_items++ % FOLD == 0)
			fold_ahead(m);
		count(m, b, &b->items[i]);
	}
}

void
meter_batch(struct meter *m, struct batch *b)
{
	int64_t to;

	count_all(m, b);
	if (b->has_stats)
		m->track = b->stats;
	if (b->time_ns == INT64_MIN)
		return;
	meter_unanswered(m, b->time_ns);
	to = b->time_ns / m->config.bin_ns;
	if (!m->has_begun || to > m->newest)
		meter_roll(m, to);
}

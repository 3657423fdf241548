/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A packet's way through the meter: its totals and messages at once, its flow
 * and its connection when their records have come from memory.
 */
#include "daemon/meter/state.h"
#include "daemon/track/track.h"

enum {
	AHEAD = 16, /* flows that are folded ahead together */
	EVICT = 16, /* flows that make room together */
	TOGETHER = 8, /* messages that are counted together */
	QUEUE_RECORD = 8, /* after so many packets a record is asked for */
	IP_PROTO_UDP = 17
};

/*
 * Live, flows of the bin before the newest are folded as packets come, one for
 * one, so that nothing has to wait long when it closes.
 */
static void
fold_ahead(struct meter *m)
{
	unsigned slot = slot_of(m->oldest);
	struct open_bin *o = &m->open[slot];
	uint32_t left = o->flows.table.high - o->n_folded;

	if (m->oldest == m->newest || left == 0)
		return;
	if (left > AHEAD)
		left = AHEAD;
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
find_flow(struct meter *m, const struct queued *q)
{
	struct open_bin *o = &m->open[q->slot];
	struct flow *f = flows_find(&o->flows, &q->tuple, q->hash);

	if (f == NULL) {
		if (flows_full(&o->flows))
			evict_flows(m, q->slot);
		f = flows_add(&o->flows, &q->tuple, q->hash);
		o->sources[q->tuple.source].flows++;
		/* What the flow was in a bin before, it is still. */
		if (q->tuple.proto == IP_PROTO_UDP && q->app == 0)
			f->app = track_app(m->track, &q->tuple, q->conn_hash);
	}
	if (f->packets == UINT32_MAX)
		meter_fold_flows(m, q->slot, table_index(&o->flows.table, f),
		    1);
	return f;
}

/* Counts a packet in its flow and lets its connection have it. */
static void
count_queued(struct meter *m, struct queued *q)
{
	struct flow *f = find_flow(m, q);
	struct track_packet p = { .tuple = &q->tuple,
		.hash = q->conn_hash,
		.ts_ns = q->ts_ns,
		.is_copy = copies_seen(&m->copies, &q->mark),
		.context = q };

	add_packet(f, q->ip_len);
	if (p.is_copy) {
		m->open[q->slot].sources[q->tuple.source].copies++;
		m->ledger.copies++;
	}
	if (q->has_segment)
		q->app = track_segment(m->track, &p, &q->segment);
	else if (q->stream != 0)
		q->app = track_datagram(m->track, &p, q->stream, &q->data);
	if (q->app != 0)
		f->app = q->app;
}

static void
prefetch_record(const struct meter *m, const struct queued *q)
{
	table_prefetch_record(&m->open[q->slot].flows.table, q->hash);
	if (q->has_segment)
		conns_prefetch_record(m->conns, q->conn_hash);
}

/*
 * Records are seldom in the processor's cache.  So a packet waits while its
 * slots, then its records, are fetched; packets that follow are dissected
 * meanwhile.
 */
static void
queue_packet(struct meter *m, unsigned slot, int64_t ts_ns,
    const struct pkt *pkt)
{
	struct queued *q = &m->queue[m->queue_in++ % QUEUE];
	const struct flows *flows = &m->open[slot].flows;
	uint64_t hash = conns_hash(m->conns, &pkt->tuple);

	q->tuple = pkt->tuple;
	q->hash = flows_hash_of(flows, &q->tuple, hash);
	q->conn_hash = hash;
	q->ts_ns = ts_ns;
	q->ip_len = pkt->ip_len;
	q->slot = (uint8_t)slot;
	q->app = pkt->app;
	q->stream = pkt->stream;
	q->has_segment = pkt->has_segment;
	q->mark = copies_mark(&m->copies, pkt, hash, ts_ns);
	table_prefetch_slot(&flows->table, q->hash);
	if (q->has_segment) {
		q->segment = pkt->segment;
		conns_prefetch_slot(m->conns, hash);
	} else if (q->stream != 0) {
		q->data = pkt->data;
	}
	if (m->queue_in - m->queue_out > QUEUE_RECORD)
		prefetch_record(m,
		    &m->queue[(m->queue_in - 1 - QUEUE_RECORD) % QUEUE]);
	if (m->queue_in - m->queue_out == QUEUE)
		count_queued(m, &m->queue[m->queue_out++ % QUEUE]);
}

void
meter_settle(struct meter *m)
{
	while (m->queue_out < m->queue_in)
		count_queued(m, &m->queue[m->queue_out++ % QUEUE]);
}

/* A packet that came through a tunnel counts for the tunnel, too. */
static void
count_tunnel(struct meter *m, unsigned slot, const struct pkt *pkt)
{
	struct flows *flows = &m->open[slot].tunnels;
	struct tuple t = pkt->outer;
	uint64_t hash;
	struct flow *f;

	t.sport = pkt->tunnel;
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
	add_packet(f, pkt->outer_len);
}

/* Counts some messages; they wait for the memory together. */
static void
count_messages(struct meter *m, unsigned slot, uint32_t ip_len,
    const struct message *messages, unsigned n)
{
	uint64_t hashes[TOGETHER][2];

	for (unsigned i = 0; i < n; i++) {
		const struct message *msg = &messages[i];
		const struct topk *t = m->by_message[msg->kind];

		if (t != NULL && msg->len > 0)
			topk_name(t, msg->name, msg->len, hashes[i]);
	}
	for (unsigned i = 0; i < n; i++) {
		const struct message *msg = &messages[i];
		struct topk *t = m->by_message[msg->kind];
		struct amounts amounts = { .packets = 1, .bytes = ip_len };

		messages_add(&m->messages, slot, msg);
		if (t == NULL)
			continue;
		m->ledger.names_cut += msg->cut;
		if (t->ranking->unit != UNIT_PACKET_BYTES)
			amounts.bytes = msg->value;
		if (msg->len > 0)
			topk_add_name(t, slot, msg->name, msg->len, hashes[i],
			    amounts);
		else
			topk_add_rest(t, slot, amounts);
	}
}

void
meter_count_messages(struct meter *m, unsigned slot, uint32_t ip_len,
    struct message_list *list)
{
	for (unsigned i = 0; i < list->n; i += TOGETHER)
		count_messages(m, slot, ip_len, &list->m[i],
		    list->n - i < TOGETHER ? list->n - i : TOGETHER);
	m->ledger.messages_exceeded += list->exceeded;
	list->n = 0;
	list->exceeded = false;
}

static void
note_messages(struct meter *m, unsigned slot, int64_t ts_ns,
    const struct tuple *tuple, uint32_t ip_len, struct message_list *list)
{
	struct track_packet p = { .tuple = tuple, .ts_ns = ts_ns };

	track_messages(m->track, &p, list);
	meter_count_messages(m, slot, ip_len, list);
}

/*
 * A datagram that is whole with this fragment: its packets have been counted,
 * its messages and its segment have not.
 */
static void
count_datagram(struct meter *m, unsigned slot, int64_t ts_ns,
    const struct pkt *pkt)
{
	struct pkt *whole = track_fragment(m->track, &pkt->fragment, ts_ns);
	struct queued q = { .slot = (uint8_t)slot };
	struct track_packet p = { .ts_ns = ts_ns, .context = &q };

	if (whole == NULL)
		return;
	q.ip_len = whole->ip_len;
	if (whole->messages.n > 0)
		note_messages(m, slot, ts_ns, &whole->tuple, q.ip_len,
		    &whole->messages);
	if (!whole->has_segment && whole->stream == 0)
		return;
	meter_settle(m);
	p.tuple = &whole->tuple;
	p.hash = conns_hash(m->conns, p.tuple);
	if (whole->has_segment)
		track_segment(m->track, &p, &whole->segment);
	else
		track_datagram(m->track, &p, whole->stream, &whole->data);
}

static void
count_verdict(struct meter_ledger *l, const struct pkt *pkt)
{
	l->verdicts[pkt->verdict]++;
	l->nets[pkt->net]++;
	l->fragments += pkt->is_fragment;
	l->layers_exceeded += pkt->layers_exceeded;
	if (pkt->verdict == DISSECT_SHORT)
		l->dissector_short[pkt->failed]++;
	else if (pkt->verdict == DISSECT_BAD)
		l->dissector_bad[pkt->failed]++;
}

/* Counts what is IP. */
static void
count_ip(struct meter *m, unsigned slot, int64_t ts_ns, const struct pkt *pkt)
{
	if (m->config.is_live && m->queue_in % AHEAD == 0)
		fold_ahead(m);
	queue_packet(m, slot, ts_ns, pkt);
	if (pkt->n_ip > 1)
		count_tunnel(m, slot, pkt);
	if (pkt->has_fragment)
		count_datagram(m, slot, ts_ns, pkt);
}

/* Counts what a packet holds in an open bin, or among what is late. */
static void
count_in(struct meter *m, unsigned slot, unsigned source, int64_t ts_ns,
    struct pkt *pkt)
{
	pkt->tuple.source = (uint8_t)source;
	if (pkt->ip_len > 0)
		count_ip(m, slot, ts_ns, pkt);
	if (pkt->messages.n > 0)
		note_messages(m, slot, ts_ns, &pkt->tuple, pkt->ip_len,
		    &pkt->messages);
}

void
meter_packet(struct meter *m, unsigned source, int64_t ts_ns, uint32_t len,
    struct pkt *pkt)
{
	struct meter_ledger *l = &m->ledger;
	struct bin_totals *totals;
	unsigned slot;

	if (len > LEN_MAX) {
		len = LEN_MAX;
		l->len_clamped++;
	}
	l->delivered++;
	l->delivered_bytes += len;
	count_verdict(l, pkt);
	if (ts_ns < m->newest_start &&
	    (m->oldest == m->newest ||
		ts_ns < m->newest_start - m->config.bin_ns)) {
		l->late++;
		l->late_bytes += len;
		if (m->counts_late) {
			m->has_late = true;
			count_in(m, SLOT_LATE, source, ts_ns, pkt);
		}
		return;
	}
	/* Before a bin closes and reports: the ledger's sums hold there too. */
	l->binned++;
	l->binned_bytes += len;
	if (ts_ns >= m->newest_end)
		meter_roll(m, ts_ns / m->config.bin_ns);
	slot = slot_of(m->newest);
	if (ts_ns < m->newest_start)
		slot = !slot;
	totals = &m->open[slot].sources[source];
	totals->packets++;
	totals->bytes += len;
	count_in(m, slot, source, ts_ns, pkt);
}

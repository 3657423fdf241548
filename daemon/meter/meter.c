/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/meter.h"

#include <assert.h>
#include <string.h>

#include "daemon/memory.h"
#include "daemon/meter/flows.h"
#include "daemon/meter/fold.h"
#include "daemon/meter/messages.h"

enum {
	DROP_BINS = 64, /* bins that drops may wait for */
	AHEAD = 16, /* flows that are folded ahead together */
	EVICT = 16, /* flows that make room together */
	QUEUE = 16, /* packets whose flow is being fetched from memory */
	QUEUE_RECORD = 8, /* after so many the record is asked for */
	WEIGHT_FLOWS = 10,
	WEIGHT_HOSTS = 3
};

struct open_bin {
	int64_t number; /* start / width */
	bool is_quiet; /* not published if it stays empty */
	struct flows flows;
	uint32_t n_folded; /* flows that were folded ahead */
	struct message_counts messages;
	struct bin_totals sources[SOURCES_MAX];
};

/* A packet on its way into its flow. */
struct queued {
	struct tuple tuple;
	uint64_t hash;
	uint32_t ip_len;
	uint32_t slot;
};

struct meter {
	struct meter_config config;
	size_t memory;

	bool has_begun;
	int64_t newest; /* bins oldest to newest are open, two at most */
	int64_t oldest;
	int64_t newest_start, newest_end; /* ns */
	int64_t last_end_ns; /* of the last closed bin */
	int64_t reported_ns;
	int64_t gap_max; /* empty bins published in a row */
	struct open_bin open[SLOTS]; /* by the lowest bit of the number */
	uint64_t drops[DROP_BINS][SOURCES_MAX];

	struct queued queue[QUEUE];
	uint64_t queue_in, queue_out;

	struct hosts hosts;
	struct topk tops[RANKINGS_MAX];
	unsigned n_tops;
	struct topk *by_message[MESSAGE_N];

	struct window_set windows;
	struct messages messages;

	struct meter_ledger ledger;
};

/* The rankings that this configuration has. */
static bool
is_active(const struct meter_config *c, const struct ranking *r)
{
	return !r->needs_places || c->lookup != NULL;
}

static void
set_windows(struct meter *m)
{
	const struct meter_config *c = &m->config;

	m->gap_max = 0;
	m->windows.n = c->n_windows;
	for (unsigned w = 0; w < c->n_windows; w++) {
		m->windows.bins[w] = (uint32_t)(c->window_ns[w] / c->bin_ns);
		if (m->windows.bins[w] == WINDOW_ALL || c->is_live)
			m->gap_max = EMPTY_BINS_MAX;
	}
	messages_init(&m->messages, &m->windows);
	if (m->gap_max == 0)
		m->gap_max = m->messages.longest < EMPTY_BINS_MAX
		    ? m->messages.longest
		    : EMPTY_BINS_MAX;
}

struct meter *
meter_new(const struct meter_config *config)
{
	struct meter *m = memory_reserve(sizeof(*m));
	unsigned weights = WEIGHT_FLOWS;
	size_t unit;

	assert(config->n_sources <= SOURCES_MAX);
	m->config = *config;
	set_windows(m);
	if (config->lookup != NULL)
		weights += WEIGHT_HOSTS;
	for (unsigned i = 0; rankings[i] != NULL; i++)
		if (is_active(config, rankings[i]))
			weights += rankings[i]->weight;
	unit = config->memory / weights;
	m->memory = config->memory;
	for (unsigned s = 0; s < SLOTS; s++)
		flows_init(&m->open[s].flows, &config->keys[0],
		    unit * WEIGHT_FLOWS / SLOTS);
	hosts_init(&m->hosts, &config->keys[0],
	    config->lookup != NULL ? unit * WEIGHT_HOSTS : 0, config->lookup,
	    config->arg);
	for (unsigned i = 0; rankings[i] != NULL; i++) {
		struct topk *t = &m->tops[m->n_tops];

		if (!is_active(config, rankings[i]))
			continue;
		topk_init(t, rankings[i], &m->windows, &config->keys[1],
		    unit * rankings[i]->weight);
		if (rankings[i]->key_size == 0)
			m->by_message[rankings[i]->kind] = t;
		m->n_tops++;
	}
	return m;
}

void
meter_free(struct meter *m)
{
	if (m == NULL)
		return;
	for (unsigned s = 0; s < SLOTS; s++)
		flows_fini(&m->open[s].flows);
	hosts_fini(&m->hosts);
	for (unsigned i = 0; i < m->n_tops; i++)
		topk_fini(&m->tops[i]);
	messages_fini(&m->messages);
	memory_release(m, sizeof(*m));
}

static unsigned
slot_of(int64_t number)
{
	return (unsigned)(number & 1);
}

/*
 * Counts what n flows of a bin from the first had, in totals and rankings;
 * they have nothing left then, but are known still.
 */
static void
fold_flows(struct meter *m, unsigned slot, uint32_t first, uint32_t n)
{
	struct open_bin *o = &m->open[slot];

	for (uint32_t i = first; i < first + n; i++) {
		const struct flow *f = table_record(&o->flows.table, i);

		fold_totals(&o->sources[f->tuple.source], f);
	}
	fold_rankings(m->tops, m->n_tops, slot, &m->hosts, &o->flows, first, n);
	for (uint32_t i = first; i < first + n; i++) {
		struct flow *f = table_record(&o->flows.table, i);

		f->amounts = (struct amounts){ 0 };
	}
}

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
	fold_flows(m, slot, o->n_folded, left);
	o->n_folded += left;
}

/*
 * The oldest flows make room: what they had is counted now.  Several at a
 * time, as they wait for the memory together.
 */
static void
evict_flows(struct meter *m, unsigned slot)
{
	struct open_bin *o = &m->open[slot];
	uint32_t first = o->flows.hand, n = o->flows.table.max - first;

	if (n > EVICT)
		n = EVICT;
	for (uint32_t i = first; i < first + n; i++) {
		const struct flow *f = table_record(&o->flows.table, i);

		o->sources[f->tuple.source].flow_evicts++;
	}
	fold_flows(m, slot, first, n);
	flows_remove_oldest(&o->flows, n);
	m->ledger.flow_evicts += n;
}

static void
count_flow(struct meter *m, const struct queued *q)
{
	struct open_bin *o = &m->open[q->slot];
	struct flow *f = flows_find(&o->flows, &q->tuple, q->hash);

	if (f == NULL) {
		if (flows_full(&o->flows))
			evict_flows(m, q->slot);
		f = flows_add(&o->flows, &q->tuple, q->hash);
		o->sources[q->tuple.source].flows++;
	}
	f->amounts.packets++;
	f->amounts.bytes += q->ip_len;
}

/*
 * A flow's record is seldom in the processor's cache.  So a packet's tuple
 * waits while its slot, then its record, are fetched; packets that follow are
 * dissected meanwhile.
 */
static void
queue_flow(struct meter *m, unsigned slot, const struct pkt *pkt)
{
	struct queued *q = &m->queue[m->queue_in++ % QUEUE];
	const struct flows *flows = &m->open[slot].flows;
	const struct queued *half;

	q->tuple = pkt->tuple;
	q->hash = flows_hash(flows, &q->tuple);
	q->ip_len = pkt->ip_len;
	q->slot = slot;
	table_prefetch_slot(&flows->table, q->hash);
	if (m->queue_in - m->queue_out > QUEUE_RECORD) {
		half = &m->queue[(m->queue_in - 1 - QUEUE_RECORD) % QUEUE];
		table_prefetch_record(&m->open[half->slot].flows.table,
		    half->hash);
	}
	if (m->queue_in - m->queue_out == QUEUE)
		count_flow(m, &m->queue[m->queue_out++ % QUEUE]);
}

/* To be called before a bin closes. */
static void
queue_empty(struct meter *m)
{
	while (m->queue_out < m->queue_in)
		count_flow(m, &m->queue[m->queue_out++ % QUEUE]);
}

static bool
has_packets(const struct open_bin *o)
{
	for (unsigned i = 0; i < SOURCES_MAX; i++)
		if (o->sources[i].packets > 0)
			return true;
	return false;
}

static void
emit_bin(struct meter *m, int64_t number, struct bin_totals *sources)
{
	struct bin bin = { .start_ns = number * m->config.bin_ns,
		.width_ns = m->config.bin_ns,
		.sources = sources,
		.n_sources = m->config.n_sources };
	int64_t report = m->config.report_ns;
	int64_t end = bin.start_ns + bin.width_ns;

	for (unsigned i = 0; i < m->config.n_sources; i++) {
		sources[i].drops = m->drops[number % DROP_BINS][i];
		m->drops[number % DROP_BINS][i] = 0;
	}
	m->last_end_ns = end;
	m->config.on_bin(m->config.arg, &bin);
	if (report > 0 && end % report == 0) {
		m->reported_ns = end;
		m->config.on_report(m->config.arg, end);
	}
}

/* A bin without packets enters the windows; it may be published. */
static void
close_empty(struct meter *m, int64_t number, bool is_published)
{
	static const struct message_counts none;
	struct bin_totals sources[SOURCES_MAX] = { 0 };

	for (unsigned i = 0; i < m->n_tops; i++)
		topk_close(&m->tops[i], SLOT_EMPTY);
	messages_close(&m->messages, &none);
	if (is_published)
		emit_bin(m, number, sources);
}

static void
close_open(struct meter *m, int64_t number)
{
	unsigned slot = slot_of(number);
	struct open_bin *o = &m->open[slot];

	queue_empty(m);
	if (!has_packets(o)) {
		close_empty(m, number, !o->is_quiet);
		return;
	}
	fold_flows(m, slot, 0, o->flows.table.high);
	flows_clear(&o->flows);
	o->n_folded = 0;
	for (unsigned i = 0; i < m->n_tops; i++)
		topk_close(&m->tops[i], slot);
	messages_close(&m->messages, &o->messages);
	emit_bin(m, number, o->sources);
	o->messages = (struct message_counts){ 0 };
	memset(o->sources, 0, sizeof(o->sources));
}

/* Makes number the newest bin; the one before it stays open. */
static void
set_newest(struct meter *m, int64_t number, bool is_quiet)
{
	m->open[slot_of(number)].number = number;
	m->open[slot_of(number)].is_quiet = false;
	if (m->newest != number - 1 || !m->has_begun) {
		m->open[slot_of(number - 1)].number = number - 1;
		m->open[slot_of(number - 1)].is_quiet = is_quiet;
	}
	m->has_begun = true;
	m->newest = number;
	m->oldest = number - 1;
	m->newest_start = number * m->config.bin_ns;
	m->newest_end = m->newest_start + m->config.bin_ns;
}

/*
 * Time jumps over bins without packets.  The first gap_max of them are
 * published; windows need no more of the others than the longest is long.
 */
static void
skip(struct meter *m, int64_t first, int64_t n)
{
	int64_t silent = n - m->gap_max;

	for (int64_t i = 0; i < n && i < m->gap_max; i++)
		close_empty(m, first + i, true);
	for (int64_t i = 0; i < silent && i < m->messages.longest; i++)
		close_empty(m, 0, false);
}

static void
roll(struct meter *m, int64_t to)
{
	int64_t gap;

	if (!m->has_begun) {
		set_newest(m, to, true);
		return;
	}
	gap = to - m->newest - 1;
	if (m->oldest < m->newest)
		close_open(m, m->oldest);
	if (gap > 0) {
		close_open(m, m->newest);
		skip(m, m->newest + 1, gap - 1);
	}
	set_newest(m, to, gap > m->gap_max);
}

static void
count_names(struct meter *m, unsigned slot, const struct pkt *pkt)
{
	struct amounts one = { .packets = 1, .bytes = pkt->ip_len };

	for (unsigned i = 0; i < pkt->n_messages; i++) {
		const struct message *msg = &pkt->messages[i];
		struct topk *t = m->by_message[msg->kind];

		m->open[slot].messages.n[msg->kind]++;
		m->ledger.names_cut += msg->cut;
		if (t != NULL && msg->len > 0)
			topk_add_name(t, slot, msg->name, msg->len, one);
		else if (t != NULL)
			topk_add_rest(t, slot, one);
	}
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
		return;
	}
	/* Before a bin closes and reports: the ledger's sums hold there too. */
	l->binned++;
	l->binned_bytes += len;
	if (ts_ns >= m->newest_end)
		roll(m, ts_ns / m->config.bin_ns);
	slot = slot_of(m->newest);
	if (ts_ns < m->newest_start)
		slot = !slot;
	totals = &m->open[slot].sources[source];
	totals->packets++;
	totals->bytes += len;
	if (pkt->ip_len == 0)
		return;
	pkt->tuple.source = (uint8_t)source;
	if (m->config.is_live && m->queue_in % AHEAD == 0)
		fold_ahead(m);
	queue_flow(m, slot, pkt);
	if (pkt->n_messages > 0)
		count_names(m, slot, pkt);
}

void
meter_advance(struct meter *m, int64_t now_ns)
{
	int64_t to = now_ns / m->config.bin_ns;

	if (!m->has_begun) {
		roll(m, to);
		return;
	}
	if (to > m->newest)
		roll(m, to);
	if (to == m->newest && m->oldest < m->newest) {
		close_open(m, m->oldest);
		m->oldest = m->newest;
	}
}

void
meter_drops(struct meter *m, unsigned source, uint64_t n, int64_t from_ns,
    int64_t to_ns)
{
	int64_t first = from_ns / m->config.bin_ns;
	int64_t last = to_ns / m->config.bin_ns;
	uint64_t bins;

	if (m->has_begun && first < m->oldest)
		first = m->oldest;
	if (last < first)
		last = first;
	if (last - first >= DROP_BINS)
		last = first + DROP_BINS - 1;
	bins = (uint64_t)(last - first) + 1;
	for (uint64_t i = 0; i < bins; i++)
		m->drops[(uint64_t)(first + (int64_t)i) % DROP_BINS][source] +=
		    n / bins + (i < n % bins);
}

void
meter_time_clamped(struct meter *m)
{
	m->ledger.time_clamped++;
}

/* Drops that wait for bins which will not come belong to the last one. */
static void
collect_drops(struct meter *m)
{
	uint64_t *last = m->drops[m->newest % DROP_BINS];

	for (unsigned i = 0; i < DROP_BINS; i++) {
		if (m->drops[i] == last)
			continue;
		for (unsigned s = 0; s < m->config.n_sources; s++) {
			last[s] += m->drops[i][s];
			m->drops[i][s] = 0;
		}
	}
}

void
meter_finish(struct meter *m)
{
	if (!m->has_begun) {
		m->config.on_report(m->config.arg, 0);
		return;
	}
	if (m->oldest < m->newest)
		close_open(m, m->oldest);
	collect_drops(m);
	close_open(m, m->newest);
	m->oldest = m->newest = m->newest + 1;
	m->newest_start = m->newest_end;
	m->newest_end += m->config.bin_ns;
	if (m->reported_ns != m->last_end_ns)
		m->config.on_report(m->config.arg, m->last_end_ns);
	m->reported_ns = m->last_end_ns;
}

void
meter_report(struct meter *m)
{
	if (m->last_end_ns != 0)
		m->config.on_report(m->config.arg, m->last_end_ns);
}

void
meter_set_report(struct meter *m, int64_t report_ns)
{
	m->config.report_ns = report_ns;
}

void
meter_forget_hosts(struct meter *m)
{
	hosts_forget(&m->hosts);
}

void
meter_ledger(const struct meter *m, struct meter_ledger *l)
{
	*l = m->ledger;
	for (unsigned i = 0; i < m->n_tops; i++)
		l->key_evicts += m->tops[i].n_evicts;
}

uint64_t
meter_messages(const struct meter *m, unsigned window, enum message_kind kind)
{
	return m->messages.sums[window].n[kind];
}

const struct topk *
meter_topk(const struct meter *m, unsigned i)
{
	return &m->tops[i];
}

unsigned
meter_n_topk(const struct meter *m)
{
	return m->n_tops;
}

bool
meter_host_of_asn(const struct meter *m, uint32_t asn, uint8_t *key)
{
	return hosts_of_asn(&m->hosts, asn, key);
}

size_t
meter_memory(const struct meter *m)
{
	return m->memory;
}

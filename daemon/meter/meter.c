/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/meter.h"

#include <assert.h>
#include <string.h>

#include "daemon/memory.h"
#include "daemon/meter/fold.h"
#include "daemon/meter/state.h"

enum {
	WEIGHT_FLOWS = 120,
	WEIGHT_TUNNELS = 8,
	WEIGHT_LATE = 8,
	WEIGHT_HOSTS = 24,
	WEIGHT_BOOK = 25,
	WEIGHT_TRANSACTIONS = 12,
	KEY_RANKINGS = 1, /* and the next */
	KEY_NAMES = 7 /* of what packets said */
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
		m->counts_late |= m->windows.bins[w] == WINDOW_ALL;
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
	unsigned weights = WEIGHT_FLOWS + WEIGHT_TUNNELS + WEIGHT_LATE +
	    WEIGHT_BOOK + WEIGHT_TRANSACTIONS;
	size_t unit, fixed;

	assert(config->n_sources <= SOURCES_MAX);
	m->config = *config;
	set_windows(m);
	if (config->lookup != NULL)
		weights += WEIGHT_HOSTS;
	for (unsigned i = 0; rankings[i] != NULL; i++)
		if (is_active(config, rankings[i]))
			weights += rankings[i]->weight;
	fixed = messages_memory(&m->windows);
	/* With little memory the sketches, which are never smaller, are extra. */
	m->memory = config->memory > 2 * fixed ? config->memory
					       : config->memory / 2 + fixed;
	unit = (m->memory - fixed) / weights;
	for (unsigned s = 0; s < SLOTS; s++) {
		flows_init(&m->open[s].flows, &config->keys[METER_KEY_TUPLE],
		    s == SLOT_LATE ? unit * WEIGHT_LATE
				   : unit * WEIGHT_FLOWS / 2);
		flows_init(&m->open[s].tunnels, &config->keys[METER_KEY_TUPLE],
		    unit * WEIGHT_TUNNELS / SLOTS);
	}
	m->book = book_new(unit * WEIGHT_BOOK, &config->keys[KEY_NAMES]);
	m->transactions = transactions_new(unit * WEIGHT_TRANSACTIONS,
	    &config->keys[KEY_NAMES]);
	hosts_init(&m->hosts, &config->keys[KEY_RANKINGS],
	    config->lookup != NULL ? unit * WEIGHT_HOSTS : 0, config->lookup,
	    config->arg);
	for (unsigned i = 0; rankings[i] != NULL; i++) {
		struct topk *t = &m->tops[m->n_tops];

		if (!is_active(config, rankings[i]))
			continue;
		topk_init(t, rankings[i], &m->windows,
		    &config->keys[KEY_RANKINGS], unit * rankings[i]->weight);
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
	for (unsigned s = 0; s < SLOTS; s++) {
		flows_fini(&m->open[s].flows);
		flows_fini(&m->open[s].tunnels);
	}
	book_free(m->book);
	transactions_free(m->transactions);
	hosts_fini(&m->hosts);
	for (unsigned i = 0; i < m->n_tops; i++)
		topk_fini(&m->tops[i]);
	messages_fini(&m->messages);
	memory_release(m, sizeof(*m));
}

void
meter_fold_flows(struct meter *m, unsigned slot, uint32_t first, uint32_t n)
{
	struct open_bin *o = &m->open[slot];

	for (uint32_t i = first; i < first + n; i++) {
		const struct flow *f = table_record(&o->flows.table, i);

		if (f->packets == 0)
			continue;
		fold_totals(&o->sources[f->tuple.source], f);
		fold_distinct(&m->messages, slot, f);
	}
	fold_rankings(m->tops, m->n_tops, slot, false, &m->hosts, &o->flows,
	    first, n);
	for (uint32_t i = first; i < first + n; i++) {
		struct flow *f = table_record(&o->flows.table, i);

		f->packets = 0;
		f->bytes = 0;
	}
}

void
meter_fold_tunnels(struct meter *m, unsigned slot, uint32_t first, uint32_t n)
{
	struct flows *flows = &m->open[slot].tunnels;

	fold_rankings(m->tops, m->n_tops, slot, true, &m->hosts, flows, first,
	    n);
	for (uint32_t i = first; i < first + n; i++) {
		struct flow *f = table_record(&flows->table, i);

		f->packets = 0;
		f->bytes = 0;
	}
}

static bool
has_packets(const struct open_bin *o)
{
	for (unsigned i = 0; i < SOURCES_MAX; i++)
		if (o->sources[i].packets > 0)
			return true;
	return false;
}

/* What was late enters the windows that never end. */
static void
close_late(struct meter *m)
{
	struct open_bin *o = &m->open[SLOT_LATE];

	if (!m->has_late)
		return;
	m->has_late = false;
	meter_fold_flows(m, SLOT_LATE, 0, o->flows.table.high);
	flows_clear(&o->flows);
	meter_fold_tunnels(m, SLOT_LATE, 0, o->tunnels.table.high);
	flows_clear(&o->tunnels);
	for (unsigned i = 0; i < m->n_tops; i++)
		topk_close(&m->tops[i], SLOT_LATE);
	messages_close(&m->messages, SLOT_LATE);
	memset(o->sources, 0, sizeof(o->sources));
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
		sources[i].blind_ns = m->blind_ns[number % DROP_BINS][i];
		m->blind_ns[number % DROP_BINS][i] = 0;
	}
	m->last_end_ns = end;
	close_late(m);
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
	struct bin_totals sources[SOURCES_MAX] = { 0 };

	for (unsigned i = 0; i < m->n_tops; i++)
		topk_close(&m->tops[i], SLOT_EMPTY);
	messages_close(&m->messages, SLOT_EMPTY);
	if (is_published)
		emit_bin(m, number, sources);
}

static void
close_open(struct meter *m, int64_t number)
{
	unsigned slot = slot_of(number);
	struct open_bin *o = &m->open[slot];

	if (!has_packets(o)) {
		close_empty(m, number, !o->is_quiet);
		return;
	}
	meter_fold_flows(m, slot, 0, o->flows.table.high);
	flows_clear(&o->flows);
	meter_fold_tunnels(m, slot, 0, o->tunnels.table.high);
	flows_clear(&o->tunnels);
	o->n_folded = 0;
	for (unsigned i = 0; i < m->n_tops; i++)
		topk_close(&m->tops[i], slot);
	messages_close(&m->messages, slot);
	emit_bin(m, number, o->sources);
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

void
meter_roll(struct meter *m, int64_t to)
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

void
meter_advance(struct meter *m, int64_t now_ns)
{
	int64_t to = now_ns / m->config.bin_ns;

	if (!m->has_begun) {
		meter_roll(m, to);
		return;
	}
	if (to > m->newest)
		meter_roll(m, to);
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
meter_blind(struct meter *m, unsigned source, int64_t from_ns, int64_t to_ns)
{
	int64_t width = m->config.bin_ns;

	if (!m->has_begun)
		return;
	if (from_ns < m->oldest * width)
		from_ns = m->oldest * width;
	if (to_ns > from_ns + (DROP_BINS - 1) * width)
		to_ns = from_ns + (DROP_BINS - 1) * width;
	while (from_ns < to_ns) {
		int64_t number = from_ns / width, end_ns = (number + 1) * width;

		if (end_ns > to_ns)
			end_ns = to_ns;
		m->blind_ns[number % DROP_BINS][source] += end_ns - from_ns;
		from_ns = end_ns;
	}
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
	meter_unanswered(m, m->newest_end);
	if (m->oldest < m->newest)
		close_open(m, m->oldest);
	collect_drops(m);
	close_open(m, m->newest);
	close_late(m);
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
	m->config.on_report(m->config.arg, m->last_end_ns);
}

int64_t
meter_open_ns(const struct meter *m)
{
	return m->has_begun ? m->oldest * m->config.bin_ns : 0;
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

const struct messages *
meter_messages(const struct meter *m)
{
	return &m->messages;
}

const struct track_stats *
meter_track_stats(const struct meter *m)
{
	return &m->track;
}

const struct transactions_stats *
meter_transactions(const struct meter *m)
{
	return transactions_stats(m->transactions);
}

uint64_t
meter_n_names(const struct meter *m)
{
	return book_stats(m->book)->addresses;
}

bool
meter_find_name(const struct meter *m, const uint8_t *addr, bool is_v6,
    struct book_entry *entry)
{
	return book_find(m->book, entry, addr, is_v6);
}

void
meter_add_name(struct meter *m, const uint8_t *addr, bool is_v6,
    const char *name, size_t len, int64_t ts_ns)
{
	book_add(m->book, addr, is_v6, NAME_RESOLVED, name, len, ts_ns);
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

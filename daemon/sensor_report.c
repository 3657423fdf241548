/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The back half put together: the meter, what it reports, and the outputs that
 * get it.
 */
#include "daemon/sensor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/memory.h"
#include "daemon/reserve.h"
#include "dissect/text.h"

static void
emit(void *arg, const struct point *p)
{
	const struct sensor *s = arg;

	outputs_write(s->outputs, p);
}

/* What a follower hands over at once when time jumps. */
enum { BINS_TOGETHER = 16 };

/* Between two packets lie as many points as time: a replay waits with them. */
static void
commit(struct sensor *s)
{
	if (s->follow.n_bins > 0)
		sensor_follow_carry(s);
	outputs_commit(s->outputs);
	if (!outputs_congested(s->outputs))
		return;
	if (s->follow.follow != NULL)
		follow_yield(s->follow.follow);
	else if (s->replay != NULL && !s->is_relayed)
		replay_yield(s->replay);
}

void
sensor_commit_bins(struct sensor *s)
{
	if (s->follow.n_bins > 0)
		commit(s);
}

/* A bin that is open when tapline ends closes before its end. */
static void
note_late(struct sensor *s, const struct bin *bin)
{
	int64_t ms = (sensor_now(s) - bin->start_ns - bin->width_ns) / 1000000;

	if (ms > 0 && (uint64_t)ms > s->self.bin_late_ms)
		s->self.bin_late_ms = (uint64_t)ms;
}

static void
on_bin(void *arg, const struct bin *bin)
{
	struct sensor *s = arg;
	struct bin b = *bin;

	if (s->follow.n_bins == BINS_TOGETHER)
		commit(s);
	b.start_ns = sensor_published(s, b.start_ns);
	report_bin(&s->report, &b);
	if (s->is_live)
		note_late(s, bin);
	/* Followed, its report may come, and then both go with the state. */
	if (s->follow.follow != NULL)
		sensor_follow_bin(s, bin->start_ns + bin->width_ns);
	else
		commit(s);
}

/*
 * Each as it was for the sum.  In a replay to one output the ledger of all
 * says the same.
 */
static void
report_outputs(const struct sensor *s, int64_t ts_ns)
{
	unsigned n = outputs_n(s->outputs);
	const struct output_stats *stats;

	for (unsigned i = 0; i < n && (n > 1 || s->is_live); i++) {
		const char *name = outputs_one(s->outputs, i, &stats);

		report_output(&s->report, ts_ns, name, stats);
	}
}

/* The log is told once a minute at most. */
static void
count_shortages(struct sensor *s)
{
	struct report_self *self = &s->self;
	int64_t now_ns = loop_mono_ns();
	uint64_t n;

	self->reserve_used = reserve_used();
	self->reserve_refused = reserve_refused();
	n = self->reserve_used + self->reserve_refused;
	if (n == s->shortages || now_ns < s->shortage_mono_ns)
		return;
	log_warn("memory is short: libraries were refused %llu times, and had "
		 "%llu of these from the reserve",
	    (unsigned long long)n, (unsigned long long)self->reserve_used);
	s->shortages = n;
	s->shortage_mono_ns = now_ns + INT64_C(60) * 1000000000;
}

void
sensor_report_self(struct sensor *s, int64_t end_ns)
{
	int64_t now_ns = end_ns;
	struct meter_ledger ledger;
	struct output_stats stats;

	count_shortages(s);
	if (s->is_live)
		now_ns = sensor_published(s, sensor_now(s));
	else if (sensor_is_now(s))
		now_ns = loop_real_ns();
	if (s->follow.follow != NULL)
		sensor_follow_self(s);
	sensor_denied(s);
	/* What the meter has counted, the kernel had counted before. */
	for (unsigned i = 0; i < s->n_lives; i++)
		sensor_source_count(&s->lives[i]);
	if (!s->is_live) {
		meter_ledger(s->meter, &ledger);
		s->self.received = ledger.delivered;
	}
	outputs_stats(s->outputs, &stats);
	report_outputs(s, now_ns);
	report_self(&s->report, s->meter, now_ns, &s->self, &stats, s->dissect);
	s->self.bin_late_ms = 0;
	for (unsigned i = 0; i < s->n_lives; i++)
		sensor_source_report(&s->lives[i]);
	commit(s);
}

static void
on_report(void *arg, int64_t end_ns)
{
	struct sensor *s = arg;

	if (end_ns != 0)
		report_windows(&s->report, s->meter,
		    sensor_published(s, end_ns), s->rows);
	commit(s); /* so that the ledger counts them as stored */
	sensor_report_self(s, end_ns != 0 ? end_ns : meter_open_ns(s->meter));
}

/* hosts_lookup: what rankings by place need. */
static void
find_place(void *arg, const uint8_t *addr, bool is_v6, struct place *place)
{
	const struct sensor *s = arg;
	struct geoip_info info = { 0 };

	if (s->geoip == NULL)
		return;
	geoip_lookup(s->geoip, addr, is_v6, &info);
	memcpy(place->country, info.country, sizeof(info.country));
	place->asn = info.asn;
}

/* What the points of an address say. */
static void
describe_place(void *arg, const uint8_t *addr, bool is_v6,
    struct geoip_info *info)
{
	const struct sensor *s = arg;

	if (s->geoip != NULL)
		geoip_lookup(s->geoip, addr, is_v6, info);
}

/* "incident.pcap", or "span-01.pcap+3" where three more follow. */
static char *
replay_name(const struct options *o)
{
	const struct string_list *list =
	    o->follows.n > 0 ? &o->follows : &o->reads;
	const char *path = list->v[0], *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;
	char clean[TEXT_MAX + 4], name[TEXT_MAX + 32];
	bool cut;

	if (strcmp(path, "-") == 0)
		base = "stdin";
	text_clean(clean, (const uint8_t *)base, strlen(base), &cut);
	if (list->n > 1)
		snprintf(name, sizeof(name), "%s+%u", clean, list->n - 1);
	else
		snprintf(name, sizeof(name), "%s", clean);
	return strdup(name);
}

static bool
name_sources(struct sensor *s)
{
	const struct options *o = s->options;
	unsigned n = s->is_live ? o->interfaces.n : 1;

	for (unsigned i = 0; i < n; i++) {
		s->source_names[i] =
		    s->is_live ? strdup(o->interfaces.v[i]) : replay_name(o);
		if (s->source_names[i] == NULL)
			return false;
	}
	s->report.n_sources = n;
	s->report.sources = (const char *const *)s->source_names;
	return true;
}

void
sensor_apply(struct sensor *s, struct topk_row *rows)
{
	const struct options *o = s->options;

	if (s->rows != NULL)
		memory_release(s->rows, s->report.top * sizeof(*s->rows));
	s->report.top = (uint32_t)o->top;
	s->rows = rows;
	s->report.has_key_field = o->key_as != KEY_AS_TAG;
	s->report.has_key_tag = o->key_as != KEY_AS_FIELD;
}

bool
sensor_make_report(struct sensor *s)
{
	const struct options *o = s->options;

	s->report.sensor = o->sensor;
	s->report.window_ns = o->windows.ns;
	s->report.n_windows = o->windows.n;
	s->report.place = o->geoip.n > 0 ? describe_place : NULL;
	s->report.emit = emit;
	s->report.arg = s;
	sensor_apply(s, memory_reserve(o->top * sizeof(*s->rows)));
	return name_sources(s);
}

void
sensor_make_meter(struct sensor *s, const struct hash_key keys[METER_KEYS],
    size_t memory)
{
	const struct options *o = s->options;
	struct meter_config c = {
		.bin_ns = o->bin_ns,
		.n_windows = o->windows.n,
		.report_ns = o->report_ns,
		.memory = memory,
		.n_sources = s->report.n_sources,
		.is_live = sensor_is_now(s),
		.lookup = o->geoip.n > 0 ? find_place : NULL,
		.on_bin = on_bin,
		.on_report = on_report,
		.arg = s,
	};

	memcpy(c.window_ns, o->windows.ns, sizeof(c.window_ns));
	memcpy(c.keys, keys, sizeof(c.keys));
	s->meter = meter_new(&c);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/report/report.h"

#include <arpa/inet.h>
#include <string.h>

#include "daemon/meter/book.h"
#include "daemon/meter/transactions.h"
#include "daemon/report/report_messages.h"
#include "daemon/report/schema.h"
#include "daemon/track/track.h"

enum { LABEL = 24 };

void
report_bin(const struct report_config *c, const struct bin *bin)
{
	for (unsigned i = 0; i < bin->n_sources; i++) {
		const struct bin_totals *b = &bin->sources[i];
		struct point p;

		point_init(&p, &schema_bin, bin->start_ns);
		point_tag(&p, BIN_TAG_SENSOR, c->sensor);
		point_tag(&p, BIN_TAG_SOURCE, c->sources[i]);
		point_int(&p, BIN_PACKETS, b->packets);
		point_int(&p, BIN_BYTES, b->bytes);
		point_int(&p, BIN_IP_PACKETS, b->ip_packets);
		point_int(&p, BIN_IP_BYTES, b->ip_bytes);
		point_int(&p, BIN_IP4_BYTES, b->ip4_bytes);
		point_int(&p, BIN_IP6_BYTES, b->ip6_bytes);
		point_int(&p, BIN_TCP_BYTES, b->tcp_bytes);
		point_int(&p, BIN_UDP_BYTES, b->udp_bytes);
		point_int(&p, BIN_ICMP_BYTES, b->icmp_bytes);
		point_int(&p, BIN_OTHER_BYTES,
		    b->ip_bytes - b->tcp_bytes - b->udp_bytes - b->icmp_bytes);
		point_int(&p, BIN_FLOWS, b->flows);
		if (b->flow_evicts > 0)
			point_int(&p, BIN_FLOWS_ERR, b->flow_evicts);
		point_int(&p, BIN_COPIES, b->copies);
		point_int(&p, BIN_DROPS, b->drops);
		if (b->blind_ns >= 1000000)
			point_int(&p, BIN_BLIND_MS,
			    (uint64_t)b->blind_ns / 1000000);
		point_int(&p, BIN_BIN_MS, (uint64_t)bin->width_ns / 1000000);
		c->emit(c->arg, &p);
	}
}

const char *
report_state_name(enum source_state state)
{
	static const char *const names[SOURCE_STATES] = {
		[SOURCE_UP] = "up",
		[SOURCE_NO_LINK] = "no_link",
		[SOURCE_DOWN] = "down",
		[SOURCE_ABSENT] = "absent",
		[SOURCE_FAILED] = "failed",
	};

	return names[state];
}

void
report_source(const struct report_config *c, int64_t ts_ns, unsigned source,
    const struct report_source *self)
{
	struct point p;

	point_init(&p, &schema_source, ts_ns);
	point_tag(&p, BIN_TAG_SENSOR, c->sensor);
	point_tag(&p, BIN_TAG_SOURCE, c->sources[source]);
	point_string(&p, SOURCE_STATE, report_state_name(self->state));
	point_int(&p, SOURCE_CHANGES, self->changes);
	point_int(&p, SOURCE_BLIND_MS, (uint64_t)self->blind_ns / 1000000);
	point_int(&p, SOURCE_RECEIVED, self->received);
	point_int(&p, SOURCE_DROPPED, self->dropped);
	point_int(&p, SOURCE_IF_DROPPED, self->if_dropped);
	c->emit(c->arg, &p);
}

/* "60s", "500ms" or "all". */
static void
window_label(char label[LABEL], int64_t ns)
{
	size_t n;

	if (ns == 0) {
		memcpy(label, "all", 4);
		return;
	}
	if (ns % 1000000000 == 0) {
		n = ranking_number(label, (uint64_t)ns / 1000000000);
		memcpy(label + n, "s", 2);
		return;
	}
	n = ranking_number(label, (uint64_t)ns / 1000000);
	memcpy(label + n, "ms", 3);
}

/* Writes the host that a ranking's key is, in either form of keys. */
static bool
key_host(const struct topk *t, uint32_t index, const char *key,
    uint8_t host[RANKING_HOST])
{
	if (!t->ranking->is_host)
		return false;
	if (!ranking_is_named(t->ranking)) {
		memcpy(host, topk_key(t, index), RANKING_HOST);
		return true;
	}
	memset(host, 0, RANKING_HOST);
	if (inet_pton(AF_INET, key, host) == 1)
		return true;
	host[RANKING_HOST - 1] = 1;
	return inet_pton(AF_INET6, key, host) == 1;
}

/* How a host is called; *entry holds the texts of the point. */
static void
point_name(struct point *p, const struct report_config *c,
    const struct meter *m, const uint8_t host[RANKING_HOST],
    struct book_entry *entry)
{
	static const char *const sources[NAME_SOURCES] = {
		[NAME_DNS] = "dns",
		[NAME_SNI] = "sni",
		[NAME_HTTP] = "http",
		[NAME_DHCP] = "dhcp",
		[NAME_NBNS] = "nbns",
		[NAME_MDNS] = "mdns",
		[NAME_RESOLVED] = "resolved",
	};

	bool is_v6 = host[RANKING_HOST - 1], is_known;

	is_known = meter_find_name(m, host, is_v6, entry);
	if (c->unnamed != NULL && (!is_known || entry->name[0] == '\0')) {
		c->unnamed(c->arg, host, is_v6);
		is_known = meter_find_name(m, host, is_v6, entry);
	}
	if (!is_known)
		return;
	if (entry->name[0] != '\0') {
		point_string(p, TOP_NAME, entry->name);
		point_string(p, TOP_NAME_SOURCE, sources[entry->source]);
	}
	if (entry->mac[0] != '\0')
		point_string(p, TOP_MAC, entry->mac);
}

/* Where a ranking's key is; *info holds the texts of the point. */
static void
point_place(struct point *p, const struct report_config *c,
    const struct meter *m, const struct topk *t, uint32_t index,
    const uint8_t *host, struct geoip_info *info)
{
	const struct ranking *r = t->ranking;
	uint8_t member[RANKING_HOST];
	uint32_t asn;

	*info = (struct geoip_info){ 0 };
	if (c->place == NULL)
		return;
	if (host != NULL) {
		c->place(c->arg, host, host[RANKING_HOST - 1], info);
	} else if (!r->needs_places) {
		return;
	} else if (r->key_size == sizeof(asn)) {
		memcpy(&asn, topk_key(t, index), sizeof(asn));
		if (meter_host_of_asn(m, asn, member))
			c->place(c->arg, member, member[RANKING_HOST - 1],
			    info);
		info->asn = asn;
		info->country[0] = info->city[0] = '\0';
	} else {
		memcpy(info->country, topk_key(t, index), 2);
	}
	if (info->country[0] != '\0')
		point_string(p, TOP_COUNTRY, info->country);
	if (info->city[0] != '\0')
		point_string(p, TOP_CITY, info->city);
	if (info->asn != 0)
		point_int(p, TOP_ASN, info->asn);
	if (info->as_org[0] != '\0')
		point_string(p, TOP_AS_ORG, info->as_org);
}

static void
point_amounts(struct point *p, const struct topk *t, struct amounts a)
{
	static const uint8_t fields[] = { [UNIT_PACKET_BYTES] = TOP_BYTES,
		[UNIT_BYTES] = TOP_DATA_BYTES,
		[UNIT_US] = TOP_US };
	const struct ranking *r = t->ranking;

	point_int(p, ranking_is_named(r) ? TOP_COUNT : TOP_PACKETS, a.packets);
	point_int(p, fields[r->unit], a.bytes);
}

static void
point_key(struct point *p, const struct report_config *c, const char *key)
{
	if (c->has_key_field)
		point_string(p, TOP_KEY, key);
	if (c->has_key_tag && key[0] != '\0')
		point_tag(p, TOP_TAG_KEY, key);
}

/* The rows of one ranking, then what they leave out: they sum to the whole. */
static void
report_ranking(const struct report_config *c, const struct meter *m,
    const struct topk *t, unsigned window, struct point *p,
    struct topk_row *rows)
{
	uint32_t n = topk_top(t, window, rows, c->top);
	struct amounts rest = topk_total(t, window);
	uint64_t bound = topk_bound(t, window);
	char key[RANKING_TEXT], rank[LABEL];
	uint8_t host[RANKING_HOST];
	struct geoip_info info;
	struct book_entry name;
	bool is_host;

	point_tag(p, TOP_TAG_BY, t->ranking->name);
	for (uint32_t i = 0; i < n; i++) {
		point_clear(p);
		ranking_number(rank, i + 1);
		point_tag(p, TOP_TAG_RANK, rank);
		topk_text(t, rows[i].index, key);
		point_key(p, c, key);
		point_amounts(p, t, rows[i].amounts);
		if (bound > 0)
			point_int(p, TOP_ERR, bound);
		is_host = key_host(t, rows[i].index, key, host);
		point_place(p, c, m, t, rows[i].index, is_host ? host : NULL,
		    &info);
		if (is_host)
			point_name(p, c, m, host, &name);
		c->emit(c->arg, p);
		rest.packets -= rows[i].amounts.packets;
		rest.bytes -= rows[i].amounts.bytes;
	}
	point_clear(p);
	point_tag(p, TOP_TAG_RANK, "other");
	point_tag(p, TOP_TAG_KEY, NULL);
	point_key(p, c, "");
	point_amounts(p, t, rest);
	c->emit(c->arg, p);
}

void
report_windows(const struct report_config *c, const struct meter *m,
    int64_t end_ns, struct topk_row *rows)
{
	for (unsigned w = 0; w < c->n_windows; w++) {
		char label[LABEL];
		struct point p;

		window_label(label, c->window_ns[w]);
		for (unsigned i = 0; i < meter_n_topk(m); i++) {
			point_init(&p, &schema_top, end_ns);
			point_tag(&p, TOP_TAG_SENSOR, c->sensor);
			point_tag(&p, TOP_TAG_WINDOW, label);
			report_ranking(c, m, meter_topk(m, i), w, &p, rows);
		}
		report_messages(c, meter_messages(m), w, end_ns, label);
	}
}

static void
self_meter(struct point *p, const struct meter_ledger *l)
{
	point_int(p, SELF_DELIVERED, l->delivered);
	point_int(p, SELF_DELIVERED_BYTES, l->delivered_bytes);
	point_int(p, SELF_DECODED, l->verdicts[DISSECT_OK]);
	point_int(p, SELF_TRUNCATED, l->verdicts[DISSECT_SHORT]);
	point_int(p, SELF_MALFORMED, l->verdicts[DISSECT_BAD]);
	point_int(p, SELF_BINNED, l->binned);
	point_int(p, SELF_BINNED_BYTES, l->binned_bytes);
	point_int(p, SELF_LATE, l->late);
	point_int(p, SELF_LATE_BYTES, l->late_bytes);
	point_int(p, SELF_IP4, l->nets[NET_IP4]);
	point_int(p, SELF_IP6, l->nets[NET_IP6]);
	point_int(p, SELF_ARP, l->nets[NET_ARP]);
	point_int(p, SELF_LLC, l->nets[NET_LLC]);
	point_int(p, SELF_WIFI, l->nets[NET_WIFI]);
	point_int(p, SELF_OTHER, l->nets[NET_OTHER]);
	point_int(p, SELF_UNKNOWN, l->nets[NET_UNKNOWN]);
	point_int(p, SELF_FRAGMENTS, l->fragments);
	point_int(p, SELF_LEN_CLAMPED, l->len_clamped);
	point_int(p, SELF_TIME_CLAMPED, l->time_clamped);
	point_int(p, SELF_LAYERS_EXCEEDED, l->layers_exceeded);
	point_int(p, SELF_COPIES, l->copies);
	point_int(p, SELF_NAMES_CUT, l->names_cut);
	point_int(p, SELF_MESSAGES_EXCEEDED, l->messages_exceeded);
	point_int(p, SELF_FLOW_EVICTS, l->flow_evicts);
	point_int(p, SELF_KEY_EVICTS, l->key_evicts);
}

static void
lost_sum(struct point *p, unsigned packets, unsigned bytes,
    const struct spool_sum *sum)
{
	if (sum->packets > 0)
		point_int(p, packets, sum->packets);
	if (sum->bytes > 0)
		point_int(p, bytes, sum->bytes);
}

/* Only where an output has a spool, so that lines alone stay as they were. */
static void
self_spool(struct point *p, const struct output_stats *o)
{
	if (!o->is_spooled)
		return;
	point_int(p, SELF_LOST_ROLLBACK, o->lost_rollback);
	point_int(p, SELF_LOST_SPOOL, o->lost_spool);
	point_int(p, SELF_SPOOL_BYTES, o->spool_bytes);
	point_int(p, SELF_SPOOL_MEMORY_BYTES, o->spool_memory_bytes);
	point_int(p, SELF_SPOOL_ERRORS, o->spool_errors);
	point_int(p, SELF_OUTPUTS_WAITING, o->waiting);
	point_int(p, SELF_OUTPUTS_CONFIG_ERROR, o->config_error);
}

static void
self_files(struct point *p, const struct report_self *self)
{
	point_int(p, SELF_FILES, self->files);
	point_int(p, SELF_FILES_BAD, self->files_bad);
	point_int(p, SELF_FILES_COPIED, self->files_copied);
	point_int(p, SELF_FILES_CUT, self->files_cut);
	point_int(p, SELF_FILE_BYTES, self->file_bytes);
	point_int(p, SELF_LAG_BYTES, self->lag_bytes);
	point_int(p, SELF_CUT_BYTES, self->cut_bytes);
}

static void
self_process(struct point *p, const struct report_self *self,
    const struct output_stats *o)
{
	point_int(p, SELF_RECORDS, o->records);
	point_int(p, SELF_STORED, o->stored);
	point_int(p, SELF_SPOOLED, o->spooled);
	point_int(p, SELF_LOST, output_lost(o));
	point_int(p, SELF_LOST_FULL, o->lost_full);
	point_int(p, SELF_LOST_ERROR, o->lost_error);
	lost_sum(p, SELF_LOST_PACKETS, SELF_LOST_BYTES, &o->lost_sum);
	self_spool(p, o);
	point_int(p, SELF_RELOADS, self->reloads);
	point_int(p, SELF_RELOADS_FAILED, self->reloads_failed);
	if (self->sandbox != NULL) {
		point_string(p, SELF_SANDBOX, self->sandbox);
		point_int(p, SELF_RESERVE_USED, self->reserve_used);
		point_int(p, SELF_RESERVE_REFUSED, self->reserve_refused);
	}
	if (self->has_denied)
		point_int(p, SELF_SANDBOX_DENIED, self->sandbox_denied);
	if (self->is_follow)
		self_files(p, self);
	if (!self->is_live)
		return;
	point_int(p, SELF_SELF_PACKETS, self->self_packets);
	point_int(p, SELF_SELF_BYTES, self->self_bytes);
	point_int(p, SELF_CLOCK_STEPS, self->clock_steps);
	point_int(p, SELF_CLOCK_AHEAD_MS, self->clock_ahead_ms);
	point_int(p, SELF_SUSPENDED_MS, self->suspended_ms);
	point_int(p, SELF_TIME_ODD, self->time_odd);
	point_int(p, SELF_RSS_BYTES, self->rss_bytes);
	point_int(p, SELF_RING_BYTES, self->ring_bytes);
	point_int(p, SELF_CPU_MS, self->cpu_ms);
	point_int(p, SELF_TIMER_LATE_US, self->timer_late_us);
	point_int(p, SELF_BIN_LATE_MS, self->bin_late_ms);
}

static void
health(const struct report_config *c, int64_t ts_ns, const char *name,
    uint64_t n_short, uint64_t n_bad)
{
	struct point p;

	if (n_short == 0 && n_bad == 0)
		return;
	point_init(&p, &schema_health, ts_ns);
	point_tag(&p, HEALTH_TAG_DISSECTOR, name);
	point_tag(&p, HEALTH_TAG_SENSOR, c->sensor);
	point_int(&p, HEALTH_SHORT, n_short);
	point_int(&p, HEALTH_BAD, n_bad);
	c->emit(c->arg, &p);
}

/* Dissectors that share a name (UDP's and TCP's) are one. */
static void
report_health(const struct report_config *c, int64_t ts_ns,
    const struct meter_ledger *l, const struct conns_stats *s,
    const struct dissect *d)
{
	uint64_t n_short[DISSECTORS_MAX] = { 0 }, n_bad[DISSECTORS_MAX] = { 0 };

	for (unsigned i = 0; i < d->n; i++) {
		unsigned at = d->app[i] - 1u;

		n_short[at] += l->dissector_short[i] + s->stream_short[i];
		n_bad[at] += l->dissector_bad[i] + s->stream_bad[i];
	}
	for (unsigned i = 0; i < d->n; i++)
		health(c, ts_ns, d->list[i]->name, n_short[i], n_bad[i]);
}

static void
report_track(const struct report_config *c, int64_t ts_ns,
    const struct meter *m, const struct report_self *self)
{
	const struct track_stats *s = meter_track_stats(m);
	const struct transactions_stats *t = meter_transactions(m);
	struct point p;

	point_init(&p, &schema_track, ts_ns);
	point_tag(&p, SELF_TAG_SENSOR, c->sensor);
	point_int(&p, TRACK_SEGMENTS, s->conns.segments);
	point_int(&p, TRACK_SEGMENT_BYTES, s->conns.segment_bytes);
	point_int(&p, TRACK_LOST_BYTES, s->conns.lost_bytes);
	point_int(&p, TRACK_GAPS, s->conns.gaps);
	point_int(&p, TRACK_GAP_BYTES, s->conns.gap_bytes);
	point_int(&p, TRACK_OVERLAPS, s->conns.overlaps);
	point_int(&p, TRACK_BUFFERS_FULL, s->conns.buffers_full);
	point_int(&p, TRACK_CONN_EVICTS, s->conns.evicts);
	point_int(&p, TRACK_DATAGRAMS, s->fragments.whole);
	point_int(&p, TRACK_DATAGRAMS_LATE,
	    s->fragments.given_up[FRAGMENTS_TIMEOUT]);
	point_int(&p, TRACK_DATAGRAMS_OVERLAP,
	    s->fragments.given_up[FRAGMENTS_OVERLAP]);
	point_int(&p, TRACK_DATAGRAMS_CUT,
	    s->fragments.given_up[FRAGMENTS_CUT]);
	point_int(&p, TRACK_DATAGRAMS_EVICTED,
	    s->fragments.given_up[FRAGMENTS_FULL]);
	point_int(&p, TRACK_DATAGRAMS_BAD,
	    s->fragments.given_up[FRAGMENTS_BAD]);
	point_int(&p, TRACK_QUERY_REPEATS, t->repeated);
	point_int(&p, TRACK_QUERY_EVICTS, t->evicted);
	point_int(&p, TRACK_NAMES, meter_n_names(m));
	point_int(&p, TRACK_HPACK_REFUSED, self->hpack_refused);
	point_int(&p, TRACK_HPACK_FULL, self->hpack_full);
	point_int(&p, TRACK_HPACK_BAD, self->hpack_bad);
	c->emit(c->arg, &p);
}

void
report_self(const struct report_config *c, const struct meter *m, int64_t ts_ns,
    const struct report_self *self, const struct output_stats *outputs,
    const struct dissect *d)
{
	struct meter_ledger l;
	struct point p;

	meter_ledger(m, &l);
	report_health(c, ts_ns, &l, &meter_track_stats(m)->conns, d);
	report_track(c, ts_ns, m, self);
	point_init(&p, &schema_self, ts_ns);
	point_tag(&p, SELF_TAG_SENSOR, c->sensor);
	point_int(&p, SELF_RECEIVED, self->received);
	point_int(&p, SELF_DROPPED, self->dropped);
	point_int(&p, SELF_IF_DROPPED, self->if_dropped);
	point_int(&p, SELF_TABLE_BYTES, meter_memory(m) + self->track_bytes);
	self_meter(&p, &l);
	self_process(&p, self, outputs);
	c->emit(c->arg, &p);
}

void
report_output(const struct report_config *c, int64_t ts_ns, const char *name,
    const struct output_stats *stats)
{
	struct point p;

	point_init(&p, &schema_output, ts_ns);
	point_tag(&p, OUTPUT_TAG_OUTPUT, name);
	point_tag(&p, OUTPUT_TAG_SENSOR, c->sensor);
	point_int(&p, OUTPUT_RECORDS, stats->records);
	point_int(&p, OUTPUT_STORED, stats->stored);
	point_int(&p, OUTPUT_SPOOLED, stats->spooled);
	point_int(&p, OUTPUT_LOST, output_lost(stats));
	point_int(&p, OUTPUT_LOST_FULL, stats->lost_full);
	point_int(&p, OUTPUT_LOST_ERROR, stats->lost_error);
	point_int(&p, OUTPUT_LOST_ROLLBACK, stats->lost_rollback);
	point_int(&p, OUTPUT_LOST_SPOOL, stats->lost_spool);
	lost_sum(&p, OUTPUT_LOST_PACKETS, OUTPUT_LOST_BYTES, &stats->lost_sum);
	point_int(&p, OUTPUT_CONNECTS, stats->connects);
	point_string(&p, OUTPUT_STATE,
	    stats->config_error > 0  ? "refused"
		: stats->waiting > 0 ? "waiting"
				     : "ok");
	c->emit(c->arg, &p);
}

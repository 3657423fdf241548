/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The points of what windows counted of messages: dns, http, tls, tcp and
 * window.
 */
#include "daemon/report/report_messages.h"

#include "daemon/report/schema.h"

/* A field that is a number of messages; the others are filled by hand. */
struct kind_field {
	uint8_t field;
	uint8_t kind;
};

#define X_NONE(index, name, type, help)
#define K_KIND(index, name, kind, help) { index, MESSAGE_##kind },

static const struct kind_field dns_kinds[] = { SCHEMA_DNS(X_NONE, K_KIND) };
static const struct kind_field http_kinds[] = { SCHEMA_HTTP(X_NONE, K_KIND) };
static const struct kind_field tls_kinds[] = { SCHEMA_TLS(X_NONE, K_KIND) };
static const struct kind_field tcp_kinds[] = { SCHEMA_TCP(X_NONE, K_KIND) };

struct window_report {
	const struct report_config *config;
	const struct messages *messages;
	unsigned window;
	int64_t end_ns;
	const char *label;
};

static void
begin(const struct window_report *r, struct point *p,
    const struct measurement *schema, const struct kind_field *kinds,
    unsigned n)
{
	const struct message_counts *sums = &r->messages->sums[r->window];

	point_init(p, schema, r->end_ns);
	point_tag(p, WINDOW_TAG_SENSOR, r->config->sensor);
	point_tag(p, WINDOW_TAG_WINDOW, r->label);
	for (unsigned i = 0; i < n; i++)
		point_int(p, kinds[i].field, sums->n[kinds[i].kind]);
}

#define BEGIN(r, p, thing)                          \
	begin(r, p, &schema_##thing, thing##_kinds, \
	    sizeof(thing##_kinds) / sizeof(thing##_kinds[0]))

static uint64_t
value(const struct window_report *r, enum message_kind kind)
{
	return r->messages->sums[r->window].value[kind];
}

static void
distinct(const struct window_report *r, struct point *p, unsigned field,
    enum distinct_of of)
{
	point_int(p, field,
	    distinct_estimate(&r->messages->distinct[of], r->window));
}

/* Five fields from the first; none where there was nothing to measure. */
static void
quantiles(const struct window_report *r, struct point *p, unsigned first,
    enum quantile_of of)
{
	static const unsigned permille[] = { 500, 900, 950, 990, 1000 };
	uint64_t us;

	for (unsigned i = 0; i < 5; i++)
		if (quantiles_get(&r->messages->quantiles[of], &us, r->window,
			permille[i]))
			point_int(p, first + i, us);
}

static void
emit(const struct window_report *r, const struct point *p)
{
	r->config->emit(r->config->arg, p);
}

static void
report_hosts(const struct window_report *r)
{
	uint64_t lack = 0;
	struct point p;

	begin(r, &p, &schema_window, NULL, 0);
	distinct(r, &p, WINDOW_SOURCES, DISTINCT_SRC);
	distinct(r, &p, WINDOW_DESTINATIONS, DISTINCT_DST);
	distinct(r, &p, WINDOW_PAIRS, DISTINCT_PAIR);
	point_int(&p, WINDOW_ERR_PERMILLE, DISTINCT_ERROR_PERMILLE);
	for (unsigned i = 0; i < QUANTILE_N; i++)
		lack += quantiles_early(&r->messages->quantiles[i], r->window);
	if (lack > 0)
		point_int(&p, WINDOW_QUANTILES_LACK, lack);
	emit(r, &p);
}

static void
report_dns(const struct window_report *r)
{
	struct point p;

	BEGIN(r, &p, dns);
	point_int(&p, DNS_EDNS_BYTES, value(r, MESSAGE_DNS_EDNS));
	distinct(r, &p, DNS_NAMES, DISTINCT_DNS_NAME);
	quantiles(r, &p, DNS_P50_US, QUANTILE_DNS);
	emit(r, &p);
}

static void
report_http(const struct window_report *r)
{
	struct point p;

	BEGIN(r, &p, http);
	distinct(r, &p, HTTP_HOSTS, DISTINCT_HTTP_HOST);
	distinct(r, &p, HTTP_USER_AGENTS, DISTINCT_USER_AGENT);
	quantiles(r, &p, HTTP_P50_US, QUANTILE_HTTP);
	emit(r, &p);
}

static void
report_tls(const struct window_report *r)
{
	struct point p;

	BEGIN(r, &p, tls);
	distinct(r, &p, TLS_NAMES, DISTINCT_SNI);
	distinct(r, &p, TLS_FINGERPRINTS, DISTINCT_JA4);
	quantiles(r, &p, TLS_P50_US, QUANTILE_TLS);
	emit(r, &p);
}

static void
report_tcp(const struct window_report *r)
{
	struct point p;

	BEGIN(r, &p, tcp);
	point_int(&p, TCP_RETRANSMIT_BYTES, value(r, MESSAGE_TCP_RETRANSMIT));
	point_int(&p, TCP_LOST_BYTES, value(r, MESSAGE_TCP_LOST));
	quantiles(r, &p, TCP_HANDSHAKE_P50_US, QUANTILE_HANDSHAKE);
	quantiles(r, &p, TCP_RTT_P50_US, QUANTILE_RTT);
	emit(r, &p);
}

void
report_messages(const struct report_config *c, const struct messages *m,
    unsigned window, int64_t end_ns, const char *label)
{
	struct window_report r = { .config = c,
		.messages = m,
		.window = window,
		.end_ns = end_ns,
		.label = label };

	report_hosts(&r);
	report_dns(&r);
	report_http(&r);
	report_tls(&r);
	report_tcp(&r);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Closed bins and windows become points.
 *
 * Pure: it asks the meter, takes look-ups as functions and gives each point
 * to one function.  What is published, and in which order, is decided here.
 */
#ifndef DAEMON_REPORT_REPORT_H
#define DAEMON_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/enrich/geoip.h"
#include "daemon/meter/meter.h"
#include "daemon/output/output.h"
#include "daemon/report/point.h"

struct report_config {
	const char *sensor;
	const char *const *sources; /* names, by the meter's numbers */
	unsigned n_sources;
	const int64_t *window_ns;
	unsigned n_windows;
	uint32_t top; /* keys per ranking */
	bool has_key_field, has_key_tag;
	/* NULL: nothing is known of addresses. */
	void (*place)(void *arg, const uint8_t *addr, bool is_v6,
	    struct geoip_info *info);
	/* A host of a point has no name; one may be found meanwhile.  Or NULL. */
	void (*unnamed)(void *arg, const uint8_t *addr, bool is_v6);
	void (*emit)(void *arg, const struct point *p);
	void *arg;
};

/* What the process knows of itself, beside the meter's ledger. */
struct report_self {
	uint64_t received, dropped, if_dropped;
	uint64_t reloads, reloads_failed;
	uint64_t track_bytes; /* reserved for tables, beside the meter's */
	bool is_live; /* else the rest is left out */
	uint64_t rss_bytes, ring_bytes, cpu_ms, timer_late_us;
};

/* One point for each source. */
void report_bin(const struct report_config *c, const struct bin *bin);

/*
 * All rankings and counts of every window, which end at end_ns.  rows is room
 * for c->top rows.
 */
void report_windows(const struct report_config *c, const struct meter *m,
    int64_t end_ns, struct topk_row *rows);

/* The ledger, and the health of each dissector that had something amiss. */
void report_self(const struct report_config *c, const struct meter *m,
    int64_t ts_ns, const struct report_self *self,
    const struct output_stats *outputs, const struct dissect *d);

#endif

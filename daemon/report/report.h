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
	uint64_t hpack_refused, hpack_full, hpack_bad; /* struct hpack_stats */
	const char *sandbox; /* NULL: left out */
	bool has_denied; /* else left out */
	uint64_t sandbox_denied;
	uint64_t reserve_used, reserve_refused; /* with sandbox */
	bool is_follow; /* else these are left out */
	uint64_t files, files_bad, files_copied, files_cut;
	uint64_t file_bytes, lag_bytes, cut_bytes;
	bool is_live; /* else the rest is left out */
	uint64_t self_packets, self_bytes; /* of our own connections */
	uint64_t clock_steps, clock_ahead_ms, suspended_ms, time_odd;
	uint64_t rss_bytes, ring_bytes, cpu_ms, timer_late_us, bin_late_ms;
};

/* Whether an interface is captured from; see docs/live.md. */
enum source_state {
	SOURCE_UP,
	SOURCE_NO_LINK,
	SOURCE_DOWN,
	SOURCE_ABSENT,
	SOURCE_FAILED,
	SOURCE_STATES
};

/* An interface, since the start. */
struct report_source {
	enum source_state state;
	uint64_t changes; /* of the state */
	int64_t blind_ns; /* time without capture */
	uint64_t received, dropped, if_dropped;
};

/* "up", "no_link" … */
const char *report_state_name(enum source_state state);

/* One point for each source. */
void report_bin(const struct report_config *c, const struct bin *bin);

/* The state of a source. */
void report_source(const struct report_config *c, int64_t ts_ns,
    unsigned source, const struct report_source *self);

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

/* The ledger of one output. */
void report_output(const struct report_config *c, int64_t ts_ns,
    const char *name, const struct output_stats *stats);

#endif

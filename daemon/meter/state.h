/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The meter's inside, for the files that it is made of: meter.c makes it and
 * closes bins, count.c counts packets, notes.c what they said.
 */
#ifndef DAEMON_METER_STATE_H
#define DAEMON_METER_STATE_H

#include "daemon/meter/book.h"
#include "daemon/meter/flows.h"
#include "daemon/meter/messages.h"
#include "daemon/meter/meter.h"
#include "daemon/meter/transactions.h"

enum {
	DROP_BINS = 64 /* bins that drops may wait for */
};

struct open_bin {
	int64_t number; /* start / width */
	bool is_quiet; /* not published if it stays empty */
	struct flows flows;
	struct flows tunnels; /* outer addresses; sport: pkt->tunnel */
	uint32_t n_folded; /* flows that were folded ahead */
	struct bin_totals sources[SOURCES_MAX];
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
	struct open_bin open[SLOTS]; /* by the lowest bit of the number; late */
	bool has_late; /* the last slot is in use */
	bool counts_late; /* there is a window that never ends */
	uint64_t drops[DROP_BINS][SOURCES_MAX];
	uint64_t n_items; /* counted so far */
	int64_t blind_ns[DROP_BINS][SOURCES_MAX];

	struct hosts hosts;
	struct book *book;
	struct transactions *transactions;
	struct topk tops[RANKINGS_MAX];
	unsigned n_tops;
	struct topk *by_message[MESSAGE_N];

	struct window_set windows;
	struct messages messages;

	struct meter_ledger ledger;
	struct track_stats track; /* with the last batch */
};

static inline unsigned
slot_of(int64_t number)
{
	return (unsigned)(number & 1);
}

/*
 * Counts what n flows of a bin from the first had, in totals and rankings;
 * they have nothing left then, but are known still.
 */
void meter_fold_flows(struct meter *m, unsigned slot, uint32_t first,
    uint32_t n);
void meter_fold_tunnels(struct meter *m, unsigned slot, uint32_t first,
    uint32_t n);

/* Makes number the newest bin. */
void meter_roll(struct meter *m, int64_t to);

/* Counts the messages of an item, and what they mean together with others. */
void meter_notes(struct meter *m, unsigned slot, const struct batch *b,
    const struct item *item);

/* Time has come to now_ns: counts queries that nobody answered. */
void meter_unanswered(struct meter *m, int64_t now_ns);

#endif

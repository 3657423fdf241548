/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The meter's inside, for the files that it is made of: meter.c makes it and
 * closes bins, count.c counts packets.
 */
#ifndef DAEMON_METER_STATE_H
#define DAEMON_METER_STATE_H

#include "daemon/meter/copies.h"
#include "daemon/meter/flows.h"
#include "daemon/meter/messages.h"
#include "daemon/meter/meter.h"

enum {
	DROP_BINS = 64, /* bins that drops may wait for */
	QUEUE = 16 /* packets whose records are being fetched from memory */
};

struct open_bin {
	int64_t number; /* start / width */
	bool is_quiet; /* not published if it stays empty */
	struct flows flows;
	struct flows tunnels; /* outer addresses; sport: pkt->tunnel */
	uint32_t n_folded; /* flows that were folded ahead */
	struct bin_totals sources[SOURCES_MAX];
};

/* A packet on its way into its flow and its connection. */
struct queued {
	struct tuple tuple;
	uint64_t hash;
	uint64_t conn_hash; /* tuple_hash of it */
	int64_t ts_ns;
	uint32_t ip_len;
	uint8_t slot;
	uint8_t app;
	uint8_t stream;
	bool has_segment;
	struct copies_mark mark;
	union {
		struct segment segment;
		struct cur data; /* if stream */
	};
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

	struct queued queue[QUEUE];
	uint64_t queue_in, queue_out;
	struct copies copies;

	struct hosts hosts;
	struct track *track;
	struct conns *conns; /* track's */
	struct topk tops[RANKINGS_MAX];
	unsigned n_tops;
	struct topk *by_message[MESSAGE_N];

	struct window_set windows;
	struct messages messages;

	struct meter_ledger ledger;
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

/* Counts the messages of a packet of so many IP bytes, and empties the list. */
void meter_count_messages(struct meter *m, unsigned slot, uint32_t ip_len,
    struct message_list *list);

#endif

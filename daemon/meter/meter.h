/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The meter: batches of packets in, closed bins and window rankings out.
 *
 * Per packet it touches the open bin's totals and one flow record.  When a
 * bin closes, the flows' deltas are folded into the rankings; a fold is a
 * sum, so a record that must make room earlier is folded early and nothing is
 * lost.  Time is the packets' time: bins are cut by timestamp, aligned to the
 * epoch, and the same packets give the same results at any speed.
 *
 * Two bins are open: the newest, and the one before it.  A packet older than
 * both is late: counted, but in no bin.
 */
#ifndef DAEMON_METER_METER_H
#define DAEMON_METER_METER_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/meter/hosts.h"
#include "daemon/meter/messages.h"
#include "daemon/meter/topk.h"
#include "daemon/pipe/batch.h"

enum {
	SOURCES_MAX = 16,
	LEN_MAX = 262144, /* wire bytes of a packet are clamped to it */
	EMPTY_BINS_MAX = 1000, /* published in a row */
	METER_KEYS = 8,
	METER_KEY_TUPLE = 4 /* flows take the tuple_hash under this key */
};

struct bin_totals {
	uint64_t packets;
	uint64_t bytes;
	uint64_t ip_packets;
	uint64_t ip_bytes;
	uint64_t ip4_bytes;
	uint64_t ip6_bytes;
	uint64_t tcp_bytes;
	uint64_t udp_bytes;
	uint64_t icmp_bytes;
	uint64_t flows;
	uint64_t flow_evicts; /* so many flows may be counted twice */
	uint64_t copies; /* of packets seen just before */
	uint64_t drops;
	int64_t blind_ns; /* time without capture */
};

/* A closed bin, borrowed until the callback returns. */
struct bin {
	int64_t start_ns;
	int64_t width_ns;
	const struct bin_totals *sources;
	unsigned n_sources;
};

/* Every delivered packet has one verdict, one kind and one fate. */
struct meter_ledger {
	uint64_t delivered, delivered_bytes;
	uint64_t verdicts[3]; /* by enum verdict */
	uint64_t nets[NET_N]; /* by enum pkt_net */
	uint64_t binned, binned_bytes;
	uint64_t late, late_bytes;
	uint64_t fragments;
	uint64_t len_clamped;
	uint64_t time_clamped;
	uint64_t layers_exceeded;
	uint64_t names_cut;
	uint64_t messages_exceeded; /* packets with more than are read */
	uint64_t copies; /* IP packets that were seen just before */
	uint64_t flow_evicts;
	uint64_t key_evicts;
	uint64_t dissector_short[DISSECTORS_MAX];
	uint64_t dissector_bad[DISSECTORS_MAX];
};

struct meter_config {
	int64_t bin_ns;
	int64_t window_ns[WINDOWS_MAX]; /* 0: all */
	unsigned n_windows;
	int64_t report_ns; /* a multiple of bin_ns; 0: only at the end */
	size_t memory; /* bytes of all tables */
	unsigned n_sources;
	bool is_live; /* the clock, not only packets, closes bins */
	struct hash_key keys[METER_KEYS]; /* random */
	hosts_lookup lookup; /* NULL: no rankings by place */
	/* A bin has closed. */
	void (*on_bin)(void *arg, const struct bin *bin);
	/* Windows that end at end_ns are to be published; 0: no bin has closed. */
	void (*on_report)(void *arg, int64_t end_ns);
	void *arg;
};

struct meter;
struct book_entry;
struct transactions_stats;

/* Never returns NULL. */
struct meter *meter_new(const struct meter_config *config);
void meter_free(struct meter *m);

/*
 * Counts a batch, and closes the bins that are over with it.  It is written to:
 * hashes become those of flows.
 */
void meter_batch(struct meter *m, struct batch *b);

/*
 * Live: no packet from before now_ns will come.  Bins that end by then close,
 * empty ones too.  The first call opens the first bin.
 */
void meter_advance(struct meter *m, int64_t now_ns);

/*
 * The kernel dropped n packets of a source between from_ns and to_ns; which,
 * it does not say.  They are spread evenly over the bins between.
 */
void meter_drops(struct meter *m, unsigned source, uint64_t n, int64_t from_ns,
    int64_t to_ns);

/*
 * Nothing was captured on a source between from_ns and to_ns, which is at most
 * 64 bins later and was not told before.
 */
void meter_blind(struct meter *m, unsigned source, int64_t from_ns,
    int64_t to_ns);

/* Closes both open bins and reports. */
void meter_finish(struct meter *m);

/* Reports the windows now, as of the last closed bin, if there is one. */
void meter_report(struct meter *m);

/* Where the oldest open bin begins; 0 before the first packet. */
int64_t meter_open_ns(const struct meter *m);

/* A reload's new cadence. */
void meter_set_report(struct meter *m, int64_t report_ns);

/* The look-up answers differently now. */
void meter_forget_hosts(struct meter *m);

/* Fills *l with everything since the start. */
void meter_ledger(const struct meter *m, struct meter_ledger *l);

/* What the windows counted of messages. */
const struct messages *meter_messages(const struct meter *m);

/* What the tracker counted until the last batch. */
const struct track_stats *meter_track_stats(const struct meter *m);

/* What became of DNS queries. */
const struct transactions_stats *meter_transactions(const struct meter *m);

/* Addresses that have a name or a MAC. */
uint64_t meter_n_names(const struct meter *m);

/* How an address is called; false if nobody has said. */
bool meter_find_name(const struct meter *m, const uint8_t *addr, bool is_v6,
    struct book_entry *entry);

/* Somebody else knows the name of an address. */
void meter_add_name(struct meter *m, const uint8_t *addr, bool is_v6,
    const char *name, size_t len, int64_t ts_ns);

/* The active rankings, n of them. */
const struct topk *meter_topk(const struct meter *m, unsigned i);
unsigned meter_n_topk(const struct meter *m);

/* A host of this autonomous system, as hosts_of_asn. */
bool meter_host_of_asn(const struct meter *m, uint32_t asn, uint8_t *key);

/* Bytes reserved for tables. */
size_t meter_memory(const struct meter *m);

#endif

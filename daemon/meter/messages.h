/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the windows counted of messages: how many of each kind, the sums of
 * their values, how many distinct names, and quantiles of times.  Names are
 * ranked elsewhere.
 */
#ifndef DAEMON_METER_MESSAGES_H
#define DAEMON_METER_MESSAGES_H

#include <stdint.h>

#include "daemon/meter/distinct.h"
#include "daemon/meter/quantiles.h"
#include "daemon/meter/topk.h"
#include "dissect/message.h"

struct note;

/* What distinct values are counted of; the first three by fold. */
enum distinct_of {
	DISTINCT_SRC,
	DISTINCT_DST,
	DISTINCT_PAIR,
	DISTINCT_DNS_NAME,
	DISTINCT_HTTP_HOST,
	DISTINCT_USER_AGENT,
	DISTINCT_SNI,
	DISTINCT_JA4,
	DISTINCT_N
};

enum quantile_of {
	QUANTILE_DNS,
	QUANTILE_HTTP,
	QUANTILE_TLS,
	QUANTILE_HANDSHAKE,
	QUANTILE_RTT,
	QUANTILE_N
};

struct message_counts {
	uint64_t n[MESSAGE_N];
	uint64_t value[MESSAGE_N];
};

struct messages {
	struct window_set windows;
	uint32_t longest;
	uint64_t n_closed;
	struct message_counts open[SLOTS];
	struct message_counts *bins; /* the newest `longest` of them */
	struct message_counts sums[WINDOWS_MAX];
	struct distinct distinct[DISTINCT_N];
	struct quantiles quantiles[QUANTILE_N];
};

/* Bytes that messages_init reserves for such windows. */
size_t messages_memory(const struct window_set *windows);

void messages_init(struct messages *m, const struct window_set *windows);
void messages_fini(struct messages *m);

/* Counts a message in an open bin. */
void messages_add(struct messages *m, unsigned slot, const struct note *note);

/* The bin of the slot closes, or one that had nothing (SLOT_EMPTY). */
void messages_close(struct messages *m, unsigned slot);

#endif

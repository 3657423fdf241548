/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many messages of each kind the windows counted: a ring of closed bins,
 * added when they close, subtracted when they leave.
 */
#ifndef DAEMON_METER_MESSAGES_H
#define DAEMON_METER_MESSAGES_H

#include <stdint.h>

#include "daemon/meter/topk.h"
#include "dissect/pkt.h"

struct message_counts {
	uint64_t n[MESSAGE_N];
};

struct messages {
	struct window_set windows;
	uint32_t longest;
	uint64_t n_closed;
	struct message_counts *bins; /* the newest `longest` of them */
	struct message_counts sums[WINDOWS_MAX];
};

void messages_init(struct messages *m, const struct window_set *windows);
void messages_fini(struct messages *m);

/* A bin with these counts closes. */
void messages_close(struct messages *m, const struct message_counts *bin);

#endif

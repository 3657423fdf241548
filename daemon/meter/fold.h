/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fold: flows' deltas become what totals and rankings count.
 */
#ifndef DAEMON_METER_FOLD_H
#define DAEMON_METER_FOLD_H

#include "daemon/meter/flows.h"
#include "daemon/meter/hosts.h"
#include "daemon/meter/messages.h"
#include "daemon/meter/topk.h"

struct bin_totals;

/* Adds what a flow had to its source's totals. */
void fold_totals(struct bin_totals *b, const struct flow *f);

/* Counts a flow's hosts as distinct ones. */
void fold_distinct(struct messages *m, unsigned slot, const struct flow *f);

/*
 * Adds n flows from the first to the rankings of flows among n_tops, in the
 * bin of slot: of tunnels' outer flows, or of all others.
 */
void fold_rankings(struct topk *tops, unsigned n_tops, unsigned slot,
    bool is_tunnel, struct hosts *hosts, const struct flows *flows,
    uint32_t first, uint32_t n);

#endif

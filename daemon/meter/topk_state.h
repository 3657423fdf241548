/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a ranking's counts, for topk.c and topk_init.c.
 */
#ifndef DAEMON_METER_TOPK_STATE_H
#define DAEMON_METER_TOPK_STATE_H

#include "daemon/meter/topk.h"

/* What follows the key in a record of the dictionary. */
struct entry {
	uint32_t row[SLOTS]; /* its row in an open bin, plus one */
	uint32_t refs; /* closed bins that have a row of it */
	uint32_t serial; /* tells this key from those evicted before */
	uint32_t name;
	uint16_t name_len;
	bool is_pinned; /* counted in a window that never ends */
	struct amounts sum[]; /* one for each window */
};

struct open_row {
	uint32_t index;
	struct amounts amounts;
	uint64_t lacks; /* may have lost so much in this bin before */
};

struct closed_row {
	uint32_t index;
	uint32_t serial;
	struct amounts amounts;
};

struct closed_bin {
	uint64_t first;
	uint64_t n;
	struct amounts total;
	uint64_t bound;
};

static inline bool
is_named(const struct topk *t)
{
	return t->ranking->key_size == 0;
}

/* Rows that a slot has at most. */
static inline uint32_t
rows_of(const struct topk *t, unsigned slot)
{
	return slot == SLOT_LATE ? (t->open_max + 7) / 8 : t->open_max;
}

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One ranking's counts: two open bins and the sliding windows over the closed
 * ones.
 *
 * A dictionary holds each key once, with its sum in every window.  A closed
 * bin is a list of rows (key, amounts): added to the windows when the bin
 * closes, subtracted when it falls out.  So a window is exact while there is
 * room, and nothing is ever scanned but to find the largest.
 *
 * At the limit of its memory the least of a few sampled rows or keys is
 * evicted.  What it had counted stays in the totals, and the most that any
 * key can have lost is kept for each bin: a window's bound is the sum of its
 * bins' bounds, so errors leave the window with the bins that made them.
 */
#ifndef DAEMON_METER_TOPK_H
#define DAEMON_METER_TOPK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/meter/chunks.h"
#include "daemon/meter/ranking.h"
#include "daemon/meter/table.h"

enum { WINDOWS_MAX = 4, WINDOW_ALL = 0 };

/* Lengths in bins; WINDOW_ALL never ends. */
struct window_set {
	uint32_t bins[WINDOWS_MAX];
	unsigned n;
};

/*
 * A message counts as one packet: its packets are the field "count".  Its
 * bytes are what the ranking's unit says.
 */
struct amounts {
	uint64_t packets;
	uint64_t bytes;
};

/*
 * The two open bins of the meter, and what came too late for them: it enters
 * only windows that never end.
 */
enum { SLOT_LATE = 2, SLOTS = 3, SLOT_EMPTY = SLOTS };

struct topk_slot {
	struct open_row *rows;
	uint32_t n;
	uint32_t hand; /* where sampling goes on */
	uint32_t victim; /* the next row to be evicted */
	uint32_t hole; /* the row that was, plus one: for the next row */
	struct amounts total;
	uint64_t bound; /* most that a key may lack in this bin */
	/* Most that one lost of closed bins: since another closed, and before. */
	uint64_t lost, lost_before;
};

struct topk {
	const struct ranking *ranking;
	struct window_set windows;
	struct table keys;
	uint32_t *direct; /* keys of up to two bytes: their index, plus one */
	struct chunks names; /* of rankings of messages */
	struct hash_key name_key;
	uint32_t hand;
	uint32_t serial;
	struct topk_slot slots[SLOTS];
	uint32_t open_max; /* rows of one open bin at most */

	/* Closed bins, the newest `longest` of them, and their rows. */
	uint32_t longest;
	uint64_t n_closed;
	struct closed_bin *bins;
	struct closed_row *rows;
	uint64_t rows_max, rows_head, rows_tail;
	uint64_t quota; /* rows that every bin may have */
	uint64_t excess; /* rows of closed bins beyond that */

	struct amounts total[WINDOWS_MAX];
	uint64_t bound[WINDOWS_MAX];
	uint64_t n_evicts;
	size_t memory; /* bytes reserved */
};

/* One row of a result. */
struct topk_row {
	uint32_t index; /* for topk_text and topk_key */
	struct amounts amounts;
};

/*
 * Makes an empty one that uses at most about memory bytes.  keys are two
 * random hash keys, borrowed for the call.
 */
void topk_init(struct topk *t, const struct ranking *ranking,
    const struct window_set *windows, const struct hash_key keys[2],
    size_t memory);
void topk_fini(struct topk *t);

/* An addition that has been prepared. */
struct topk_item {
	uint8_t key[RANKING_KEY]; /* ranking->key_size bytes, then zeros */
	uint64_t hash;
	struct amounts amounts;
};

/*
 * Counts items in an open bin.  Their keys and amounts are given; hashes are
 * written.  Several at a time wait for the memory together.
 */
void topk_add(struct topk *t, unsigned slot, struct topk_item *items,
    unsigned n);

/* The same where hashes are given, as the ranking's hash says. */
void topk_add_hashed(struct topk *t, unsigned slot, struct topk_item *items,
    unsigned n);

/* Hashes a name for topk_add_name and asks for what it will touch. */
void topk_name(const struct topk *t, const char *name, size_t n,
    uint64_t hash[2]);

/* Counts messages of this name, of which topk_name made the hash. */
void topk_add_name(struct topk *t, unsigned slot, const char *name, size_t n,
    const uint64_t hash[2], struct amounts amounts);

/* Counts what has no key: it belongs to the whole, and to no row. */
void topk_add_rest(struct topk *t, unsigned slot, struct amounts amounts);

/*
 * Closes the bin in the slot, which is empty then, or one that had nothing
 * (SLOT_EMPTY): it enters all windows, and others leave them.  SLOT_LATE is no
 * bin: nothing leaves.
 */
void topk_close(struct topk *t, unsigned slot);

/*
 * Writes the n largest keys of a window, largest first (by bytes, messages by
 * count; equal ones by their text), and returns how many there are.
 */
uint32_t topk_top(const struct topk *t, unsigned window, struct topk_row *rows,
    uint32_t n);

/*
 * What the window counted in all, exactly, and how far keys may be off: with
 * what open bins have made leave, although it isn't in their windows yet.
 */
static inline struct amounts
topk_total(const struct topk *t, unsigned window)
{
	return t->total[window];
}

static inline uint64_t
topk_bound(const struct topk *t, unsigned window)
{
	uint64_t bound = t->bound[window];

	for (unsigned s = 0; s < SLOTS; s++)
		bound += t->slots[s].lost + t->slots[s].lost_before;
	return bound;
}

/* What rows are ranked by: bytes, or the count or the values of messages. */
static inline uint64_t
topk_score(const struct topk *t, struct amounts a)
{
	bool by_count = ranking_is_named(t->ranking) &&
	    t->ranking->unit == UNIT_PACKET_BYTES;

	return by_count ? a.packets : a.bytes;
}

/*
 * Writes the row of the key at an index below t->keys.high.  Returns false if
 * the window has none there.
 */
bool topk_row(const struct topk *t, unsigned window, uint32_t index,
    struct topk_row *row);

/* The key of a row, for rankings of flows. */
const uint8_t *topk_key(const struct topk *t, uint32_t index);

/* Writes the key of a row as text, NUL-terminated; its length. */
size_t topk_text(const struct topk *t, uint32_t index, char out[RANKING_TEXT]);

#endif

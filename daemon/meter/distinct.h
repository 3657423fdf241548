/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many distinct values the sliding windows saw: HyperLogLog (Flajolet et
 * al., 2007) with a standard error of 1.04 / sqrt(4096) = 1.6 %.
 *
 * Registers are maxima and can't be subtracted.  As in the sliding
 * HyperLogLog (Chabchoub and Hebrail, 2010) each register remembers what may
 * become its maximum once newer bins are all that is left; here as the newest
 * bin in which it had each rank.  So any window of closed bins has exactly
 * the registers it would have had alone, and the memory is fixed: 32 ranks of
 * 4096 registers, 256 KiB, of which untouched ranks cost nothing.  No window
 * is ever cut short, however many values there are.
 *
 * The hash is public and the same everywhere: a replay always gives the same
 * figures, and registers of several sensors can be merged.  The price: who
 * chooses the values can choose their hashes, and make a window look as if
 * it had seen very many (a few thousand values suffice) or very few.
 */
#ifndef DAEMON_METER_DISTINCT_H
#define DAEMON_METER_DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/meter/hash.h"
#include "daemon/meter/topk.h"

enum {
	DISTINCT_BITS = 12, /* of the hash choose the register */
	DISTINCT_REGISTERS = 1 << DISTINCT_BITS,
	DISTINCT_RANKS = 32, /* the last one stands for all above it */
	DISTINCT_ERROR_PERMILLE = 16, /* the standard error, for the schema */
	DISTINCT_BINS_MAX = 60000, /* of a window */
	DISTINCT_MEMORY = DISTINCT_RANKS * DISTINCT_REGISTERS * 2
};

/* The estimate of a window that never ends, which seldom changes. */
struct distinct_known {
	uint64_t all;
	bool is_known;
};

struct distinct {
	struct window_set windows;
	uint32_t longest;
	uint16_t now; /* number of the newest closed bin */
	uint16_t newest[DISTINCT_RANKS + 1]; /* bin of any register's rank */
	uint16_t *last; /* [rank - 1][register]: newest bin; 0: none */
	uint8_t open[SLOTS][DISTINCT_REGISTERS];
	uint8_t all[DISTINCT_REGISTERS]; /* since the start */
	struct distinct_known *known;
};

/*
 * Makes an empty one, which reserves DISTINCT_MEMORY if a window ends.  No
 * window may have more than DISTINCT_BINS_MAX bins.
 */
void distinct_init(struct distinct *d, const struct window_set *windows);
void distinct_fini(struct distinct *d);

/*
 * SipHash-1-3 under a key of sixteen zero bytes.  Sensors agree on a value if
 * they agree on its bytes.
 */
static inline uint64_t
distinct_hash(const void *bytes, size_t n)
{
	static const struct hash_key zero;

	return hash_bytes(&zero, bytes, n);
}

/* Counts a value, by its hash, in an open bin. */
static inline void
distinct_add(struct distinct *d, unsigned slot, uint64_t hash)
{
	uint8_t *r = &d->open[slot][hash >> (64 - DISTINCT_BITS)];
	uint64_t low = hash | (uint64_t)1 << (DISTINCT_RANKS - 1);
	uint8_t rank = (uint8_t)(__builtin_ctzll(low) + 1);

	if (*r < rank)
		*r = rank;
}

/*
 * Closes the bin in the slot, which is empty then, or one that had nothing
 * (SLOT_EMPTY): it enters all windows, and others leave them.
 */
void distinct_close(struct distinct *d, unsigned slot);

/* How many distinct values the window saw, about. */
uint64_t distinct_estimate(const struct distinct *d, unsigned window);

/*
 * Writes the registers of a window, as if it had been counted alone.  The
 * greater of each of two are those of the union of what they saw.
 */
void distinct_registers(const struct distinct *d,
    uint8_t registers[DISTINCT_REGISTERS], unsigned window);

/* What registers, merged or not, stand for; any bytes will do. */
uint64_t distinct_count(const uint8_t registers[DISTINCT_REGISTERS]);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/distinct.h"

#include <assert.h>
#include <string.h>

#include "daemon/memory.h"

void
distinct_init(struct distinct *d, const struct window_set *windows)
{
	memset(d, 0, sizeof(*d));
	d->windows = *windows;
	for (unsigned w = 0; w < windows->n; w++)
		if (windows->bins[w] > d->longest)
			d->longest = windows->bins[w];
	assert(d->longest <= DISTINCT_BINS_MAX);
	d->known = memory_reserve(sizeof(*d->known));
	if (d->longest > 0)
		d->last = memory_reserve(DISTINCT_MEMORY);
}

void
distinct_fini(struct distinct *d)
{
	memory_release(d->last, DISTINCT_MEMORY);
	memory_release(d->known, sizeof(*d->known));
}

static uint16_t
earlier(uint16_t number, uint16_t by)
{
	return number > by ? (uint16_t)(number - by) : 0;
}

/*
 * Bin numbers are about to exceed their type: the oldest that a window can
 * still have becomes the first, and those before it never were.
 */
static void
renumber(struct distinct *d)
{
	uint16_t by = (uint16_t)(d->now - d->longest);

	for (unsigned rank = 1; rank <= DISTINCT_RANKS; rank++) {
		uint16_t *last = d->last + (rank - 1) * DISTINCT_REGISTERS;

		if (d->newest[rank] == 0)
			continue;
		for (unsigned i = 0; i < DISTINCT_REGISTERS; i++)
			last[i] = earlier(last[i], by);
		d->newest[rank] = earlier(d->newest[rank], by);
	}
	d->now = earlier(d->now, by);
}

static void
enter(struct distinct *d, unsigned slot, unsigned i, uint8_t rank)
{
	if (d->all[i] < rank) {
		d->all[i] = rank;
		d->known->is_known = false;
	}
	if (d->last == NULL || slot == SLOT_LATE)
		return;
	d->last[(rank - 1u) * DISTINCT_REGISTERS + i] = d->now;
	d->newest[rank] = d->now;
}

void
distinct_close(struct distinct *d, unsigned slot)
{
	uint64_t eight;

	if (d->last != NULL && d->now == UINT16_MAX)
		renumber(d);
	if (slot != SLOT_LATE)
		d->now++;
	if (slot == SLOT_EMPTY)
		return;
	for (unsigned i = 0; i < DISTINCT_REGISTERS; i += sizeof(eight)) {
		memcpy(&eight, &d->open[slot][i], sizeof(eight));
		if (eight == 0)
			continue;
		for (unsigned k = i; k < i + sizeof(eight); k++)
			if (d->open[slot][k] > 0)
				enter(d, slot, k, d->open[slot][k]);
	}
	memset(d->open[slot], 0, sizeof(d->open[slot]));
}

void
distinct_registers(const struct distinct *d,
    uint8_t registers[DISTINCT_REGISTERS], unsigned window)
{
	/* As wide as the numbers, so that a rank is a loop over vectors. */
	uint16_t best[DISTINCT_REGISTERS] = { 0 };
	uint16_t before;

	if (d->windows.bins[window] == WINDOW_ALL) {
		memcpy(registers, d->all, DISTINCT_REGISTERS);
		return;
	}
	before = earlier(d->now, (uint16_t)d->windows.bins[window]);
	for (uint16_t rank = 1; rank <= DISTINCT_RANKS; rank++) {
		const uint16_t *last =
		    d->last + (rank - 1u) * DISTINCT_REGISTERS;

		if (d->newest[rank] <= before)
			continue;
		for (unsigned i = 0; i < DISTINCT_REGISTERS; i++)
			best[i] = last[i] > before ? rank : best[i];
	}
	for (unsigned i = 0; i < DISTINCT_REGISTERS; i++)
		registers[i] = (uint8_t)best[i];
}

/* x + the sum of x^(2^k) 2^(k-1) for k = 1, 2, ...; x is below 1. */
static double
sigma(double x)
{
	double sum = x, before, factor = 1;

	do {
		x *= x;
		before = sum;
		sum += x * factor;
		factor += factor;
	} while (sum != before);
	return sum;
}

/*
 * The improved raw estimator of O. Ertl, "New cardinality estimation
 * algorithms for HyperLogLog sketches" (2017), section 4: unbiased over the
 * whole range, so that small numbers need no linear counting of their own.
 * His tau(), for registers at the highest rank, is taken to first order,
 * which holds up to 10^12 values.
 */
uint64_t
distinct_count(const uint8_t registers[DISTINCT_REGISTERS])
{
	static const double m = DISTINCT_REGISTERS;
	static const double half_of_log2_e = 0.72134752044448170368;
	uint32_t n[DISTINCT_RANKS + 1] = { 0 };
	double z;

	for (unsigned i = 0; i < DISTINCT_REGISTERS; i++)
		n[registers[i] < DISTINCT_RANKS ? registers[i]
						: DISTINCT_RANKS]++;
	if (n[0] == DISTINCT_REGISTERS)
		return 0;
	z = n[DISTINCT_RANKS] / 3.0;
	for (unsigned rank = DISTINCT_RANKS - 1; rank > 0; rank--)
		z = (z + n[rank]) / 2;
	z += m * sigma(n[0] / m);
	return (uint64_t)(half_of_log2_e * m * m / z + 0.5);
}

/* Whether nothing came in a window. */
static bool
is_silent(const struct distinct *d, unsigned window)
{
	uint16_t before = earlier(d->now, (uint16_t)d->windows.bins[window]);

	for (unsigned rank = 1; rank <= DISTINCT_RANKS; rank++)
		if (d->newest[rank] > before)
			return false;
	return true;
}

uint64_t
distinct_estimate(const struct distinct *d, unsigned window)
{
	uint8_t registers[DISTINCT_REGISTERS];
	bool is_all = d->windows.bins[window] == WINDOW_ALL;

	if (is_all && d->known->is_known)
		return d->known->all;
	if (!is_all && is_silent(d, window))
		return 0;
	distinct_registers(d, registers, window);
	if (!is_all)
		return distinct_count(registers);
	d->known->all = distinct_count(registers);
	d->known->is_known = true;
	return d->known->all;
}

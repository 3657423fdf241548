/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/messages.h"

#include <string.h>

#include "daemon/memory.h"
#include "daemon/pipe/batch.h"

/* Which names and times of messages are counted further; plus one. */
static const struct {
	uint8_t distinct, quantile;
} further[MESSAGE_N] = {
	[MESSAGE_DNS_QUERY] = { .distinct = DISTINCT_DNS_NAME + 1 },
	[MESSAGE_HTTP_HOST] = { .distinct = DISTINCT_HTTP_HOST + 1 },
	[MESSAGE_HTTP_USER_AGENT] = { .distinct = DISTINCT_USER_AGENT + 1 },
	[MESSAGE_TLS_CLIENT_HELLO] = { .distinct = DISTINCT_SNI + 1 },
	[MESSAGE_TLS_JA4] = { .distinct = DISTINCT_JA4 + 1 },
	[MESSAGE_DNS_TIME] = { .quantile = QUANTILE_DNS + 1 },
	[MESSAGE_HTTP_TIME] = { .quantile = QUANTILE_HTTP + 1 },
	[MESSAGE_TLS_TIME] = { .quantile = QUANTILE_TLS + 1 },
	[MESSAGE_TCP_HANDSHAKE] = { .quantile = QUANTILE_HANDSHAKE + 1 },
	[MESSAGE_TCP_RTT] = { .quantile = QUANTILE_RTT + 1 },
};

static uint32_t
longest_of(const struct window_set *windows)
{
	uint32_t longest = 0;

	for (unsigned w = 0; w < windows->n; w++)
		if (windows->bins[w] > longest)
			longest = windows->bins[w];
	return longest;
}

size_t
messages_memory(const struct window_set *windows)
{
	return (longest_of(windows) + 1) * sizeof(struct message_counts) +
	    DISTINCT_N * DISTINCT_MEMORY + QUANTILE_N * QUANTILES_MEMORY;
}

void
messages_init(struct messages *m, const struct window_set *windows)
{
	*m = (struct messages){ .windows = *windows,
		.longest = longest_of(windows) };
	m->bins = memory_reserve((m->longest + 1) * sizeof(*m->bins));
	for (unsigned i = 0; i < DISTINCT_N; i++)
		distinct_init(&m->distinct[i], windows);
	for (unsigned i = 0; i < QUANTILE_N; i++)
		quantiles_init(&m->quantiles[i], windows, QUANTILES_MEMORY);
}

void
messages_fini(struct messages *m)
{
	memory_release(m->bins, (m->longest + 1) * sizeof(*m->bins));
	for (unsigned i = 0; i < DISTINCT_N; i++)
		distinct_fini(&m->distinct[i]);
	for (unsigned i = 0; i < QUANTILE_N; i++)
		quantiles_fini(&m->quantiles[i]);
}

void
messages_add(struct messages *m, unsigned slot, const struct note *note)
{
	unsigned distinct = further[note->kind].distinct;
	unsigned quantile = further[note->kind].quantile;

	m->open[slot].n[note->kind]++;
	m->open[slot].value[note->kind] += note->value;
	if (distinct != 0 && note->len > 0)
		distinct_add(&m->distinct[distinct - 1], slot,
		    distinct_hash(note->name, note->len));
	if (quantile != 0)
		quantiles_add(&m->quantiles[quantile - 1], slot, note->value);
}

/* Adds a bin's counts to a window's, and takes another's away. */
static void
slide(struct message_counts *sum, const struct message_counts *in,
    const struct message_counts *out)
{
	for (unsigned k = 0; k < MESSAGE_N; k++) {
		sum->n[k] += in->n[k] - out->n[k];
		sum->value[k] += in->value[k] - out->value[k];
	}
}

void
messages_close(struct messages *m, unsigned slot)
{
	static const struct message_counts none;
	const struct message_counts *bin =
	    slot == SLOT_EMPTY ? &none : &m->open[slot];
	uint32_t ring = m->longest + 1;

	if (slot != SLOT_LATE)
		m->bins[m->n_closed % ring] = *bin;
	for (unsigned w = 0; w < m->windows.n; w++) {
		uint32_t len = m->windows.bins[w];
		bool leaves = len != WINDOW_ALL && m->n_closed >= len;

		if (slot == SLOT_LATE && len != WINDOW_ALL)
			continue;
		slide(&m->sums[w], bin,
		    leaves ? &m->bins[(m->n_closed - len) % ring] : &none);
	}
	m->n_closed += slot != SLOT_LATE;
	if (slot != SLOT_EMPTY)
		m->open[slot] = none;
	for (unsigned i = 0; i < DISTINCT_N; i++)
		distinct_close(&m->distinct[i], slot);
	for (unsigned i = 0; i < QUANTILE_N; i++)
		quantiles_close(&m->quantiles[i], slot);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/messages.h"

#include "daemon/memory.h"

void
messages_init(struct messages *m, const struct window_set *windows)
{
	*m = (struct messages){ .windows = *windows };
	for (unsigned w = 0; w < windows->n; w++)
		if (windows->bins[w] > m->longest)
			m->longest = windows->bins[w];
	m->bins = memory_reserve((m->longest + 1) * sizeof(*m->bins));
}

void
messages_fini(struct messages *m)
{
	memory_release(m->bins, (m->longest + 1) * sizeof(*m->bins));
}

void
messages_close(struct messages *m, const struct message_counts *bin)
{
	uint32_t ring = m->longest + 1;

	m->bins[m->n_closed % ring] = *bin;
	for (unsigned w = 0; w < m->windows.n; w++) {
		uint32_t len = m->windows.bins[w];
		bool leaves = len != WINDOW_ALL && m->n_closed >= len;
		const struct message_counts *old =
		    &m->bins[(m->n_closed - len) % ring];

		for (unsigned k = 0; k < MESSAGE_N; k++)
			m->sums[w].n[k] += bin->n[k] - (leaves ? old->n[k] : 0);
	}
	m->n_closed++;
}

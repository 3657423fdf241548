/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The largest keys of a window: a heap of as many rows as are wanted, whose
 * top ranks lowest, then sorted in place.
 */
#include "daemon/meter/topk.h"

#include <string.h>

/* Whether row a ranks below row b. */
static bool
is_below(const struct topk *t, const struct topk_row *a,
    const struct topk_row *b)
{
	uint64_t sa = topk_score(t, a->amounts);
	uint64_t sb = topk_score(t, b->amounts);
	char ta[RANKING_TEXT], tb[RANKING_TEXT];
	size_t na, nb;
	int c;

	if (sa != sb)
		return sa < sb;
	na = topk_text(t, a->index, ta);
	nb = topk_text(t, b->index, tb);
	c = memcmp(ta, tb, na < nb ? na : nb);
	return c != 0 ? c > 0 : na > nb;
}

/* Moves the row at i of a heap of n, whose top ranks lowest, to its place. */
static void
sift_down(const struct topk *t, struct topk_row *heap, uint32_t n, uint32_t i)
{
	struct topk_row row = heap[i];

	for (uint32_t child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n &&
		    is_below(t, &heap[child + 1], &heap[child]))
			child++;
		if (!is_below(t, &heap[child], &row))
			break;
		heap[i] = heap[child];
	}
	heap[i] = row;
}

uint32_t
topk_top(const struct topk *t, unsigned window, struct topk_row *rows,
    uint32_t n)
{
	uint32_t have = 0;

	for (uint32_t i = 0; n > 0 && i < t->keys.high; i++) {
		struct topk_row row;

		if (!topk_row(t, window, i, &row))
			continue;
		if (have < n) {
			rows[have++] = row;
			for (uint32_t k = n / 2; have == n && k-- > 0;)
				sift_down(t, rows, n, k);
		} else if (is_below(t, &rows[0], &row)) {
			rows[0] = row;
			sift_down(t, rows, n, 0);
		}
	}
	for (uint32_t k = have / 2; have < n && k-- > 0;)
		sift_down(t, rows, have, k);
	for (uint32_t k = have; k-- > 1;) {
		struct topk_row last = rows[k];

		rows[k] = rows[0];
		rows[0] = last;
		sift_down(t, rows, k, 0);
	}
	return have;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The largest keys of a window: a heap of as many rows as are wanted, whose
 * top ranks lowest, then sorted in place.
 */
#include "daemon/meter/topk.h"

#include <string.h>

/* What a row is ranked by, its text only where that decides. */
struct rank {
	uint64_t score;
	size_t len;
	char text[RANKING_TEXT];
};

static void
rank_of(struct rank *r, const struct topk *t, const struct topk_row *row)
{
	r->score = topk_score(t, row->amounts);
	r->len = topk_text(t, row->index, r->text);
}

/* Whether a row ranks below r. */
static bool
is_below_rank(const struct topk *t, const struct topk_row *row,
    const struct rank *r)
{
	uint64_t score = topk_score(t, row->amounts);
	char text[RANKING_TEXT];
	size_t len;
	int c;

	if (score != r->score)
		return score < r->score;
	len = topk_text(t, row->index, text);
	c = memcmp(text, r->text, len < r->len ? len : r->len);
	return c != 0 ? c > 0 : len > r->len;
}

/* Whether row a ranks below row b. */
static bool
is_below(const struct topk *t, const struct topk_row *a,
    const struct topk_row *b)
{
	struct rank r;

	if (topk_score(t, a->amounts) != topk_score(t, b->amounts))
		return topk_score(t, a->amounts) < topk_score(t, b->amounts);
	rank_of(&r, t, b);
	return is_below_rank(t, a, &r);
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

static void
make_heap(const struct topk *t, struct topk_row *rows, uint32_t n)
{
	for (uint32_t k = n / 2; k-- > 0;)
		sift_down(t, rows, n, k);
}

/* Of a heap, the rows in order, highest first. */
static void
sort_heap(const struct topk *t, struct topk_row *rows, uint32_t n)
{
	for (uint32_t k = n; k-- > 1;) {
		struct topk_row last = rows[k];

		rows[k] = rows[0];
		rows[0] = last;
		sift_down(t, rows, k, 0);
	}
}

uint32_t
topk_top(const struct topk *t, unsigned window, struct topk_row *rows,
    uint32_t n)
{
	struct rank lowest; /* of the heap, once there are n rows */
	struct topk_row row;
	uint32_t have = 0;

	for (uint32_t i = 0; n > 0 && i < t->keys.high; i++) {
		if (!topk_row(t, window, i, &row))
			continue;
		if (have < n) {
			rows[have++] = row;
			if (have < n)
				continue;
			make_heap(t, rows, n);
		} else if (!is_below_rank(t, &row, &lowest)) {
			rows[0] = row;
			sift_down(t, rows, n, 0);
		} else {
			continue;
		}
		rank_of(&lowest, t, &rows[0]);
	}
	if (have < n)
		make_heap(t, rows, have);
	sort_heap(t, rows, have);
	return have;
}

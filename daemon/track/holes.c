/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/track/conn.h"

#include <string.h>

/*
 * An acknowledgment may be captured before the data that it is for: a machine
 * of several queues does that.  So long is waited for them.
 */
enum { LATE_US = 3000 };

/* In ascending order, none next to another. */
struct hole {
	uint32_t lo, hi; /* numbers from lo on, hi not */
	uint32_t us; /* since then; or since it was acknowledged */
};

struct holes {
	struct hole hole[HOLES_MAX];
	uint8_t n;
	uint8_t n_jumps;
	uint16_t acked; /* bit i: hole[i] was acknowledged */
	uint32_t jump; /* where the last segment out of the window ended */
};

struct trouble {
	struct holes side[2];
};

_Static_assert(sizeof(struct trouble) <= 2 * POOL_UNIT, "an exact block");

static struct holes *
holes_of(const struct conns *c, const struct conn *conn, unsigned dir)
{
	struct trouble *t;

	if (conn->trouble == 0)
		return NULL;
	t = pool_at(&c->pool, conn->trouble);
	return &t->side[dir];
}

/* The same, made if need be; NULL if there is no memory. */
static struct holes *
need(struct conns *c, struct conn *conn, unsigned dir)
{
	if (conn->trouble == 0) {
		conn->trouble = pool_take(&c->pool, sizeof(struct trouble));
		if (conn->trouble == 0)
			return NULL;
		memset(pool_at(&c->pool, conn->trouble), 0,
		    sizeof(struct trouble));
	}
	return holes_of(c, conn, dir);
}

static void
lose(struct conns *c, const struct conn *conn, unsigned dir, uint32_t n)
{
	if (n == 0)
		return;
	c->stats.lost_bytes += n;
	conn_message(c, conn, MESSAGE_TCP_LOST, dir, n);
}

static bool
is_acked(const struct holes *h, unsigned i)
{
	return h->acked >> i & 1;
}

/* Takes hole i out; returns the bytes lost by that. */
static uint32_t
take_out(struct holes *h, unsigned i)
{
	uint32_t n = is_acked(h, i) ? h->hole[i].hi - h->hole[i].lo : 0;
	uint16_t below = (uint16_t)((1u << i) - 1);

	h->n--;
	memmove(&h->hole[i], &h->hole[i + 1], (h->n - i) * sizeof(h->hole[0]));
	h->acked = (uint16_t)((h->acked & below) | (h->acked >> 1 & ~below));
	return n;
}

/* Makes room for a hole at i, which there must be. */
static void
put_in(struct holes *h, unsigned i, struct hole hole, bool acked)
{
	uint16_t below = (uint16_t)((1u << i) - 1);

	memmove(&h->hole[i + 1], &h->hole[i], (h->n - i) * sizeof(h->hole[0]));
	h->acked = (uint16_t)((h->acked & below) |
	    (unsigned)(h->acked & ~below) << 1 | (unsigned)acked << i);
	h->hole[i] = hole;
	h->n++;
}

void
holes_open(struct arrival *a, unsigned dir, uint32_t lo, uint32_t hi,
    bool acked)
{
	struct holes *h = need(a->c, a->conn, dir);

	if (h == NULL) {
		lose(a->c, a->conn, dir, acked ? hi - lo : 0);
		return;
	}
	if (h->n == HOLES_MAX)
		lose(a->c, a->conn, dir, take_out(h, 0));
	put_in(h, h->n, (struct hole){ lo, hi, a->now_us }, acked);
}

/* Fills hole i as far as from and to are in it; true if nothing is left. */
static bool
fill(struct holes *h, unsigned i, uint32_t from, uint32_t to)
{
	struct hole *hole = &h->hole[i], rest = *hole;

	if (from == hole->lo && to == hole->hi) {
		take_out(h, i);
		return true;
	}
	if (from == hole->lo) {
		hole->lo = to;
	} else if (to == hole->hi) {
		hole->hi = from;
	} else {
		hole->hi = from;
		rest.lo = to;
		/* Without room the upper part is taken as filled. */
		if (h->n < HOLES_MAX)
			put_in(h, i + 1, rest, is_acked(h, i));
	}
	return false;
}

uint32_t
holes_fill(struct arrival *a, uint32_t seq, uint32_t end, uint32_t *since_us)
{
	struct holes *h = holes_of(a->c, a->conn, a->dir);
	uint32_t filled = 0;

	if (h == NULL)
		return 0;
	for (unsigned i = 0; i < h->n;) {
		struct hole hole = h->hole[i];
		uint32_t from = seq_after(seq, hole.lo) ? seq : hole.lo;
		uint32_t to = seq_after(hole.hi, end) ? end : hole.hi;

		if (!seq_after(to, from)) {
			i++;
			continue;
		}
		if (filled == 0)
			*since_us = hole.us;
		filled += to - from;
		if (!fill(h, i, from, to))
			i++;
	}
	return filled;
}

static void
check(struct arrival *a, struct holes *h, unsigned dir)
{
	const struct side *receiver = &a->conn->side[!dir];
	uint32_t lost = 0;

	for (unsigned i = 0; i < h->n;) {
		if (is_acked(h, i)) {
			if (a->now_us - h->hole[i].us >= LATE_US)
				lost += take_out(h, i);
			else
				i++;
			continue;
		}
		if ((receiver->flags & SIDE_ACK) &&
		    !seq_after(h->hole[i].hi, receiver->ack)) {
			h->acked |= (uint16_t)(1u << i);
			h->hole[i].us = a->now_us;
		}
		i++;
	}
	lose(a->c, a->conn, dir, lost);
}

static void
release(struct conns *c, struct conn *conn)
{
	pool_give(&c->pool, conn->trouble);
	conn->trouble = 0;
}

void
holes_check(struct arrival *a)
{
	struct trouble *t = pool_at(&a->c->pool, a->conn->trouble);

	for (unsigned dir = 0; dir < 2; dir++)
		check(a, &t->side[dir], dir);
	if (t->side[0].n + t->side[1].n == 0 &&
	    t->side[0].n_jumps + t->side[1].n_jumps == 0)
		release(a->c, a->conn);
}

void
holes_drop(struct conns *c, struct conn *conn)
{
	if (conn->trouble == 0)
		return;
	for (unsigned dir = 0; dir < 2; dir++) {
		struct holes *h = holes_of(c, conn, dir);
		uint32_t lost = 0;

		while (h->n > 0)
			lost += take_out(h, h->n - 1u);
		lose(c, conn, dir, lost);
	}
	release(c, conn);
}

bool
holes_jump(struct arrival *a)
{
	struct holes *h = need(a->c, a->conn, a->dir);

	if (h == NULL)
		return false;
	if (h->n_jumps == 0 || a->seq != h->jump)
		h->n_jumps = 0;
	h->n_jumps++;
	h->jump = a->end;
	return h->n_jumps >= JUMPS;
}

void
holes_no_jump(struct arrival *a)
{
	holes_of(a->c, a->conn, a->dir)->n_jumps = 0;
}

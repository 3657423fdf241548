/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces that come too early wait, up to a bound, until the hole before them
 * is filled.  A hole is given up when its receiver has acknowledged it, for
 * then it was lost only to the capture; but not at once, since captures put
 * packets of the two directions into a wrong order, too.
 */
#include "daemon/track/stream.h"

#include <assert.h>
#include <string.h>

enum {
	WAITING_MAX = 256, /* pieces of one direction */
	WAITING_BYTES = 512 * 1024,
	COVERED_MAX = 32, /* pieces that wait for a covered hole */
	COVERED_US = 50000,
	HOLE_US = 5000000, /* a hole that nobody acknowledges */
	SLICE = 512 /* bytes of a piece that are read at once */
};

/* A piece that waits; its captured bytes follow at data. */
struct waiting {
	uint32_t next; /* block */
	uint32_t seq, len, caplen;
	int64_t ts_ns;
	uint32_t data; /* where, in the block */
};

static struct waiting *
waiting_at(const struct view *v, uint32_t block)
{
	return pool_at(&v->c->pool, block);
}

static uint8_t *
bytes_of(struct waiting *w)
{
	return (uint8_t *)w + w->data;
}

/* Forgets the first n numbers of a piece. */
static void
forward(struct piece *piece, uint32_t n)
{
	uint32_t captured = n < piece->caplen ? n : piece->caplen;

	piece->seq += n;
	piece->len -= n;
	piece->data += captured;
	piece->caplen -= captured;
}

/* Says so if two captures of the same bytes differ. */
static void
compare(struct view *v, const uint8_t *a, size_t n_a, const uint8_t *b,
    size_t n_b)
{
	if (memcmp(a, b, n_a < n_b ? n_a : n_b) != 0)
		v->c->stats.overlaps++;
}

/* Takes the first piece out; the block is the caller's. */
static uint32_t
take_first(struct view *v)
{
	struct way *way = v->way;
	uint32_t block = way->head;
	const struct waiting *w = waiting_at(v, block);

	way->head = w->next;
	if (way->head == 0)
		way->tail = 0;
	way->n_waiting--;
	way->n_bytes -= w->len;
	return block;
}

/*
 * Returns the first piece that waits, without what is behind expected; NULL
 * if there is none.
 */
static struct waiting *
first(struct view *v)
{
	struct way *way = v->way;

	while (way->head != 0) {
		struct waiting *w = waiting_at(v, way->head);
		uint32_t old = way->expected - w->seq, captured;

		if ((int32_t)old <= 0)
			return w;
		if (old < w->len) {
			captured = old < w->caplen ? old : w->caplen;
			w->seq += old;
			w->len -= old;
			w->caplen -= captured;
			w->data += captured;
			way->n_bytes -= old;
			return w;
		}
		pool_give(&v->c->pool, take_first(v));
	}
	return NULL;
}

void
order_drop(struct view *v)
{
	while (v->way->head != 0)
		pool_give(&v->c->pool, take_first(v));
}

/* Whether it is worth waiting for what is missing. */
static bool
is_holding(const struct way *way)
{
	return (way->flags & (WAY_BEGUN | WAY_STARTING)) || way->n_rest > 0;
}

/* So many numbers from expected on will not come. */
static void
gap(struct view *v, uint32_t n)
{
	if (v->st->state != 0 && is_holding(v->way)) {
		v->c->stats.gaps++;
		v->c->stats.gap_bytes += n;
	}
	v->way->expected += n;
	reader_afresh(v);
}

/* The snaplen has cut off the rest of a piece. */
static void
cut_off(struct view *v, uint32_t n)
{
	if ((v->way->flags & WAY_BEGUN) && v->way->n_rest > 0) {
		v->c->stats.stream_short[v->st->index]++;
		reader_cut(v);
	}
	gap(v, n);
}

/* Takes a piece that begins at expected. */
static void
accept(struct view *v, struct piece *piece)
{
	struct way *way = v->way;
	uint32_t n;

	while (piece->len > 0 && !(v->side->flags & SIDE_DONE)) {
		if (way->skip > 0) {
			n = way->skip < piece->len ? (uint32_t)way->skip
						   : piece->len;
			way->skip -= n;
			way->expected += n;
		} else if (piece->caplen == 0) {
			cut_off(v, piece->len);
			return;
		} else {
			n = STREAM_BUFFER - way->n_rest;
			if (n > piece->caplen)
				n = piece->caplen;
			way->expected += n;
			reader_give(v, piece->data, n, piece->ts_ns);
			spend(v->c, n + COST_CALL);
		}
		forward(piece, n);
	}
	way->expected += piece->len;
}

/* The hole before the first piece that waits is another one. */
static void
wait_anew(struct view *v)
{
	v->way->hole_us = v->now_us;
	v->way->flags &= (uint8_t)~WAY_COVERED;
}

/* The first piece, w, is read next: what is before it will not come. */
static void
go_on_at(struct view *v, const struct waiting *w)
{
	struct way *way = v->way;
	uint32_t ahead = w->seq - way->expected;
	uint32_t skip = ahead < way->skip ? ahead : (uint32_t)way->skip;
	bool is_gap = ahead > way->skip && is_holding(way);

	way->skip -= skip;
	if (is_gap) {
		way->expected += skip;
		gap(v, ahead - skip);
	} else {
		way->expected += ahead;
	}
}

bool
order_is_ready(struct view *v, int64_t *ts_ns)
{
	const struct waiting *w = first(v);

	if (w == NULL)
		return false;
	*ts_ns = w->ts_ns;
	return w->seq - v->way->expected <= v->way->skip ||
	    !is_holding(v->way) || v->st->is_ending;
}

static bool
is_ready(struct view *v)
{
	int64_t ts_ns;

	return order_is_ready(v, &ts_ns);
}

/* What of the piece is read at once; what was not captured costs nothing. */
static struct piece
slice(const struct view *v, struct waiting *w)
{
	uint64_t n = v->way->skip + SLICE;
	struct piece piece = { bytes_of(w), w->seq, w->len, w->caplen,
		w->ts_ns };

	if (n < w->caplen)
		piece.len = piece.caplen = (uint32_t)n;
	return piece;
}

/* What is left of a piece that was taken out is the first again. */
static void
put_back(struct view *v, uint32_t block, uint32_t n)
{
	struct way *way = v->way;
	struct waiting *w = waiting_at(v, block);

	w->seq += n;
	w->len -= n;
	w->caplen -= n;
	w->data += n;
	w->next = way->head;
	way->head = block;
	if (way->tail == 0)
		way->tail = block;
	way->n_waiting++;
	way->n_bytes += w->len;
}

void
order_read(struct view *v)
{
	struct way *way = v->way;
	uint32_t block, n;
	struct piece piece;

	go_on_at(v, waiting_at(v, way->head));
	block = take_first(v);
	piece = slice(v, waiting_at(v, block));
	n = piece.len;
	v->is_lost = false;
	spend(v->c, COST_PIECE);
	accept(v, &piece);
	if (n < waiting_at(v, block)->len && !(v->side->flags & SIDE_DONE) &&
	    !v->is_lost) {
		put_back(v, block, n);
	} else {
		way->expected += waiting_at(v, block)->len - n;
		pool_give(&v->c->pool, block);
	}
	if (way->head != 0 && !is_ready(v))
		wait_anew(v);
}

/* Reads what waits no longer for anything, as far as the packet may. */
static void
drain(struct view *v)
{
	while (v->c->left > 0 && is_ready(v))
		order_read(v);
}

static bool
has_room(const struct way *way, uint32_t n)
{
	return way->n_waiting < WAITING_MAX &&
	    n <= WAITING_BYTES - way->n_bytes;
}

/* Puts a piece that overlaps no other behind prev (0: first). */
static bool
insert(struct view *v, uint32_t prev, const struct piece *piece)
{
	struct way *way = v->way;
	struct waiting *w;
	uint32_t block;

	if (!has_room(way, piece->len))
		return false;
	block = stream_take(v, sizeof(*w) + piece->caplen);
	if (block == 0)
		return false;
	w = waiting_at(v, block);
	*w = (struct waiting){ .next = prev != 0 ? waiting_at(v, prev)->next
						 : way->head,
		.seq = piece->seq,
		.len = piece->len,
		.caplen = piece->caplen,
		.ts_ns = piece->ts_ns,
		.data = sizeof(*w) };
	memcpy(bytes_of(w), piece->data, piece->caplen);
	if (way->head == 0)
		wait_anew(v);
	if (prev != 0)
		waiting_at(v, prev)->next = block;
	else
		way->head = block;
	if (w->next == 0)
		way->tail = block;
	way->n_waiting++;
	way->n_bytes += piece->len;
	return true;
}

/* What of the piece lies before number until is put behind prev. */
static bool
insert_until(struct view *v, uint32_t *prev, struct piece *piece,
    uint32_t until)
{
	struct piece now = *piece;

	if ((int32_t)(until - piece->seq) <= 0)
		return true;
	if (now.len > until - now.seq)
		now.len = until - now.seq;
	if (now.caplen > now.len)
		now.caplen = now.len;
	if (!insert(v, *prev, &now))
		return false;
	*prev = *prev != 0 ? waiting_at(v, *prev)->next : v->way->head;
	forward(piece, now.len);
	return true;
}

/* Keeps a piece that came too early; false if there is no room for it. */
static bool
keep(struct view *v, struct piece *piece)
{
	uint32_t prev = 0, block = v->way->head;

	if (v->way->tail != 0) {
		const struct waiting *w = waiting_at(v, v->way->tail);

		if ((int32_t)(piece->seq - (w->seq + w->len)) >= 0)
			return insert(v, v->way->tail, piece);
	}
	for (; block != 0 && piece->len > 0;
	     prev = block, block = waiting_at(v, block)->next) {
		struct waiting *w = waiting_at(v, block);
		uint32_t into, same;

		if (!insert_until(v, &prev, piece, w->seq))
			return false;
		into = piece->seq - w->seq;
		if (into >= w->len)
			continue;
		same = w->len - into < piece->len ? w->len - into : piece->len;
		if (into < w->caplen)
			compare(v, bytes_of(w) + into,
			    w->caplen - into < same ? w->caplen - into : same,
			    piece->data,
			    piece->caplen < same ? piece->caplen : same);
		forward(piece, same);
	}
	return piece->len == 0 || insert(v, prev, piece);
}

/* Takes a piece up to the first that waits, and so on. */
static void
merge(struct view *v, struct piece *piece)
{
	struct way *way = v->way;
	uint32_t compared = 0;

	for (;;) {
		struct waiting *w = first(v);
		uint32_t old = way->expected - piece->seq, n;
		struct piece now;

		if (old >= piece->len)
			break;
		forward(piece, old);
		n = piece->len;
		if (w != NULL && w->seq - way->expected < n)
			n = w->seq - way->expected;
		if (n == 0) {
			assert(w != NULL); /* it begins here */
			if (v->c->left <= 0) {
				v->c->stats.buffers_full += !keep(v, piece);
				return;
			}
			if (compared != way->head)
				compare(v, piece->data, piece->caplen,
				    bytes_of(w), w->caplen);
			compared = way->head;
			order_read(v);
			continue;
		}
		now = *piece;
		now.len = n;
		if (now.caplen > n)
			now.caplen = n;
		accept(v, &now);
	}
	drain(v);
}

/* Bytes come again while the dissector has not consumed them yet. */
static void
compare_rest(struct view *v, const struct piece *piece)
{
	const struct way *way = v->way;
	uint32_t back = way->expected - piece->seq;
	const uint8_t *rest;

	if (way->n_rest == 0 || back > way->n_rest)
		return;
	rest = pool_at(&v->c->pool, way->rest);
	compare(v, rest + way->n_rest - back, back, piece->data, piece->caplen);
}

/* Reads a piece, or keeps it; false if there is no room for that. */
static bool
place(struct view *v, struct piece *piece)
{
	uint32_t old = v->way->expected - piece->seq;

	if ((int32_t)old > 0)
		forward(piece, old < piece->len ? old : piece->len);
	if (piece->len == 0)
		return true;
	if (piece->seq != v->way->expected || is_ready(v))
		return keep(v, piece);
	merge(v, piece);
	return true;
}

/*
 * There is no room for a piece: holes are given up until there is.  If that is
 * more than one packet may read, the piece is lost, and is a hole in its turn.
 */
static void
overflow(struct view *v, struct piece *piece)
{
	v->c->stats.buffers_full++;
	while (v->way->head != 0) {
		if (v->c->left <= 0)
			return;
		order_give_up(v);
		if (place(v, piece))
			return;
	}
	if (seq_after(piece->seq, v->way->expected))
		gap(v, piece->seq - v->way->expected);
	merge(v, piece);
}

void
order_take(struct view *v, struct piece *piece, bool is_held)
{
	struct way *way = v->way;
	int32_t ahead = (int32_t)(piece->seq - way->expected);

	if (ahead < 0)
		compare_rest(v, piece);
	if (ahead <= 0 && (uint32_t)-ahead >= piece->len)
		return;
	if (is_held) {
		if (ahead < 0)
			forward(piece, (uint32_t)-ahead);
	} else if (ahead > 0 && (uint32_t)ahead <= way->skip) {
		way->skip -= (uint32_t)ahead;
		way->expected += (uint32_t)ahead;
		ahead = 0;
	} else if (ahead > 0 && !is_holding(way)) {
		way->expected = piece->seq;
		ahead = 0;
	} else if (ahead > 0) {
		way->expected += (uint32_t)way->skip;
		way->skip = 0;
	}
	if (ahead <= 0 && !is_held)
		merge(v, piece);
	else if (!keep(v, piece))
		overflow(v, piece);
}

void
order_give_up(struct view *v)
{
	const struct waiting *w = first(v);

	if (w == NULL)
		return;
	go_on_at(v, w);
	drain(v);
}

bool
order_is_overdue(struct view *v)
{
	const struct side *receiver = &v->conn->side[!v->dir];
	struct way *way = v->way;
	const struct waiting *w = first(v);

	if (w == NULL || is_ready(v))
		return false;
	if (!(way->flags & WAY_COVERED) && (receiver->flags & SIDE_ACK) &&
	    !seq_after(w->seq, receiver->ack)) {
		way->flags |= WAY_COVERED;
		way->hole_us = v->now_us;
	}
	if (!(way->flags & WAY_COVERED))
		return v->now_us - way->hole_us >= HOLE_US;
	return way->n_waiting > COVERED_MAX ||
	    v->now_us - way->hole_us >= COVERED_US;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the tracker: the bytes of a connection on their way to a dissector.
 * order.c puts a direction's bytes in order and hands them to reader.c, which
 * finds a dissector for them and keeps what it leaves; stream.c looks after
 * the memory of both.
 *
 * The first bytes win: what was handed over, or waits for that, is not
 * replaced by what comes for the same numbers later.
 *
 * One packet can let go all that waits behind a hole, but it may not cost more
 * than others.  So it reads a bounded amount; what is left waits for its turn,
 * in the same list of pieces, and is read by the packets that follow.  Until
 * then whatever comes from either end of the connection waits behind it, so
 * that its dissector sees everything in the order that it would have seen
 * otherwise, with the same times.
 */
#ifndef DAEMON_TRACK_STREAM_H
#define DAEMON_TRACK_STREAM_H

#include "daemon/track/conn.h"

enum {
	WAY_SYNCED = 1, /* expected means something */
	WAY_STARTING = 2, /* expected is where the direction, or its next
			     protocol, began */
	WAY_BEGUN = 4, /* the dissector has recognised it */
	WAY_FIN = 8, /* fin is known */
	WAY_ENDED = 16, /* and was reached */
	WAY_COVERED = 32 /* the receiver has what is waited for */
};

/* One direction. */
struct way {
	uint64_t skip; /* bytes from expected on that nobody wants */
	uint32_t expected;
	uint32_t fin; /* behind the last byte */
	uint32_t rest; /* block of bytes not consumed, or not recognised */
	uint32_t n_rest;
	uint32_t head, tail; /* blocks of struct waiting, in order */
	uint32_t n_bytes; /* in them */
	uint32_t hole_us; /* how long the first has waited; see COVERED */
	uint16_t n_waiting;
	uint8_t tries; /* to read the rest, without any success */
	uint8_t flags;
};

enum stream_list { IN_NONE, IN_WAITING, IN_READY };

/* Both; the connection's block stream. */
struct streams {
	struct way way[2];
	struct links links; /* conns.streams */
	struct links wait; /* conns.waiting or ready */
	uint32_t conn; /* is_orphan: a block with what it was at its end */
	uint32_t state; /* block of struct stream_state; 0: no dissector */
	uint32_t ip_len; /* if IN_READY: the context of who let the bytes go */
	uint8_t slot;
	uint8_t index; /* of the dissector */
	uint8_t client; /* the side, as the dissector sees it */
	uint8_t list : 2; /* enum stream_list */
	bool is_ending : 1; /* all that waits is read, in spite of holes */
	bool is_orphan : 1; /* its connection has gone on without it */
};

_Static_assert(sizeof(struct streams) <= POOL_UNIT, "a block of the smallest");

struct stream_state {
	uint8_t own[2][STREAM_OWN];
	uint8_t shared[STREAM_SHARED];
	uint8_t assembly[]; /* as many as the dissector says */
};

/* One direction, as its functions need it. */
struct view {
	struct conns *c;
	struct conn *conn;
	struct streams *st;
	struct way *way;
	struct side *side;
	unsigned dir;
	uint32_t now_us;
	bool is_lost; /* nobody wanted what was read last */
	const struct track_packet *p; /* its tuple is the direction's */
	struct track_packet own_p; /* which it isn't of the packet itself */
	struct tuple own_tuple;
};

/* Bytes of a direction: caplen of len were captured. */
struct piece {
	const uint8_t *data;
	uint32_t seq, len, caplen;
	int64_t ts_ns;
};

/*
 * What a packet may read is counted in bytes; a piece, a call of a dissector
 * and a message cost as much as so many.  With a byte taken for 300
 * instructions that is above what the dearest content of any dissector costs.
 */
enum { COST_PIECE = 2, COST_CALL = 16, COST_MESSAGE = 2 };

static inline void
spend(struct conns *c, size_t n)
{
	c->left -= (int32_t)n;
}

/*
 * stream.c
 */

/* A block for the stream of v; at need another's are given up for it. */
uint32_t stream_take(struct view *v, size_t n);

/*
 * reader.c
 */

/* Reads captured bytes that follow on what was read before. */
void reader_give(struct view *v, const uint8_t *data, uint32_t n,
    int64_t ts_ns);

/* The direction is at its end. */
void reader_end(struct view *v, int64_t ts_ns);

/* Something is missing: it starts afresh. */
void reader_afresh(struct view *v);

/* What follows the rest was not captured: its dissector may use what it has. */
void reader_cut(struct view *v);

/* Drops the dissector's state. */
void reader_close(struct conns *c, struct streams *st);

/* A datagram for the dissector of this index. */
void reader_datagram(struct view *v, uint8_t index, const struct cur *data);

/*
 * order.c
 */

/*
 * Takes a piece of a direction that is SYNCED; is_held: something of the
 * connection is to be read before.
 */
void order_take(struct view *v, struct piece *piece, bool is_held);

/* Whether the first piece that waits can be read; then *ts_ns is its time. */
bool order_is_ready(struct view *v, int64_t *ts_ns);

/* Reads some of it. */
void order_read(struct view *v);

/* Gives up the first hole. */
void order_give_up(struct view *v);

/* Drops what waits. */
void order_drop(struct view *v);

/* Whether the first hole is to be given up. */
bool order_is_overdue(struct view *v);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How well a connection goes (RFC 9293; window scale and timestamps: RFC
 * 7323).  What is said of a segment with numbers behind the highest:
 *
 * - no data, or one byte just before it: a keep-alive, nothing is said;
 * - it fills a hole that is younger than the connection's round-trip time (3
 *   ms if that is not known): out of order, for nobody can have asked for it
 *   yet;
 * - otherwise it was sent again: bytes that were seen before, or that were
 *   lost before they came here.
 *
 * A segment counts only if its number is in the window, or near it: a forged
 * one must not move what is known.  Acknowledgments in it are believed as far
 * as a window can be large (1 GiB).
 */
#include "daemon/track/conn.h"

enum {
	SCALE_NONE = 255, /* struct segment */
	OUT_OF_ORDER_US = 3000,
	RTT_EVERY_US = 100000, /* a direction is sampled so often at most */
	RTT_MAX_US = 60000000,
	STALE_S = 1000, /* microseconds modulo 2^32 mean nothing then */
	REACH_MIN = 1 << 17,
	REACH_UNKNOWN = 1 << 25,
	REACH_MAX = 1 << 30,
	OLD_SYN = 1 << 20, /* so far behind, a SYN is a late copy */
	SYN_DATA = 65535
};

/* How far from the expected a segment may be: twice the largest window. */
static uint32_t
reach(const struct side *receiver)
{
	uint32_t n;

	if (!(receiver->flags & SIDE_SEEN) || !(receiver->flags & SIDE_SCALE))
		return REACH_UNKNOWN;
	n = (uint32_t)receiver->window << receiver->scale;
	if (n < REACH_MIN / 2)
		return REACH_MIN;
	return n < REACH_MAX / 2 ? n * 2 : REACH_MAX;
}

static bool
is_near(uint32_t a, uint32_t b, uint32_t distance)
{
	return a - b <= distance || b - a <= distance;
}

static bool
is_in_window(const struct arrival *a)
{
	uint32_t distance = reach(a->peer);
	bool is_seen = a->me->flags & SIDE_SEEN;

	if (is_seen && is_near(a->seq, a->me->next, distance))
		return true;
	if (a->peer->flags & SIDE_ACK)
		return is_near(a->seq, a->peer->ack, distance);
	return !is_seen;
}

static void
message(struct arrival *a, enum message_kind kind, unsigned dir, uint64_t value)
{
	conn_message(a->c, a->conn, kind, dir, value);
}

static void
plain_message(struct arrival *a, enum message_kind kind)
{
	message_text(&a->c->messages, kind, "");
}

void
tcp_failed(struct conns *c, struct conn *conn)
{
	unsigned server = !conn->client;

	if (conn->failed || conn->client == CLIENT_UNKNOWN ||
	    (conn->side[server].flags & SIDE_SEEN) ||
	    !(conn->side[!server].flags & SIDE_SYN))
		return;
	conn->failed = true;
	conn_message(c, conn, MESSAGE_TCP_FAILED, server, 0);
}

static void
closed(struct arrival *a)
{
	a->conn->state = CONN_CLOSED;
	conn_enlist(a->c, a->conn, LIST_CLOSED, a->now_s);
}

/* The same two ends begin anew. */
static void
restart(struct arrival *a)
{
	struct conn *conn = a->conn;

	stream_finish(a->c, conn, a->p);
	holes_drop(a->c, conn);
	conn->state = CONN_FREE;
	conn->app = 0;
	conn->failed = false;
	conn->client = CLIENT_UNKNOWN;
	conn->rtt_us = 0;
	*a->me = (struct side){ 0 };
	*a->peer = (struct side){ 0 };
	conn_enlist(a->c, conn, LIST_UNPROVEN, a->now_s);
}

/* Whether the side's SYN of this number, or a later segment, was seen. */
static bool
is_old_syn(const struct arrival *a)
{
	return (a->me->flags & SIDE_SEEN) && a->me->next - a->seq <= OLD_SYN;
}

static void
begin_side(struct arrival *a)
{
	const struct segment *s = a->s;
	uint16_t kept;

	if (a->me->flags & SIDE_SEEN)
		stream_jump(a);
	kept = a->me->flags & (SIDE_DONE | SIDE_WAITING);
	*a->me = (struct side){ .next = a->seq,
		.rtt_us = a->now_us,
		.n_seen = a->me->n_seen,
		.window = s->window,
		.scale = s->scale == SCALE_NONE ? 0 : s->scale,
		.flags = (uint16_t)(kept | SIDE_SEEN | SIDE_SYN | SIDE_BEGIN |
		    SIDE_SCALE) };
}

/* A SYN for the second time.  Nothing else of it is looked at. */
static bool
syn_again(struct arrival *a)
{
	if (a->me->flags & SIDE_SYN) {
		a->me->flags |= SIDE_SYN_AGAIN;
		message(a, MESSAGE_TCP_RETRANSMIT, a->dir, 0);
	}
	return false;
}

/* RFC 9293, section 3.5.  Both ends may begin: the first is the client. */
static bool
syn(struct arrival *a)
{
	struct conn *conn = a->conn;

	if (conn->state != CONN_FREE) {
		/* Who was refused may insist. */
		if (conn->failed ? a->seq == a->me->next
				 : conn->state != CONN_CLOSED && is_old_syn(a))
			return syn_again(a);
		if (conn->state != CONN_OPENING || (a->me->flags & SIDE_SEEN) ||
		    conn->client == a->dir)
			restart(a);
	}
	if (conn->state == CONN_FREE) {
		conn->client = a->dir != 0;
		conn->state = CONN_OPENING;
		plain_message(a, MESSAGE_TCP_ATTEMPT);
	}
	begin_side(a);
	return true;
}

static bool
syn_ack(struct arrival *a)
{
	struct conn *conn = a->conn;
	uint32_t behind = a->peer->next - a->s->ack;

	if (conn->state != CONN_FREE) {
		/* Both ends began: this is what the other's SYN is answered with. */
		if (conn->state == CONN_OPENING && a->seq == a->me->next &&
		    (a->me->flags & (SIDE_SYN | SIDE_ACK)) == SIDE_SYN)
			return true;
		if (is_old_syn(a))
			return syn_again(a);
		if ((a->peer->flags & SIDE_SYN) && behind > SYN_DATA)
			return false;
		if (conn->state != CONN_OPENING)
			restart(a);
	}
	if (conn->state == CONN_FREE) {
		conn->client = a->dir == 0;
		conn->state = CONN_OPENING;
	}
	begin_side(a);
	return true;
}

/*
 * The connection is open when both have acknowledged the other's SYN; or, for
 * want of a SYN that was not captured, when somebody goes on.
 */
static void
opening(struct arrival *a)
{
	struct conn *conn = a->conn;
	struct side *client = &conn->side[conn->client & 1];
	struct side *server = &conn->side[!(conn->client & 1)];
	uint16_t both = client->flags & server->flags;
	uint32_t us = a->now_us - client->rtt_us;

	if (!(both & SIDE_SYN)) {
		if ((a->s->flags & (TCP_SYN | TCP_ACK)) == TCP_ACK) {
			conn->state = CONN_OPEN;
			conn_enlist(a->c, conn, LIST_UNPROVEN, a->now_s);
		}
		return;
	}
	if (!(both & SIDE_ACK))
		return;
	conn->state = CONN_OPEN;
	conn_enlist(a->c, conn, LIST_NONE, a->now_s);
	plain_message(a, MESSAGE_TCP_ESTABLISHED);
	/* Which of several SYNs was answered is not known (RFC 6298, 3). */
	if (!(client->flags & SIDE_SYN_AGAIN) && us <= RTT_MAX_US) {
		message(a, MESSAGE_TCP_HANDSHAKE, !(conn->client & 1), us);
		conn->rtt_us = us > 0 ? us : 1;
	}
	client->rtt_us = server->rtt_us = a->now_us - RTT_EVERY_US;
}

/*
 * A refusal must acknowledge the SYN (RFC 9293, section 3.10.7.3), any other
 * reset must be in the window.  Whoever has sent its FIN only says that
 * nobody listens any more.
 */
static void
reset(struct arrival *a)
{
	struct conn *conn = a->conn;
	const struct side *me = a->me, *peer = a->peer;

	if (conn->state == CONN_FREE || conn->state == CONN_CLOSED)
		return;
	if (conn->state == CONN_OPENING && !(me->flags & SIDE_SEEN)) {
		if (!(a->s->flags & TCP_ACK) ||
		    peer->next - a->s->ack > SYN_DATA)
			return;
		tcp_failed(a->c, conn);
	} else if (!is_in_window(a)) {
		return;
	} else if (conn->state == CONN_OPEN && conn->list == LIST_NONE &&
	    !(me->flags & SIDE_FIN)) {
		message(a, MESSAGE_TCP_RESET, a->dir, 0);
	}
	stream_finish(a->c, conn, a->p);
	holes_drop(a->c, conn);
	closed(a);
}

/* The sample ends with the first acknowledgment of what was timed. */
static void
end_sample(struct arrival *a)
{
	struct side *peer = a->peer;
	const struct segment *s = a->s;
	uint32_t us = a->now_us - peer->rtt_us;

	peer->flags &= (uint16_t)~SIDE_TIMED;
	/* It may answer another segment (RFC 7323, section 4.1). */
	if ((peer->flags & SIDE_TIMED_TS) &&
	    (!s->has_ts || s->ts_ecr != peer->rtt_ts))
		return;
	if (us > RTT_MAX_US)
		return;
	if (a->conn->rtt_us == 0)
		a->conn->rtt_us = us > 0 ? us : 1;
	message_text(&a->c->messages, MESSAGE_TCP_RTT, "")->value = us;
}

static inline void
begin_sample(struct arrival *a)
{
	struct side *me = a->me;

	if ((me->flags & SIDE_TIMED) || a->now_us - me->rtt_us < RTT_EVERY_US)
		return;
	me->flags &= (uint16_t)~SIDE_TIMED_TS;
	me->flags |= SIDE_TIMED;
	me->rtt_end = a->end;
	me->rtt_us = a->now_us;
	if (a->s->has_ts) {
		me->flags |= SIDE_TIMED_TS;
		me->rtt_ts = a->s->ts_val;
	}
}

/*
 * Takes an acknowledgment of peer's bytes.  At a connection's beginning there
 * is nothing old that it could mean: returns false if it does not fit.
 */
static bool
acknowledge(struct arrival *a)
{
	struct side *me = a->me, *peer = a->peer;
	uint32_t ack = a->s->ack, most;

	if (peer->flags & SIDE_SEEN) {
		most = a->conn->state == CONN_OPENING ? SYN_DATA : REACH_MAX;
		if (!is_near(ack, peer->next, most))
			return a->conn->state != CONN_OPENING;
		if (seq_after(ack, peer->next)) {
			holes_open(a, !a->dir, peer->next, ack, true);
			peer->next = ack;
		}
	}
	if (!(me->flags & SIDE_ACK) || seq_after(ack, me->ack))
		me->ack = ack;
	me->flags |= SIDE_ACK;
	if ((peer->flags & SIDE_TIMED) && !seq_after(peer->rtt_end, ack))
		end_sample(a);
	return true;
}

/* Numbers behind the highest. */
static void
behind(struct arrival *a, uint32_t next)
{
	const struct segment *s = a->s;
	uint32_t until = seq_after(a->end, next) ? next : a->end, since_us = 0;
	uint32_t limit, filled, n;

	if (a->end == a->seq)
		return;
	if (next - a->seq == 1 && !(s->flags & TCP_FIN))
		return; /* keep-alive, or a window probe's byte again */
	filled = holes_fill(a, a->seq, until, &since_us);
	limit = a->conn->rtt_us != 0 ? a->conn->rtt_us : OUT_OF_ORDER_US;
	if (filled > 0 && a->now_us - since_us < limit) {
		message(a, MESSAGE_TCP_OUT_OF_ORDER, a->dir, filled);
		return;
	}
	a->me->flags &= (uint16_t)~SIDE_TIMED; /* RFC 6298, section 3 */
	n = until - a->seq;
	message(a, MESSAGE_TCP_RETRANSMIT, a->dir, n < s->len ? n : s->len);
}

static void
advance(struct arrival *a)
{
	struct side *me = a->me;
	uint32_t next = me->next;

	if (seq_after(a->seq, next))
		holes_open(a, a->dir, next, a->seq, false);
	else if (a->seq != next)
		behind(a, next);
	if (seq_after(a->end, next)) {
		me->next = a->end;
		if (a->seq == next && a->s->len > 0 && !(a->s->flags & TCP_SYN))
			begin_sample(a);
	}
}

static void
window(struct arrival *a)
{
	struct side *me = a->me;
	const struct segment *s = a->s;

	if (s->window > me->window && !(s->flags & TCP_SYN))
		me->window = s->window;
	if (s->window > 0) {
		me->flags &= (uint16_t)~SIDE_ZERO;
	} else if (!(me->flags & SIDE_ZERO) &&
	    !(s->flags & (TCP_SYN | TCP_FIN))) {
		me->flags |= SIDE_ZERO;
		message(a, MESSAGE_TCP_ZERO_WINDOW, a->dir, 0);
	}
}

/* The first segment of a side without a SYN: it is picked up here. */
static void
pick_up(struct arrival *a)
{
	struct side *me = a->me;

	me->flags |= SIDE_SEEN;
	me->next = a->seq;
	me->rtt_us = a->now_us - RTT_EVERY_US;
	/* What came before is not lost, but older than the capture. */
	if ((a->peer->flags & SIDE_ACK) && seq_after(a->peer->ack, a->end))
		me->next = a->peer->ack;
}

/*
 * Three segments in a row, each where the last one ended, are a connection of
 * other numbers, whose SYN was not seen.
 */
static bool
is_believed(struct arrival *a)
{
	if (is_in_window(a)) {
		if (a->conn->trouble != 0)
			holes_no_jump(a);
		return true;
	}
	if (!holes_jump(a))
		return false;
	holes_drop(a->c, a->conn);
	stream_jump(a);
	a->me->flags &=
	    (uint16_t) ~(SIDE_SEEN | SIDE_BEGIN | SIDE_TIMED | SIDE_FIN);
	a->peer->flags &= (uint16_t) ~(SIDE_ACK | SIDE_TIMED);
	return true;
}

static bool
is_good(struct arrival *a)
{
	const struct segment *s = a->s;

	if (s->flags & TCP_SYN) {
		if (s->flags & TCP_ACK)
			return syn_ack(a) && acknowledge(a);
		return syn(a);
	}
	if (a->conn->state == CONN_FREE)
		a->conn->state = CONN_OPEN;
	if (!is_believed(a))
		return false;
	if ((s->flags & TCP_ACK) && !acknowledge(a))
		return false;
	if (!(a->me->flags & SIDE_SEEN))
		pick_up(a);
	return true;
}

static void
measure(struct arrival *a)
{
	const struct segment *s = a->s;
	uint32_t next;

	if (s->flags & TCP_RST) {
		reset(a);
		return;
	}
	if (!is_good(a))
		return;
	next = a->me->next;
	advance(a);
	window(a);
	if (a->conn->state == CONN_OPENING)
		opening(a);
	if (s->flags & TCP_FIN)
		a->me->flags |= SIDE_FIN;
	if (a->conn->trouble != 0)
		holes_check(a);
	if ((s->len > 0 || (s->flags & TCP_FIN)) && !(a->me->flags & SIDE_DONE))
		stream_segment(a, next);
	if ((a->me->flags | a->peer->flags) & SIDE_WAITING)
		stream_check(a);
	if ((s->flags & TCP_FIN) && (a->peer->flags & SIDE_FIN) &&
	    a->conn->state != CONN_CLOSED)
		closed(a);
}

/*
 * What most segments are: the next one of an open connection, with nothing
 * missing on either side.  Returns false, having done nothing, if it isn't.
 */
static inline bool
is_plain(const struct arrival *a)
{
	const struct side *me = a->me, *peer = a->peer;
	const struct segment *s = a->s;

	return a->conn->state == CONN_OPEN && a->conn->list == LIST_NONE &&
	    a->conn->trouble == 0 && a->seq == me->next &&
	    (s->flags & (TCP_ACK | TCP_SYN | TCP_FIN | TCP_RST)) == TCP_ACK &&
	    (me->flags & peer->flags & (SIDE_SEEN | SIDE_ACK)) ==
	    (SIDE_SEEN | SIDE_ACK) &&
	    !((me->flags | peer->flags) & (SIDE_ZERO | SIDE_WAITING)) &&
	    s->window > 0 && s->ack - me->ack <= peer->next - me->ack &&
	    peer->next - me->ack <= REACH_MAX;
}

static inline void
plain(struct arrival *a)
{
	struct side *me = a->me, *peer = a->peer;
	const struct segment *s = a->s;
	uint32_t next = me->next;

	me->ack = s->ack;
	if (s->window > me->window)
		me->window = s->window;
	if ((peer->flags & SIDE_TIMED) && !seq_after(peer->rtt_end, s->ack))
		end_sample(a);
	if (s->len == 0)
		return;
	me->next = a->end;
	begin_sample(a);
	if (!(me->flags & SIDE_DONE))
		stream_segment(a, next);
}

void
tcp_segment(struct arrival *a)
{
	const struct segment *s = a->s;

	if (s->len > REACH_MAX)
		return;
	a->seq = s->seq + ((s->flags & TCP_SYN) != 0);
	a->end = a->seq + s->len + ((s->flags & TCP_FIN) != 0);
	if (a->conn->last_s != a->now_s) {
		if (a->now_s - a->conn->last_s > STALE_S) {
			a->me->flags &= (uint16_t)~SIDE_TIMED;
			a->peer->flags &= (uint16_t)~SIDE_TIMED;
		}
		a->conn->last_s = a->now_s;
	}
	if (is_plain(a))
		plain(a);
	else
		measure(a);
}

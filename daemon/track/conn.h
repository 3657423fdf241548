/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the tracker: the record of a connection, and what conns.c (records),
 * tcp.c (measurement), holes.c (bytes that are missing) and stream.c, order.c
 * (bytes for dissectors) do for each other.  Nobody else includes this.
 *
 * Sequence numbers are compared modulo 2^32 everywhere (RFC 9293, section
 * 3.4).  Times in a record are modulo 2^32 too, microseconds and seconds of
 * the packets' time.
 */
#ifndef DAEMON_TRACK_CONN_H
#define DAEMON_TRACK_CONN_H

#include "daemon/meter/table.h"
#include "daemon/track/conns.h"
#include "daemon/track/list.h"
#include "daemon/track/pool.h"

/* The end with the lower address and port comes first. */
struct conn_key {
	uint8_t addr[2][16];
	uint64_t rest; /* both ports, the protocol, TUPLE_V6: in one word */
};

static inline uint16_t
conn_port(const struct conn_key *key, unsigned dir)
{
	return (uint16_t)(key->rest >> (dir == 0 ? 48 : 32));
}

static inline uint8_t
conn_proto(const struct conn_key *key)
{
	return (uint8_t)(key->rest >> 8);
}

enum {
	SIDE_SEEN = 0x0001, /* next is known */
	SIDE_ACK = 0x0002, /* ack is known */
	SIDE_SYN = 0x0004,
	SIDE_SYN_AGAIN = 0x0008, /* it was sent more than once */
	SIDE_FIN = 0x0010,
	SIDE_SCALE = 0x0020, /* scale is known */
	SIDE_ZERO = 0x0040, /* its window is closed */
	SIDE_TIMED = 0x0080, /* an RTT sample is in flight */
	SIDE_TIMED_TS = 0x0100, /* and has a timestamp */
	SIDE_BEGIN = 0x0200, /* no data yet, or none of its next protocol */
	SIDE_DONE = 0x0400, /* nobody wants its data */
	SIDE_WAITING = 0x0800 /* bytes of its stream wait */
};

/* What one end has sent. */
struct side {
	uint32_t next; /* behind the highest number sent */
	uint32_t ack; /* the highest acknowledgment sent */
	uint32_t rtt_end; /* what acknowledgment ends the sample */
	uint32_t rtt_us; /* when it began, or the last one did; of a SYN */
	uint32_t rtt_ts; /* its timestamp */
	uint16_t window; /* the largest, not scaled */
	uint8_t scale;
	uint8_t n_seen; /* packets until the connection is believed in */
	uint16_t flags;
};

enum conn_state {
	CONN_FREE, /* no connection */
	CONN_OPENING, /* a SYN came */
	CONN_OPEN, /* also: picked up in the middle, and UDP */
	CONN_CLOSED /* both ends sent a FIN, or one a RST */
};

/* Who makes room first; see conns.c. */
enum conn_list { LIST_NONE, LIST_UNPROVEN, LIST_CLOSED, LIST_N };

enum { CLIENT_UNKNOWN = 2 };

struct conn {
	struct conn_key key;
	uint32_t stream; /* block of its struct streams; 0: none */
	uint32_t trouble; /* block of its struct trouble; 0: none */
	uint32_t rtt_us; /* of the handshake, else the first; 0: not known */
	uint32_t last_s; /* its last packet */
	uint32_t since_s; /* when it came into its list */
	struct links links;
	uint8_t state; /* enum conn_state */
	uint8_t list; /* enum conn_list */
	uint8_t app; /* index + 1 */
	uint8_t client : 2; /* the side, or CLIENT_UNKNOWN */
	uint8_t failed : 1; /* was reported */
	struct side side[2];
};

_Static_assert(sizeof(struct conn) == 128, "two cache lines");

struct conns {
	struct table table;
	struct pool pool;
	struct list lists[LIST_N]; /* of conns; [LIST_NONE] is not used */
	struct list streams; /* all struct streams, by age */
	struct list waiting; /* of them, those that wait for a hole */
	struct list ready; /* and those that wait for their turn */
	int32_t left; /* of what this packet may read; see stream.h */
	struct hash_key key;
	const struct dissect *dissect;
	void (*emit)(void *arg, const struct track_packet *p,
	    struct message_list *messages);
	void *arg;
	uint32_t hand; /* where the next eviction looks */
	uint32_t sweep; /* where conns_advance goes on */
	uint32_t swept_s; /* when it last did */
	struct conns_stats stats;
	struct message_list messages;
};

/* A packet that is being taken. */
struct arrival {
	struct conns *c;
	struct conn *conn;
	struct side *me, *peer; /* me: who sent it */
	unsigned dir; /* me */
	const struct track_packet *p;
	const struct segment *s; /* not of a datagram */
	uint32_t seq; /* of its first byte of data */
	uint32_t end; /* behind its last, and behind a FIN */
	uint32_t now_us, now_s;
};

/* Whether a comes behind b. */
static inline bool
seq_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static inline uint32_t
time_us(int64_t ts_ns)
{
	return (uint32_t)(ts_ns / 1000);
}

static inline uint32_t
time_s(int64_t ts_ns)
{
	return (uint32_t)(ts_ns / 1000000000);
}

static inline bool
conn_is_v6(const struct conn *conn)
{
	return conn->key.rest & TUPLE_V6;
}

/*
 * conns.c
 */

/* The number of a connection in lists. */
static inline uint32_t
conn_id(const struct conns *c, const struct conn *conn)
{
	return (uint32_t)(conn -
		   (const struct conn *)(void *)c->table.records) +
	    1;
}

static inline struct conn *
conn_at(const struct conns *c, uint32_t id)
{
	return table_record(&c->table, id - 1);
}

/* Moves it to the end of a list. */
void conn_enlist(struct conns *c, struct conn *conn, enum conn_list list,
    uint32_t now_s);

/* The tuple of packets from a side; VLANs and the source remain zero. */
void conn_tuple(const struct conn *conn, unsigned dir, struct tuple *t);

/* Hands over the messages that have come together. */
static inline void
conn_publish(struct conns *c, const struct track_packet *p)
{
	if (c->messages.n > 0 || c->messages.exceeded) {
		c->emit(c->arg, p, &c->messages);
		c->messages.n = 0;
		c->messages.exceeded = false;
	}
}

/* Adds a message whose name is the host of a side. */
void conn_message(struct conns *c, const struct conn *conn,
    enum message_kind kind, unsigned dir, uint64_t value);

/*
 * tcp.c
 */

/* Measures a segment and passes its data on. */
void tcp_segment(struct arrival *a);

/* A connection attempt has waited long enough. */
void tcp_failed(struct conns *c, struct conn *conn);

/*
 * holes.c: what a side has sent but the capture did not see, so far.  A hole
 * that its receiver acknowledges, and that is not filled soon after, is lost.
 */

enum { HOLES_MAX = 10, JUMPS = 3 };

/* Notes that numbers from lo to hi of me are missing. */
void holes_open(struct arrival *a, unsigned dir, uint32_t lo, uint32_t hi,
    bool acked);

/*
 * Takes seq to end of me out of the holes.  Returns how much that was and
 * writes since when the first hole of them was there.
 */
uint32_t holes_fill(struct arrival *a, uint32_t seq, uint32_t end,
    uint32_t *since_us);

/* Reports what is lost of both sides. */
void holes_check(struct arrival *a);

/* Forgets the holes; what was acknowledged is reported as lost. */
void holes_drop(struct conns *c, struct conn *conn);

/*
 * A segment of me is out of the window.  Returns true if it is the JUMPSth in
 * a row that goes on where the last one ended: then the numbers have changed.
 */
bool holes_jump(struct arrival *a);

/* A segment was in the window. */
void holes_no_jump(struct arrival *a);

/*
 * stream.c
 */

/* Makes c's lists of streams, whose pool is there. */
void stream_init(struct conns *c);

/* Takes the data and the FIN of a segment; next was me->next before it. */
void stream_segment(struct arrival *a, uint32_t next);

/* Gives up holes of either side that have waited too long, or are covered. */
void stream_check(struct arrival *a);

/* The numbers of me have changed. */
void stream_jump(struct arrival *a);

void stream_datagram(struct arrival *a, uint8_t index, const struct cur *data);

/* Reads what waits, in spite of holes, then drops the stream. */
void stream_finish(struct conns *c, struct conn *conn,
    const struct track_packet *p);

/* Drops the stream, if there is one. */
void stream_drop(struct conns *c, struct conn *conn);

/* The connection is removed: only what is to be read already is still read. */
void stream_leave(struct conns *c, struct conn *conn);

/* Drops all. */
void stream_drop_all(struct conns *c);

/* Sets what a packet with so many captured bytes may read. */
void stream_allow(struct conns *c, uint32_t n);

/* The rest of that is for what waits for its turn, whoever's it is. */
void stream_drain(struct conns *c, const struct track_packet *p);

/*
 * Reads what waits for its turn, and gives up holes that nobody has filled for
 * long; a bounded amount of both.
 */
void stream_advance(struct conns *c, const struct track_packet *p);

#endif

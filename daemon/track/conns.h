/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections: both directions of a TCP connection, or of a UDP flow whose
 * dissector remembers.  From one record each come the bytes in order, as far
 * as a dissector wants them, and how well the connection went.
 *
 * Time is the packets' time; it may jump either way.
 */
#ifndef DAEMON_TRACK_CONNS_H
#define DAEMON_TRACK_CONNS_H

#include "daemon/meter/hash.h"
#include "dissect/dissect.h"

/* What the owner has to know of the packet that a message is counted for. */
struct track_context {
	uint32_t ip_len;
	uint8_t slot; /* the owner's name for its bin */
};

/* A packet on its way through the tracker. */
struct track_packet {
	const struct tuple *tuple;
	uint64_t hash; /* conns_hash of it */
	int64_t ts_ns;
	bool is_copy; /* was seen just before: a span port's duplicate */
	const struct track_context *context; /* for emit; NULL: zeros */
};

struct conns_config {
	size_t memory; /* bytes of records and buffers together */
	const struct hash_key *keys; /* two, random; borrowed for the call */
	const struct dissect *dissect;
	/*
	 * Messages that a packet gave; the list is empty again after the call.
	 * A segment that fills a hole lets go what waited behind it, but the
	 * packets after it, of whatever connection, have a share in reading
	 * that: context is still that of the segment.
	 */
	void (*emit)(void *arg, const struct track_packet *p,
	    struct message_list *messages);
	void *arg;
};

/* Everything since the start. */
struct conns_stats {
	uint64_t segments, segment_bytes; /* with data bytes on the wire */
	uint64_t lost_bytes; /* acknowledged, but never captured */
	uint64_t gaps; /* times that a stream went on behind missing bytes */
	uint64_t gap_bytes;
	uint64_t copies; /* TCP segments that were copies */
	uint64_t overlaps; /* segments that said other bytes than before */
	uint64_t buffers_full; /* streams given up for want of memory */
	uint64_t evicts; /* connections that made room */
	/* By dissector: streams that contradicted their format, or were cut. */
	uint64_t stream_bad[DISSECTORS_MAX];
	uint64_t stream_short[DISSECTORS_MAX];
};

struct conns;

struct conns *conns_new(const struct conns_config *config);
void conns_free(struct conns *c);

/*
 * tuple_hash under the first of the config's keys: the same for both directions;
 * VLANs and the source do not matter.
 */
uint64_t conns_hash(const struct conns *c, const struct tuple *t);

/* Fetch what conns_segment will touch: first the slot, later the record. */
void conns_prefetch_slot(const struct conns *c, uint64_t hash);
void conns_prefetch_record(const struct conns *c, uint64_t hash);

/*
 * Takes a TCP segment.  Returns the index + 1 of the dissector that its
 * connection's data were recognised by, 0 if none has.
 */
uint8_t conns_segment(struct conns *c, const struct track_packet *p,
    const struct segment *s);

/* Takes a UDP datagram that the dissector of index stream - 1 recognised. */
uint8_t conns_datagram(struct conns *c, const struct track_packet *p,
    uint8_t stream, const struct cur *data);

/* What conns_segment last returned for the connection of this tuple, or 0. */
uint8_t conns_app(const struct conns *c, const struct tuple *t, uint64_t hash);

/*
 * Time has come to now_ns: gives up, a bounded number at a time, what has
 * waited too long (connection attempts without an answer become TCP_FAILED).
 */
void conns_advance(struct conns *c, int64_t now_ns,
    const struct track_context *context);

/*
 * Whether bytes that nothing is missing before are still to be read: so much
 * came at once that conns_advance goes on with them next time.
 */
bool conns_is_behind(const struct conns *c);

const struct conns_stats *conns_stats(const struct conns *c);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies between a packet and the meter and needs memory: fragments become
 * datagrams, segments become streams.  Each is a table of its own in this
 * folder; this puts them together.
 */
#ifndef DAEMON_TRACK_TRACK_H
#define DAEMON_TRACK_TRACK_H

#include "daemon/track/conns.h"
#include "daemon/track/fragments.h"

enum { TRACK_KEYS = 3 };

struct track_config {
	size_t memory; /* bytes of all its tables */
	const struct hash_key
	    *keys; /* TRACK_KEYS, random; borrowed for the call */
	const struct dissect *dissect; /* borrowed */
	/* As conns_config's. */
	void (*emit)(void *arg, const struct track_packet *p,
	    struct message_list *messages);
	void *arg;
};

struct track;

/* Never returns NULL. */
struct track *track_new(const struct track_config *config);
void track_free(struct track *t);

/* For the hash of a packet, and to fetch what track_packet will touch. */
struct conns *track_conns(struct track *t);

/*
 * Takes a packet that has a segment, or a datagram for a stream.  Returns what
 * the flow's data were recognised as (pkt->app), 0 if that is not known.
 */
uint8_t track_segment(struct track *t, const struct track_packet *p,
    const struct segment *s);
uint8_t track_datagram(struct track *t, const struct track_packet *p,
    uint8_t stream, const struct cur *data);
uint8_t track_app(struct track *t, const struct tuple *tuple, uint64_t hash);

/*
 * Takes a fragment.  Returns a packet, valid until the next call, when the
 * datagram is whole and dissected; else NULL.
 */
struct pkt *track_fragment(struct track *t, const struct fragment *f,
    int64_t ts_ns);

/* Time has come to now_ns; what has waited too long is given up. */
void track_advance(struct track *t, int64_t now_ns,
    const struct track_context *context);

/* Whether there is more to be done than one track_advance does. */
bool track_is_behind(const struct track *t);

struct track_stats {
	struct conns_stats conns;
	struct fragments_stats fragments;
};

void track_stats(const struct track *t, struct track_stats *stats);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies: a span port that mirrors both ends of a path, or two taps on it,
 * give a packet twice.  It is known by what hosts don't repeat (addresses,
 * ports, identification, sequence numbers, checksum; pkt->digest) within a
 * few milliseconds.  A packet is forgotten when another takes its place; which
 * that is depends on nothing random, so that a replay always gives the same.
 */
#ifndef DAEMON_PIPE_COPIES_H
#define DAEMON_PIPE_COPIES_H

#include <string.h>

#include "dissect/pkt.h"

enum {
	COPIES_BITS = 13,
	COPIES_WITHIN_US = 5000 /* sooner than a host sends again */
};

struct copies {
	/* The packet that was here last: half of its mix, its time in us. */
	struct {
		uint32_t mix, us;
	} seen[1 << COPIES_BITS];
};

/* What a packet is known by. */
struct copies_mark {
	uint32_t mix, us;
	uint32_t at; /* its place in the table */
};

/* Makes the mark of an IP packet from the tuple_hash of its tuple. */
static inline struct copies_mark
copies_mark(const struct copies *c, const struct pkt *pkt, uint64_t hash,
    int64_t ts_ns)
{
	const struct tuple *t = &pkt->tuple;
	uint64_t src;
	struct copies_mark mark = {
		.mix = (uint32_t)(hash >> 32) ^ pkt->digest * 0x85ebca6bu,
		.us = (uint32_t)(ts_ns / 1000),
		.at = (pkt->digest ^ t->dport) % (1u << COPIES_BITS),
	};

	/* The hash is the same both ways; an echo is not a copy. */
	memcpy(&src, t->src, sizeof(src));
	mark.mix ^= (uint32_t)(src >> 32 ^ src) * 0xc2b2ae35u ^ t->sport;
	__builtin_prefetch(&c->seen[mark.at], 1);
	return mark;
}

/* Whether a packet with this mark came just before; it is remembered. */
static inline bool
copies_seen(struct copies *c, const struct copies_mark *mark)
{
	uint32_t ago = mark->us - c->seen[mark->at].us;
	bool is_copy = c->seen[mark->at].mix == mark->mix &&
	    (ago <= COPIES_WITHIN_US || -ago <= COPIES_WITHIN_US);

	c->seen[mark->at].mix = mark->mix;
	c->seen[mark->at].us = mark->us;
	return is_copy;
}

#endif

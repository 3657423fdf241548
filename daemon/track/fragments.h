/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP datagrams put together from their fragments (RFC 791, section 3.2;
 * RFC 8200, section 4.5), in a fixed amount of memory.
 *
 * Fragments may come in any order.  One that overlaps another ends the
 * datagram, and those that follow of it are dropped (RFC 5722).  IPv4 hosts
 * differ in whose bytes win, so that any choice of ours would be a guess that
 * a sender can exploit; honest senders do not overlap, so IPv4 is treated the
 * same.  An exact copy of a fragment is ignored, as RFC 8200 allows: networks
 * make copies, and so do span ports, also after the datagram was whole.
 *
 * Time is the packets' time; it may jump either way.
 */
#ifndef DAEMON_TRACK_FRAGMENTS_H
#define DAEMON_TRACK_FRAGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/meter/hash.h"
#include "dissect/pkt.h"

enum {
	FRAGMENTS_BYTES = 65535, /* of one datagram at most */
	FRAGMENTS_PIECES = 128, /* a link of 576 bytes needs 119 */
	FRAGMENTS_SECONDS =
	    30, /* from a datagram's first fragment to its last */
	FRAGMENTS_MEMORY_MIN = 512 * 1024
};

/* Why a datagram was given up. */
enum fragments_end {
	FRAGMENTS_TIMEOUT,
	FRAGMENTS_OVERLAP, /* or two ends, or bytes behind the end */
	FRAGMENTS_CUT, /* the capture did not keep all of a fragment */
	FRAGMENTS_FULL, /* made room for newer ones */
	FRAGMENTS_BAD, /* an impossible length, or too many pieces */
	FRAGMENTS_ENDS
};

/*
 * Everything since the start.  begun = whole + all given_up + waiting; every
 * fragment is a piece of a datagram, a copy, or late.
 */
struct fragments_stats {
	uint64_t fragments;
	uint64_t copies;
	uint64_t late; /* of datagrams that had been given up */
	uint64_t begun;
	uint64_t whole;
	uint64_t given_up[FRAGMENTS_ENDS];
	uint64_t waiting; /* now */
};

struct fragments;

/* Uses at most about memory bytes, or FRAGMENTS_MEMORY_MIN if it is less. */
struct fragments *fragments_new(size_t memory, const struct hash_key *key);
void fragments_free(struct fragments *fs);

/*
 * Takes a fragment that came at ts_ns.  Returns true if its datagram is whole:
 * *whole then is the datagram as a single fragment, whose data are valid until
 * the next call (they may be part of that call's f).
 */
bool fragments_add(struct fragments *fs, struct fragment *whole,
    const struct fragment *f, int64_t ts_ns);

/* Time has come to now_ns: gives up a few of those that waited too long. */
void fragments_advance(struct fragments *fs, int64_t now_ns);

const struct fragments_stats *fragments_stats(const struct fragments *fs);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The front half: packets in, batches out.
 *
 * A packet is dissected into a place that the front lends, and waits there
 * while the connection's record is fetched from memory and packets behind it
 * are dissected.  Then the tracker has it, and what is to be counted of it goes
 * into the batch.
 *
 * A batch is passed on when it is full, when time enters another bin, and when
 * the owner says so.
 */
#ifndef DAEMON_PIPE_FRONT_H
#define DAEMON_PIPE_FRONT_H

#include "daemon/pipe/batch.h"

struct front_config {
	size_t memory; /* bytes of the tracker's tables */
	const struct hash_key
	    *keys; /* TRACK_KEYS, random; borrowed for the call */
	const struct dissect *dissect; /* borrowed */
	int64_t bin_ns;
	/*
	 * Takes a batch that has something; returns the next to fill, empty,
	 * which may be the same one.
	 */
	struct batch *(*pass)(void *arg, struct batch *b);
	void *arg;
};

struct front;

/* first is the first batch to fill, empty.  Never returns NULL. */
struct front *front_new(const struct front_config *config, struct batch *first);
void front_free(struct front *f);

/* Where the next packet is to be dissected. */
struct pkt *front_pkt(struct front *f);

/*
 * Takes the packet in front_pkt, of source, at ts_ns (since the epoch, not
 * negative; clamped: cut to what int64_t holds), with len bytes on the wire.
 * The bytes that it points to must stay until front_settle.
 */
void front_packet(struct front *f, unsigned source, int64_t ts_ns,
    bool ts_clamped, uint32_t len);

/* Is done with the bytes of all packets so far. */
void front_settle(struct front *f);

/* Settles, and passes on what there is. */
void front_flush(struct front *f);

/* Live: no packet from before now_ns will come. */
void front_advance(struct front *f, int64_t now_ns);

/* The last packet has come: passes on all that is left. */
void front_finish(struct front *f);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saved captures, replayed in the order given: pcap and pcapng, micro- and
 * nanoseconds, either byte order, packed or not, standard input.
 *
 * A file that can't be read, or is damaged, is one message; the packets before
 * the damage count and the next file follows.
 */
#ifndef DAEMON_CAPTURE_REPLAY_H
#define DAEMON_CAPTURE_REPLAY_H

#include "daemon/capture/capture.h"

struct replay_config {
	char *const *files;
	unsigned n_files;
	const char *filter;
	double speed; /* times the recorded pace; 0: as fast as it goes */
	capture_fn fn;
	void *arg;
};

struct replay_progress {
	uint64_t bytes; /* read so far, as they stand in the files */
	uint64_t bytes_total; /* 0: not known */
	uint64_t packets;
	const char *file; /* being read, or NULL */
};

struct replay;

/* c is borrowed.  Opens nothing yet. */
struct replay *replay_new(const struct replay_config *c);
void replay_free(struct replay *r);

/*
 * Gives packets on, a bounded number.  Returns 0 if there may be more at once,
 * the nanoseconds to wait for the next packet's time, or -1 at the end of the
 * last file.
 */
int64_t replay_dispatch(struct replay *r, int64_t mono_ns);

/* From within fn: replay_dispatch returns after this packet. */
void replay_yield(struct replay *r);

/* Files that could not be read to their end. */
unsigned replay_n_failed(const struct replay *r);

void replay_progress(const struct replay *r, struct replay_progress *p);

#endif

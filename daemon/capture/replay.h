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
	/*
	 * Called, if it is not NULL, when the bytes of packets given on are
	 * about to become invalid.  Until then they are borrowed.
	 */
	void (*on_batch)(void *arg);
	void *arg; /* of both */
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

enum {
	REPLAY_END = -1, /* of the last file */
	REPLAY_LATER = -2 /* bytes have to come first: wait for replay_fd */
};

/*
 * Gives packets on, a bounded number, whose bytes are borrowed until it returns
 * at the latest.  Never waits for a file if there is a replay_fd.  Returns 0 if
 * there may be more at once, the nanoseconds to wait for the next packet's
 * time, or one of the above.
 */
int64_t replay_dispatch(struct replay *r, int64_t mono_ns);

/* Readable once what was REPLAY_LATER is no more; -1: it never is. */
int replay_fd(const struct replay *r);

/* From within fn: replay_dispatch returns after this packet. */
void replay_yield(struct replay *r);

/* Files that could not be read to their end. */
unsigned replay_n_failed(const struct replay *r);

/* As of the last dispatch; may be asked from another thread. */
void replay_progress(struct replay *r, struct replay_progress *p);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures that others write, followed: every packet of every file that
 * matches, once, as it comes; through growth, rotation, renaming, rewriting,
 * copying, packing and deletion, and over restarts.
 *
 * Packets of several files are given on in the order of their times, as far as
 * they are there.  A file that can't be read, or is damaged, is set aside with
 * one message; the others go on.  A call is a bounded amount of work, and a
 * bounded number of files is open.
 *
 * What a restart needs is asked for at each closed bin and given back at the
 * start.  It says from where each capture has to be read again, so that bins
 * not closed yet begin anew, and what of that has been counted already.
 */
#ifndef DAEMON_CAPTURE_FOLLOW_H
#define DAEMON_CAPTURE_FOLLOW_H

#include "daemon/capture/capture.h"

struct follow_config {
	char *const *patterns;
	unsigned n_patterns;
	const char *filter;
	int64_t bin_ns;
	bool no_events; /* as if there were no inotify: for tests */
	capture_fn fn;
	/* As in replay_config. */
	void (*on_batch)(void *arg);
	void *arg; /* of both */
};

struct follow_stats {
	uint64_t files; /* that match now */
	uint64_t files_bad; /* of these, set aside */
	uint64_t files_copied; /* of these, copies, which are not read */
	uint64_t files_open; /* of these */
	uint64_t bytes; /* read since the start, as they stand in the files */
	uint64_t lag_bytes; /* that are there and have not been read */
	uint64_t files_cut; /* gone before they were read to their end */
	uint64_t lost_bytes; /* what they still had, as far as was seen */
};

struct follow;

/* c is borrowed.  Opens nothing yet.  NULL if memory is out. */
struct follow *follow_new(const struct follow_config *c);
void follow_free(struct follow *f);

/*
 * Looks for files and growth; to be called every 50 ms or so, by both clocks.
 * Returns whether follow_dispatch has something to do.
 */
bool follow_tick(struct follow *f, int64_t mono_ns, int64_t real_ns);

/* Gives packets on.  Returns whether there may be more at once. */
bool follow_dispatch(struct follow *f);

/* From within fn: follow_dispatch returns after this packet. */
void follow_yield(struct follow *f);

/* Packets before end_ns are in bins that have closed. */
void follow_closed(struct follow *f, int64_t end_ns);

/* The packets given on, and the newest of their times. */
uint64_t follow_packets(const struct follow *f);
int64_t follow_newest(const struct follow *f);

/*
 * Whether a capture that was removed has packets in bins that are open, which a
 * restart could not read again; or, being open, is not at its end, or was
 * written to in the last second.
 */
bool follow_reads_removed(const struct follow *f);

void follow_stats(const struct follow *f, struct follow_stats *s);

/*
 * What a restart needs, in two parts.  follow_state is small, and belongs to
 * the bins closed so far: it is to be saved with them, or after them.
 * follow_settled has the files that are done with; it may be saved once
 * a state has been.  Each returns the bytes that it takes and writes them if
 * that is no more than size.
 */
size_t follow_state(struct follow *f, void *out, size_t size);
size_t follow_settled(const struct follow *f, void *out, size_t size);

/* What follow_state, or follow_settled, last gave is safe on a disk now. */
void follow_state_saved(struct follow *f);
void follow_settled_saved(struct follow *f);
/* How many files are done with, but not in what was saved of those. */
unsigned follow_n_unsettled(const struct follow *f);

/*
 * The end of the last closed bin of what follow_state gave, by which two of
 * them are compared; -1 if the bytes are not what was given.
 */
int64_t follow_state_end(const void *bytes, size_t n);

/*
 * Take back either; before the first tick, and settled before state.  False
 * if the bytes are not what was given: nothing has changed then.
 */
bool follow_restore(struct follow *f, const void *bytes, size_t n);
bool follow_restore_settled(struct follow *f, const void *bytes, size_t n);

/* The end of the last closed bin of what was restored; 0: there is none. */
int64_t follow_restored(const struct follow *f);

#endif

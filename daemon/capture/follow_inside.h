/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sources of follow.h share; for follow*.c only.
 */
#ifndef DAEMON_CAPTURE_FOLLOW_INSIDE_H
#define DAEMON_CAPTURE_FOLLOW_INSIDE_H

#include "daemon/capture/follow.h"
#include "daemon/capture/follow_set.h"
#include "daemon/capture/follow_watch.h"

enum {
	FOLLOW_FILES_MAX = 32768,
	FOLLOW_OPEN_MAX = 32,
	FOLLOW_PACKED_MAX = 4 /* open: each has an unpacker */
};

struct filter;

struct follow {
	const struct follow_config *config;
	struct watch_config watch_config;
	struct watch *watch;
	struct filter *filter; /* NULL: all packets pass */
	struct follow_set set;
	int64_t mono_ns, real_ns; /* of the last tick */

	unsigned pass; /* of the watch, from 1 */
	unsigned passes; /* to be waited for: until all files are known */
	bool is_full; /* FOLLOW_FILES_MAX: told */
	unsigned n_copies;

	/* To look into: now, and in a while. */
	struct follow_file *new_first, *new_last;
	struct follow_file *rest_first;
	int64_t rest_ns;
	int64_t start_ns; /* of the first tick */

	/* By their first packets' times, the earliest last. */
	struct follow_file **waiting;
	unsigned n_waiting, size_waiting;

	struct follow_file *open[FOLLOW_OPEN_MAX];
	unsigned n_open;

	int64_t closed_ns; /* the end of the last closed bin */
	int64_t floor_ns; /* the same of what was restored */
	int64_t newest_ns;
	uint64_t packets;
	unsigned n_unsettled;
	bool yields;
	unsigned n_reads;
	struct follow_stats stats; /* those that only grow */
};

/* follow_files.c: from the first sight of a file to its turn. */

/* watch_config's. */
void files_seen(void *arg, const char *path, const struct stat *st);
void files_passed(void *arg);

/* Looks into some of those that are new. */
void files_look(struct follow *f);
/* Looks again into those that were not ready for it. */
void files_wake(struct follow *f);

/* It is looked into later. */
void files_rest(struct follow *f, struct follow_file *file);
void files_set_aside(struct follow *f, struct follow_file *file,
    const char *why);
/* file, which is not open, is no more under its name. */
void files_lose(struct follow *f, struct follow_file *file);

/* Each ends file being open. */
void files_done(struct follow *f, struct follow_file *file);
void files_bad(struct follow *f, struct follow_file *file, const char *why);
/* What is at its path has changed to something else. */
void files_changed(struct follow *f, struct follow_file *file);
/* It isn't the capture that it was taken for: reads it all. */
void files_again(struct follow *f, struct follow_file *file);

/* follow_turn.c: those that wait, and those that are open. */

/* Puts file, which has a path, in its place among those that wait. */
void turn_wait(struct follow *f, struct follow_file *file, int64_t first_ns);
void turn_stop(struct follow *f, struct follow_file *file);
/* Opens the first of them if its turn is at ts_ns, or at any time. */
void turn_open(struct follow *f, int64_t ts_ns, bool is_idle);
/* Closes the input of file, which is open. */
void turn_close(struct follow *f, struct follow_file *file);

/* Ns since a file was last written to. */
int64_t files_age(const struct follow *f, const struct stat *st);

#endif

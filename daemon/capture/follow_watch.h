/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files match the patterns: at first by reading the folders, then by
 * inotify, and by reading them again now and then.
 *
 * A file is told of whenever it may have changed; nothing is remembered of it.
 * Events are an aid only: when they are lost, or a file system has none (a
 * network's), the folders are read more often.  A step is a bounded amount of
 * work, and one folder is open at a time.
 */
#ifndef DAEMON_CAPTURE_FOLLOW_WATCH_H
#define DAEMON_CAPTURE_FOLLOW_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct watch_config {
	char *const *patterns; /* of the last part, * ? [] as glob(7) */
	unsigned n_patterns;
	bool no_events; /* as if there were no inotify */
	void (*on_file)(void *arg, const char *path, const struct stat *st);
	/*
	 * All folders have been read: what was not told of since isn't there.
	 * Not called if memory or descriptors were wanting; that pass is made
	 * again.
	 */
	void (*on_pass)(void *arg);
	void *arg;
};

struct watch;

/* c is borrowed.  NULL if memory is out. */
struct watch *watch_new(const struct watch_config *c);
void watch_free(struct watch *w);

/*
 * Takes events and goes on reading folders.  Returns whether it has to go on
 * at once; else a call every 50 ms or so is right.
 */
bool watch_step(struct watch *w, int64_t mono_ns);

/*
 * Reads the folders again, at once.  Returns how many passes have to end until
 * everything that is there now has been told of.
 */
unsigned watch_again(struct watch *w);

/*
 * A file that on_file was told of could not be kept: it will be told of again
 * in two seconds.
 */
void watch_missed(struct watch *w);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The captures that a follower knows, found by their file or their mark.
 *
 * A capture is what its mark says, under whatever name: its file may be
 * renamed, copied, packed or gone.  Pure but for memory; for follow*.c only.
 */
#ifndef DAEMON_CAPTURE_FOLLOW_SET_H
#define DAEMON_CAPTURE_FOLLOW_SET_H

#include "daemon/capture/follow_input.h"

enum { SET_BUCKETS = 16384, SET_BINS = 3 };

enum follow_is {
	FOLLOW_NEW, /* has to be looked into */
	FOLLOW_EMPTY, /* no packet yet */
	FOLLOW_WAITING, /* for its turn to be opened */
	FOLLOW_OPEN,
	FOLLOW_DONE, /* read to its end, and closed */
	FOLLOW_COPY, /* of another, which is there */
	FOLLOW_BAD /* set aside */
};

/* The first packet of a bin in a capture: the byte where it begins. */
struct follow_bin {
	int64_t bin;
	uint64_t at;
};

struct follow_file {
	struct follow_file *next_inode, *next_mark; /* in their buckets */
	struct follow_file *prev, *next; /* of all */
	struct follow_file *next_new; /* in the queue of those to look into */
	bool is_queued;

	enum follow_is is;
	char *path; /* NULL: no name leads to it any more */
	struct stat st; /* when last seen; of it, device, inode, size, times */
	unsigned pass; /* the last in which it was seen */

	struct follow_mark mark;
	bool is_marked; /* found by it */
	int64_t first_ns; /* when it is its turn: of its next packet */
	int64_t last_ns; /* of the last packet before position, as stated */
	int64_t near_ns; /* the same, as it was counted */
	uint64_t position; /* the end of what was given on */
	uint64_t file_position; /* the same in the file, packed as it is */
	struct follow_bin bins[SET_BINS]; /* at: 0 is none */
	int64_t bin_start_ns, bin_end_ns; /* of the last one noted */

	/* Taken over from another run, or from a file that went away. */
	uint64_t skip_to; /* what ends by here has been given on */
	uint64_t again_to; /* and by here, what is older than the open bins */
	int64_t again_ns; /* of the packet that ends at again_to; 0: any */
	bool has_moved; /* since: to be looked at closely */

	bool is_complete; /* gone, and was read to its end */
	bool is_given; /* closed in the state that is being saved */
	bool is_settled; /* closed in a state that was saved */
	bool is_kept; /* in the table of those, as it was saved */
	bool was_logged; /* its fault */
	bool was_short; /* it rests for want of memory or descriptors */
	int64_t retry_ns; /* set aside: not looked into before */
	int64_t gone_ns; /* when its name went */
	uint64_t lost; /* bytes that went with it, not read */

	struct follow_input *in; /* while it is open */
	bool has_packet; /* in->packet waits for its turn */
	bool has_more; /* it may have: in has to be asked */
	bool is_blocked; /* by another's long record, or a lack of memory: until
			    the next tick */
};

struct follow_set {
	struct follow_file *inodes[SET_BUCKETS], *marks[SET_BUCKETS];
	struct follow_file *first;
	unsigned n;
};

/* A new member for st, named path; NULL if memory is out. */
struct follow_file *set_add(struct follow_set *s, const char *path,
    const struct stat *st);

/* One that has no file: found by its mark only. */
struct follow_file *set_add_gone(struct follow_set *s,
    const struct follow_mark *m);

/* Frees f, which is not open. */
void set_remove(struct follow_set *s, struct follow_file *f);
void set_remove_all(struct follow_set *s);

/* Those that have a name only. */
struct follow_file *set_find_inode(const struct follow_set *s, dev_t dev,
    ino_t ino);
struct follow_file *set_find_mark(const struct follow_set *s,
    const struct follow_mark *m);

/* Makes f found by its mark. */
void set_mark(struct follow_set *s, struct follow_file *f);

/* f has no file any more; its path is the caller's to free. */
char *set_unname(struct follow_set *s, struct follow_file *f);
/* f, which has none, is the file at path, which it takes over. */
void set_name(struct follow_set *s, struct follow_file *f, char *path,
    const struct stat *st);

#endif

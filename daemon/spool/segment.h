/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A segment: a part of the journal that is appended to until it is long
 * enough, and then kept or removed as a whole.  In a file, or in memory.
 */
#ifndef DAEMON_SPOOL_SEGMENT_H
#define DAEMON_SPOOL_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/spool/frame.h"
#include "daemon/spool/spool.h"

enum { SEGMENT_NAME = 32, SEGMENT_FOREIGN = 0xff };

struct segment {
	uint64_t number; /* ascending; its file's name */
	int fd; /* while it is written to, else -1 */
	bool is_on_disk;
	uint8_t *mem; /* else */
	size_t cap;
	uint64_t len, start; /* bytes, and where those after the head begin */
	enum frame_sum sum; /* its frames' */
	uint64_t run; /* whose records these are */
	uint64_t base[SPOOL_STREAMS]; /* that run's first k, less 1 */
	struct spool_sum base_sum[SPOOL_STREAMS]; /* up to there */
	uint32_t counted; /* of its streams, those that it has sums of */
	/* Its numbers of streams to ours: whose records can be read, and all. */
	uint8_t map[SPOOL_STREAMS], by_name[SPOOL_STREAMS];
	struct {
		uint64_t first, last; /* k; 0: it has none */
		int64_t first_ns; /* the first one's time */
		struct spool_sum before; /* up to before the first one */
	} has[SPOOL_STREAMS];
	int64_t closed_ns;
};

void segment_name(char name[SEGMENT_NAME], uint64_t number);
/* The number in a file's name; false if it isn't a segment's. */
bool segment_number(const char *name, uint64_t *number);

/* Not on disk; NULL when out of memory. */
struct segment *segment_new(uint64_t number);
/* Leaves its file. */
void segment_free(struct segment *s);
/* Gives it a file with all that it has; false with errno. */
bool segment_to_disk(struct segment *s, int dirfd);
/* Appends as a whole or not at all; false with errno. */
bool segment_append(struct segment *s, const uint8_t *bytes, size_t n);
/* Cuts it off at len; best effort on disk. */
void segment_cut(struct segment *s, int dirfd, uint64_t len);
void segment_close(struct segment *s);

/* A window onto a segment's bytes; all 0 but fd: -1 at the start. */
struct view {
	int fd;
	bool has_fd;
	uint64_t number; /* the segment that fd is of */
	uint8_t *buf;
	uint64_t offset; /* of buf in the segment */
	size_t n;
	int error; /* why view_frame could not look; 0: it has */
};

void view_fini(struct view *v);
/* Forgets what was read, since the segment may have grown or gone. */
void view_forget(struct view *v);
/*
 * The frame at offset, of a segment whose bytes count up to limit.  Its body
 * is borrowed until the next call.  SHORT if it doesn't end before limit, or
 * can't be read: v->error is set if only memory or descriptors are wanting,
 * which says nothing against the segment.
 */
enum frame_verdict view_frame(struct view *v, const struct segment *s,
    int dirfd, uint64_t offset, uint64_t limit, struct frame *f);

#endif

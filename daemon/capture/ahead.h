/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saved captures, read ahead: a thread opens a file, reads and unpacks it into
 * a ring of buffers, while those before are being looked at.
 *
 * Only the order of the bytes is seen from outside: position and fault are of
 * what has been taken, never of what has been read ahead.  Where no thread can
 * be had, everything happens in ahead_next instead; so does it when a file's
 * next bytes are wanted before the thread had its turn.
 */
#ifndef DAEMON_CAPTURE_AHEAD_H
#define DAEMON_CAPTURE_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In front of the bytes there is so much room that their taker may write to. */
enum { AHEAD_BEFORE = 128 * 1024 };

enum ahead_result {
	AHEAD_BYTES,
	AHEAD_END, /* of the file, or a fault */
	AHEAD_REFUSED, /* it can't be opened: ahead_fault */
	AHEAD_LATER /* not there yet: ahead_fd will be readable */
};

struct ahead;

/* Returns NULL if memory is out. */
struct ahead *ahead_new(void);
void ahead_free(struct ahead *a);

/* Begins to read path, which is borrowed until ahead_close. */
void ahead_open(struct ahead *a, const char *path);

/* Ends reading, wherever it is; what was taken becomes invalid. */
void ahead_close(struct ahead *a);

/*
 * Takes the next bytes of the open file, at least one.  They, and those taken
 * before them, are the caller's until ahead_release, which comes before the
 * next of these calls.
 */
enum ahead_result ahead_next(struct ahead *a, uint8_t **bytes, size_t *n);

/* Gives back all but the last bytes taken. */
void ahead_release(struct ahead *a);

/*
 * Readable, after ahead_next has said AHEAD_LATER, once it has another answer;
 * the call that gives it makes that good.  -1: there is never a wait.
 */
int ahead_fd(const struct ahead *a);

/* When what has been taken was read: unpack_position, and so on. */
uint64_t ahead_position(const struct ahead *a);
bool ahead_is_packed(const struct ahead *a);
const char *ahead_fault(const struct ahead *a);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files unpacked: plain, gzip (RFC 1952) or Zstandard (RFC 8878), told by
 * their first bytes, and standard input.  Plain bytes go straight from the
 * file to where they are wanted; nothing is ever held but one buffer.
 */
#ifndef DAEMON_CAPTURE_UNPACK_H
#define DAEMON_CAPTURE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unpack;

/*
 * Opens path ("-": standard input) for reading what it holds, unpacked.
 * Returns NULL after a reason in err.  What waits for bytes, here and in
 * unpack_read, waits until stop_fd is readable at most, which then is the end;
 * -1: there is none.
 */
struct unpack *unpack_open(const char *path, int stop_fd, char *err,
    size_t err_size);
/* The same for a file that is open; fd is taken over, whatever happens. */
struct unpack *unpack_open_fd(int fd, char *err, size_t err_size);
void unpack_close(struct unpack *u);

/*
 * Reads up to size bytes and returns how many; 0 at the end, or after a fault.
 * A plain file that has grown since can be read on.
 */
size_t unpack_read(struct unpack *u, void *out, size_t size);

/* Bytes read from the file so far, packed as they are there. */
uint64_t unpack_position(const struct unpack *u);

bool unpack_is_packed(const struct unpack *u);

/* It is a regular file, whose bytes need no waiting for. */
bool unpack_is_file(const struct unpack *u);

/* Why the bytes ended early, or NULL: damaged or cut compressed data. */
const char *unpack_fault(const struct unpack *u);

#endif

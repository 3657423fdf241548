/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files as streams: plain, gzip (RFC 1952) or Zstandard (RFC 8878), told by
 * their first bytes, and standard input.  Nothing is ever held but one buffer.
 */
#ifndef DAEMON_CAPTURE_UNPACK_H
#define DAEMON_CAPTURE_UNPACK_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct unpack;

/*
 * Opens path ("-": standard input) for reading what it holds, unpacked.
 * Returns a stream that fclose ends, and *u, which belongs to it, or NULL
 * after a reason in err.
 */
FILE *unpack_open(const char *path, struct unpack **u, char *err,
    size_t err_size);

/* Bytes read from the file so far, packed as they are there. */
uint64_t unpack_position(const struct unpack *u);

/* Why the stream ended early, or NULL: damaged or cut compressed data. */
const char *unpack_fault(const struct unpack *u);

#endif

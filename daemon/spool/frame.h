/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames: what the journal's files consist of.  A frame is a length, a check
 * sum over length, type and body, a type, and a body.
 *
 * Pure.  Nothing that is read is trusted: a frame is given whole and with the
 * right sum, or not at all, and fields are read with struct unpack, which
 * never goes past the end.
 */
#ifndef DAEMON_SPOOL_FRAME_H
#define DAEMON_SPOOL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum frame_type {
	FRAME_HEAD = 1, /* what a segment begins with */
	FRAME_DATA, /* a record */
	FRAME_READER, /* how far a reader is */
	FRAME_COMMIT, /* what stands before it is valid */
	FRAME_TYPES
};

enum {
	FRAME_OVERHEAD = 9,
	FRAME_BODY = 512 << 10, /* no body is longer */
	FRAME_SIZE = FRAME_OVERHEAD + FRAME_BODY
};

struct frame {
	enum frame_type type;
	const uint8_t *body; /* borrowed from what was read */
	size_t len;
};

enum frame_verdict {
	FRAME_OK,
	FRAME_SHORT, /* whole so far: more bytes may make it one */
	FRAME_BAD
};

/* Which sum: zlib's CRC-32 is that of segments before TAPSPL3. */
enum frame_sum { FRAME_CRC32C, FRAME_CRC32 };

/* Looks at the n bytes at p. */
enum frame_verdict frame_read(struct frame *f, const uint8_t *p, size_t n,
    enum frame_sum sum);

/*
 * Frames the body that stands at out + FRAME_OVERHEAD already, with CRC-32C;
 * returns the frame's length.
 */
size_t frame_seal(uint8_t *out, enum frame_type type, size_t len);

/* Integers are little-endian; bytes have their length, of two bytes, first. */
struct pack {
	uint8_t *p, *end;
	bool full; /* something didn't fit, and nothing after it was written */
};

void pack_u8(struct pack *o, uint8_t value);
void pack_u16(struct pack *o, uint16_t value);
void pack_u64(struct pack *o, uint64_t value);
void pack_bytes(struct pack *o, const void *bytes, size_t n);

struct unpack {
	const uint8_t *p, *end;
	bool bad; /* something was missing; it and all after it reads as 0 */
};

uint8_t unpack_u8(struct unpack *in);
uint16_t unpack_u16(struct unpack *in);
uint64_t unpack_u64(struct unpack *in);
/* Borrowed; NULL and 0 if it is missing. */
const uint8_t *unpack_bytes(struct unpack *in, size_t *n);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of pieces of packets in a fixed amount of memory: what names.h is for
 * short texts, with chunks that hold more.
 */
#ifndef DAEMON_TRACK_BYTES_H
#define DAEMON_TRACK_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BYTES_CHUNK = 512, BYTES_DATA = BYTES_CHUNK - sizeof(uint32_t) };

struct bytes {
	struct bytes_chunk *chunks;
	uint32_t max;
	uint32_t high;
	uint32_t free; /* head of the free chunks; 0 ends */
	uint32_t n_free; /* also those that were never used */
};

/* Makes a pool of n chunks. */
void bytes_init(struct bytes *b, uint32_t n);
void bytes_fini(struct bytes *b);

/* Whether there is room for len bytes. */
static inline bool
bytes_fit(const struct bytes *b, uint32_t len)
{
	return b->n_free >= (len + BYTES_DATA - 1) / BYTES_DATA;
}

/* Stores len bytes, for which there is room; returns a handle, 0 for none. */
uint32_t bytes_add(struct bytes *b, const uint8_t *p, uint32_t len);

/* Writes the len bytes to out. */
void bytes_get(const struct bytes *b, uint32_t handle, uint8_t *out,
    uint32_t len);

/* Gives the chunks back. */
void bytes_remove(struct bytes *b, uint32_t handle);

#endif

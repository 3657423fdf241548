/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of short texts, or of bytes, in a fixed amount of memory.
 *
 * What is stored is a chain of chunks of one size, so anything fits into what
 * any others gave back and nothing is ever moved.
 */
#ifndef DAEMON_METER_CHUNKS_H
#define DAEMON_METER_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CHUNKS_NONE = 0,
	CHUNKS_NAME = 32, /* size of chunks for names */
	CHUNKS_LINK = sizeof(uint32_t) /* of them the link to the next */
};

struct chunks {
	uint8_t *at;
	uint32_t size;
	uint32_t max;
	uint32_t high;
	uint32_t free; /* head of the free chunks; 0 ends */
	uint32_t n_free; /* also those that were never used */
};

/* Makes a pool of n chunks of size bytes. */
void chunks_init(struct chunks *p, uint32_t n, uint32_t size);
void chunks_fini(struct chunks *p);

/* Whether there is room for n bytes. */
static inline bool
chunks_fit(const struct chunks *p, size_t n)
{
	uint32_t data = p->size - CHUNKS_LINK;

	return p->n_free >= (n + data - 1) / data;
}

/*
 * Stores n bytes, at least one chunk; returns a handle, or CHUNKS_NONE if
 * there is no room.
 */
uint32_t chunks_add(struct chunks *p, const void *bytes, size_t n);

/* Writes the n bytes to out. */
void chunks_get(const struct chunks *p, uint32_t handle, void *out, size_t n);

/* Gives the chunks back. */
void chunks_remove(struct chunks *p, uint32_t handle);

#endif

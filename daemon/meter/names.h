/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of short texts in a fixed amount of memory.
 *
 * A text is a chain of 32-byte chunks, so any text fits into what any others
 * gave back and nothing is ever moved.
 */
#ifndef DAEMON_METER_NAMES_H
#define DAEMON_METER_NAMES_H

#include <stddef.h>
#include <stdint.h>

enum { NAMES_CHUNK = 32, NAMES_NONE = 0 };

struct names {
	struct names_chunk *chunks;
	uint32_t max;
	uint32_t high;
	uint32_t free; /* head of the free chunks; 0 ends */
};

/* Makes a pool of n_chunks chunks. */
void names_init(struct names *p, uint32_t n_chunks);
void names_fini(struct names *p);

/* Stores n bytes; returns a handle, or NAMES_NONE if there is no room. */
uint32_t names_add(struct names *p, const char *text, size_t n);

/* Writes the text, n bytes, to out, without a NUL. */
void names_get(const struct names *p, uint32_t handle, char *out, size_t n);

/* Gives the text's chunks back. */
void names_remove(struct names *p, uint32_t handle);

#endif

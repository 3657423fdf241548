/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/track/bytes.h"

#include <assert.h>
#include <string.h>

#include "daemon/memory.h"

struct bytes_chunk {
	uint32_t next; /* 0 ends */
	uint8_t bytes[BYTES_DATA];
};

/* Chunk 0 is never used, so that 0 can mean none. */
void
bytes_init(struct bytes *b, uint32_t n)
{
	*b = (struct bytes){ .max = n + 1, .high = 1, .n_free = n };
	b->chunks = memory_reserve(b->max * sizeof(*b->chunks));
}

void
bytes_fini(struct bytes *b)
{
	if (b->chunks != NULL)
		memory_release(b->chunks, b->max * sizeof(*b->chunks));
	b->chunks = NULL;
}

static uint32_t
take(struct bytes *b)
{
	uint32_t i = b->free;

	if (i != 0)
		b->free = b->chunks[i].next;
	else
		i = b->high++;
	b->n_free--;
	return i;
}

uint32_t
bytes_add(struct bytes *b, const uint8_t *p, uint32_t len)
{
	uint32_t first = 0, *link = &first;

	assert(bytes_fit(b, len));
	while (len > 0) {
		uint32_t n = len < BYTES_DATA ? len : BYTES_DATA;

		*link = take(b);
		memcpy(b->chunks[*link].bytes, p, n);
		link = &b->chunks[*link].next;
		p += n;
		len -= n;
	}
	*link = 0;
	return first;
}

void
bytes_get(const struct bytes *b, uint32_t handle, uint8_t *out, uint32_t len)
{
	while (len > 0) {
		uint32_t n = len < BYTES_DATA ? len : BYTES_DATA;

		memcpy(out, b->chunks[handle].bytes, n);
		handle = b->chunks[handle].next;
		out += n;
		len -= n;
	}
}

void
bytes_remove(struct bytes *b, uint32_t handle)
{
	while (handle != 0) {
		uint32_t next = b->chunks[handle].next;

		b->chunks[handle].next = b->free;
		b->free = handle;
		b->n_free++;
		handle = next;
	}
}

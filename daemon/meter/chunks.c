/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/chunks.h"

#include <string.h>

#include "daemon/memory.h"

/* Chunk 0 is never used, so that 0 can mean none. */
void
chunks_init(struct chunks *p, uint32_t n, uint32_t size)
{
	*p = (struct chunks){ .size = size,
		.max = n + 1,
		.high = 1,
		.n_free = n };
	p->at = memory_reserve((size_t)p->max * size);
}

void
chunks_fini(struct chunks *p)
{
	if (p->at != NULL)
		memory_release(p->at, (size_t)p->max * p->size);
	p->at = NULL;
}

/* A chunk begins with the link to the next; 0 ends. */
static uint8_t *
chunk(const struct chunks *p, uint32_t c)
{
	return p->at + (size_t)c * p->size;
}

static uint32_t
next_of(const struct chunks *p, uint32_t c)
{
	uint32_t next;

	memcpy(&next, chunk(p, c), sizeof(next));
	return next;
}

static void
link_to(struct chunks *p, uint32_t c, uint32_t next)
{
	memcpy(chunk(p, c), &next, sizeof(next));
}

static uint32_t
take(struct chunks *p)
{
	uint32_t c = p->free;

	if (c != 0)
		p->free = next_of(p, c);
	else
		c = p->high++;
	p->n_free--;
	return c;
}

uint32_t
chunks_add(struct chunks *p, const void *bytes, size_t n)
{
	size_t data = p->size - CHUNKS_LINK;
	const uint8_t *from = bytes;
	uint32_t first = 0, last = 0;

	if (p->n_free == 0 || !chunks_fit(p, n))
		return CHUNKS_NONE;
	do {
		size_t part = n < data ? n : data;
		uint32_t c = take(p);

		memcpy(chunk(p, c) + CHUNKS_LINK, from, part);
		link_to(p, c, 0);
		if (first == 0)
			first = c;
		else
			link_to(p, last, c);
		last = c;
		from += part;
		n -= part;
	} while (n > 0);
	return first;
}

void
chunks_get(const struct chunks *p, uint32_t handle, void *out, size_t n)
{
	size_t data = p->size - CHUNKS_LINK;
	uint8_t *to = out;

	while (n > 0) {
		size_t part = n < data ? n : data;

		memcpy(to, chunk(p, handle) + CHUNKS_LINK, part);
		handle = next_of(p, handle);
		to += part;
		n -= part;
	}
}

void
chunks_remove(struct chunks *p, uint32_t handle)
{
	while (handle != 0) {
		uint32_t next = next_of(p, handle);

		link_to(p, handle, p->free);
		p->free = handle;
		p->n_free++;
		handle = next;
	}
}

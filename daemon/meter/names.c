/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/names.h"

#include <string.h>

#include "daemon/memory.h"

struct names_chunk {
	uint32_t next;
	char text[NAMES_CHUNK - sizeof(uint32_t)];
};

enum { TEXT = sizeof(((struct names_chunk *)0)->text) };

/* Chunk 0 is never used, so that 0 can mean none. */
void
names_init(struct names *p, uint32_t n_chunks)
{
	*p = (struct names){ .max = n_chunks + 1, .high = 1 };
	p->chunks = memory_reserve(p->max * sizeof(*p->chunks));
}

void
names_fini(struct names *p)
{
	if (p->chunks != NULL)
		memory_release(p->chunks, p->max * sizeof(*p->chunks));
	p->chunks = NULL;
}

static uint32_t
take(struct names *p)
{
	uint32_t c = p->free;

	if (c != 0)
		p->free = p->chunks[c].next;
	else if (p->high < p->max)
		c = p->high++;
	return c;
}

uint32_t
names_add(struct names *p, const char *text, size_t n)
{
	uint32_t first = 0, last = 0, c;

	do {
		size_t part = n < TEXT ? n : TEXT;

		c = take(p);
		if (c == 0) {
			names_remove(p, first);
			return NAMES_NONE;
		}
		memcpy(p->chunks[c].text, text, part);
		p->chunks[c].next = 0;
		if (first == 0)
			first = c;
		else
			p->chunks[last].next = c;
		last = c;
		text += part;
		n -= part;
	} while (n > 0);
	return first;
}

void
names_get(const struct names *p, uint32_t handle, char *out, size_t n)
{
	while (n > 0) {
		size_t part = n < TEXT ? n : TEXT;

		memcpy(out, p->chunks[handle].text, part);
		handle = p->chunks[handle].next;
		out += part;
		n -= part;
	}
}

void
names_remove(struct names *p, uint32_t handle)
{
	while (handle != 0) {
		uint32_t next = p->chunks[handle].next;

		p->chunks[handle].next = p->free;
		p->free = handle;
		handle = next;
	}
}

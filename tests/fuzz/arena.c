/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/memory.h for the fuzzers, whose every run makes and frees tables: one
 * mapping for all, emptied at once when nothing of it is in use.  The kernel's
 * part is most of a run otherwise.
 */
#define _GNU_SOURCE
#include "daemon/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

static const size_t size = (size_t)1 << 32;
static uint8_t *arena;
static size_t used;
static unsigned n_live;

void *
memory_reserve(size_t n)
{
	const size_t page = 4096;
	uint8_t *p;

	if (arena == NULL) {
		arena = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (arena == MAP_FAILED)
			abort();
	}
	/* A page between two of them is never touched by who is right. */
	n = (n / page + 2) * page;
	if (n > size - used)
		abort();
	p = arena + used;
	used += n;
	n_live++;
	return p;
}

void
memory_touch(void *p, size_t n)
{
	(void)p;
	(void)n;
}

void
memory_forget(void *p, size_t n)
{
	(void)p;
	(void)n;
}

void
memory_release(void *p, size_t n)
{
	(void)n;
	if (p == NULL || --n_live > 0)
		return;
	madvise(arena, used, MADV_DONTNEED);
	used = 0;
}

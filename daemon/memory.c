/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "daemon/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of less, the kernel's part would cost more than the zeroes. */
enum { MAPPED_MIN = 16 * 1024 };

static bool is_left;

void *
memory_try(size_t n)
{
	void *p;

	if (n < MAPPED_MIN)
		return calloc(1, n > 0 ? n : 1);
	p = mmap(NULL, n, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return p != MAP_FAILED ? p : NULL;
}

void *
memory_reserve(size_t n)
{
	void *p = memory_try(n);

	if (p == NULL) {
		fprintf(stderr,
		    "tapline: out of memory: cannot reserve %zu bytes\n", n);
		exit(1);
	}
	return p;
}

static bool
is_whole_pages(const void *p, size_t n)
{
	return ((uintptr_t)p | n) % (size_t)sysconf(_SC_PAGESIZE) == 0;
}

void
memory_touch(void *p, size_t n)
{
	/* Where the kernel can't, pages come as they are written. */
	if (is_whole_pages(p, n))
		madvise(p, n, MADV_POPULATE_WRITE);
}

void
memory_forget(void *p, size_t n)
{
	if (is_whole_pages(p, n))
		madvise(p, n, MADV_DONTNEED);
}

void
memory_release(void *p, size_t n)
{
	if (n < MAPPED_MIN)
		free(p);
	else if (p != NULL && !is_left)
		munmap(p, n);
}

void
memory_leave(void)
{
	is_left = true;
}

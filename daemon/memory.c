/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "daemon/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Of less, the kernel's part would cost more than the zeroes. */
enum { MAPPED_MIN = 16 * 1024 };

static bool is_left;

void *
memory_reserve(size_t n)
{
	void *p;

	if (n < MAPPED_MIN) {
		p = calloc(1, n > 0 ? n : 1);
	} else {
		p = mmap(NULL, n, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED)
			p = NULL;
	}
	if (p == NULL) {
		fprintf(stderr, "tapline: cannot reserve %zu bytes\n", n);
		exit(1);
	}
	return p;
}

void *
memory_reserve_now(size_t n)
{
	void *p = memory_reserve(n);

	/* Where the kernel can't, pages come as they are touched. */
	if (n >= MAPPED_MIN)
		madvise(p, n, MADV_POPULATE_WRITE);
	return p;
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

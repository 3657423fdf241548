/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "daemon/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void *
memory_reserve(size_t n)
{
	void *p;

	if (n == 0)
		n = 1;
	p = mmap(NULL, n, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED) {
		fprintf(stderr, "tapline: cannot reserve %zu bytes\n", n);
		exit(1);
	}
	return p;
}

void
memory_release(void *p, size_t n)
{
	if (p != NULL)
		munmap(p, n > 0 ? n : 1);
}

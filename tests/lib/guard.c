/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One arena for the whole program: GUARD_MAX bytes and a page without rights.
 */
#include "tests/lib/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint8_t *
arena(void)
{
	static uint8_t *start;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (start != NULL)
		return start;
	start = mmap(NULL, GUARD_MAX + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (start == MAP_FAILED ||
	    mprotect(start + GUARD_MAX, page, PROT_NONE) != 0) {
		perror("guard");
		exit(1);
	}
	return start;
}

const uint8_t *
guard_put(const void *bytes, size_t n)
{
	uint8_t *at;

	if (n > GUARD_MAX) {
		fprintf(stderr, "guard: %zu bytes are too many\n", n);
		exit(1);
	}
	at = arena() + GUARD_MAX - n;
	if (n > 0)
		memcpy(at, bytes, n);
	return at;
}

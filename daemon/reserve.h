/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for libraries that don't survive a lack of it.
 *
 * malloc is asked first.  What it refuses, up to RESERVE_BLOCK bytes, comes
 * from half a mebibyte that the process has had since its start: structures
 * that steer are small and few, so they can always be had, and only what holds
 * bytes on their way, which tapline looks at, can be refused.  All of it may be
 * called by every thread.
 */
#ifndef DAEMON_RESERVE_H
#define DAEMON_RESERVE_H

#include <stddef.h>
#include <stdint.h>

enum { RESERVE_BLOCK = 8192 };

/* Has its pages mapped: without it they come when they are used. */
void reserve_init(void);

/*
 * As malloc, realloc and free, also for what malloc gave; of no bytes there is
 * no block, and realloc to none frees.
 */
void *reserve_alloc(size_t n);
void *reserve_realloc(void *p, size_t n);
void reserve_free(void *p);

/* How often malloc refused and the reserve gave; how often it couldn't. */
uint64_t reserve_used(void);
uint64_t reserve_refused(void);

#endif

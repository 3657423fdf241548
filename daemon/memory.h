/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zeroed memory that costs nothing, if it is large, until it is touched.
 *
 * Tables reserve their largest size once; the kernel gives them pages as they
 * grow.  Nothing is ever moved or allocated in the packet path.
 */
#ifndef DAEMON_MEMORY_H
#define DAEMON_MEMORY_H

#include <stddef.h>

/*
 * Returns n zero bytes, aligned for every type; ends the process if there are
 * none, so it is for the start only.
 */
void *memory_reserve(size_t n);

/* The same, but returns NULL if there are none. */
void *memory_try(size_t n);

/*
 * Makes a part ready of which every page will soon be written, but may be read
 * before: the kernel would first map its page of zeroes, and then stop every
 * thread to replace it.  Does nothing unless they are whole pages.
 */
void memory_touch(void *p, size_t n);

/*
 * Gives back the pages of a part that isn't used any more, which stays
 * reserved.  Does nothing unless they are whole.
 */
void memory_forget(void *p, size_t n);

/* Gives back what memory_reserve(n) returned; NULL is fine. */
void memory_release(void *p, size_t n);

/*
 * The process is about to end: memory_release leaves the kernel what it mapped.
 * Taking it back at once is cheaper than piece by piece.
 */
void memory_leave(void);

#endif

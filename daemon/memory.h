/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zeroed memory that costs nothing until it is touched.
 *
 * Tables reserve their largest size once; the kernel gives them pages as they
 * grow.  Nothing is ever moved or allocated in the packet path.
 */
#ifndef DAEMON_MEMORY_H
#define DAEMON_MEMORY_H

#include <stddef.h>

/* Returns n zero bytes, page-aligned; ends the process if there are none. */
void *memory_reserve(size_t n);

/* Gives back what memory_reserve(n) returned; NULL is fine. */
void memory_release(void *p, size_t n);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What code costs, in instructions: as callgrind counts them, so that the same
 * code costs the same whatever else the machine does.  Or in nanoseconds, to
 * look at.  The kernel's part is in neither, nor what is done between count_end
 * and count_begin.
 */
#ifndef TESTS_COMPLEXITY_COUNT_H
#define TESTS_COMPLEXITY_COUNT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * To be called first: runs the program again, under valgrind.  profile (NULL:
 * none) is a file for callgrind_annotate, of all that was counted.
 */
void count_init(char **argv, const char *profile);
/* Instead: nanoseconds. */
void count_init_ns(void);

void count_begin(void);
/* The cost since count_begin. */
uint64_t count_end(void);

#endif

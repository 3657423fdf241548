/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers as text: the C library's printf is slow for integers.
 */
#ifndef DAEMON_REPORT_NUMBER_H
#define DAEMON_REPORT_NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum { NUMBER_SIZE = 32 };

/* Each writes no NUL and returns the length, at most NUMBER_SIZE. */
size_t number_u64(char *out, uint64_t value);
size_t number_i64(char *out, int64_t value);

#endif

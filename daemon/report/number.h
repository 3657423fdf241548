/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers as text, the same in every locale: the C library's printf writes
 * the locale's decimal point and is slow for integers.
 */
#ifndef DAEMON_REPORT_NUMBER_H
#define DAEMON_REPORT_NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum { NUMBER_SIZE = 32 };

/* Each writes no NUL and returns the length, at most NUMBER_SIZE. */
size_t number_u64(char *out, uint64_t value);
size_t number_i64(char *out, int64_t value);

/*
 * The shortest decimal that reads back as the same double, which must be
 * finite: "0.1", "1500", "1e+300", "-0".
 */
size_t number_double(char *out, double value);

#endif

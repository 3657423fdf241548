/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a value of a MaxMind DB harmless to walk?  Pure.
 *
 * libmaxminddb skips nested maps and arrays by recursion without a limit, so
 * that a database of nothing but brackets overflows the stack, and it
 * believes counts.  This check walks a value first, without recursion, with a
 * limit on depth and on the number of values, and follows each pointer.
 */
#ifndef DAEMON_ENRICH_MMDB_CHECK_H
#define DAEMON_ENRICH_MMDB_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MMDB_CHECK_DEPTH = 16, MMDB_CHECK_VALUES = 4096 };

/*
 * Returns whether the value at offset of a data section (section 4 of the
 * MaxMind DB format, version 2.0) lies within it, is at most
 * MMDB_CHECK_DEPTH maps, arrays and pointers deep, and holds at most
 * MMDB_CHECK_VALUES values.
 */
bool mmdb_check_value(const uint8_t *section, size_t len, size_t offset);

/*
 * Finds the metadata of a whole file the way libmaxminddb does, after the
 * last marker in its last 128 KiB, and returns whether they pass
 * mmdb_check_value and their search tree fits the file.  libmaxminddb
 * multiplies that out in 32 bits, and then walks outside of the file.
 */
bool mmdb_check_file(const uint8_t *file, size_t len);

#endif

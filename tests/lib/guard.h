/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that end where the memory ends: one read past them is a fault, with
 * no sanitizer needed to see it.
 */
#ifndef TESTS_LIB_GUARD_H
#define TESTS_LIB_GUARD_H

#include <stddef.h>
#include <stdint.h>

enum { GUARD_MAX = 1 << 20 };

/*
 * Copies n bytes so that they end at an unmapped page.  What it returns is
 * valid until the next call.  Exits if memory or n is out of bounds.
 */
const uint8_t *guard_put(const void *bytes, size_t n);

#endif

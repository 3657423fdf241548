/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names from the wire are hostile.  This is the one place where they become
 * text that is safe to print anywhere: one line, printable, valid UTF-8.
 */
#ifndef DISSECT_TEXT_H
#define DISSECT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_MAX = 256 };

/*
 * Writes n bytes of in to out as clean text, NUL-terminated, and returns its
 * length: control characters (C0, DEL, C1), the line separators U+2028 and
 * U+2029 and bytes that are not UTF-8 (RFC 3629) become \xHH, byte by byte.
 * Text of more than TEXT_MAX bytes is cut between characters and ends in an
 * ellipsis (three bytes more); *cut then is set true, else false.  out holds
 * TEXT_MAX + 4 bytes.
 */
size_t text_clean(char *out, const uint8_t *in, size_t n, bool *cut);

/*
 * Writes an address as people write it: dotted quad, or RFC 5952 section 4,
 * and section 5 for mapped and compatible addresses (::ffff:192.0.2.1), as
 * inet_ntop does.  out holds TEXT_ADDR bytes.  Returns the length.
 */
enum { TEXT_ADDR = 46 };
size_t text_addr(char *out, const uint8_t *addr, bool is_v6);

#endif

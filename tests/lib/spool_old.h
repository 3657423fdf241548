/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames as the spool's first two formats had them: zlib's CRC-32, over the
 * length and over what stands behind the sum.
 */
#ifndef TESTS_LIB_SPOOL_OLD_H
#define TESTS_LIB_SPOOL_OLD_H

#include <zlib.h>

#include "daemon/spool/frame.h"

/* frame_seal() of then. */
static inline size_t
seal_old(uint8_t *out, enum frame_type type, size_t len)
{
	size_t n = frame_seal(out, type, len);
	uLong sum = crc32(0, out, 4);

	sum = crc32(sum, out + 8, (uInt)(n - 8));
	for (unsigned i = 0; i < 4; i++)
		out[4 + i] = (uint8_t)(sum >> 8 * i);
	return n;
}

#endif

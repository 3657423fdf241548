/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole packets: the first byte picks the link type, the second how many
 * bytes the snaplen cut off.
 */
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const int dlts[] = { 1, 0, 12, 14, 101, 108, 113, 228, 229, 276,
		147, 6, 7, 9, 10, 11, 50, 51, 104, 105, 107, 109, 117, 119, 127,
		129, 143, 149, 163, 166, 192, 204, 205, 206, 220, 226, 239, 258,
		510 };

	if (n < 2)
		return 0;
	fuzz_packet(dlts[data[0] % (sizeof(dlts) / sizeof(dlts[0]))], data + 2,
	    n - 2, (uint32_t)(n - 2) + data[1]);
	return 0;
}

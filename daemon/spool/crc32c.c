/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight bytes at a time: byte i of them, with 7 - i bytes behind it, adds
 * tables[7 - i][its value] to the remainder.  Processors have an instruction
 * that is faster still, each its own; a batch of records doesn't need it.
 *
 * x^32 is left out, and x^31 is bit 0: each byte's lowest bit comes first.
 */
#include "daemon/spool/crc32c.h"

enum { SLICES = 8 };

/* What a byte adds is the sum of what its bits, from the lowest on, add. */
#define ENTRY(i, a, b, c, d, e, f, g, h)                              \
	(((i)&1 ? UINT32_C(a) : 0) ^ ((i)&2 ? UINT32_C(b) : 0) ^      \
	    ((i)&4 ? UINT32_C(c) : 0) ^ ((i)&8 ? UINT32_C(d) : 0) ^   \
	    ((i)&16 ? UINT32_C(e) : 0) ^ ((i)&32 ? UINT32_C(f) : 0) ^ \
	    ((i)&64 ? UINT32_C(g) : 0) ^ ((i)&128 ? UINT32_C(h) : 0))
#define ENTRIES_4(i, ...)                                 \
	ENTRY(i, __VA_ARGS__), ENTRY(i + 1, __VA_ARGS__), \
	    ENTRY(i + 2, __VA_ARGS__), ENTRY(i + 3, __VA_ARGS__)
#define ENTRIES_16(i, ...)                                        \
	ENTRIES_4(i, __VA_ARGS__), ENTRIES_4(i + 4, __VA_ARGS__), \
	    ENTRIES_4(i + 8, __VA_ARGS__), ENTRIES_4(i + 12, __VA_ARGS__)
#define ENTRIES_64(i, ...)                                           \
	ENTRIES_16(i, __VA_ARGS__), ENTRIES_16(i + 16, __VA_ARGS__), \
	    ENTRIES_16(i + 32, __VA_ARGS__), ENTRIES_16(i + 48, __VA_ARGS__)
#define TABLE(...)                                                             \
	{                                                                      \
		ENTRIES_64(0, __VA_ARGS__), ENTRIES_64(64, __VA_ARGS__),       \
		    ENTRIES_64(128, __VA_ARGS__), ENTRIES_64(192, __VA_ARGS__) \
	}

/*
 * The remainders of x^39 to x^32 in the first, whose last is the polynomial
 * itself; of x^47 to x^40 in the second, and so on.
 */
static const uint32_t tables[SLICES][256] = {
	TABLE(0xf26b8303, 0xe13b70f7, 0xc79a971f, 0x8ad958cf, 0x105ec76f,
	    0x20bd8ede, 0x417b1dbc, 0x82f63b78),
	TABLE(0x13a29877, 0x274530ee, 0x4e8a61dc, 0x9d14c3b8, 0x3fc5f181,
	    0x7f8be302, 0xff17c604, 0xfbc3faf9),
	TABLE(0xa541927e, 0x4f6f520d, 0x9edea41a, 0x38513ec5, 0x70a27d8a,
	    0xe144fb14, 0xc76580d9, 0x8b277743),
	TABLE(0xdd45aab8, 0xbf672381, 0x7b2231f3, 0xf64463e6, 0xe964b13d,
	    0xd725148b, 0xaba65fe7, 0x52a0c93f),
	TABLE(0x38116fac, 0x7022df58, 0xe045beb0, 0xc5670b91, 0x8f2261d3,
	    0x1ba8b557, 0x37516aae, 0x6ea2d55c),
	TABLE(0xef306b19, 0xdb8ca0c3, 0xb2f53777, 0x6006181f, 0xc00c303e,
	    0x85f4168d, 0x0e045beb, 0x1c08b7d6),
	TABLE(0x68032cc8, 0xd0065990, 0xa5e0c5d1, 0x4e2dfd53, 0x9c5bfaa6,
	    0x3d5b83bd, 0x7ab7077a, 0xf56e0ef4),
	TABLE(0x493c7d27, 0x9278fa4e, 0x211d826d, 0x423b04da, 0x847609b4,
	    0x0d006599, 0x1a00cb32, 0x34019664),
};

static uint32_t
little_endian(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

uint32_t
crc32c(uint32_t crc, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	crc = ~crc;
	for (; n >= SLICES; n -= SLICES, p += SLICES) {
		uint32_t a = crc ^ little_endian(p), b = little_endian(p + 4);

		crc = tables[7][a & 0xff] ^ tables[6][a >> 8 & 0xff] ^
		    tables[5][a >> 16 & 0xff] ^ tables[4][a >> 24] ^
		    tables[3][b & 0xff] ^ tables[2][b >> 8 & 0xff] ^
		    tables[1][b >> 16 & 0xff] ^ tables[0][b >> 24];
	}
	for (; n > 0; n--, p++)
		crc = crc >> 8 ^ tables[0][(crc ^ *p) & 0xff];
	return ~crc;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRC-32C against the vectors of RFC 3720, and against its definition, bit by
 * bit, at every length and alignment that the fast way treats differently.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/spool/crc32c.h"
#include "tests/lib/guard.h"

enum { LENGTHS = 301, ALIGNMENTS = 16 };

static uint32_t
by_definition(const uint8_t *p, size_t n)
{
	uint32_t crc = UINT32_C(0xffffffff);

	for (size_t i = 0; i < 8 * n; i++) {
		uint32_t bit = (crc ^ p[i / 8] >> i % 8) & 1;

		crc = crc >> 1 ^ bit * UINT32_C(0x82f63b78);
	}
	return ~crc;
}

static void
fill(uint8_t *p, size_t n)
{
	uint32_t x = 1;

	for (size_t i = 0; i < n; i++) {
		x = x * UINT32_C(1664525) + UINT32_C(1013904223);
		p[i] = (uint8_t)(x >> 24);
	}
}

/* RFC 3720, appendix B.4, whose sums are printed least byte first. */
static void
test_vectors(void **state)
{
	static const uint8_t read_10[48] = { /* a SCSI Read (10) command */
		0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* */
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* */
		0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, /* */
		0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18, /* */
		0x28, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* */
		0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00
	};
	uint8_t bytes[32];

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(crc32c(0, bytes, 32), 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(crc32c(0, bytes, 32), 0x62a8ab43);
	for (unsigned i = 0; i < 32; i++)
		bytes[i] = (uint8_t)i;
	assert_int_equal(crc32c(0, bytes, 32), 0x46dd794e);
	for (unsigned i = 0; i < 32; i++)
		bytes[i] = (uint8_t)(31 - i);
	assert_int_equal(crc32c(0, bytes, 32), 0x113fdb5c);
	assert_int_equal(crc32c(0, read_10, sizeof(read_10)), 0xd9963a56);
	/* What catalogues of such sums are compared by. */
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
}

static void
test_lengths(void **state)
{
	uint8_t bytes[ALIGNMENTS + LENGTHS];

	(void)state;
	fill(bytes, sizeof(bytes));
	for (size_t at = 0; at < ALIGNMENTS; at++) {
		for (size_t n = 0; n < LENGTHS; n++)
			assert_int_equal(crc32c(0, bytes + at, n),
			    by_definition(bytes + at, n));
	}
}

/* Nothing behind what is given is read. */
static void
test_bounds(void **state)
{
	uint8_t bytes[LENGTHS];

	(void)state;
	fill(bytes, sizeof(bytes));
	for (size_t n = 1; n < 40; n++)
		assert_int_equal(crc32c(0, guard_put(bytes, n), n),
		    by_definition(bytes, n));
}

static void
test_continued(void **state)
{
	uint8_t bytes[LENGTHS];

	(void)state;
	fill(bytes, sizeof(bytes));
	for (size_t n = 0; n < LENGTHS; n += 7) {
		uint32_t whole = crc32c(0, bytes, n);

		for (size_t i = 0; i <= n; i++)
			assert_int_equal(crc32c(crc32c(0, bytes, i), bytes + i,
					     n - i),
			    whole);
	}
	assert_int_equal(crc32c(0, NULL, 0), 0);
	assert_int_equal(crc32c(0x12345678, NULL, 0), 0x12345678);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_continued),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

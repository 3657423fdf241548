/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cursor: a failed read writes nothing and moves nothing.
 */
#include "dissect/cur.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/lib/guard.h"

static struct cur
cur_of(const void *bytes, size_t n)
{
	const uint8_t *p = guard_put(bytes, n);

	return (struct cur){ p, p + n };
}

static void
test_take_to_the_last_byte(void **state)
{
	struct cur c = cur_of("\x01\x02\x03", 3);
	const uint8_t *p = c.p;

	(void)state;
	assert_null(cur_take(&c, 4));
	assert_ptr_equal(c.p, p);
	assert_ptr_equal(cur_take(&c, 3), p);
	assert_int_equal(cur_len(&c), 0);
	assert_null(cur_take(&c, 1));
	assert_non_null(cur_take(&c, 0));
}

static void
test_take_more_than_memory(void **state)
{
	struct cur c = cur_of("\x01", 1);

	(void)state;
	assert_null(cur_take(&c, SIZE_MAX));
	assert_int_equal(cur_len(&c), 1);
}

static void
test_numbers_are_big_endian(void **state)
{
	struct cur c = cur_of("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a", 10);
	uint32_t n24, n32;
	uint16_t n16;
	uint8_t n8;

	(void)state;
	assert_true(cur_u8(&c, &n8));
	assert_true(cur_u16(&c, &n16));
	assert_true(cur_u24(&c, &n24));
	assert_true(cur_u32(&c, &n32));
	assert_int_equal(n8, 0x01);
	assert_int_equal(n16, 0x0203);
	assert_int_equal(n24, 0x040506);
	assert_int_equal(n32, 0x0708090a);
}

static void
test_numbers_cut(void **state)
{
	struct cur c = cur_of("\x01\x02\x03", 3), empty = cur_of("", 0);
	uint32_t n24 = 7, n32 = 7;
	uint16_t n16 = 7;
	uint8_t n8 = 7;

	(void)state;
	assert_false(cur_u8(&empty, &n8));
	assert_false(cur_u16(&empty, &n16));
	assert_false(cur_u24(&empty, &n24));
	c = cur_of("\x01\x02\x03", 3);
	assert_false(cur_u32(&c, &n32));
	assert_int_equal(n8 + n16 + n24 + n32, 28);
	assert_int_equal(cur_len(&c), 3);
}

static void
test_vector_longer_than_its_parent(void **state)
{
	struct cur c = cur_of("\x03\x01\x02", 3), sub = { NULL, NULL };

	(void)state;
	assert_false(cur_vec8(&c, &sub));
	assert_false(cur_vec16(&c, &sub));
	assert_null(sub.p);
	assert_int_equal(cur_len(&c), 3);
}

static void
test_vector_sees_only_its_contents(void **state)
{
	struct cur c = cur_of("\x00\x02\x01\x02\x01\x07", 6);
	struct cur sub = { NULL, NULL };
	uint32_t n;

	(void)state;
	assert_true(cur_vec16(&c, &sub));
	assert_int_equal(cur_len(&sub), 2);
	assert_false(cur_u24(&sub, &n));
	assert_true(cur_vec8(&c, &sub));
	assert_int_equal(sub.p[0], 7);
	assert_int_equal(cur_len(&c), 0);
}

static void
test_shrink_never_grows(void **state)
{
	struct cur c = cur_of("\x01\x02\x03", 3);

	(void)state;
	cur_shrink(&c, 4);
	assert_int_equal(cur_len(&c), 3);
	cur_shrink(&c, 1);
	assert_int_equal(cur_len(&c), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take_to_the_last_byte),
		cmocka_unit_test(test_take_more_than_memory),
		cmocka_unit_test(test_numbers_are_big_endian),
		cmocka_unit_test(test_numbers_cut),
		cmocka_unit_test(test_vector_longer_than_its_parent),
		cmocka_unit_test(test_vector_sees_only_its_contents),
		cmocka_unit_test(test_shrink_never_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

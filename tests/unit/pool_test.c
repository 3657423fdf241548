/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The pool against a list of what it gave: no two blocks share a byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/track/pool.h"
#include "tests/lib/reserved.h"

enum { BLOCKS = 500, MEMORY = 1 << 20 };

static struct pool pool;

static int
begin(void **state)
{
	(void)state;
	pool_init(&pool, MEMORY);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	pool_fini(&pool);
	return 0;
}

static uint32_t
pick(uint32_t n)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32) % n;
}

static void
test_memory_is_what_was_given(void **state)
{
	size_t before = reserved();

	(void)state;
	pool_fini(&pool);
	assert_in_range(before - reserved(), MEMORY / 8 * 7,
	    MEMORY + RESERVED_SLACK);
	pool_init(&pool, MEMORY);
}

static void
test_sizes(void **state)
{
	uint32_t block;

	(void)state;
	for (size_t n = 1; n <= POOL_LARGEST; n = n * 2 + 1) {
		block = pool_take(&pool, n);
		assert_int_not_equal(block, 0);
		assert_in_range(pool_size(&pool, block), n, 2 * n + POOL_UNIT);
		pool_give(&pool, block);
	}
	assert_int_equal(pool_take(&pool, POOL_LARGEST + 1), 0);
	pool_give(&pool, 0);
}

static void
check_and_give(uint32_t block, uint8_t mark)
{
	const uint8_t *p = pool_at(&pool, block);

	for (size_t i = 0; i < pool_size(&pool, block); i++)
		if (p[i] != mark)
			fail_msg("block %u is another's, too", block);
	pool_give(&pool, block);
}

static void
test_blocks_do_not_overlap(void **state)
{
	static uint32_t blocks[BLOCKS];
	unsigned n_full = 0;

	(void)state;
	for (unsigned round = 0; round < 40000; round++) {
		unsigned i = pick(BLOCKS);
		size_t n = (size_t)1 << pick(17);

		if (blocks[i] != 0) {
			check_and_give(blocks[i], (uint8_t)i);
			blocks[i] = 0;
			continue;
		}
		blocks[i] = pool_take(&pool, n);
		if (blocks[i] == 0) {
			n_full++;
			continue;
		}
		memset(pool_at(&pool, blocks[i]), (uint8_t)i,
		    pool_size(&pool, blocks[i]));
	}
	assert_in_range(n_full, 1000, 30000);
	for (unsigned i = 0; i < BLOCKS; i++)
		if (blocks[i] != 0)
			check_and_give(blocks[i], (uint8_t)i);
	/* In one piece again: so many of the largest. */
	for (size_t n = pool.n_units * (size_t)POOL_UNIT / POOL_LARGEST; n > 0;
	     n--)
		assert_int_not_equal(pool_take(&pool, POOL_LARGEST), 0);
	assert_int_equal(pool_take(&pool, 1), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_memory_is_what_was_given),
		TEST(test_sizes),
		TEST(test_blocks_do_not_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

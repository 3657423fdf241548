/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* A copy is the same packet within some milliseconds, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/pipe/copies.h"
#include "daemon/meter/tuple_hash.h"

#define US INT64_C(1000)

static const struct hash_key key = { 1, 2 };
static struct copies copies;

static struct pkt
packet(uint32_t n)
{
	struct pkt p = { .digest = n };

	memcpy(p.tuple.src, "\xc0\0\2\1", 4);
	memcpy(p.tuple.dst, "\xc0\0\2\2", 4);
	p.tuple.proto = 17;
	p.tuple.sport = 1000;
	p.tuple.dport = 53;
	return p;
}

static bool
seen(const struct pkt *p, int64_t us)
{
	struct copies_mark mark =
	    copies_mark(&copies, p, tuple_hash(&key, &p->tuple), us * US);

	return copies_seen(&copies, &mark);
}

static void
test_within_some_milliseconds(void **state)
{
	struct pkt p = packet(7);

	(void)state;
	memset(&copies, 0, sizeof(copies));
	assert_false(seen(&p, 1000000));
	assert_true(seen(&p, 1000000));
	assert_true(seen(&p, 1000000 + COPIES_WITHIN_US));
	/* From the copy on, so a third tap is seen too. */
	assert_true(seen(&p, 1000000 + 2 * COPIES_WITHIN_US));
	assert_false(seen(&p, 1000001 + 3 * COPIES_WITHIN_US));
	/* Two inputs are not in order. */
	assert_true(seen(&p, 1000001 + 2 * COPIES_WITHIN_US));
	assert_false(seen(&p, 1000000));
}

/* Modulo 2^32 microseconds, which are 71 minutes. */
static void
test_time_may_wrap(void **state)
{
	struct pkt p = packet(7);
	int64_t wrap = INT64_C(1) << 32;

	(void)state;
	memset(&copies, 0, sizeof(copies));
	assert_false(seen(&p, wrap - 1));
	assert_true(seen(&p, wrap + 1));
	assert_true(seen(&p, wrap - 1));
}

/* One thing is another each time. */
static void
test_any_difference_counts(void **state)
{
	struct pkt p = packet(7);

	(void)state;
	memset(&copies, 0, sizeof(copies));
	assert_false(seen(&p, 1));
	p.digest ^= 1u << 20;
	assert_false(seen(&p, 1));
	p.tuple.sport++;
	assert_false(seen(&p, 1));
	p.tuple.dport += 1;
	assert_false(seen(&p, 1));
	p.tuple.proto = 6;
	assert_false(seen(&p, 1));
	p.tuple.src[3]++;
	assert_false(seen(&p, 1));
	p.tuple.dst[0]++;
	assert_false(seen(&p, 1));
	p.tuple.flags = TUPLE_V6;
	assert_false(seen(&p, 1));
	p.tuple.src[15]++;
	assert_false(seen(&p, 1));
	p.tuple.dst[8]++;
	assert_false(seen(&p, 1));
	assert_true(seen(&p, 1));
	/* Which tap saw it, and in which VLAN, is no difference. */
	p.tuple.source = 1;
	p.tuple.n_vlans = 1;
	assert_true(seen(&p, 1));
}

/* Many packets at once: each is new once, and most copies are found. */
static void
test_many_at_once(void **state)
{
	enum { N = 2000 };
	unsigned found = 0;

	(void)state;
	memset(&copies, 0, sizeof(copies));
	for (uint32_t i = 0; i < N; i++) {
		struct pkt p = packet(i * 0x9e3779b1u);

		assert_false(seen(&p, 1000));
	}
	for (uint32_t i = 0; i < N; i++) {
		struct pkt p = packet(i * 0x9e3779b1u);

		found += seen(&p, 2000);
	}
	assert_in_range(found, N * 3 / 4, N);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_within_some_milliseconds),
		cmocka_unit_test(test_time_may_wrap),
		cmocka_unit_test(test_any_difference_counts),
		cmocka_unit_test(test_many_at_once),
	};

	return cmocka_run_group_tests_name("copies", tests, NULL, NULL);
}

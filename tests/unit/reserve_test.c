/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reserve against a model: what malloc refuses is had, is nobody else's,
 * keeps its bytes, and can be had again once it is given back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "daemon/reserve.h"

/* The linker leads the calls of this program here. */
void *__real_malloc(size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_realloc(void *p, size_t n);

static _Thread_local unsigned short_of; /* 0: nothing; n: fails n in 8 */
static _Thread_local uint64_t dice = 1;

static unsigned
roll(unsigned n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (unsigned)(dice >> 16) % n;
}

void *
__wrap_malloc(size_t n)
{
	return roll(8) < short_of ? NULL : __real_malloc(n);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return roll(8) < short_of ? NULL : __real_realloc(p, n);
}

struct held {
	unsigned char *p;
	size_t n;
	unsigned char mark;
};

static void
expect_bytes(const struct held *h, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(h->p[i], h->mark);
}

static void
fill(struct held *h, void *p, size_t n)
{
	static _Thread_local unsigned char mark;

	assert_int_equal((uintptr_t)p % 16, 0);
	*h = (struct held){ p, n, ++mark };
	memset(p, h->mark, n);
}

static size_t
any_size(void)
{
	static const size_t most[] = { 16, 64, 65, 256, 1024, 1025,
		RESERVE_BLOCK };

	return 1 + roll((unsigned)most[roll(7)]);
}

static void
step(struct held *h)
{
	size_t n = any_size();
	void *p;

	if (h->p == NULL) {
		p = reserve_alloc(n);
		if (p != NULL)
			fill(h, p, n);
		return;
	}
	expect_bytes(h, h->n);
	if (roll(2) == 0) {
		reserve_free(h->p);
		h->p = NULL;
		return;
	}
	p = reserve_realloc(h->p, n);
	if (p == NULL) { /* the old one is as it was */
		expect_bytes(h, h->n);
		return;
	}
	h->p = p;
	expect_bytes(h, n < h->n ? n : h->n);
	fill(h, p, n);
}

/* So few are held that all of them can always be had. */
static void *
use_at_random(void *arg)
{
	struct held held[8] = { { NULL, 0, 0 } };

	dice = (uintptr_t)arg;
	for (int i = 0; i < 60000; i++) {
		short_of = (unsigned)i / 1000 % 9;
		step(&held[roll(8)]);
	}
	for (int i = 0; i < 8; i++)
		reserve_free(held[i].p);
	short_of = 0;
	return NULL;
}

static void
test_model(void **state)
{
	uint64_t used = reserve_used(), refused = reserve_refused();

	(void)state;
	use_at_random((void *)(uintptr_t)7);
	assert_true(reserve_used() > used);
	assert_int_equal(reserve_refused(), refused);
}

static void
test_threads(void **state)
{
	pthread_t threads[3];
	uint64_t refused = reserve_refused();

	(void)state;
	for (uintptr_t i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
				     use_at_random, (void *)(i + 11)),
		    0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(reserve_refused(), refused);
}

/* All that there is of one size and of those above it; no two overlap. */
static size_t
take_all(size_t n)
{
	static struct held held[2048];
	size_t count = 0;

	short_of = 8;
	for (void *p; (p = reserve_alloc(n)) != NULL; count++) {
		assert_true(count < 2048);
		fill(&held[count], p, n);
	}
	for (size_t i = 0; i < count; i++) {
		expect_bytes(&held[i], n);
		reserve_free(held[i].p);
	}
	short_of = 0;
	return count;
}

static void
test_it_ends_and_comes_back(void **state)
{
	uint64_t refused = reserve_refused();

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(take_all(1), 1024 + 512 + 128 + 24);
		assert_int_equal(take_all(64), 1024 + 512 + 128 + 24);
		assert_int_equal(take_all(65), 512 + 128 + 24);
		assert_int_equal(take_all(257), 128 + 24);
		assert_int_equal(take_all(1025), 24);
		assert_int_equal(take_all(RESERVE_BLOCK + 1), 0);
	}
	assert_int_equal(reserve_refused(), refused + 12);
}

static void
test_moves(void **state)
{
	uint64_t used = reserve_used();
	char *p, *q;

	(void)state;
	assert_null(reserve_alloc(0));
	reserve_free(NULL);
	p = reserve_realloc(NULL, 100);
	strcpy(p, "from malloc");
	short_of = 8;
	q = reserve_realloc(p, 300); /* moves into the reserve */
	assert_string_equal(q, "from malloc");
	assert_int_equal(reserve_used(), used + 1);
	assert_ptr_equal(reserve_realloc(q, 1024), q);
	assert_null(reserve_realloc(q, RESERVE_BLOCK + 1));
	assert_string_equal(q, "from malloc");
	short_of = 0;
	p = reserve_realloc(q, 100000); /* and out of it */
	assert_string_equal(p, "from malloc");
	assert_null(reserve_realloc(p, 0));
	assert_int_equal(reserve_used(), used + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_it_ends_and_comes_back),
		cmocka_unit_test(test_moves),
	};

	reserve_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

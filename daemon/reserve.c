/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks of four sizes, one bit for each, which is set by whoever takes it: no
 * lock, and no list that could be damaged.
 */
#include "daemon/reserve.h"

#include <assert.h>
#include <malloc.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	N_64 = 1024,
	N_256 = 512,
	N_1024 = 128,
	N_BLOCK = 24,
	AT_256 = 64 * N_64,
	AT_1024 = AT_256 + 256 * N_256,
	AT_BLOCK = AT_1024 + 1024 * N_1024,
	ROOM = AT_BLOCK + RESERVE_BLOCK * N_BLOCK,
	WORD = 64, /* bits */
	TOUCH = 4096, /* no page is smaller */
};

static alignas(TOUCH) unsigned char room[ROOM];

static struct class {
	size_t size, at, n;
	_Atomic uint64_t taken[N_64 / WORD];
} classes[] = {
	{ .size = 64, .at = 0, .n = N_64 },
	{ .size = 256, .at = AT_256, .n = N_256 },
	{ .size = 1024, .at = AT_1024, .n = N_1024 },
	{ .size = RESERVE_BLOCK, .at = AT_BLOCK, .n = N_BLOCK },
};

enum { N_CLASSES = sizeof(classes) / sizeof(classes[0]) };

static _Atomic uint64_t used, refused;

void
reserve_init(void)
{
	volatile unsigned char *p = room;

	for (size_t i = 0; i < ROOM; i += TOUCH)
		p[i] = 0;
}

/* The number of a block that was free; n if there is none. */
static size_t
take_of(struct class *c)
{
	for (size_t i = 0; i * WORD < c->n; i++) {
		uint64_t bits = atomic_load(&c->taken[i]);

		while (bits != UINT64_MAX) {
			unsigned bit = (unsigned)__builtin_ctzll(~bits);

			if (i * WORD + bit >= c->n)
				break;
			if (atomic_compare_exchange_weak(&c->taken[i], &bits,
				bits | UINT64_C(1) << bit))
				return i * WORD + bit;
		}
	}
	return c->n;
}

static void *
take(size_t n)
{
	for (unsigned i = 0; i < N_CLASSES; i++) {
		struct class *c = &classes[i];
		size_t number = n <= c->size ? take_of(c) : c->n;

		if (number < c->n) {
			atomic_fetch_add(&used, 1);
			return room + c->at + number * c->size;
		}
	}
	atomic_fetch_add(&refused, 1);
	return NULL;
}

/* Whose block it is; NULL: malloc's. */
static struct class *
class_of(const void *p)
{
	uintptr_t at = (uintptr_t)p - (uintptr_t)room;
	unsigned i = N_CLASSES;

	if (at >= ROOM)
		return NULL;
	do
		i--;
	while (at < classes[i].at);
	return &classes[i];
}

static void
put(struct class *c, void *p)
{
	size_t at = (size_t)((unsigned char *)p - room) - c->at;
	size_t number = at / c->size;
	uint64_t bit = UINT64_C(1) << number % WORD;

	assert(at % c->size == 0);
	uint64_t was = atomic_fetch_and(&c->taken[number / WORD], ~bit);
	assert((was & bit) != 0); /* not given back twice */
}

void *
reserve_alloc(size_t n)
{
	void *p;

	if (n == 0)
		return NULL;
	p = malloc(n);
	return p != NULL ? p : take(n);
}

void
reserve_free(void *p)
{
	struct class *c = class_of(p);

	if (c != NULL)
		put(c, p);
	else
		free(p);
}

/* Another block has the old one's bytes. */
static void *
move(void *p, size_t has, void *to, size_t n)
{
	if (to == NULL)
		return NULL;
	memcpy(to, p, has < n ? has : n);
	reserve_free(p);
	return to;
}

void *
reserve_realloc(void *p, size_t n)
{
	struct class *c = class_of(p);
	void *q;

	if (p == NULL)
		return reserve_alloc(n);
	if (n == 0) {
		reserve_free(p);
		return NULL;
	}
	if (c != NULL)
		return n <= c->size ? p : move(p, c->size, reserve_alloc(n), n);
	q = realloc(p, n);
	return q != NULL ? q : move(p, malloc_usable_size(p), take(n), n);
}

uint64_t
reserve_used(void)
{
	return atomic_load(&used);
}

uint64_t
reserve_refused(void)
{
	return atomic_load(&refused);
}

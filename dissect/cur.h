/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cursor: borrowed bytes and the only way to read them.
 *
 * Every reader is built on cur_take, so there is one place to be wrong.  A
 * failed read writes nothing and moves nothing.  Numbers on the wire are
 * big-endian unless the name says otherwise.
 */
#ifndef DISSECT_CUR_H
#define DISSECT_CUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))

struct cur {
	const uint8_t *p;
	const uint8_t *end;
};

static inline size_t
cur_len(const struct cur *c)
{
	return (size_t)(c->end - c->p);
}

/* Returns n bytes and moves past them, or NULL if fewer are left. */
MUST_CHECK
static inline const uint8_t *
cur_take(struct cur *c, size_t n)
{
	const uint8_t *p = c->p;

	if (cur_len(c) < n)
		return NULL;
	c->p += n;
	return p;
}

/* Unchecked reads at a literal offset of bytes that cur_take returned. */
static inline uint16_t
be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
be24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static inline uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* cur_uN read one number of N bits into *out. */
MUST_CHECK
static inline bool
cur_u8(struct cur *c, uint8_t *out)
{
	const uint8_t *p = cur_take(c, 1);

	if (p == NULL)
		return false;
	*out = p[0];
	return true;
}

MUST_CHECK
static inline bool
cur_u16(struct cur *c, uint16_t *out)
{
	const uint8_t *p = cur_take(c, 2);

	if (p == NULL)
		return false;
	*out = be16(p);
	return true;
}

MUST_CHECK
static inline bool
cur_u24(struct cur *c, uint32_t *out)
{
	const uint8_t *p = cur_take(c, 3);

	if (p == NULL)
		return false;
	*out = be24(p);
	return true;
}

MUST_CHECK
static inline bool
cur_u32(struct cur *c, uint32_t *out)
{
	const uint8_t *p = cur_take(c, 4);

	if (p == NULL)
		return false;
	*out = be32(p);
	return true;
}

/* Cuts the next n bytes off into *sub, which cannot see past them. */
MUST_CHECK
static inline bool
cur_sub(struct cur *c, size_t n, struct cur *sub)
{
	const uint8_t *p = cur_take(c, n);

	if (p == NULL)
		return false;
	sub->p = p;
	sub->end = p + n;
	return true;
}

/* cur_vecN read a length of N bits and cut so many bytes off into *sub. */
MUST_CHECK
static inline bool
cur_vec8(struct cur *c, struct cur *sub)
{
	struct cur t = *c;
	uint8_t n;

	if (!cur_u8(&t, &n) || !cur_sub(&t, n, sub))
		return false;
	*c = t;
	return true;
}

MUST_CHECK
static inline bool
cur_vec16(struct cur *c, struct cur *sub)
{
	struct cur t = *c;
	uint16_t n;

	if (!cur_u16(&t, &n) || !cur_sub(&t, n, sub))
		return false;
	*c = t;
	return true;
}

/* Shrinks the cursor to at most n bytes. */
static inline void
cur_shrink(struct cur *c, size_t n)
{
	if (cur_len(c) > n)
		c->end = c->p + n;
}

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doubles are written by free-format generation with exact integers (Steele
 * and White 1990; Burger and Dybvig 1996): value = r / s, and m_low and
 * m_high are half the distances to the neighbouring doubles, so digits are
 * made until what is left is inside them.  Some microseconds each: floats
 * are rare.
 */
#include "daemon/report/number.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

size_t
number_u64(char *out, uint64_t value)
{
	char buf[20];
	size_t n = sizeof(buf);

	do {
		buf[--n] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	memcpy(out, buf + n, sizeof(buf) - n);
	return sizeof(buf) - n;
}

size_t
number_i64(char *out, int64_t value)
{
	if (value >= 0)
		return number_u64(out, (uint64_t)value);
	out[0] = '-';
	return 1 + number_u64(out + 1, -(uint64_t)value);
}

/* 2^1075 times 10 and some room: 36 words are the most that is needed. */
enum { BIG_WORDS = 40 };

struct big {
	unsigned n; /* words in use; the last is not zero */
	uint32_t w[BIG_WORDS];
};

static void
big_set(struct big *b, uint64_t value)
{
	b->n = 0;
	for (; value > 0; value >>= 32)
		b->w[b->n++] = (uint32_t)value;
}

static void
big_mul(struct big *b, uint32_t factor)
{
	uint64_t carry = 0;

	for (unsigned i = 0; i < b->n; i++) {
		carry += (uint64_t)b->w[i] * factor;
		b->w[i] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry > 0) {
		assert(b->n < BIG_WORDS);
		b->w[b->n++] = (uint32_t)carry;
	}
}

static void
big_shift(struct big *b, unsigned bits)
{
	unsigned words = bits / 32;

	if (b->n == 0)
		return;
	assert(b->n + words < BIG_WORDS);
	memmove(b->w + words, b->w, b->n * sizeof(b->w[0]));
	memset(b->w, 0, words * sizeof(b->w[0]));
	b->n += words;
	big_mul(b, UINT32_C(1) << (bits % 32));
}

static void
big_pow10(struct big *b, int exponent)
{
	for (; exponent >= 9; exponent -= 9)
		big_mul(b, 1000000000);
	for (; exponent > 0; exponent--)
		big_mul(b, 10);
}

static int
big_cmp(const struct big *a, const struct big *b)
{
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	for (unsigned i = a->n; i-- > 0;) {
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i] ? -1 : 1;
	}
	return 0;
}

static void
big_add(struct big *sum, const struct big *a, const struct big *b)
{
	unsigned n = a->n > b->n ? a->n : b->n;
	uint64_t carry = 0;

	for (unsigned i = 0; i < n; i++) {
		carry += i < a->n ? a->w[i] : 0;
		carry += i < b->n ? b->w[i] : 0;
		sum->w[i] = (uint32_t)carry;
		carry >>= 32;
	}
	sum->n = n;
	if (carry > 0) {
		assert(n < BIG_WORDS);
		sum->w[sum->n++] = (uint32_t)carry;
	}
}

/* a -= b, where a is not below b. */
static void
big_sub(struct big *a, const struct big *b)
{
	int64_t borrow = 0;

	for (unsigned i = 0; i < a->n; i++) {
		borrow += (int64_t)a->w[i] - (i < b->n ? b->w[i] : 0);
		a->w[i] = (uint32_t)borrow;
		borrow >>= 32;
	}
	while (a->n > 0 && a->w[a->n - 1] == 0)
		a->n--;
}

struct digits {
	struct big r, s, m_low, m_high;
	bool even; /* ties read back as this double, so they count as inside */
	int point; /* value = 0.d1d2d3… × 10^point */
};

/* Whether the value plus half its gap reaches s: one digit more in front. */
static bool
reaches(const struct digits *d)
{
	struct big sum;

	big_add(&sum, &d->r, &d->m_high);
	int cmp = big_cmp(&sum, &d->s);
	return d->even ? cmp >= 0 : cmp > 0;
}

static void
times_ten(struct digits *d)
{
	big_mul(&d->r, 10);
	big_mul(&d->m_low, 10);
	big_mul(&d->m_high, 10);
}

/* Sets value = fraction × 2^exponent up, with 1/10 ≤ r/s < 1. */
static void
digits_init(struct digits *d, uint64_t fraction, int exponent, bool lopsided)
{
	d->even = fraction % 2 == 0;
	big_set(&d->r, fraction);
	big_set(&d->s, 1);
	big_set(&d->m_low, 1);
	big_set(&d->m_high, 1);
	/* At a power of two, the neighbour below is half as far away. */
	big_shift(&d->r, lopsided ? 2 : 1);
	big_shift(&d->s, lopsided ? 2 : 1);
	big_shift(&d->m_high, lopsided ? 1 : 0);
	if (exponent >= 0) {
		big_shift(&d->r, (unsigned)exponent);
		big_shift(&d->m_low, (unsigned)exponent);
		big_shift(&d->m_high, (unsigned)exponent);
	} else {
		big_shift(&d->s, (unsigned)-exponent);
	}
	/* log10(2) is 0.30103: a first guess that the loops set right. */
	int bits = 64 - __builtin_clzll(fraction) + exponent;
	d->point = bits * 30103 / 100000 - 1;
	if (d->point >= 0) {
		big_pow10(&d->s, d->point);
	} else {
		big_pow10(&d->r, -d->point);
		big_pow10(&d->m_low, -d->point);
		big_pow10(&d->m_high, -d->point);
	}
	while (reaches(d)) {
		big_mul(&d->s, 10);
		d->point++;
	}
}

static unsigned
digits_make(struct digits *d, char *out)
{
	for (unsigned n = 0;;) {
		unsigned digit = 0;

		times_ten(d);
		while (big_cmp(&d->r, &d->s) >= 0) {
			big_sub(&d->r, &d->s);
			digit++;
		}
		int cmp = big_cmp(&d->r, &d->m_low);
		bool low = d->even ? cmp <= 0 : cmp < 0;
		bool high = reaches(d);
		if (low && high) {
			big_mul(&d->r, 2);
			high = big_cmp(&d->r, &d->s) >= 0;
		}
		out[n++] = (char)('0' + digit + (high ? 1 : 0));
		if (low || high)
			return n;
		assert(n < 17);
	}
}

static size_t
layout(char *out, const char *digits, unsigned n, int point)
{
	char *o = out;

	if (point > 0 && point <= 17) {
		for (int i = 0; i < point; i++)
			*o++ = (unsigned)i < n ? digits[i] : '0';
		if (n > (unsigned)point) {
			*o++ = '.';
			memcpy(o, digits + point, n - (unsigned)point);
			o += n - (unsigned)point;
		}
	} else if (point <= 0 && point > -5) {
		*o++ = '0';
		*o++ = '.';
		for (int i = point; i < 0; i++)
			*o++ = '0';
		memcpy(o, digits, n);
		o += n;
	} else {
		*o++ = digits[0];
		if (n > 1) {
			*o++ = '.';
			memcpy(o, digits + 1, n - 1);
			o += n - 1;
		}
		*o++ = 'e';
		*o++ = point - 1 < 0 ? '-' : '+';
		int e = point - 1 < 0 ? 1 - point : point - 1;
		o += number_u64(o, (uint64_t)e);
	}
	return (size_t)(o - out);
}

size_t
number_double(char *out, double value)
{
	uint64_t bits;
	struct digits d;
	char digits[20];
	size_t sign = 0;

	memcpy(&bits, &value, sizeof(bits));
	uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
	int exponent = (int)(bits >> 52 & 0x7ff);
	assert(exponent != 0x7ff);
	if (bits >> 63)
		out[sign++] = '-';
	if (fraction == 0 && exponent == 0) {
		out[sign] = '0';
		return sign + 1;
	}
	bool lopsided = fraction == 0 && exponent > 1;
	if (exponent > 0)
		fraction |= UINT64_C(1) << 52;
	else
		exponent = 1;
	digits_init(&d, fraction, exponent - 1075, lopsided);
	unsigned n = digits_make(&d, digits);
	return sign + layout(out + sign, digits, n, d.point);
}

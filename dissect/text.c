/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clean text: the input is walked once, one unit (a character or an escape)
 * at a time, and a unit is written whole or not at all.
 */
#include "dissect/text.h"

#include <string.h>

static const char hex[] = "0123456789abcdef";

static bool
is_tail(uint8_t b)
{
	return (b & 0xc0) == 0x80;
}

/*
 * The length of the UTF-8 character at p, 0 if there is none: RFC 3629,
 * section 4, which leaves no overlong forms and no surrogates.
 */
static size_t
utf8_len(const uint8_t *p, size_t n)
{
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4 || n < 2 || !is_tail(p[1]))
		return 0;
	if (p[0] < 0xe0)
		return 2;
	if (n < 3 || !is_tail(p[2]))
		return 0;
	if (p[0] < 0xf0) {
		if ((p[0] == 0xe0 && p[1] < 0xa0) ||
		    (p[0] == 0xed && p[1] > 0x9f))
			return 0;
		return 3;
	}
	if (n < 4 || !is_tail(p[3]) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return 4;
}

/* Whether the character of n bytes moves a cursor or ends a line somewhere. */
static bool
is_control(const uint8_t *p, size_t n)
{
	if (n == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	if (n == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	return n == 3 && p[0] == 0xe2 && p[1] == 0x80 &&
	    (p[2] == 0xa8 || p[2] == 0xa9);
}

static size_t
put_escape(char *out, uint8_t b)
{
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[b >> 4];
	out[3] = hex[b & 15];
	return 4;
}

size_t
text_clean(char *out, const uint8_t *in, size_t n, bool *cut)
{
	size_t len = 0, i = 0;

	while (i < n) {
		size_t unit;
		bool escape;

		if (in[i] >= ' ' && in[i] < 0x7f && len < TEXT_MAX) {
			out[len++] = (char)in[i++];
			continue;
		}
		unit = utf8_len(in + i, n - i);
		escape = unit == 0 || is_control(in + i, unit);
		if (len + (escape ? 4 : unit) > TEXT_MAX)
			break;
		if (escape) {
			/* The rest of a control is no UTF-8, so it follows. */
			len += put_escape(out + len, in[i++]);
			continue;
		}
		memcpy(out + len, in + i, unit);
		len += unit;
		i += unit;
	}
	*cut = i < n;
	if (*cut) {
		memcpy(out + len, "\xe2\x80\xa6", 3);
		len += 3;
	}
	out[len] = '\0';
	return len;
}

static char *
put_decimal(char *p, unsigned n)
{
	if (n >= 100)
		*p++ = hex[n / 100];
	if (n >= 10)
		*p++ = hex[n / 10 % 10];
	*p++ = hex[n % 10];
	return p;
}

static char *
put_quad(char *p, const uint8_t *addr)
{
	for (unsigned i = 0; i < 4; i++) {
		if (i > 0)
			*p++ = '.';
		p = put_decimal(p, addr[i]);
	}
	return p;
}

static char *
put_group(char *p, unsigned group)
{
	for (unsigned shift = 12; shift > 0; shift -= 4)
		if (group >> shift != 0)
			*p++ = hex[group >> shift & 15];
	*p++ = hex[group & 15];
	return p;
}

/* The first of the longest runs of zero groups; *n is 0 if none has two. */
static unsigned
longest_zeros(const unsigned *group, unsigned *n)
{
	unsigned first = 0, run = 0;

	*n = 0;
	for (unsigned i = 0; i < 8; i++) {
		run = group[i] == 0 ? run + 1 : 0;
		if (run >= 2 && run > *n) {
			*n = run;
			first = i + 1 - run;
		}
	}
	return first;
}

static char *
put_v6(char *p, const uint8_t *addr)
{
	unsigned group[8], n_zeros, zeros;
	bool has_quad;

	for (unsigned i = 0; i < 8; i++)
		group[i] = (unsigned)addr[2 * i] << 8 | addr[2 * i + 1];
	zeros = longest_zeros(group, &n_zeros);
	has_quad = zeros == 0 &&
	    (n_zeros == 6 || (n_zeros == 5 && group[5] == 0xffff));
	for (unsigned i = 0; i < 8; i++) {
		if (n_zeros > 0 && i == zeros) {
			*p++ = ':';
			i += n_zeros - 1;
			if (i == 7)
				*p++ = ':';
			continue;
		}
		if (i > 0)
			*p++ = ':';
		if (i == 6 && has_quad)
			return put_quad(p, addr + 12);
		p = put_group(p, group[i]);
	}
	return p;
}

size_t
text_addr(char *out, const uint8_t *addr, bool is_v6)
{
	char *end = is_v6 ? put_v6(out, addr) : put_quad(out, addr);

	*end = '\0';
	return (size_t)(end - out);
}

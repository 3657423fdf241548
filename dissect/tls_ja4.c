/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "dissect/tls_ja4.h"

#include <string.h>

enum {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_ALPN = 16,
	HASH_DIGITS = 12,
	LIST_SHORT = 40,
	TEXT_MAX_BYTES = 5 * 2 * JA4_LIST_MAX /* four digits and a comma */
};

struct list {
	unsigned n;
	uint16_t v[JA4_LIST_MAX];
};

static const char digits[] = "0123456789abcdef";

static bool
list_add(struct list *list, uint16_t value)
{
	if (tls_is_grease(value))
		return true;
	if (list->n == JA4_LIST_MAX)
		return false;
	list->v[list->n++] = value;
	return true;
}

static bool
list_read(struct list *list, struct cur c)
{
	uint16_t value;

	list->n = 0;
	while (cur_u16(&c, &value))
		if (!list_add(list, value))
			return false;
	return true;
}

/* All types count, those that the first part tells are not hashed. */
static bool
list_extensions(struct list *list, unsigned *n, struct cur c)
{
	struct cur data;
	uint16_t type;

	*n = 0;
	list->n = 0;
	while (cur_u16(&c, &type) && cur_vec16(&c, &data)) {
		*n += !tls_is_grease(type);
		if (type != EXTENSION_SERVER_NAME && type != EXTENSION_ALPN &&
		    !list_add(list, type))
			return false;
	}
	return true;
}

/* What browsers send is short. */
static void
list_insert(struct list *list)
{
	for (unsigned i = 1; i < list->n; i++) {
		uint16_t value = list->v[i];
		unsigned at = i;

		for (; at > 0 && list->v[at - 1] > value; at--)
			list->v[at] = list->v[at - 1];
		list->v[at] = value;
	}
}

/* By counting, first the low bytes, then the high ones: linear in n. */
static void
list_count(struct list *list)
{
	uint16_t other[JA4_LIST_MAX];
	uint16_t *from = list->v, *to = other;

	for (unsigned shift = 0; shift < 16; shift += 8) {
		uint16_t at[256] = { 0 }, sum = 0;
		uint16_t *swap = from;

		for (unsigned i = 0; i < list->n; i++)
			at[from[i] >> shift & 0xff]++;
		for (unsigned i = 0; i < 256; i++) {
			uint16_t n = at[i];

			at[i] = sum;
			sum = (uint16_t)(sum + n);
		}
		for (unsigned i = 0; i < list->n; i++)
			to[at[from[i] >> shift & 0xff]++] = from[i];
		from = to;
		to = swap;
	}
}

static void
list_sort(struct list *list)
{
	if (list->n <= LIST_SHORT)
		list_insert(list);
	else
		list_count(list);
}

static size_t
list_text(char *out, const struct list *list)
{
	size_t n = 0;

	for (unsigned i = 0; i < list->n; i++) {
		if (i > 0)
			out[n++] = ',';
		for (unsigned shift = 16; shift > 0; shift -= 4)
			out[n++] = digits[list->v[i] >> (shift - 4) & 0xf];
	}
	return n;
}

static void
hash(char out[HASH_DIGITS], const char *text, size_t n,
    const struct codecs *codecs)
{
	uint8_t sum[32];

	if (n == 0) {
		memset(out, '0', HASH_DIGITS);
		return;
	}
	codecs->sha256(sum, (const uint8_t *)text, n);
	for (unsigned i = 0; i < HASH_DIGITS; i++)
		out[i] = digits[sum[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xf];
}

static const char *
version_text(const struct tls_client *h)
{
	struct cur c = h->versions;
	uint16_t highest = 0, version;

	while (cur_u16(&c, &version))
		if (!tls_is_grease(version) && version > highest)
			highest = version;
	switch (highest != 0 ? highest : h->version) {
	case 0x0304:
		return "13";
	case 0x0303:
		return "12";
	case 0x0302:
		return "11";
	case 0x0301:
		return "10";
	case 0x0300:
		return "s3";
	case 0x0002:
		return "s2";
	case 0xfeff:
		return "d1";
	case 0xfefd:
		return "d2";
	case 0xfefc:
		return "d3";
	default:
		return "00";
	}
}

static bool
is_alphanumeric(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

static void
alpn_text(char out[2], const struct cur *alpn)
{
	uint8_t first, last;

	out[0] = out[1] = '0';
	if (cur_len(alpn) == 0)
		return;
	first = alpn->p[0];
	last = alpn->end[-1];
	if (is_alphanumeric(first) && is_alphanumeric(last)) {
		out[0] = (char)first;
		out[1] = (char)last;
	} else {
		out[0] = digits[first >> 4];
		out[1] = digits[last & 0xf];
	}
}

static void
count_text(char out[2], unsigned n)
{
	if (n > 99)
		n = 99;
	out[0] = digits[n / 10];
	out[1] = digits[n % 10];
}

bool
tls_ja4(char out[JA4_LEN + 1], const struct tls_client *h, enum tls_over over,
    const struct codecs *codecs)
{
	char text[TEXT_MAX_BYTES];
	struct list list;
	unsigned n_extensions;
	size_t n;

	if (codecs->sha256 == NULL || !list_read(&list, h->suites))
		return false;
	out[0] = (char)over;
	memcpy(out + 1, version_text(h), 2);
	out[3] = h->has_name ? 'd' : 'i';
	count_text(out + 4, list.n);
	alpn_text(out + 8, &h->alpn);
	out[10] = '_';
	list_sort(&list);
	hash(out + 11, text, list_text(text, &list), codecs);
	out[23] = '_';
	if (!list_extensions(&list, &n_extensions, h->extensions))
		return false;
	count_text(out + 6, n_extensions);
	list_sort(&list);
	n = list_text(text, &list);
	if (!list_read(&list, h->signatures))
		return false;
	if (n > 0 && list.n > 0) {
		text[n++] = '_';
		n += list_text(text + n, &list);
	}
	hash(out + 24, text, n, codecs);
	out[JA4_LEN] = '\0';
	return true;
}

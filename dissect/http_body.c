/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "dissect/http_body.h"

#include <string.h>

#include "dissect/http_emit.h"

enum { FIELD_OTHER, FIELD_LENGTH, FIELD_CODING };

static bool
is_digit(uint8_t b)
{
	return b >= '0' && b <= '9';
}

/* A decimal number, nothing else, below 2^63. */
static bool
decimal(const struct cur *c, uint64_t *n)
{
	*n = 0;
	for (const uint8_t *p = c->p; p < c->end; p++) {
		if (!is_digit(*p) || *n > (INT64_MAX - 9) / 10)
			return false;
		*n = *n * 10 + (*p - '0');
	}
	return cur_len(c) > 0;
}

/* Cuts the next item of a list off, with the white space around it. */
static struct cur
take_item(struct cur *list)
{
	const uint8_t *comma = memchr(list->p, ',', cur_len(list));
	struct cur item = { list->p, comma != NULL ? comma : list->end };

	list->p = comma != NULL ? comma + 1 : list->end;
	http_trim(&item);
	return item;
}

/* RFC 9110, section 8.6: a list of one number, again and again, is that one. */
static bool
read_length(struct http_body *b, struct cur value)
{
	do {
		struct cur item = take_item(&value);
		uint64_t n;

		if (!decimal(&item, &n) || (b->has_length && n != b->length))
			return false;
		b->has_length = true;
		b->length = n;
	} while (cur_len(&value) > 0);
	return true;
}

/* RFC 9112, section 6.1: the last coding decides.  "identity" was one once. */
static void
read_codings(struct http_body *b, struct cur value)
{
	while (cur_len(&value) > 0) {
		struct cur item = take_item(&value);

		if (cur_len(&item) == 0 || http_is(&item, "identity"))
			continue;
		b->has_coding = true;
		b->is_chunked = http_is(&item, "chunked");
	}
}

/*
 * RFC 9112, section 5.1: white space before a colon hides the field from one
 * of two readers.  In a request that is an attack, in a response a habit.
 */
enum http_field_kind
http_body_field(struct http_body *b, const struct cur *name,
    const struct cur *value, bool is_spaced, bool is_server)
{
	bool is_good = is_server || !is_spaced;

	b->field = FIELD_OTHER;
	if (http_is(name, "content-length")) {
		b->field = FIELD_LENGTH;
		is_good = read_length(b, *value) && is_good;
	} else if (http_is(name, "transfer-encoding")) {
		b->field = FIELD_CODING;
		read_codings(b, *value);
	} else {
		return HTTP_FIELD_OTHER;
	}
	b->is_bad |= !is_good;
	return HTTP_FIELD_BODY;
}

/* RFC 9112, section 5.2. */
void
http_body_fold(struct http_body *b, const struct cur *line)
{
	if (b->field == FIELD_LENGTH)
		b->is_bad = true;
	else if (b->field == FIELD_CODING)
		read_codings(b, *line);
}

/* RFC 9112, section 6.3, from its third rule on. */
enum http_body_end
http_body_end(const struct http_body *b, bool is_server)
{
	if (b->is_bad)
		return HTTP_BODY_BAD;
	if (b->is_chunked)
		return HTTP_BODY_CHUNKS;
	if (b->has_coding)
		return is_server ? HTTP_BODY_CLOSE : HTTP_BODY_BAD;
	if (is_server && !b->has_length)
		return HTTP_BODY_CLOSE;
	return HTTP_BODY_LENGTH;
}

bool
http_chunk_size(const struct cur *line, uint64_t *n)
{
	const uint8_t *p = line->p;

	*n = 0;
	for (; p < line->end; p++) {
		uint8_t low = *p | 0x20;
		unsigned digit;

		if (is_digit(*p))
			digit = *p - '0';
		else if (low >= 'a' && low <= 'f')
			digit = low - 'a' + 10u;
		else
			break;
		if (*n >> 58 != 0)
			return false;
		*n = *n << 4 | digit;
	}
	if (p == line->p)
		return false;
	while (p < line->end && (*p == ' ' || *p == '\t'))
		p++;
	return p == line->end || *p == ';';
}

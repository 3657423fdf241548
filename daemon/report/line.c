/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every reader of line protocol agrees on is narrower than what any one
 * of them takes; docs/schema.md says what is written here.
 */
#include "daemon/report/line.h"

#include <string.h>

#include "daemon/report/number.h"

struct out {
	char *p, *end;
	bool full;
};

static void
put(struct out *o, const char *s, size_t n)
{
	if ((size_t)(o->end - o->p) < n) {
		o->full = true;
		return;
	}
	memcpy(o->p, s, n);
	o->p += n;
}

static void
put_char(struct out *o, char c)
{
	if (o->p == o->end)
		o->full = true;
	else
		*o->p++ = c;
}

static void
put_text(struct out *o, const char *s)
{
	put(o, s, strlen(s));
}

static void
put_hex(struct out *o, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	put_char(o, 'x');
	put_char(o, hex[c >> 4]);
	put_char(o, hex[c & 15]);
}

static bool
is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

/*
 * A trailing backslash has no escape in a tag, and readers differ about the
 * others: there are none.
 */
static void
put_tag(struct out *o, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (is_control(c)) {
			put_char(o, '/');
			put_hex(o, c);
			continue;
		}
		if (c == ',' || c == '=' || c == ' ')
			put_char(o, '\\');
		put_char(o, c == '\\' ? '/' : *s);
	}
}

static void
put_string(struct out *o, const char *s)
{
	put_char(o, '"');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (is_control(c)) {
			put(o, "\\\\", 2);
			put_hex(o, c);
			continue;
		}
		if (c == '"' || c == '\\')
			put_char(o, '\\');
		put_char(o, *s);
	}
	put_char(o, '"');
}

static void
put_int(struct out *o, uint64_t value)
{
	char buf[NUMBER_SIZE];

	if (value > INT64_MAX)
		value = INT64_MAX;
	put(o, buf, number_u64(buf, value));
	put_char(o, 'i');
}

static void
put_field(struct out *o, const struct point *p, unsigned i)
{
	put_text(o, p->m->fields[i].name);
	put_char(o, '=');
	switch (p->m->fields[i].type) {
	case FIELD_INT:
		put_int(o, p->v[i].u);
		break;
	case FIELD_STRING:
		put_string(o, p->v[i].s);
		break;
	}
}

/* Whether there are some. */
static bool
put_fields(struct out *o, const struct point *p)
{
	char separator = ' ';

	for (unsigned w = 0; w < POINT_WORDS; w++) {
		uint64_t bits = p->present[w];

		for (unsigned i = 64 * w; bits != 0; i++, bits >>= 1) {
			if ((bits & 1) == 0)
				continue;
			put_char(o, separator);
			separator = ',';
			put_field(o, p, i);
		}
	}
	return separator != ' ';
}

bool
line_write(char *out, size_t cap, const struct point *p, size_t *len)
{
	struct out o = { out, out + cap, false };
	char buf[NUMBER_SIZE];

	*len = 0;
	put(&o, "tapline_", 8);
	put_text(&o, p->m->name);
	for (unsigned i = 0; i < p->m->n_tags; i++) {
		if (p->tags[i] == NULL || p->tags[i][0] == '\0')
			continue;
		put_char(&o, ',');
		put_text(&o, p->m->tags[i]);
		put_char(&o, '=');
		put_tag(&o, p->tags[i]);
	}
	if (!put_fields(&o, p))
		return true;
	put_char(&o, ' ');
	put(&o, buf, number_i64(buf, p->ts_ns));
	put_char(&o, '\n');
	if (o.full)
		return false;
	*len = (size_t)(o.p - out);
	return true;
}

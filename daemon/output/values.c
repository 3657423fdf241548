/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redis takes any bytes, and nothing here can break its framing; texts are
 * clean all the same, since they came so.
 */
#include "daemon/output/values.h"

#include <string.h>

#include "daemon/report/number.h"

struct out {
	uint8_t *p, *end;
	bool full;
};

static void
put(struct out *o, const char *s, size_t n)
{
	if (n > UINT16_MAX || (size_t)(o->end - o->p) < n + 2) {
		o->full = true;
		return;
	}
	o->p[0] = (uint8_t)(n >> 8);
	o->p[1] = (uint8_t)n;
	memcpy(o->p + 2, s, n);
	o->p += n + 2;
}

/* The field that has a tag's name; n_fields if there is none. */
static unsigned
field_of_tag(const struct measurement *m, unsigned tag)
{
	unsigned i = 0;

	while (i < m->n_fields && strcmp(m->fields[i].name, m->tags[tag]) != 0)
		i++;
	return i;
}

static const char *
text_of(const struct point *p, unsigned field)
{
	if (point_has(p, field))
		return p->v[field].s;
	for (unsigned i = 0; i < p->m->n_tags; i++) {
		if (p->tags[i] != NULL && field_of_tag(p->m, i) == field)
			return p->tags[i];
	}
	return "";
}

static void
put_field(struct out *o, const struct point *p, unsigned i)
{
	bool present = point_has(p, i);
	char buf[NUMBER_SIZE];
	uint64_t u;

	switch (p->m->fields[i].type) {
	case FIELD_INT:
		u = present ? p->v[i].u : 0;
		put(o, buf, number_u64(buf, u > INT64_MAX ? INT64_MAX : u));
		break;
	case FIELD_STRING:
		put(o, text_of(p, i), strlen(text_of(p, i)));
		break;
	}
}

size_t
values_pack(uint8_t *out, size_t cap, const struct point *p)
{
	struct out o = { out, out + cap, false };

	for (unsigned i = 0; i < p->m->n_tags; i++) {
		const char *s = p->tags[i] != NULL ? p->tags[i] : "";

		if (field_of_tag(p->m, i) == p->m->n_fields)
			put(&o, s, strlen(s));
	}
	for (unsigned i = 0; i < p->m->n_fields; i++)
		put_field(&o, p, i);
	return o.full ? 0 : (size_t)(o.p - out);
}

unsigned
values_unpack(const struct measurement *m, const uint8_t *packed, size_t len,
    bool with_tags, const char **argv, size_t *lens)
{
	const uint8_t *end = packed + len;
	unsigned n = 0;

	for (unsigned i = 0; i < m->n_tags + m->n_fields; i++) {
		bool is_tag = i < m->n_tags;
		const char *name =
		    is_tag ? m->tags[i] : m->fields[i - m->n_tags].name;

		if (is_tag && field_of_tag(m, i) < m->n_fields)
			continue;
		if (end - packed < 2)
			return n;
		size_t size = (size_t)packed[0] << 8 | packed[1];
		if ((size_t)(end - packed) - 2 < size)
			return n;
		if (!is_tag || with_tags) {
			argv[n] = name;
			lens[n++] = strlen(name);
			argv[n] = (const char *)packed + 2;
			lens[n++] = size;
		}
		packed += 2 + size;
	}
	return n;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points hold what they are given; the formats are elsewhere.
 */
#include "daemon/report/point.h"

#include <assert.h>

static_assert(POINT_FIELDS == 64 * POINT_WORDS,
    "a bit of present for each field");

void
point_init(struct point *p, const struct measurement *m, int64_t ts_ns)
{
	assert(m->n_tags <= POINT_TAGS && m->n_fields <= POINT_FIELDS);
	p->m = m;
	p->ts_ns = ts_ns;
	point_clear(p);
	for (unsigned i = 0; i < POINT_TAGS; i++)
		p->tags[i] = NULL;
}

void
point_tag(struct point *p, unsigned tag, const char *value)
{
	assert(tag < p->m->n_tags);
	p->tags[tag] = value;
}

static void
set(struct point *p, unsigned field, enum field_type type)
{
	assert(field < p->m->n_fields);
	assert(p->m->fields[field].type == type);
	p->present[field / 64] |= UINT64_C(1) << field % 64;
}

void
point_int(struct point *p, unsigned field, uint64_t value)
{
	set(p, field, FIELD_INT);
	p->v[field].u = value;
}

void
point_string(struct point *p, unsigned field, const char *value)
{
	set(p, field, FIELD_STRING);
	p->v[field].s = value;
}

void
point_clear(struct point *p)
{
	for (unsigned i = 0; i < POINT_WORDS; i++)
		p->present[i] = 0;
}

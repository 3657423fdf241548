/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A point: a measurement's tags and fields at a time, before any format.
 *
 * The schema is a table (schema.c): names, order, types and the help texts
 * that docs/schema.md must agree with.  A point refers to it by index, so a
 * field cannot change its type or be misspelt.
 */
#ifndef DAEMON_REPORT_POINT_H
#define DAEMON_REPORT_POINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type { FIELD_INT, FIELD_STRING };

struct schema_field {
	const char *name;
	enum field_type type;
	const char *help;
};

/* Tags stand sorted by name, fields in the order of publication. */
struct measurement {
	const char *name; /* without the prefix "tapline_" */
	const char *const *tags;
	unsigned n_tags;
	const struct schema_field *fields;
	unsigned n_fields;
};

enum { POINT_TAGS = 6, POINT_FIELDS = 128, POINT_WORDS = POINT_FIELDS / 64 };

/*
 * Tag and string values are clean text (dissect/text.h), borrowed until the
 * point has been given to the outputs.  A NULL tag is left out; so is a field
 * that point_has() denies, whose value is undefined.  Integers above 2^63-1 are
 * clamped when written.
 */
struct point {
	const struct measurement *m;
	int64_t ts_ns;
	const char *tags[POINT_TAGS];
	uint64_t present[POINT_WORDS]; /* bit i % 64 of word i / 64 */
	union {
		uint64_t u;
		const char *s;
	} v[POINT_FIELDS];
};

void point_init(struct point *p, const struct measurement *m, int64_t ts_ns);
void point_tag(struct point *p, unsigned tag, const char *value);
/* Each asserts that the schema gives the field this type. */
void point_int(struct point *p, unsigned field, uint64_t value);
void point_string(struct point *p, unsigned field, const char *value);
/* Takes every field away, and leaves the tags. */
void point_clear(struct point *p);

/* Whether this field, of POINT_FIELDS, has a value. */
static inline bool
point_has(const struct point *p, unsigned field)
{
	return p->present[field / 64] >> field % 64 & 1;
}

/* A point without a field is no record. */
static inline bool
point_is_empty(const struct point *p)
{
	for (unsigned i = 0; i < POINT_WORDS; i++)
		if (p->present[i] != 0)
			return false;
	return true;
}

#endif

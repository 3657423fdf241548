/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A point's values as Redis has them: bare text, all the tags and all the
 * fields of the measurement, in the schema's order; what the point doesn't
 * have is "0" for a number and "" for text.  A name that is both a tag's and a
 * field's (a ranking's key) stands once, as a field.  Packed, each is a length
 * of two bytes and the text.
 */
#ifndef DAEMON_OUTPUT_VALUES_H
#define DAEMON_OUTPUT_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/report/point.h"

enum {
	VALUES_SIZE = 16 * 1024, /* of any point whose texts are clean */
	VALUES_ARGS = 2 * (POINT_TAGS + POINT_FIELDS),
};

/* Packs p's values; returns the length, 0 if they don't fit. */
size_t values_pack(uint8_t *out, size_t cap, const struct point *p);

/*
 * Adds name, value, name, value … to argv, which point into m and packed.
 * Returns how many; both arrays have room for VALUES_ARGS.  Tags can be left
 * out.
 */
unsigned values_unpack(const struct measurement *m, const uint8_t *packed,
    size_t len, bool with_tags, const char **argv, size_t *lens);

#endif

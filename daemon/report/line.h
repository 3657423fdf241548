/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A point as one line of InfluxDB line protocol: "tapline_bin,tags fields
 * ns\n".  Whatever the values hold, the line is exactly one line, and its
 * tags and fields read back as they were, but for three things that the
 * protocol cannot say: an empty tag is left out, a backslash in a tag becomes
 * "/", a control byte becomes the text \xHH.
 */
#ifndef DAEMON_REPORT_LINE_H
#define DAEMON_REPORT_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/report/point.h"

/* Room for any point of the schema whose texts are clean (dissect/text.h). */
enum { LINE_SIZE = 16 * 1024 };

/*
 * Writes the line, without a NUL, and its length, which is 0 for a point
 * without a field.  Returns false if cap is too small; *len then is 0.
 */
bool line_write(char *out, size_t cap, const struct point *p, size_t *len);

#endif

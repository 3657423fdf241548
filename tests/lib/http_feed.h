/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP/1 connection whose sides speak 1 ms apart, and the names that were
 * logged of it.
 */
#ifndef TESTS_LIB_HTTP_FEED_H
#define TESTS_LIB_HTTP_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/feed.h"

extern const struct dissector http_dissector;

static struct feed f;

enum { STEP_NS = 1000000 };

/* The names of the log's messages of one kind, with spaces between. */
static inline const char *
names(const char *kind)
{
	static char out[FEED_LOG];
	const char *line = f.log, *end;
	size_t n = strlen(kind), len = 0;

	for (; (end = strchr(line, '\n')) != NULL; line = end + 1)
		if (strncmp(line, kind, n) == 0 && line[n] == ' ')
			len += (size_t)snprintf(out + len, sizeof(out) - len,
			    "%s%.*s", len > 0 ? " " : "",
			    (int)(end - line - (ptrdiff_t)n - 1), line + n + 1);
	out[len] = '\0';
	return out;
}

static inline void
say(bool is_server, const char *bytes)
{
	f.ts_ns += STEP_NS;
	feed(&f, is_server, bytes, strlen(bytes), 0, false);
}

#endif

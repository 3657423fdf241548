/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source of options, the command line or the configuration file: which
 * values it gave and where, and what was wrong with them.
 */
#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include <stdbool.h>
#include <stdio.h>

#include "config/options.h"
#include "config/table.h"

struct source {
	struct options o; /* only the rows below that are given */
	/* First line that gives the row, 1 on the command line; 0: none. */
	unsigned line[OPTION_ROWS];
	unsigned window_line[OPTIONS_WINDOWS];
};

/* Faults found; those after the twentieth are counted, but not written. */
struct faults {
	FILE *err;
	unsigned n;
};

/* Writes "tapline: …" as one line. */
void fault(struct faults *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Reads text into the row of *s.  Returns false after a reason in why
 * (config/value.h).
 */
bool source_set(struct source *s, const struct option_row *row,
    const char *text, unsigned line, char *why);

bool source_has(const struct source *s, const struct option_row *row);

void source_fini(struct source *s);

/*
 * Reads a configuration file.  Every fault is one line with path and line
 * number; the lines after it are read too.
 */
void file_read(const char *name, struct source *s, struct faults *f);

/* The path in a name that may begin with "-": such a file may be missing. */
const char *file_path(const char *name);
/* The same from an open stream; path is for the messages only. */
void file_parse(FILE *in, const char *path, struct source *s, struct faults *f);

/* Reads the command line. */
void args_read(int argc, char *const argv[], struct source *s,
    struct faults *f);

#endif

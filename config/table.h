/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option table: every option is one row.  The command line, the
 * configuration file, --help, --dump-config, reloads and the test of the
 * documentation all read it.
 */
#ifndef CONFIG_TABLE_H
#define CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
	OPTION_FLAG, /* does something; takes no value */
	OPTION_BOOL, /* yes or no; --NAME and --no-NAME */
	OPTION_COUNT,
	OPTION_SIZE, /* bytes: 64k, 64M, 1G */
	OPTION_SECONDS, /* 2, 0.5, 10m, 1h; kept in ns */
	OPTION_WINDOWS, /* a list of seconds or "all" */
	OPTION_SPEED, /* a decimal factor */
	OPTION_KEY_AS,
	OPTION_SANDBOX,
	OPTION_NAME, /* text without blanks */
	OPTION_PATH,
	OPTION_SENSOR,
	OPTION_FILTER,
	OPTION_PORTS /* 53,5300 */
};

enum option_flags {
	OPTION_LIST = 1, /* may be given several times */
	OPTION_FILE = 2, /* may stand in the configuration file */
	OPTION_RELOAD = 4 /* can change without a restart */
};

enum option_group {
	GROUP_INPUT,
	GROUP_COUNTING,
	GROUP_OUTPUT,
	GROUP_PROCESS,
	GROUP_N
};

struct option_row {
	const char *name;
	char letter; /* 0 for none; of a BOOL: the opposite of the default */
	enum option_type type;
	enum option_group group;
	unsigned flags;
	size_t offset; /* in struct options */
	uint64_t min, max; /* bytes, ns, a count, or speed in 1e-9 */
	const char *def; /* as text; if it is "", an empty value is allowed */
	const char *metavar;
	const char *help;
};

enum { OPTION_ROWS = 45 };

extern const struct option_row option_rows[OPTION_ROWS];
extern const char *const option_groups[GROUP_N];

/* Returns the row of this name, or NULL; name has n bytes. */
const struct option_row *option_find(const char *name, size_t n);

/*
 * Returns the name that comes nearest to a misspelt one among the rows that
 * have all of these flags, or NULL if none is near.
 */
const char *option_suggest(const char *name, unsigned flags);

#endif

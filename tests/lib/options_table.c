/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the option table for tests/unit/docs_test.py, one row a line, with
 * tabs between name, letter, type, default, metavar and flags; or, with
 * "dump" and arguments, the configuration that they give, or with "help" the
 * help text.
 */
#include <stdio.h>
#include <string.h>

#include "config/options.h"
#include "config/table.h"

/* What the documents call a type. */
static const char *const type_names[] = {
	[OPTION_FLAG] = "flag",
	[OPTION_BOOL] = "yes/no",
	[OPTION_COUNT] = "number",
	[OPTION_SIZE] = "size",
	[OPTION_SECONDS] = "time",
	[OPTION_WINDOWS] = "time or all",
	[OPTION_PORTS] = "ports",
	[OPTION_SPEED] = "decimal",
	[OPTION_KEY_AS] = "choice",
	[OPTION_SANDBOX] = "choice",
	[OPTION_NAME] = "name",
	[OPTION_PATH] = "text",
	[OPTION_SENSOR] = "name",
	[OPTION_FILTER] = "text",
};

static int
dump(int argc, char *const argv[])
{
	struct options o;
	int code = options_read(&o, argc, argv, stderr);

	if (code == 0)
		options_dump(&o, stdout);
	options_fini(&o);
	return code;
}

int
main(int argc, char *argv[])
{
	if (argc > 1 && strcmp(argv[1], "dump") == 0)
		return dump(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "help") == 0) {
		options_help(stdout);
		return 0;
	}
	for (unsigned i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];

		printf("%s\t%c\t%s\t%s\t%s\t%s%s%s\n", row->name,
		    row->letter != '\0' ? row->letter : '-',
		    type_names[row->type], row->def,
		    row->metavar != NULL ? row->metavar : "",
		    row->flags & OPTION_LIST ? "list " : "",
		    row->flags & OPTION_FILE ? "file " : "",
		    row->flags & OPTION_RELOAD ? "reload" : "");
	}
	return 0;
}

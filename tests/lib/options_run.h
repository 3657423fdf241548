/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs options_read as a test wants it: a command line as one string, a
 * configuration file as another, messages caught.
 */
#ifndef TESTS_LIB_OPTIONS_RUN_H
#define TESTS_LIB_OPTIONS_RUN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/options.h"

enum { ARGS_MAX = 64 };

static char options_dir[] = "/tmp/tapline-options-XXXXXX";
static char conf[128]; /* the configuration file of a test */

struct result {
	struct options o;
	int code;
	char *err;
};

static inline void
write_file(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static inline void
run_argv(struct result *r, int argc, char *const argv[])
{
	size_t n;
	FILE *err = open_memstream(&r->err, &n);

	assert_non_null(err);
	memset(&r->o, 0xa5, sizeof(r->o)); /* may be uninitialised */
	r->code = options_read(&r->o, argc, argv, err);
	fclose(err);
}

/* Splits line at blanks; "%" stands for the configuration file. */
static inline void
run(struct result *r, const char *line)
{
	char copy[4096];
	char *argv[ARGS_MAX] = { copy };
	int argc = 1;

	snprintf(copy, sizeof(copy), "tapline %s", line);
	strtok(copy, " ");
	while ((argv[argc] = strtok(NULL, " ")) != NULL) {
		if (strcmp(argv[argc], "%") == 0)
			argv[argc] = conf;
		argc++;
	}
	run_argv(r, argc, argv);
}

static inline void
done(struct result *r)
{
	options_fini(&r->o);
	free(r->err);
}

static inline void
run_ok(struct result *r, const char *line)
{
	run(r, line);
	if (r->code != 0 || r->err[0] != '\0')
		fail_msg("'%s': code %d: %s", line, r->code, r->err);
}

static inline void
run_file(struct result *r, const char *text, const char *line)
{
	write_file(conf, text, strlen(text));
	run(r, line);
}

static inline char *
dump(const struct options *o)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	options_dump(o, f);
	fclose(f);
	return text;
}

struct fault_case {
	const char *args;
	const char *says;
};

static inline int
setup(void **state)
{
	(void)state;
	if (mkdtemp(options_dir) == NULL)
		return -1;
	snprintf(conf, sizeof(conf), "%s/t.conf", options_dir);
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	unlink(conf);
	return rmdir(options_dir);
}

#endif

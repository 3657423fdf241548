/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file: appends to a file, which SIGHUP opens again: logrotate may have moved
 * it away.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/output/lines.h"

extern const struct output_ops file_output;

static bool
file_check(const char *rest, char *err, size_t err_size)
{
	if (*rest != '\0' && strncmp(rest, "//", 2) != 0)
		return true;
	snprintf(err, err_size,
	    "'file:' wants a path, as in file:/var/log/tapline.lp");
	return false;
}

static void
file_needs(const char *rest, struct output_needs *n)
{
	n->file = rest;
}

/* O_NONBLOCK: a FIFO without a reader is an error, not a wait. */
static int
open_path(const char *path)
{
	return open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
	    0644);
}

static struct output *
file_open(const char *rest, const struct output_env *env, char *err,
    size_t err_size)
{
	struct lines *s = lines_new(&file_output, rest, env);

	if (s == NULL) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	if (lines_use(s, open_path(rest), true))
		return (struct output *)s;
	snprintf(err, err_size, "%s: %s", rest, strerror(errno));
	lines_close((struct output *)s);
	return NULL;
}

static void
file_reopen(struct output *o)
{
	struct lines *s = (struct lines *)o;
	const char *path = lines_path(s);

	if (!lines_switch(s, open_path(path)))
		log_error("%s: %s: the file that was open stays in use", path,
		    strerror(errno));
}

const struct output_ops file_output = {
	.scheme = "file:",
	.check = file_check,
	.needs = file_needs,
	.open = file_open,
	.write = lines_write,
	.commit = lines_commit,
	.congested = lines_congested,
	.drained = lines_drained,
	.stats = lines_stats,
	.reopen = file_reopen,
	.close = lines_close,
};

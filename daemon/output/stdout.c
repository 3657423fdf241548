/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stdout: is shared with other processes, so its flags are not ours to change.
 * A pipe or terminal is opened again for a description of our own that doesn't
 * block; where that fails, lines.c sees to it that no write waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/output/lines.h"

extern const struct output_ops stdout_output;

static bool
stdout_check(const char *rest, char *err, size_t err_size)
{
	if (*rest == '\0')
		return true;
	snprintf(err, err_size, "'stdout:' takes nothing behind it");
	return false;
}

static bool
open_again(struct lines *s)
{
	struct stat st;

	if (fstat(STDOUT_FILENO, &st) != 0 || S_ISREG(st.st_mode) ||
	    S_ISSOCK(st.st_mode))
		return false;
	return lines_use(s,
	    open("/proc/self/fd/1",
		O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC),
	    true);
}

static struct output *
stdout_open(const char *rest, const struct output_env *env, char *err,
    size_t err_size)
{
	struct lines *s = lines_new(&stdout_output, NULL, env);

	(void)rest;
	if (s == NULL) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	if (open_again(s) || lines_use(s, STDOUT_FILENO, false))
		return (struct output *)s;
	snprintf(err, err_size, "standard output: %s", strerror(errno));
	lines_close((struct output *)s);
	return NULL;
}

const struct output_ops stdout_output = {
	.scheme = "stdout:",
	.check = stdout_check,
	.open = stdout_open,
	.write = lines_write,
	.commit = lines_commit,
	.congested = lines_congested,
	.drained = lines_drained,
	.stats = lines_stats,
	.close = lines_close,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of outputs, and the fan-out to those that are open.
 */
#include "daemon/output/output.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUTS(X) \
	X(stdout)  \
	X(file)    \
	X(redis)

#define X_EXTERN(name) extern const struct output_ops name##_output;
#define X_POINTER(name) &name##_output,

OUTPUTS(X_EXTERN)
static const struct output_ops *const all[] = { OUTPUTS(X_POINTER) };

struct outputs {
	unsigned n;
	struct output *v[];
};

static const struct output_ops *
find(const char *url, const char **rest)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		size_t n = strlen(all[i]->scheme);

		if (strncmp(url, all[i]->scheme, n) == 0) {
			*rest = url + n;
			return all[i];
		}
	}
	return NULL;
}

static void
describe_schemes(const char *url, char *err, size_t err_size)
{
	int n = snprintf(err, err_size, "unknown output '%.200s': use", url);

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (n < 0 || (size_t)n >= err_size)
			return;
		n += snprintf(err + n, err_size - (size_t)n, "%s %s",
		    i == 0 ? "" : ",",
		    all[i]->schemes != NULL ? all[i]->schemes : all[i]->scheme);
	}
}

bool
output_check(const char *url, char *err, size_t err_size)
{
	const char *rest;
	const struct output_ops *ops = find(url, &rest);

	if (ops == NULL) {
		describe_schemes(url, err, err_size);
		return false;
	}
	return ops->check(rest, err, err_size);
}

static struct output *
open_one(const char *url, const struct output_env *env, char *err,
    size_t err_size)
{
	const char *rest = NULL;
	const struct output_ops *ops = find(url, &rest);

	if (ops == NULL) {
		describe_schemes(url, err, err_size);
		return NULL;
	}
	if (!ops->check(rest, err, err_size))
		return NULL;
	return ops->open(rest, env, err, err_size);
}

struct outputs *
outputs_open(char *const *urls, unsigned n, const struct output_env *env,
    char *err, size_t err_size)
{
	struct outputs *os = calloc(1, sizeof(*os) + n * sizeof(os->v[0]));

	if (os == NULL) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	/* A reader that goes away is an answer to a write, not a death. */
	signal(SIGPIPE, SIG_IGN);
	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < i; k++) {
			if (strcmp(urls[i], urls[k]) != 0)
				continue;
			snprintf(err, err_size, "output '%.200s' given twice",
			    urls[i]);
			outputs_close(os);
			return NULL;
		}
		os->v[i] = open_one(urls[i], env, err, err_size);
		if (os->v[i] == NULL) {
			outputs_close(os);
			return NULL;
		}
		os->n++;
	}
	return os;
}

void
outputs_write(struct outputs *os, const struct point *p)
{
	for (unsigned i = 0; i < os->n; i++)
		os->v[i]->ops->write(os->v[i], p);
}

void
outputs_commit(struct outputs *os)
{
	for (unsigned i = 0; i < os->n; i++)
		os->v[i]->ops->commit(os->v[i]);
}

bool
outputs_congested(const struct outputs *os)
{
	for (unsigned i = 0; i < os->n; i++) {
		if (os->v[i]->ops->congested(os->v[i]))
			return true;
	}
	return false;
}

bool
outputs_drained(const struct outputs *os)
{
	for (unsigned i = 0; i < os->n; i++) {
		if (!os->v[i]->ops->drained(os->v[i]))
			return false;
	}
	return true;
}

void
outputs_stats(const struct outputs *os, struct output_stats *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (unsigned i = 0; i < os->n; i++) {
		struct output_stats s = { 0 };

		os->v[i]->ops->stats(os->v[i], &s);
		sum->records += s.records;
		sum->stored += s.stored;
		sum->spooled += s.spooled;
		sum->lost_full += s.lost_full;
		sum->lost_error += s.lost_error;
	}
}

void
outputs_reload(struct outputs *os)
{
	for (unsigned i = 0; i < os->n; i++) {
		if (os->v[i]->ops->reload != NULL)
			os->v[i]->ops->reload(os->v[i]);
	}
}

void
outputs_close(struct outputs *os)
{
	if (os == NULL)
		return;
	for (unsigned i = 0; i < os->n; i++)
		os->v[i]->ops->close(os->v[i]);
	free(os);
}

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

#include "daemon/loop.h"
#include "daemon/output/amount.h"
#include "daemon/output/journal.h"
#include "daemon/output/losses.h"
#include "daemon/report/schema.h"
#include "daemon/spool/spool.h"

#define OUTPUTS(X)  \
	X(stdout)   \
	X(file)     \
	X(redis)    \
	X(tcp)      \
	X(unix)     \
	X(udp)      \
	X(unixgram) \
	X(influx)   \
	X(influxs)

#define X_EXTERN(name) extern const struct output_ops name##_output;
#define X_POINTER(name) &name##_output,

OUTPUTS(X_EXTERN)
static const struct output_ops *const all[] = { OUTPUTS(X_POINTER) };

enum { MEMORY = 8 << 20 /* of a spool without a folder */ };

struct outputs {
	struct output_env *env;
	struct spool *spool;
	struct spool_stream streams[SPOOL_STREAMS];
	struct loop_event *hurry; /* losses are to be told */
	bool is_spooled; /* an output has a reader */
	uint64_t unspooled; /* points that couldn't become a record */
	struct spool_sum unspooled_sum;
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

void
output_needs(const char *url, struct output_needs *n)
{
	const char *rest = NULL;
	const struct output_ops *ops = find(url, &rest);

	*n = (struct output_needs){ 0 };
	if (ops != NULL && ops->needs != NULL)
		ops->needs(rest, n);
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

static bool
make_spool(struct outputs *os)
{
	const struct output_env *env = os->env;
	struct spool_config c = { .dir = env->spool_dir,
		.size = env->spool_size,
		.memory = MEMORY,
		.keep_ns = env->spool_time_ns,
		.streams = os->streams };

	if (env->spool_size > 0 && env->spool_size < c.memory)
		c.memory = env->spool_size;
	c.n_streams = journal_streams(os->streams);
	os->env->spool = os->spool = spool_new(&c);
	return os->spool != NULL;
}

static bool
is_twice(char *const *urls, unsigned n, char *err, size_t err_size)
{
	for (unsigned i = 0; i < n; i++) {
		if (strcmp(urls[i], urls[n]) != 0)
			continue;
		snprintf(err, err_size, "output '%.200s' given twice", urls[n]);
		return true;
	}
	return false;
}

/* A query may hold what is nobody's business. */
static void
set_name(const struct outputs *os, struct output *o, const char *url)
{
	size_t n = strcspn(url, "?");
	unsigned twins = 0;
	bool cut;

	n = text_clean(o->name, (const uint8_t *)url, n, &cut);
	for (unsigned i = 0; i < os->n; i++)
		twins += strncmp(os->v[i]->name, o->name, n) == 0 &&
		    (os->v[i]->name[n] == '\0' || os->v[i]->name[n] == '#');
	if (twins > 0)
		snprintf(o->name + n, OUTPUT_NAME - n, "#%u", twins + 1);
}

static bool
add(struct outputs *os, const char *url, char *err, size_t err_size)
{
	struct output *o = open_one(url, os->env, err, err_size);

	if (o == NULL)
		return false;
	set_name(os, o, url);
	os->v[os->n++] = o;
	o->owner = os;
	if (o->reader == NULL)
		return true;
	os->is_spooled = true;
	o->begun = calloc(SPOOL_STREAMS, sizeof(*o->begun));
	if (o->begun == NULL)
		snprintf(err, err_size, "out of memory");
	return o->begun != NULL;
}

static void
on_hurry(void *arg)
{
	struct outputs *os = arg;

	/* Between two points of a batch, its own commit will do. */
	if (!spool_is_open_batch(os->spool))
		outputs_commit(os);
}

struct outputs *
outputs_open(char *const *urls, unsigned n, struct output_env *env, char *err,
    size_t err_size)
{
	struct outputs *os = calloc(1, sizeof(*os) + n * sizeof(os->v[0]));

	snprintf(err, err_size, "out of memory");
	if (os == NULL)
		return NULL;
	os->env = env;
	os->hurry = loop_timer(env->loop, on_hurry, os);
	if (os->hurry == NULL || !make_spool(os))
		goto fail;
	/* A reader that goes away is an answer to a write, not a death. */
	signal(SIGPIPE, SIG_IGN);
	for (unsigned i = 0; i < n; i++) {
		if (is_twice(urls, i, err, err_size) ||
		    !add(os, urls[i], err, err_size))
			goto fail;
	}
	return os;
fail:
	outputs_close(os);
	return NULL;
}

bool
outputs_start(struct outputs *os, char *err, size_t err_size)
{
	if (!spool_open(os->spool, loop_mono_ns(), err, err_size))
		return false;
	for (unsigned i = 0; i < os->n; i++) {
		for (unsigned k = 0;
		     os->v[i]->reader != NULL && schema_all[k] != NULL; k++)
			os->v[i]->begun[k] = spool_settled(os->v[i]->reader, k);
	}
	return true;
}

bool
outputs_save(struct outputs *os, const void *state, size_t len)
{
	return spool_set_blob(os->spool, state, len);
}

bool
outputs_can_save(const struct outputs *os)
{
	return os->is_spooled && os->env->spool_dir != NULL &&
	    os->env->spool_dir[0] != '\0';
}

const uint8_t *
outputs_saved(const struct outputs *os, size_t *len)
{
	return spool_blob(os->spool, len);
}

void
outputs_write(struct outputs *os, const struct point *p)
{
	if (os->is_spooled && !journal_append(os->spool, p)) {
		os->unspooled++;
		amount_add_point(&os->unspooled_sum, p);
	}
	for (unsigned i = 0; i < os->n; i++)
		os->v[i]->ops->write(os->v[i], p);
}

static void
commit_some(struct outputs *os, bool has_reader)
{
	for (unsigned i = 0; i < os->n; i++)
		if ((os->v[i]->reader != NULL) == has_reader)
			os->v[i]->ops->commit(os->v[i]);
}

void
outputs_commit(struct outputs *os)
{
	for (unsigned i = 0; i < os->n; i++) {
		if (os->v[i]->reader != NULL)
			losses_tell(os, os->v[i], os->env);
	}
	commit_some(os, false);
	spool_commit(os->spool, loop_mono_ns());
	commit_some(os, true);
}

void
outputs_hold(struct outputs *os, bool is_held)
{
	spool_hold(os->spool, is_held);
}

bool
outputs_sync(struct outputs *os)
{
	bool more = spool_sync(os->spool);

	if (more)
		commit_some(os, true);
	return more;
}

struct spool *
outputs_spool(const struct outputs *os)
{
	return os->spool;
}

void
outputs_hurry(struct outputs *os)
{
	loop_timer_set(os->hurry, 0);
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
		const struct output *o = os->v[i];

		if (!o->ops->drained(o) ||
		    (o->reader != NULL && spool_has_untold(o->reader)))
			return false;
	}
	return true;
}

bool
outputs_kept(const struct outputs *os)
{
	struct spool_stats stats = { 0 };
	bool has_disk;

	if (os->spool != NULL)
		spool_stats(os->spool, &stats);
	has_disk = stats.disk_bytes > 0 && !stats.is_failing;
	for (unsigned i = 0; i < os->n; i++) {
		const struct output *o = os->v[i];

		if (!o->ops->drained(o) && (o->reader == NULL || !has_disk))
			return false;
	}
	return true;
}

void
outputs_finish(struct outputs *os)
{
	for (unsigned i = 0; i < os->n; i++) {
		if (os->v[i]->ops->finish != NULL)
			os->v[i]->ops->finish(os->v[i]);
	}
}

static void
spool_figures(const struct outputs *os, struct output_stats *sum)
{
	struct spool_stats s;

	if (!os->is_spooled)
		return;
	spool_stats(os->spool, &s);
	sum->is_spooled = true;
	sum->spool_bytes = s.disk_bytes;
	sum->spool_memory_bytes = s.memory_bytes;
	sum->spool_errors = s.disk_errors;
}

void
outputs_stats(struct outputs *os, struct output_stats *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (unsigned i = 0; i < os->n; i++) {
		struct output *o = os->v[i];
		struct output_stats s = { 0 };

		o->ops->stats(o, &s);
		if (o->reader != NULL)
			losses_count(o, os->spool, os->unspooled,
			    &os->unspooled_sum, &s);
		o->stats = s;
		sum->records += s.records;
		sum->stored += s.stored;
		sum->spooled += s.spooled;
		sum->lost_full += s.lost_full;
		sum->lost_error += s.lost_error;
		sum->lost_rollback += s.lost_rollback;
		sum->lost_spool += s.lost_spool;
		amount_add(&sum->lost_sum, &s.lost_sum);
		sum->waiting += s.waiting;
		sum->config_error += s.config_error;
	}
	spool_figures(os, sum);
}

unsigned
outputs_n(const struct outputs *os)
{
	return os->n;
}

const char *
outputs_one(const struct outputs *os, unsigned i,
    const struct output_stats **stats)
{
	*stats = &os->v[i]->stats;
	return os->v[i]->name;
}

void
outputs_reopen(struct outputs *os)
{
	for (unsigned i = 0; i < os->n; i++) {
		if (os->v[i]->ops->reopen != NULL)
			os->v[i]->ops->reopen(os->v[i]);
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
	for (unsigned i = 0; i < os->n; i++) {
		uint64_t *begun = os->v[i]->begun;

		os->v[i]->ops->close(os->v[i]);
		free(begun);
	}
	spool_free(os->spool);
	loop_event_free(os->hurry);
	free(os);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * influx:// and influxs:// write lines to InfluxDB over HTTP, and to what
 * takes its writes.  docs/outputs.md says what is promised.
 *
 * A batch is taken from the spool and stays until the server has answered for each of
 * its lines; a window of it is sent at a time.  A point that is sent twice
 * overwrites itself, so whatever has no answer is sent again.  The window
 * shrinks to half when the server finds fault with a line in it, down to the
 * line itself, and grows again with each success.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/backoff.h"
#include "daemon/output/gzip.h"
#include "daemon/output/influx_answer.h"
#include "daemon/output/influx_http.h"
#include "daemon/output/influx_url.h"
#include "daemon/output/names.h"
#include "daemon/output/output.h"
#include "daemon/output/secret.h"
#include "daemon/output/source.h"
#include "daemon/output/tls.h"
#include "daemon/report/line.h"
#include "daemon/spool/spool.h"

extern const struct output_ops influx_output, influxs_output;

enum state {
	STATE_OK, /* nothing is known to be in the way */
	STATE_WAITING, /* no connection, or the server asks for patience */
	STATE_REFUSED, /* the server refuses until someone changes something */
};

enum {
	BATCH_LINES = SOURCE_LINES,
	BATCH_BYTES = 512 << 10,
	BATCH_MIN = 32 << 10, /* of a size that the server refuses */
	/* So many lines refused, none taken: it isn't the lines. */
	BAD_MAX = 16,
};

#define MS INT64_C(1000000)
static const int64_t refused_ns = 30000 * MS;

struct influx {
	struct output o;
	const struct output_env *env;
	char label[ADDRESS_LABEL];
	struct influx_http *http;
	struct tls *tls;
	struct gzip *gzip;
	struct source *source;
	char batch[BATCH_BYTES + LINE_SIZE];
	size_t from, to, end; /* of batch: the window that is sent, the rest */
	uint64_t n_window, n_batch; /* lines in the window; from there on */
	uint64_t max_lines; /* of the next window */
	size_t max_bytes; /* of the next batch */
	unsigned n_bad; /* lines refused since one was taken */
	struct loop_event *timer;
	struct backoff backoff;
	bool is_busy, is_held; /* awaiting an answer; the timer */
	enum state state;
	uint64_t n_lost; /* of the queue, when it was looked at last */
	bool bad_line, dropping; /* the log has been told */
};

/* The next window: the first lines of what is left of the batch. */
static void
choose_window(struct influx *x)
{
	x->to = x->from;
	for (x->n_window = 0; x->n_window < x->max_lines && x->to < x->end;
	     x->n_window++) {
		const char *line = x->batch + x->to;
		const char *nl = memchr(line, '\n', x->end - x->to);
		size_t to = (size_t)(nl + 1 - x->batch);

		if (x->n_window > 0 && to - x->from > x->max_bytes)
			break;
		x->to = to;
	}
}

static void
pump(struct influx *x)
{
	size_t len;

	if (x->is_busy || x->is_held)
		return;
	if (x->n_batch == 0) {
		x->end = source_take(x->source, x->batch, x->max_bytes,
		    BATCH_LINES, &x->n_batch);
		x->from = 0;
	}
	if (x->n_batch == 0)
		return;
	choose_window(x);
	const void *body =
	    gzip_pack(x->gzip, x->batch + x->from, x->to - x->from, &len);
	x->is_busy = true;
	influx_http_post(x->http, body, len);
}

static void
hold(struct influx *x, int64_t ns)
{
	x->is_held = true;
	loop_timer_set(x->timer, ns);
}

static void
on_timer(void *arg)
{
	struct influx *x = arg;

	x->is_held = false;
	pump(x);
}

/* Leaves the state, with one line in the log. */
static void
change(struct influx *x, enum state state, const char *why)
{
	if (state == x->state)
		return;
	x->state = state;
	if (state == STATE_OK)
		log_info("%s: takes records again", x->label);
	else
		log_warn("%s: %s: records wait", x->label, why);
}

static void
leave_window(struct influx *x, bool is_stored)
{
	source_end(x->source, x->n_window, is_stored);
	x->from = x->to;
	x->n_batch -= x->n_window;
}

static void
stored(struct influx *x)
{
	change(x, STATE_OK, NULL);
	backoff_well(&x->backoff);
	x->n_bad = 0;
	leave_window(x, true);
	x->max_lines *= 2;
	if (x->max_lines > BATCH_LINES)
		x->max_lines = BATCH_LINES;
}

static void
retry(struct influx *x, const struct influx_http_answer *a, const char *why)
{
	int64_t wait = backoff_next(&x->backoff);

	change(x, STATE_WAITING, why);
	if (a->retry_after * 1000 * MS > wait)
		wait = a->retry_after * 1000 * MS;
	hold(x, wait);
	/* Over a slow line, less may come through in time. */
	if (a->too_late && x->n_window > 1)
		x->max_lines = (x->n_window + 1) / 2;
}

/* The window is one line, and the server won't have it: it is given up. */
static void
quarantine(struct influx *x, const char *why)
{
	int n = (int)(x->to - x->from) - 1;

	if (!x->bad_line)
		log_warn("%s: %s: the line is given up: %.*s", x->label, why,
		    n < 256 ? n : 256, x->batch + x->from);
	x->bad_line = true;
	leave_window(x, false);
	if (++x->n_bad < BAD_MAX)
		return;
	x->n_bad = 0;
	change(x, STATE_REFUSED, why);
	hold(x, refused_ns);
}

static void
bad_line(struct influx *x, const char *why)
{
	if (x->n_window == 1)
		quarantine(x, why);
	else
		x->max_lines = (x->n_window + 1) / 2;
}

static void
too_large(struct influx *x, const char *why)
{
	size_t half = (x->to - x->from) / 2;

	x->max_bytes = half > BATCH_MIN ? half : BATCH_MIN;
	bad_line(x, why);
}

/* One line when the oldest begin to be lost, and one when it is over. */
static void
note_losses(struct influx *x)
{
	uint64_t n_lost = x->o.lost[LOST_FULL];

	if (n_lost > x->n_lost && !x->dropping) {
		log_warn("%s: the spool is full: the oldest records are lost",
		    x->label);
		x->dropping = true;
	} else if (x->dropping && source_is_empty(x->source)) {
		log_info("%s: has caught up", x->label);
		x->dropping = false;
	}
	x->n_lost = n_lost;
}

static void
on_answer(void *arg, const struct influx_http_answer *a)
{
	struct influx *x = arg;
	char why[TEXT_MAX + 64];

	x->is_busy = false;
	if (a->status != 0)
		snprintf(why, sizeof(why), "HTTP status %d: %s", a->status,
		    a->text);
	else
		snprintf(why, sizeof(why), "%s", a->text);
	switch (a->untrusted ? INFLUX_REFUSED : influx_verdict_of(a->status)) {
	case INFLUX_STORED:
		stored(x);
		break;
	case INFLUX_RETRY:
		retry(x, a, why);
		break;
	case INFLUX_REFUSED:
		change(x, STATE_REFUSED, why);
		hold(x, refused_ns);
		break;
	case INFLUX_BAD_LINE:
		bad_line(x, why);
		break;
	case INFLUX_TOO_LARGE:
		too_large(x, why);
		break;
	}
	pump(x);
	note_losses(x);
}

/* It comes from the spool. */
static void
influx_write(struct output *o, const struct point *p)
{
	(void)o;
	(void)p;
}

static void
influx_commit(struct output *o)
{
	struct influx *x = (struct influx *)o;

	pump(x);
	note_losses(x);
}

static bool
influx_congested(const struct output *o)
{
	const struct influx *x = (const struct influx *)o;

	return source_is_congested(x->source);
}

static bool
influx_drained(const struct output *o)
{
	const struct influx *x = (const struct influx *)o;

	return source_is_empty(x->source);
}

static void
influx_stats(const struct output *o, struct output_stats *stats)
{
	const struct influx *x = (const struct influx *)o;

	stats->connects = influx_http_connects(x->http);
	stats->waiting = x->state == STATE_WAITING;
	stats->config_error = x->state == STATE_REFUSED;
}

static bool
is_set(const char *s)
{
	return s != NULL && *s != '\0';
}

/* Reads the secrets' files; false after a reason in err. */
static bool
set_login(struct influx *x, char *err, size_t err_size)
{
	const struct output_env *env = x->env;
	char secret[SECRET_SIZE] = "", header[SECRET_HEADER] = "";
	bool has_user = is_set(env->influx_user);
	bool has_password = is_set(env->influx_password_file);
	bool ok = true;

	if (has_user != has_password ||
	    (has_user && is_set(env->influx_token_file))) {
		snprintf(err, err_size,
		    "InfluxDB wants --influx-user and --influx-password-file, "
		    "or --influx-token-file alone");
		return false;
	}
	if (has_user) {
		ok = secret_read(secret, env->influx_password_file, err,
		    err_size);
		secret_basic(header, env->influx_user, secret);
	} else if (is_set(env->influx_token_file)) {
		ok = secret_read(secret, env->influx_token_file, err, err_size);
		secret_token(header, secret);
	}
	if (ok)
		influx_http_login(x->http, header);
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(header, sizeof(header));
	return ok;
}

static bool
set_tls(struct influx *x, char *err, size_t err_size)
{
	struct tls *tls;

	if (x->o.ops != &influxs_output)
		return true;
	tls = tls_new(&x->env->tls, err, err_size);
	if (tls == NULL)
		return false;
	influx_http_tls(x->http, tls);
	tls_free(x->tls);
	x->tls = tls;
	return true;
}

/* Whoever changed something wants to see whether it helps. */
static void
influx_reload(struct output *o)
{
	struct influx *x = (struct influx *)o;
	char err[256];

	if (!set_login(x, err, sizeof(err)) || !set_tls(x, err, sizeof(err)))
		log_error("%s: %s: the old one stays", x->label, err);
	if (x->is_held)
		hold(x, 0);
}

static void
influx_close(struct output *o)
{
	struct influx *x = (struct influx *)o;

	influx_http_free(x->http);
	tls_free(x->tls);
	gzip_free(x->gzip);
	loop_event_free(x->timer);
	source_free(x->source);
	free(x);
}

static bool
make(struct influx *x, const struct influx_url *url)
{
	char reader[ADDRESS_LABEL + INFLUX_TARGET];
	const struct influx_http_env env = {
		.loop = x->env->loop,
		.on_answer = on_answer,
		.arg = x,
		.on_socket = x->env->on_socket,
		.socket_arg = x->env->arg,
	};

	x->timer = loop_timer(x->env->loop, on_timer, x);
	x->gzip = gzip_new(sizeof(x->batch));
	x->http = influx_http_new(url, &env);
	/* Another database is another reader. */
	snprintf(reader, sizeof(reader), "%s%s", x->label, url->target);
	if (strlen(reader) >= SPOOL_READER_NAME)
		reader[SPOOL_READER_NAME - 1] = '\0';
	x->source = source_new(&x->o, x->env->spool, reader);
	x->o.label = x->label;
	return x->source != NULL && x->timer != NULL && x->gzip != NULL &&
	    x->http != NULL;
}

static struct output *
influx_open_url(const struct output_ops *ops, const char *rest,
    const struct output_env *env, char *err, size_t err_size)
{
	struct influx_url url;
	struct influx *x;

	if (!influx_url_parse(&url, ops->scheme, rest, err, err_size))
		return NULL;
	snprintf(err, err_size, "out of memory");
	x = calloc(1, sizeof(*x));
	if (x == NULL)
		return NULL;
	x->o.ops = ops;
	x->env = env;
	x->max_lines = BATCH_LINES;
	x->max_bytes = BATCH_BYTES;
	backoff_init(&x->backoff);
	address_label(&url.address, ops->scheme, x->label);
	if (make(x, &url) && set_login(x, err, err_size) &&
	    set_tls(x, err, err_size))
		return &x->o;
	influx_close(&x->o);
	return NULL;
}

static bool
influx_check(const char *rest, char *err, size_t err_size)
{
	struct influx_url url;

	return influx_url_parse(&url, "influx://", rest, err, err_size);
}

static bool
influxs_check(const char *rest, char *err, size_t err_size)
{
	struct influx_url url;

	return influx_url_parse(&url, "influxs://", rest, err, err_size);
}

static void
influx_needs(const char *rest, struct output_needs *n)
{
	struct influx_url url;
	char err[256];

	if (!influx_url_parse(&url, "influx://", rest, err, sizeof(err)))
		return;
	n->internet = true;
	n->names = !names_is_address(url.address.at.host);
	n->tcp[n->n_tcp++] = url.address.at.port;
}

static void
influxs_needs(const char *rest, struct output_needs *n)
{
	influx_needs(rest, n);
	n->tls = true;
}

static struct output *
influx_open(const char *rest, const struct output_env *env, char *err,
    size_t err_size)
{
	return influx_open_url(&influx_output, rest, env, err, err_size);
}

static struct output *
influxs_open(const char *rest, const struct output_env *env, char *err,
    size_t err_size)
{
	return influx_open_url(&influxs_output, rest, env, err, err_size);
}

const struct output_ops influx_output = {
	.scheme = "influx://",
	.check = influx_check,
	.needs = influx_needs,
	.open = influx_open,
	.write = influx_write,
	.commit = influx_commit,
	.congested = influx_congested,
	.drained = influx_drained,
	.stats = influx_stats,
	.reload = influx_reload,
	.close = influx_close,
};

const struct output_ops influxs_output = {
	.scheme = "influxs://",
	.check = influxs_check,
	.needs = influxs_needs,
	.open = influxs_open,
	.write = influx_write,
	.commit = influx_commit,
	.congested = influx_congested,
	.drained = influx_drained,
	.stats = influx_stats,
	.reload = influx_reload,
	.close = influx_close,
};

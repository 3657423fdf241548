/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What begins with redis takes points as entries of streams, and publishes
 * them.  docs/redis.md says what a reader finds there and what is promised.
 */
#include "daemon/output/redis.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/redis_conn.h"
#include "daemon/output/redis_snap.h"
#include "daemon/output/redis_url.h"
#include "daemon/output/values.h"
#include "daemon/report/line.h"

extern const struct output_ops redis_output;

enum {
	PASSWORD = 512,
	/* With more than that on its way, messages are left out. */
	PUBLISH_PENDING = REDIS_CONN_PENDING / 2,
	PUBLISH_BACKLOG = 256 << 10,
};

/* One id for the process, whatever the number of outputs. */
static const char *
run_id(void)
{
	static char id[REDIS_RUN];
	uint64_t random = 0;

	if (id[0] != '\0')
		return id;
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		random = (uint64_t)loop_real_ns();
	snprintf(id, sizeof(id), "%016llx", (unsigned long long)random);
	return id;
}

static struct redis_stream *
find_stream(struct redis *r, const struct measurement *m)
{
	for (unsigned i = 0; i < r->n_streams; i++) {
		if (r->streams[i].m == m)
			return &r->streams[i];
	}
	if (r->n_streams == REDIS_STREAMS)
		return NULL;
	struct redis_stream *s = &r->streams[r->n_streams++];
	s->m = m;
	snprintf(s->key, sizeof(s->key), "%s%s", r->prefix, m->name);
	return s;
}

static void
drop_oldest(struct redis *r)
{
	struct record *rec = r->waiting.first;

	/* Of one that was sent, nobody knows whether it is lost. */
	if (rec->unknown)
		r->stats.lost_error++;
	else
		r->stats.lost_full++;
	list_remove(&r->waiting, rec);
	record_free(rec);
	if (!r->dropping)
		log_warn("%s: the queue is full: the oldest records are lost",
		    r->label);
	r->dropping = true;
}

static void
make_room(struct redis *r, const struct record *rec)
{
	while (r->waiting.n > 0 &&
	    (r->waiting.n + r->flight.n >= REDIS_QUEUE ||
		r->waiting.bytes + r->flight.bytes + record_bytes(rec) >
		    REDIS_QUEUE_BYTES))
		drop_oldest(r);
	if (r->waiting.n + r->flight.n < REDIS_QUEUE / 2)
		r->dropping = false;
}

/* A reader of the moment gets the line, or misses it. */
static void
publish(struct redis *r, const struct redis_stream *s, const struct point *p)
{
	char line[LINE_SIZE];
	size_t len;

	if (!redis_conn_is_up(r->conn) ||
	    redis_conn_pending(r->conn) > PUBLISH_PENDING ||
	    redis_conn_backlog(r->conn) > PUBLISH_BACKLOG ||
	    !line_write(line, sizeof(line), p, &len) || len == 0)
		return;
	const char *argv[] = { "PUBLISH", s->key, line };
	size_t lens[] = { 7, strlen(s->key), len - 1 };
	redis_conn_send(r->conn, TAG_SOFT, 3, argv, lens);
}

static void
redis_write(struct output *o, const struct point *p)
{
	struct redis *r = (struct redis *)o;
	struct redis_stream *s = find_stream(r, p->m);
	uint8_t packed[VALUES_SIZE];
	size_t len = values_pack(packed, sizeof(packed), p);

	if (p->present == 0)
		return; /* a point without a field is no record */
	r->stats.records++;
	struct record *rec =
	    s != NULL && len > 0 ? record_new(packed, len) : NULL;
	if (rec == NULL) {
		r->stats.lost_error++;
		return;
	}
	rec->stream = (uint16_t)(s - r->streams);
	rec->n = s->next_n++;
	rec->ms = p->ts_ns > 0 ? (uint64_t)p->ts_ns / 1000000 : 0;
	make_room(r, rec);
	list_append(&r->waiting, rec);
	redis_snap_point(r->snap, p);
	publish(r, s, p);
	if (r->waiting.n % REDIS_BATCH == 0)
		redis_batch_pump(r);
}

static void
redis_commit(struct output *o)
{
	redis_batch_pump((struct redis *)o);
}

static void
on_retry(void *arg)
{
	redis_batch_pump(arg);
}

/*
 * A replay begins when it is known whether there is a server, and goes on
 * when messages can be published: a short one would be over before.
 */
static bool
redis_congested(const struct output *o)
{
	const struct redis *r = (const struct redis *)o;

	return !redis_conn_has_tried(r->conn) ||
	    redis_conn_pending(r->conn) > PUBLISH_PENDING / 2 ||
	    redis_conn_backlog(r->conn) > PUBLISH_BACKLOG / 2 ||
	    r->waiting.n + r->flight.n > REDIS_QUEUE / 2 ||
	    r->waiting.bytes + r->flight.bytes > REDIS_QUEUE_BYTES / 2;
}

static bool
redis_drained(const struct output *o)
{
	const struct redis *r = (const struct redis *)o;

	return r->waiting.n == 0 && r->flight.n == 0 &&
	    redis_snap_is_idle(r->snap) && redis_conn_pending(r->conn) == 0;
}

static void
redis_stats(const struct output *o, struct output_stats *stats)
{
	const struct redis *r = (const struct redis *)o;

	*stats = r->stats;
	stats->spooled = r->waiting.n + r->flight.n;
}

/* Reads the first line of the password file; false after a reason in err. */
static bool
read_password(char password[PASSWORD], const char *path, char *err,
    size_t err_size)
{
	FILE *f = fopen(path, "re");

	if (f == NULL || fgets(password, PASSWORD, f) == NULL) {
		snprintf(err, err_size, "%s: %s", path,
		    f == NULL || ferror(f) ? strerror(errno) : "empty");
		*password = '\0';
	} else {
		password[strcspn(password, "\r\n")] = '\0';
		snprintf(err, err_size, "%s: no password in its first line",
		    path);
	}
	if (f != NULL)
		fclose(f);
	return *password != '\0';
}

/* Takes the user and the password; false after a reason in err. */
static bool
set_login(struct redis *r, char *err, size_t err_size)
{
	const char *user = r->env->redis_user;
	const char *path = r->env->redis_password_file;
	char password[PASSWORD] = "";
	bool ok = true;

	if (user == NULL)
		user = "";
	if (path != NULL && *path != '\0') {
		ok = read_password(password, path, err, err_size);
	} else if (*user != '\0') {
		snprintf(err, err_size,
		    "a Redis user needs a password: --redis-password-file");
		ok = false;
	}
	if (ok)
		redis_conn_login(r->conn, user, password);
	explicit_bzero(password, sizeof(password));
	return ok;
}

static void
redis_reload(struct output *o)
{
	struct redis *r = (struct redis *)o;
	char err[256];

	if (!set_login(r, err, sizeof(err)))
		log_error("%s: %s: the old login stays", r->label, err);
	if (!redis_conn_tls(r->conn, &r->env->tls, err, sizeof(err)))
		log_error("%s: %s: the old certificates stay", r->label, err);
}

static void
redis_close(struct output *o)
{
	struct redis *r = (struct redis *)o;

	redis_conn_free(r->conn);
	redis_snap_free(r->snap);
	loop_event_free(r->retry);
	list_free_all(&r->waiting);
	list_free_all(&r->flight);
	free(r);
}

static struct redis *
redis_new(const struct redis_url *url, const struct output_env *env)
{
	struct redis *r = calloc(1, sizeof(*r));
	char key[REDIS_KEY];

	if (r == NULL)
		return NULL;
	r->o.ops = &redis_output;
	r->env = env;
	r->run = run_id();
	snprintf(r->prefix, sizeof(r->prefix),
	    "tapline:{%.200s}:", env->sensor);
	redis_url_print(url, r->label, sizeof(r->label));
	snprintf(key, sizeof(key), "%sbin", r->prefix);
	const struct redis_conn_env conn_env = {
		.loop = env->loop,
		.label = r->label,
		.on_socket = env->on_socket,
		.socket_arg = env->arg,
		.key = key,
		.on_up = redis_batch_up,
		.on_down = redis_batch_down,
		.on_reply = redis_batch_reply,
		.arg = r,
	};
	r->snap = redis_snap_new(env, r->prefix, r->run);
	r->retry = loop_timer(env->loop, on_retry, r);
	r->conn = redis_conn_new(url, &conn_env);
	if (r->snap == NULL || r->retry == NULL || r->conn == NULL) {
		redis_close(&r->o);
		return NULL;
	}
	return r;
}

static bool
redis_check(const char *rest, char *err, size_t err_size)
{
	struct redis_url url;

	return redis_url_parse(&url, rest, err, err_size);
}

static struct output *
redis_open(const char *rest, const struct output_env *env, char *err,
    size_t err_size)
{
	struct redis_url url;

	if (!redis_url_parse(&url, rest, err, err_size))
		return NULL;
	struct redis *r = redis_new(&url, env);
	if (r == NULL) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	if (!set_login(r, err, err_size) ||
	    !redis_conn_tls(r->conn, &env->tls, err, err_size)) {
		redis_close(&r->o);
		return NULL;
	}
	return &r->o;
}

const struct output_ops redis_output = {
	.scheme = "redis",
	.schemes = REDIS_SCHEMES,
	.check = redis_check,
	.open = redis_open,
	.write = redis_write,
	.commit = redis_commit,
	.congested = redis_congested,
	.drained = redis_drained,
	.stats = redis_stats,
	.reload = redis_reload,
	.close = redis_close,
};

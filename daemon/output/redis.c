/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What begins with redis takes points as entries of streams, and publishes
 * them.  docs/redis.md says what a reader finds there and what is promised.
 */
#include "daemon/output/redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/names.h"
#include "daemon/output/redis_conn.h"
#include "daemon/output/redis_snap.h"
#include "daemon/output/redis_url.h"
#include "daemon/output/secret.h"
#include "daemon/report/line.h"
#include "daemon/report/schema.h"

extern const struct output_ops redis_output;

enum {
	/* With more than that on its way, messages are left out. */
	PUBLISH_PENDING = REDIS_CONN_PENDING / 2,
	PUBLISH_BACKLOG = 256 << 10,
};

/* What was refused or is held by another is looked at again so often. */
static const int64_t tick_ns = 250000000;

/* A reader of the moment gets the line, or misses it. */
static void
publish(struct redis *r, const struct point *p)
{
	char line[LINE_SIZE], channel[REDIS_KEY];
	size_t len;

	if (!redis_conn_is_up(r->conn) || r->lease != LEASE_OURS ||
	    redis_conn_pending(r->conn) > PUBLISH_PENDING ||
	    redis_conn_backlog(r->conn) > PUBLISH_BACKLOG ||
	    !line_write(line, sizeof(line), p, &len) || len == 0)
		return;
	snprintf(channel, sizeof(channel), "%s%s", r->prefix, p->m->name);
	const char *argv[] = { "PUBLISH", channel, line };
	size_t lens[] = { 7, strlen(channel), len - 1 };
	redis_conn_send(r->conn, TAG_SOFT, 3, argv, lens);
}

static void
redis_write(struct output *o, const struct point *p)
{
	struct redis *r = (struct redis *)o;

	if (point_is_empty(p))
		return;
	redis_snap_point(r->snap, p);
	publish(r, p);
}

static void
redis_commit(struct output *o)
{
	redis_pump((struct redis *)o);
}

static void
redis_finish(struct output *o)
{
	struct redis *r = (struct redis *)o;

	r->is_finishing = true;
	redis_pump(r);
}

static void
on_tick(void *arg)
{
	redis_pump(arg);
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
	    spool_backlog(o->reader) > spool_room(r->spool) / 2;
}

static bool
has_all(const struct redis *r)
{
	REDIS_EACH_STREAM(i)
	{
		if (spool_settled(r->o.reader, i) < spool_last(r->spool, i))
			return false;
	}
	return r->n_flight == 0;
}

static bool
redis_drained(const struct output *o)
{
	const struct redis *r = (const struct redis *)o;

	return has_all(r) && redis_snaps_done(r) &&
	    redis_conn_pending(r->conn) == 0 &&
	    (r->ask == NULL || redis_conn_pending(r->ask) == 0) &&
	    !(r->is_finishing && r->lease == LEASE_OURS);
}

static void
redis_stats(const struct output *o, struct output_stats *stats)
{
	const struct redis *r = (const struct redis *)o;
	bool is_config = r->lease == LEASE_FOREIGN ||
	    redis_conn_is_refused(r->conn) ||
	    (r->ask != NULL && redis_conn_is_refused(r->ask)) ||
	    (r->hold_ns != 0 && r->hold_is_config);

	REDIS_EACH_STREAM(i)
	is_config = is_config || r->streams[i].is_config;
	stats->config_error = is_config;
	stats->waiting = !is_config &&
	    (!redis_conn_is_up(r->conn) || r->hold_ns != 0 ||
		(r->split_ns != 0 && !redis_conn_is_up(r->ask)));
}

static bool
set_tls(struct redis *r, char *err, size_t err_size)
{
	const struct tls_config *tls = &r->env->tls;

	return redis_conn_tls(r->conn, tls, err, err_size) &&
	    (r->ask == NULL || redis_conn_tls(r->ask, tls, err, err_size));
}

/* Takes the user and the password; false after a reason in err. */
static bool
set_login(struct redis *r, char *err, size_t err_size)
{
	const char *user = r->env->redis_user;
	const char *path = r->env->redis_password_file;
	char password[SECRET_SIZE] = "";
	bool ok = true;

	if (user == NULL)
		user = "";
	if (path != NULL && *path != '\0') {
		ok = secret_read(password, path, err, err_size);
	} else if (*user != '\0') {
		snprintf(err, err_size,
		    "a Redis user needs a password: --redis-password-file");
		ok = false;
	}
	if (ok)
		redis_conn_login(r->conn, user, password);
	if (ok && r->ask != NULL)
		redis_conn_login(r->ask, user, password);
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
	if (!set_tls(r, err, sizeof(err)))
		log_error("%s: %s: the old certificates stay", r->label, err);
	/* Whatever was refused: somebody may have seen to it. */
	r->hold_ns = r->lease_ns = 0;
	REDIS_EACH_STREAM(i)
	r->streams[i].retry_ns = 0;
	redis_conn_retry(r->conn);
	if (r->ask != NULL)
		redis_conn_retry(r->ask);
	redis_pump(r);
}

static void
redis_close(struct output *o)
{
	struct redis *r = (struct redis *)o;

	redis_conn_free(r->conn);
	redis_conn_free(r->ask);
	redis_snap_free(r->snap);
	loop_event_free(r->tick);
	loop_event_free(r->soon);
	free(r);
}

static void
set_keys(struct redis *r)
{
	REDIS_EACH_STREAM(i)
	snprintf(r->streams[i].key, REDIS_KEY, "%s%s", r->prefix,
	    schema_all[i]->name);
	snprintf(r->lease_key, sizeof(r->lease_key), "%swriter", r->prefix);
}

/* How far a server is belongs to the sensor's streams there. */
static bool
make_reader(struct redis *r, const struct redis_url *url)
{
	char name[SPOOL_READER_NAME];

	snprintf(name, sizeof(name), "%.380s/%u {%.64s}", r->label, url->db,
	    r->env->sensor);
	r->o.reader = spool_reader(r->spool, name);
	r->o.label = r->label;
	return r->o.reader != NULL;
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
	r->spool = env->spool;
	snprintf(r->prefix, sizeof(r->prefix),
	    "tapline:{%.200s}:", env->sensor);
	redis_url_print(url, r->label, sizeof(r->label));
	snprintf(key, sizeof(key), "%sbin", r->prefix);
	set_keys(r);
	const struct redis_conn_env conn_env = {
		.loop = env->loop,
		.label = r->label,
		.on_socket = env->on_socket,
		.socket_arg = env->arg,
		.key = key,
		.on_up = redis_up,
		.on_down = redis_down,
		.on_reply = redis_reply,
		.arg = r,
	};
	r->snap = redis_snap_new(env, r->prefix, r->run);
	r->tick = loop_every(env->loop, tick_ns, on_tick, r);
	r->soon = loop_timer(env->loop, on_tick, r);
	r->conn = redis_conn_new(url, &conn_env);
	if (r->snap == NULL || r->tick == NULL || r->soon == NULL ||
	    r->conn == NULL || !redis_ask_open(r, url, &conn_env)) {
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

/* Sentinels and the nodes of a cluster name servers at any port. */
static void
redis_needs(const char *rest, struct output_needs *n)
{
	struct redis_url u;
	char err[256];

	_Static_assert(sizeof(n->tcp) / sizeof(n->tcp[0]) >= REDIS_PLACES,
	    "a port of each place");
	if (!redis_url_parse(&u, rest, err, sizeof(err)))
		return;
	n->tls = u.tls;
	n->any_tcp = u.kind != REDIS_SERVER;
	n->internet = u.n_places > 0;
	for (unsigned i = 0; i < u.n_places; i++) {
		n->names |= !names_is_address(u.places[i].host);
		n->tcp[n->n_tcp++] = u.places[i].port;
	}
	n->names |= n->any_tcp;
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
	if (!set_login(r, err, err_size) || !set_tls(r, err, err_size)) {
		redis_close(&r->o);
		return NULL;
	}
	if (!make_reader(r, &url)) {
		snprintf(err, err_size, "at most %d outputs to servers",
		    SPOOL_READERS);
		redis_close(&r->o);
		return NULL;
	}
	return &r->o;
}

const struct output_ops redis_output = {
	.scheme = "redis",
	.schemes = REDIS_SCHEMES,
	.check = redis_check,
	.needs = redis_needs,
	.open = redis_open,
	.write = redis_write,
	.commit = redis_commit,
	.finish = redis_finish,
	.congested = redis_congested,
	.drained = redis_drained,
	.stats = redis_stats,
	.reload = redis_reload,
	.close = redis_close,
};

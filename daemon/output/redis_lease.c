/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One writer for a sensor's streams: a key that ends by itself holds the run
 * of the one who writes.  Who finds another's run there waits.  A run that the
 * spool knows is our own past: its key is taken over at once.
 */
#include "daemon/output/redis.h"

#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/redis_conn.h"
#include "daemon/output/redis_refusal.h"

/* Longer than a few questions, shorter than anybody's patience. */
static const char *const lease_ms = "5000";
static const int64_t ask_ns = 1500000000, again_ns = 100000000;

static bool
ask(struct redis *r, int64_t now)
{
	const char *set[] = { "SET", r->lease_key, r->run, "NX", "PX", lease_ms,
		NULL };
	const char *get[] = { "GET", r->lease_key, NULL };

	struct redis_conn *at = redis_ask_where(r, r->lease_is_asked);

	if (at == NULL) {
		r->lease = LEASE_UNKNOWN;
		return true;
	}
	if (redis_conn_room(at) < 6)
		return true;
	r->lease_at = at;
	r->lease_is_asked = false;
	r->lease_ns = now + ask_ns;
	if (r->lease == LEASE_UNKNOWN)
		r->lease = LEASE_ASKED;
	return redis_send(r, at, redis_tag_of(r, TAG_LEASE, 0), set) &&
	    redis_send(r, at, redis_tag_of(r, TAG_HOLDER, 0), get);
}

bool
redis_lease_hold(struct redis *r, int64_t now)
{
	if (r->is_blind)
		r->lease = LEASE_OURS;
	else if (now >= r->lease_ns && !ask(r, now))
		return false;
	return r->lease == LEASE_OURS;
}

bool
redis_lease_release(struct redis *r)
{
	const char *words[] = { "DEL", r->lease_key, NULL };

	if (r->lease != LEASE_OURS)
		return true;
	if (!r->is_blind && redis_conn_is_up(r->lease_at))
		redis_send(r, r->lease_at, TAG_RELEASE, words);
	r->lease = LEASE_UNKNOWN;
	r->lease_ns = 0;
	return false;
}

static void
keep(struct redis *r, bool is_taken_over)
{
	const char *set[] = { "SET", r->lease_key, r->run, "PX", lease_ms,
		NULL };
	const char *extend[] = { "PEXPIRE", r->lease_key, lease_ms, NULL };

	redis_send(r, r->from, redis_tag_of(r, TAG_LEASE, 0),
	    is_taken_over ? set : extend);
	if (r->foreign)
		log_info("%s: %s: nobody else writes any more", r->label,
		    r->lease_key);
	r->foreign = false;
	r->lease = LEASE_OURS;
}

static void
refuse(struct redis *r, const redisReply *holder)
{
	if (!r->foreign)
		log_error("%s: %s: %.40s writes, which is not this instance: "
			  "records wait",
		    r->label, r->lease_key, holder->str);
	r->foreign = true;
	r->lease = LEASE_FOREIGN;
}

static void
lease_refused(struct redis *r, const char *error)
{
	enum redis_refusal what = redis_refusal_of(error);

	r->lease = LEASE_UNKNOWN;
	if (what == REFUSED_FOR_NOW || what == REFUSED_CONFIG) {
		redis_refuse(r, error, what == REFUSED_CONFIG);
		return;
	}
	log_warn("%s: %s: %.200s: it can't be seen whether another one writes",
	    r->label, r->lease_key, error);
	r->is_blind = true;
}

void
redis_lease_set_reply(struct redis *r, const redisReply *reply)
{
	/* Where the key has moved, GET's answer says so as well. */
	if (reply->type == REDIS_REPLY_ERROR && !r->is_blind &&
	    !redis_ask_heard(r, reply->str))
		lease_refused(r, reply->str);
}

void
redis_lease_reply(struct redis *r, const redisReply *reply)
{
	char *end;

	if (r->is_blind)
		return;
	if (reply->type == REDIS_REPLY_ERROR &&
	    redis_ask_heard(r, reply->str)) {
		r->lease_is_asked = true;
		r->lease_ns = 0;
	} else if (reply->type == REDIS_REPLY_ERROR) {
		lease_refused(r, reply->str);
	} else if (reply->type != REDIS_REPLY_STRING) {
		/* It ended just now, or SET was refused. */
		r->lease = LEASE_UNKNOWN;
		r->lease_ns = loop_mono_ns() + again_ns;
	} else if (strcmp(reply->str, r->run) == 0) {
		keep(r, false);
	} else if (strlen(reply->str) == REDIS_RUN - 1 &&
	    spool_has_run(r->spool, strtoull(reply->str, &end, 16)) &&
	    *end == '\0') {
		keep(r, true);
	} else {
		refuse(r, reply);
	}
}

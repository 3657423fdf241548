/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said at a place is a table of steps, of which each kind of place
 * wants some.
 */
#include "daemon/output/redis_route.h"

#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "daemon/output/redis_refusal.h"

/* A cluster's slots are 0 to 16383. */
enum { SLOT_DIGITS = 5 };

static bool
begins(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

void
redis_route_init(struct redis_route *r, const struct redis_url *url,
    const char *key)
{
	memset(r, 0, sizeof(*r));
	r->url = *url;
	snprintf(r->db, sizeof(r->db), "%u", url->db);
	snprintf(r->key, sizeof(r->key), "%s", key != NULL ? key : "");
}

void
redis_route_fini(struct redis_route *r)
{
	explicit_bzero(r->password, sizeof(r->password));
}

void
redis_route_login(struct redis_route *r, const char *user, const char *password)
{
	snprintf(r->user, sizeof(r->user), "%s", user);
	snprintf(r->password, sizeof(r->password), "%s", password);
}

static unsigned
n_known(const struct redis_route *r)
{
	return r->url.n_places + r->n_learnt;
}

bool
redis_route_has_others(const struct redis_route *r)
{
	return n_known(r) > 1;
}

void
redis_route_go(struct redis_route *r)
{
	r->step = 0;
	r->at_sentinel = r->url.kind == REDIS_SENTINEL && !r->is_named;
	if (r->is_named || n_known(r) == 0) {
		r->is_named = false;
		return;
	}
	unsigned i = r->next++ % n_known(r);
	r->at = i < r->url.n_places ? r->url.places[i]
				    : r->learnt[i - r->url.n_places];
	r->hops = 0;
}

bool
redis_route_failed(struct redis_route *r)
{
	if (++r->failed < n_known(r))
		return true;
	r->failed = 0;
	return false;
}

void
redis_route_well(struct redis_route *r)
{
	r->failed = 0;
	r->hops = 0;
}

static enum route_result
fault(enum route_result result, char why[ROUTE_WHY], const char *what,
    const char *detail)
{
	snprintf(why, ROUTE_WHY, "%s: %.120s", what, detail);
	return result;
}

void
redis_route_send(struct redis_route *r, const struct endpoint *place)
{
	r->at = *place;
	r->is_named = true;
}

/* at is where to go next. */
static enum route_result
go_to(struct redis_route *r, const struct endpoint *place, char why[ROUTE_WHY])
{
	char text[ENDPOINT_TEXT];

	endpoint_print(place, text);
	if (r->hops == ROUTE_HOPS)
		return fault(ROUTE_FAILED, why, "sent from place to place",
		    text);
	r->hops++;
	redis_route_send(r, place);
	return fault(ROUTE_ELSEWHERE, why, "now at", text);
}

/*
 * "SLOT HOST:PORT", behind MOVED or ASK.  Without HOST it is the one that says
 * so; an IPv6 address has no brackets there.  NULL, or what is wrong.
 */
static const char *
read_place(const struct redis_route *r, const char *slot,
    struct endpoint *place)
{
	size_t digits = strspn(slot, "0123456789");
	const char *host = slot + digits + 1, *colon = strrchr(slot, ':');
	size_t host_len;

	if (digits == 0 || digits > SLOT_DIGITS || slot[digits] != ' ' ||
	    colon == NULL || colon < host)
		return "malformed";
	host_len = (size_t)(colon - host);
	if (host_len == 0) {
		host = r->at.host;
		host_len = strlen(host);
	}
	return endpoint_set(place, host, host_len, colon + 1, strlen(colon + 1))
	    ? NULL
	    : "no address";
}

static enum route_result
moved(struct redis_route *r, const char *error, char why[ROUTE_WHY])
{
	struct endpoint place = { .port = 0 };
	const char *fail = read_place(r, error + strlen("MOVED "), &place);

	return fail != NULL ? fault(ROUTE_FAILED, why, fail, error)
			    : go_to(r, &place, why);
}

bool
redis_route_read_ask(const struct redis_route *r, const char *error,
    struct endpoint *place)
{
	return r->url.kind == REDIS_CLUSTER && begins(error, "ASK ") &&
	    read_place(r, error + strlen("ASK "), place) == NULL;
}

void
redis_route_aim(struct redis_route *r, const struct endpoint *place)
{
	r->url.n_places = place != NULL;
	if (place != NULL)
		r->url.places[0] = *place;
}

enum {
	SERVER = 1 << REDIS_SERVER,
	SENTINEL = 1 << REDIS_SENTINEL,
	CLUSTER = 1 << REDIS_CLUSTER
};

/*
 * Errors that say that this is not the place, by kind of URL.  ASK in a cluster
 * is none of them: it is about one key (redis_ask.c).
 */
static const struct {
	const char *prefix;
	unsigned kinds;
	enum route_result result;
	const char *what;
} misplaced[] = {
	{ "MOVED ", SERVER | SENTINEL, ROUTE_DENIED,
	    "a node of a cluster: use redis+cluster://" },
	{ "ASK ", SERVER | SENTINEL, ROUTE_DENIED,
	    "a node of a cluster: use redis+cluster://" },
	{ "READONLY ", SENTINEL | CLUSTER, ROUTE_FAILED, "no master any more" },
	{ "MASTERDOWN ", SENTINEL | CLUSTER, ROUTE_FAILED, "no master" },
	{ "CLUSTERDOWN ", CLUSTER, ROUTE_FAILED, "out of the cluster" },
};

enum route_result
redis_route_error(struct redis_route *r, const char *error, char why[ROUTE_WHY])
{
	if (r->url.kind == REDIS_CLUSTER && begins(error, "MOVED "))
		return moved(r, error, why);
	for (size_t i = 0; i < sizeof(misplaced) / sizeof(misplaced[0]); i++) {
		if (misplaced[i].kinds >> r->url.kind & 1 &&
		    begins(error, misplaced[i].prefix))
			return fault(misplaced[i].result, why,
			    misplaced[i].what, error);
	}
	return ROUTE_ON;
}

static bool
is_text(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING;
}

static bool
is_error(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ERROR;
}

/* Also what a server with too many clients answers to the first command. */
static bool
is_for_now(const char *error)
{
	return redis_refusal_of(error) == REFUSED_FOR_NOW ||
	    begins(error, "ERR max number of clients");
}

/* A login that is missing or wrong, or that may not, doesn't mend itself. */
static enum route_result
refusal(const char *error)
{
	return begins(error, "NOAUTH ") || begins(error, "NOPERM ") ||
		begins(error, "WRONGPASS ")
	    ? ROUTE_DENIED
	    : ROUTE_FAILED;
}

static bool
wants_login(const struct redis_route *r)
{
	return *r->password != '\0' &&
	    (!r->at_sentinel || r->sentinels_want_login);
}

static int
login_command(const struct redis_route *r, const char *argv[ROUTE_ARGS])
{
	int n = 0;

	argv[n++] = "AUTH";
	if (*r->user != '\0')
		argv[n++] = r->user;
	argv[n++] = r->password;
	return n;
}

static enum route_result
login_reply(struct redis_route *r, const redisReply *reply, char why[ROUTE_WHY])
{
	(void)r;
	return is_error(reply)
	    ? fault(is_for_now(reply->str) ? ROUTE_FAILED : ROUTE_DENIED, why,
		  "AUTH", reply->str)
	    : ROUTE_ON;
}

static bool
wants_master(const struct redis_route *r)
{
	return r->at_sentinel;
}

int
redis_route_ask_master(const struct redis_url *url,
    const char *argv[ROUTE_ARGS])
{
	argv[0] = "SENTINEL";
	argv[1] = "get-master-addr-by-name";
	argv[2] = url->master;
	return 3;
}

bool
redis_route_read_master(struct endpoint *place, const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
	    !is_text(reply->element[0]) || !is_text(reply->element[1]))
		return false;
	return endpoint_set(place, reply->element[0]->str,
	    (size_t)reply->element[0]->len, reply->element[1]->str,
	    (size_t)reply->element[1]->len);
}

static int
master_command(const struct redis_route *r, const char *argv[ROUTE_ARGS])
{
	return redis_route_ask_master(&r->url, argv);
}

static enum route_result
master_reply(struct redis_route *r, const redisReply *reply,
    char why[ROUTE_WHY])
{
	struct endpoint place;

	if (is_error(reply)) {
		if (begins(reply->str, "NOAUTH") && *r->password != '\0' &&
		    !r->sentinels_want_login) {
			r->sentinels_want_login = true;
			r->step = 0;
			return ROUTE_ON;
		}
		return fault(refusal(reply->str), why, "SENTINEL", reply->str);
	}
	if (reply->type == REDIS_REPLY_NIL)
		return fault(ROUTE_FAILED, why, "the sentinel knows no master",
		    r->url.master);
	if (!redis_route_read_master(&place, reply))
		return fault(ROUTE_FAILED, why, "SENTINEL", "not an address");
	if (r->watches)
		return ROUTE_ON;
	return go_to(r, &place, why);
}

static bool
wants_database(const struct redis_route *r)
{
	return r->url.db != 0 && !r->at_sentinel;
}

static int
database_command(const struct redis_route *r, const char *argv[ROUTE_ARGS])
{
	argv[0] = "SELECT";
	argv[1] = r->db;
	return 2;
}

static enum route_result
database_reply(struct redis_route *r, const redisReply *reply,
    char why[ROUTE_WHY])
{
	(void)r;
	return is_error(reply)
	    ? fault(is_for_now(reply->str) ? ROUTE_FAILED : ROUTE_DENIED, why,
		  "SELECT", reply->str)
	    : ROUTE_ON;
}

/*
 * Sentinels can be late: what they name may have become a replica, or be one
 * still.
 */
static bool
wants_role(const struct redis_route *r)
{
	return r->url.kind == REDIS_SENTINEL && !r->at_sentinel;
}

static int
role_command(const struct redis_route *r, const char *argv[ROUTE_ARGS])
{
	(void)r;
	argv[0] = "ROLE";
	return 1;
}

static enum route_result
role_reply(struct redis_route *r, const redisReply *reply, char why[ROUTE_WHY])
{
	(void)r;
	if (is_error(reply))
		return fault(refusal(reply->str), why, "ROLE", reply->str);
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0 ||
	    !is_text(reply->element[0]))
		return fault(ROUTE_FAILED, why, "ROLE", "not a role");
	if (strcmp(reply->element[0]->str, "master") != 0)
		return fault(ROUTE_FAILED, why, "not a master",
		    reply->element[0]->str);
	return ROUTE_ON;
}

static bool
wants_nodes(const struct redis_route *r)
{
	return r->url.kind == REDIS_CLUSTER;
}

/*
 * Not CLUSTER SLOTS: that one has some twenty elements for each range of
 * slots, and a cluster may have thousands of ranges; this is one text.
 */
static int
nodes_command(const struct redis_route *r, const char *argv[ROUTE_ARGS])
{
	(void)r;
	argv[0] = "CLUSTER";
	argv[1] = "NODES";
	return 2;
}

struct span {
	const char *p;
	size_t n;
};

/* Where c is, or the end. */
static const char *
end_of(const char *s, const char *end, char c)
{
	const char *at = memchr(s, c, (size_t)(end - s));

	return at != NULL ? at : end;
}

/* Whether a node's flags, "master,fail" say, have none that keeps it out. */
static bool
is_usable(const char *flags, size_t n)
{
	static const char *const out[] = { "fail", "noaddr", "handshake",
		"noflags" };

	for (const char *end = flags + n; flags < end;) {
		size_t len = (size_t)(end_of(flags, end, ',') - flags);

		for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++) {
			if (strlen(out[i]) == len &&
			    memcmp(flags, out[i], len) == 0)
				return false;
		}
		flags += len + 1;
	}
	return true;
}

static void
learn(struct redis_route *r, const struct endpoint *place)
{
	for (unsigned i = 0; i < r->url.n_places; i++) {
		if (endpoint_equal(&r->url.places[i], place))
			return;
	}
	for (unsigned i = 0; i < r->n_learnt; i++) {
		if (endpoint_equal(&r->learnt[i], place))
			return;
	}
	if (r->n_learnt < ROUTE_LEARNT)
		r->learnt[r->n_learnt++] = *place;
}

/*
 * "ADDRESS:PORT@BUS", and ",NAME…" from Redis 7 on.  A certificate is for a
 * name, if there is one.
 */
static bool
parse_node(const struct redis_route *r, struct endpoint *place, const char *s,
    size_t n)
{
	const char *end = s + n, *port_end = end_of(s, end, '@');
	const char *comma = end_of(s, end, ','), *host_end;
	struct span host = { s, 0 };

	if (port_end > comma)
		port_end = comma;
	for (host_end = port_end; host_end > s && host_end[-1] != ':';)
		host_end--;
	if (host_end == s)
		return false;
	host.n = (size_t)(host_end - s - 1);
	if (comma < end && (r->url.tls || host.n == 0)) {
		const char *name_end = end_of(comma + 1, end, ',');

		if (name_end > comma + 1)
			host = (struct span){ comma + 1,
				(size_t)(name_end - comma - 1) };
	}
	return endpoint_set(place, host.p, host.n, host_end,
	    (size_t)(port_end - host_end));
}

/* A line is "ID ADDRESS FLAGS …". */
static void
learn_line(struct redis_route *r, const char *s, size_t n)
{
	const char *end = s + n;
	struct span words[3];
	struct endpoint place;

	for (unsigned i = 0; i < 3; i++) {
		const char *word_end = end_of(s, end, ' ');

		words[i] = (struct span){ s, (size_t)(word_end - s) };
		s = word_end < end ? word_end + 1 : end;
	}
	if (is_usable(words[2].p, words[2].n) &&
	    parse_node(r, &place, words[1].p, words[1].n))
		learn(r, &place);
}

/* Nodes that can be asked when those of the URL are gone; nice to have. */
static enum route_result
nodes_reply(struct redis_route *r, const redisReply *reply, char why[ROUTE_WHY])
{
	(void)why;
	if (!is_text(reply))
		return ROUTE_ON;
	const char *s = reply->str, *end = s + reply->len;
	r->n_learnt = 0;
	while (s < end) {
		size_t n = (size_t)(end_of(s, end, '\n') - s);

		learn_line(r, s, n);
		s += n + 1;
	}
	return ROUTE_ON;
}

static bool
wants_keys(const struct redis_route *r)
{
	return r->url.kind == REDIS_CLUSTER && *r->key != '\0';
}

static int
keys_command(const struct redis_route *r, const char *argv[ROUTE_ARGS])
{
	argv[0] = "XREVRANGE";
	argv[1] = r->key;
	argv[2] = "+";
	argv[3] = "-";
	argv[4] = "COUNT";
	argv[5] = "1";
	return 6;
}

/* Whoever doesn't send us on has the slot, whatever else is wrong. */
static enum route_result
keys_reply(struct redis_route *r, const redisReply *reply, char why[ROUTE_WHY])
{
	return is_error(reply) ? redis_route_error(r, reply->str, why)
			       : ROUTE_ON;
}

static const struct step {
	bool (*wants)(const struct redis_route *r);
	int (*command)(const struct redis_route *r,
	    const char *argv[ROUTE_ARGS]);
	enum route_result (*reply)(struct redis_route *r,
	    const redisReply *reply, char why[ROUTE_WHY]);
} steps[] = {
	{ wants_login, login_command, login_reply },
	{ wants_master, master_command, master_reply },
	{ wants_database, database_command, database_reply },
	{ wants_role, role_command, role_reply },
	{ wants_nodes, nodes_command, nodes_reply },
	{ wants_keys, keys_command, keys_reply },
};
enum { N_STEPS = sizeof(steps) / sizeof(steps[0]) };

int
redis_route_command(struct redis_route *r, const char *argv[ROUTE_ARGS])
{
	while (r->step < N_STEPS && !steps[r->step].wants(r))
		r->step++;
	return r->step < N_STEPS ? steps[r->step++].command(r, argv) : 0;
}

enum route_result
redis_route_reply(struct redis_route *r, const redisReply *reply,
    char why[ROUTE_WHY])
{
	return steps[r->step - 1].reply(r, reply, why);
}

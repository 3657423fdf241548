/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to the Redis that takes our records: which place is next, and what
 * is said there before it can be used.
 *
 * A server is just logged in to.  Sentinels are asked in turn for the master's
 * address, and the master whether it is one.  In a cluster each node that is
 * known can tell by MOVED which one has our keys, all of them, since they
 * share a hash tag.
 *
 * Pure: it opens nothing and has no clock.  What servers say is not believed
 * but checked; it can't make the way longer than a few places.
 */
#ifndef DAEMON_OUTPUT_REDIS_ROUTE_H
#define DAEMON_OUTPUT_REDIS_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/output/redis_url.h"

struct redisReply;

enum {
	ROUTE_USER = 256,
	ROUTE_PASSWORD = 512,
	ROUTE_KEY = 512,
	ROUTE_LEARNT = 16, /* nodes that other nodes told of */
	ROUTE_HOPS = 5, /* from one place to another, without success */
	ROUTE_ARGS = 8,
	ROUTE_WHY = 200,
};

enum route_result {
	ROUTE_ON, /* so far so good */
	ROUTE_ELSEWHERE, /* another place has been named: go there */
	ROUTE_FAILED, /* not here: try the next one */
	ROUTE_DENIED, /* nowhere: it takes somebody to repair it */
};

struct redis_route {
	struct redis_url url;
	char key[ROUTE_KEY]; /* one of ours; empty: none to ask for */
	char db[12];
	char user[ROUTE_USER], password[ROUTE_PASSWORD];
	unsigned n_learnt;
	struct endpoint learnt[ROUTE_LEARNT];
	unsigned next; /* of url.places and then learnt, in turn */
	unsigned failed; /* places, since there was success */
	struct endpoint at; /* where the connection goes; none: url.path */
	bool is_named; /* at was named by a server */
	bool watches; /* only asks a sentinel, and stays there */
	bool at_sentinel;
	bool sentinels_want_login;
	unsigned hops;
	unsigned step;
};

/* Copies both. */
void redis_route_init(struct redis_route *r, const struct redis_url *url,
    const char *key);
void redis_route_fini(struct redis_route *r);
/* Copies both; an empty password: no login, an empty user: the default one. */
void redis_route_login(struct redis_route *r, const char *user,
    const char *password);

/* Sets r->at for the next connection. */
void redis_route_go(struct redis_route *r);
/*
 * The next command there: its arguments, valid until the next call; returns
 * their number, and 0 if there is none: the place can be used.
 */
int redis_route_command(struct redis_route *r, const char *argv[ROUTE_ARGS]);
/* Its reply; why tells what is wrong, unless it's ROUTE_ON. */
enum route_result redis_route_reply(struct redis_route *r,
    const struct redisReply *reply, char why[ROUTE_WHY]);
/* An error in use; ROUTE_ON: it has nothing to do with the way. */
enum route_result redis_route_error(struct redis_route *r, const char *error,
    char why[ROUTE_WHY]);

/*
 * Whether the error, of a node of a cluster, says that what was asked for is at
 * place now, while the rest of its slot may not be.
 */
bool redis_route_read_ask(const struct redis_route *r, const char *error,
    struct endpoint *place);
/* Of a REDIS_NODE: which one; NULL: none any more. */
void redis_route_aim(struct redis_route *r, const struct endpoint *place);

/* Sends the next connection to place, which a server has named. */
void redis_route_send(struct redis_route *r, const struct endpoint *place);

/* The question that sentinels are asked, and their answer; false: it's none. */
int redis_route_ask_master(const struct redis_url *url,
    const char *argv[ROUTE_ARGS]);
bool redis_route_read_master(struct endpoint *place,
    const struct redisReply *reply);

/*
 * The connection failed or ended.  True if there is a place that has not been
 * tried since: no need to wait.
 */
bool redis_route_failed(struct redis_route *r);
/* The place does what it's there for. */
void redis_route_well(struct redis_route *r);
/* There is more than one place to try. */
bool redis_route_has_others(const struct redis_route *r);

#endif

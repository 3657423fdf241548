/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs of Redis, taken apart.  Opens and resolves nothing.
 *
 *	redis://HOST:PORT/DB			one server
 *	redis+unix:PATH				the same over a socket
 *	redis+sentinel://HOST:PORT,…/MASTER/DB	the master that sentinels name
 *	redis+cluster://HOST:PORT,…		the cluster of these nodes
 *
 * rediss:// instead of redis:// is over TLS, wherever it goes.
 */
#ifndef DAEMON_OUTPUT_REDIS_URL_H
#define DAEMON_OUTPUT_REDIS_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/output/address.h"

#define REDIS_SCHEMES                                                 \
	"redis://, redis+unix:, redis+sentinel://, redis+cluster:// " \
	"(rediss for TLS)"

enum {
	REDIS_MASTER = 128,
	REDIS_PLACES = 16,
};

/* A node is one that another one has named; no URL is of that kind. */
enum redis_kind { REDIS_SERVER, REDIS_SENTINEL, REDIS_CLUSTER, REDIS_NODE };

struct redis_url {
	enum redis_kind kind;
	bool tls;
	unsigned n_places; /* 0: path */
	struct endpoint places[REDIS_PLACES];
	char path[ADDRESS_PATH]; /* of a unix socket */
	char master[REDIS_MASTER]; /* as the sentinels call it */
	unsigned db;
};

/*
 * Parses what stands behind "redis".  False after a reason in err, which never
 * repeats a password.
 */
bool redis_url_parse(struct redis_url *u, const char *rest, char *err,
    size_t err_size);
/* The URL without its database, for the log. */
void redis_url_print(const struct redis_url *u, char *out, size_t size);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs of Redis, taken apart, and the addresses that servers give.  Opens and
 * resolves nothing.
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

#define REDIS_SCHEMES                                                 \
	"redis://, redis+unix:, redis+sentinel://, redis+cluster:// " \
	"(rediss for TLS)"

enum {
	REDIS_HOST = 256,
	REDIS_PATH = 108,
	REDIS_MASTER = 128,
	REDIS_PLACES = 16,
	REDIS_PLACE_TEXT = REDIS_HOST + 8,
};

enum redis_kind { REDIS_SERVER, REDIS_SENTINEL, REDIS_CLUSTER };

struct redis_place {
	char host[REDIS_HOST]; /* a name or an address, without [ ] */
	uint16_t port;
};

struct redis_url {
	enum redis_kind kind;
	bool tls;
	unsigned n_places; /* 0: path */
	struct redis_place places[REDIS_PLACES];
	char path[REDIS_PATH]; /* of a unix socket */
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

/* A host and a port of a server's reply, which is not believed to be one. */
bool redis_place_set(struct redis_place *p, const char *host, size_t host_len,
    const char *port, size_t port_len);
bool redis_place_equal(const struct redis_place *a,
    const struct redis_place *b);
/* HOST:PORT or [HOST]:PORT; returns out. */
const char *redis_place_print(const struct redis_place *p,
    char out[REDIS_PLACE_TEXT]);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis://HOST:PORT/DB and redis+unix:PATH, taken apart.  Opens and resolves
 * nothing.
 */
#ifndef DAEMON_OUTPUT_REDIS_URL_H
#define DAEMON_OUTPUT_REDIS_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REDIS_HOST = 256, REDIS_PATH = 108, REDIS_PORT = 6379 };

struct redis_url {
	char host[REDIS_HOST]; /* a name or an address, without [ ] */
	uint16_t port;
	unsigned db;
	char path[REDIS_PATH]; /* of a unix socket; empty: TCP */
};

/*
 * Each parses what stands behind the scheme.  False after a reason in err,
 * which never repeats a password.
 */
bool redis_url_tcp(struct redis_url *u, const char *rest, char *err,
    size_t err_size);
bool redis_url_unix(struct redis_url *u, const char *rest, char *err,
    size_t err_size);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks a sentinel twice a second which server is the master.
 *
 * After a failover that an operator asks for, the old master goes on taking
 * records for some ten seconds, until the sentinels make it a replica; then
 * these are gone.  A connection to it notices nothing until that happens.
 */
#ifndef DAEMON_OUTPUT_REDIS_WATCH_H
#define DAEMON_OUTPUT_REDIS_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/output/redis_url.h"

struct redis_conn_env;
struct redis_watch;
struct tls_config;

/*
 * Calls back whenever the answer changes, never within another call.  Copies
 * url, which is of sentinels; of gives the loop and who learns of sockets.  NULL
 * when out of memory.
 */
struct redis_watch *redis_watch_new(const struct redis_url *url,
    const struct redis_conn_env *of,
    void (*on_master)(void *arg, const struct endpoint *), void *arg);
void redis_watch_free(struct redis_watch *w);

/* As those of redis_conn.h. */
void redis_watch_login(struct redis_watch *w, const char *user,
    const char *password);
bool redis_watch_tls(struct redis_watch *w, const struct tls_config *config,
    char *err, size_t err_size);

#endif

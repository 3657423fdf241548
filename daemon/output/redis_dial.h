/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket to a place of Redis: how it is connected, and why that failed.
 */
#ifndef DAEMON_OUTPUT_REDIS_DIAL_H
#define DAEMON_OUTPUT_REDIS_DIAL_H

#include <stdbool.h>

#include "daemon/output/redis_route.h"

struct bufferevent;
struct evdns_base;
struct loop;

/*
 * Connects bev to where the route says.  *dns is NULL until it is needed, and
 * the caller's to free.  False if it can't even begin; errno is 0 then if there
 * is no name server.
 */
bool redis_dial(struct bufferevent *bev, const struct redis_route *route,
    struct loop *loop, struct evdns_base **dns);
/*
 * What the event says, in words; true if it takes somebody to repair it.  To be
 * called first in the event's callback, since it reads errno.
 */
bool redis_dial_error(struct bufferevent *bev, short what, bool is_tls,
    char why[ROUTE_WHY]);

#endif

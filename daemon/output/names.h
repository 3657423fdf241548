/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of servers, resolved without waiting.
 */
#ifndef DAEMON_OUTPUT_NAMES_H
#define DAEMON_OUTPUT_NAMES_H

#include <stdbool.h>

struct evdns_base;
struct loop;

/* An address needs no name server, and isn't waited for without one. */
bool names_is_address(const char *host);

/*
 * Makes a resolver after resolv.conf that gives up after three seconds; the
 * caller frees it.  NULL if there is none.
 */
struct evdns_base *names_resolver(struct loop *loop);

#endif

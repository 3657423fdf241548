/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connected socket that comes back: names are resolved through evdns,
 * addresses tried one after the other, and whatever ends the socket is
 * followed by another attempt after 0.1 to 5 s, with jitter.  Nothing waits.
 * The log has one line when it is lost and one when it is there again.
 */
#ifndef DAEMON_OUTPUT_DIAL_H
#define DAEMON_OUTPUT_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/output/address.h"

struct dial;
struct loop;

struct dial_env {
	struct loop *loop;
	const char *label; /* for the log */
	int type; /* SOCK_STREAM or SOCK_DGRAM */
	/*
	 * The socket is connected and doesn't block; it stays the dial's, and
	 * is open until dial_again or dial_free.
	 */
	void (*on_open)(void *arg, int fd);
	void *arg;
	void (*on_socket)(void *arg, int fd); /* output_env's, or NULL */
	void *socket_arg;
};

/* Copies both; NULL when out of memory.  The first attempt comes at once. */
struct dial *dial_new(const struct address *address,
    const struct dial_env *env);
/* Closes the socket.  NULL is fine. */
void dial_free(struct dial *d);

/* The open socket is no good: closes it and tries again later. */
void dial_again(struct dial *d, const char *reason);
/* The open socket does its work: the next attempt comes early again. */
void dial_well(struct dial *d);

/* The first attempt is over, well or not. */
bool dial_has_tried(const struct dial *d);
/* How often a socket was opened. */
uint64_t dial_connects(const struct dial *d);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to Redis that comes back: hiredis' formatter and reader over a
 * libevent bufferevent.
 *
 * It connects (names through evdns, TLS if the URL says so) to the place that
 * redis_route.h finds, logs in, and then is up until something ends it: an
 * error, a reply that nobody asked for, no reply for five seconds, or that the
 * place isn't the right one any more.  It tries again after 0.1 to 5 s, and after
 * 30 s where nobody lets it in: a password or a certificate doesn't get right
 * by asking often.  Nothing here waits, and neither what is to be sent nor what is received can grow past
 * a bound.
 */
#ifndef DAEMON_OUTPUT_REDIS_CONN_H
#define DAEMON_OUTPUT_REDIS_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/output/redis_url.h"

struct endpoint;
struct loop;
struct redisReply;
struct redis_conn;
struct tls_config;

/* Commands that can be unanswered at one time, and bytes not yet sent. */
enum { REDIS_CONN_PENDING = 16384, REDIS_CONN_OUT = 8 << 20 };

struct redis_conn_env {
	struct loop *loop;
	const char *label; /* for the log */
	void (*on_socket)(void *arg, int fd); /* output_env's, or NULL */
	void *socket_arg;
	const char *key; /* one of those to be used, NULL: any */
	bool watches; /* stays at a sentinel, and the log hears nothing */
	void (*on_up)(void *arg);
	/* Commands without an answer until now will have none. */
	void (*on_down)(void *arg);
	/* In the order of the commands; tag is what was sent with it. */
	void (*on_reply)(void *arg, uint32_t tag, const struct redisReply *r);
	void *arg;
};

/* Borrows what env points to; NULL when out of memory. */
struct redis_conn *redis_conn_new(const struct redis_url *url,
    const struct redis_conn_env *env);
void redis_conn_free(struct redis_conn *c);

/*
 * Copies both; an empty password: no login, an empty user: the default one.
 * Takes effect at the next connection.
 */
void redis_conn_login(struct redis_conn *c, const char *user,
    const char *password);

/*
 * Reads the certificates for a URL with TLS; for others it does nothing.
 * Before the first connection, and again whenever they changed: that takes
 * effect at the next one.  False after a reason in err; what was read before
 * stays.
 */
bool redis_conn_tls(struct redis_conn *c, const struct tls_config *config,
    char *err, size_t err_size);

/*
 * Of a REDIS_NODE: the node to connect to from now on, NULL for none.  A
 * connection to another one ends soon, never within the call.
 */
void redis_conn_aim(struct redis_conn *c, const struct endpoint *place);
/* redis_route_read_ask, of an error that this connection gave. */
bool redis_conn_asks(const struct redis_conn *c, const char *error,
    struct endpoint *place);

bool redis_conn_is_up(const struct redis_conn *c);
/* The way was refused until somebody changes something; tried again later. */
bool redis_conn_is_refused(const struct redis_conn *c);
/* Somebody has: tries now, unless it is connected. */
void redis_conn_retry(struct redis_conn *c);
/* The first attempt to connect is over, well or not. */
bool redis_conn_has_tried(const struct redis_conn *c);
/* Commands that may be sent before REDIS_CONN_PENDING are unanswered. */
size_t redis_conn_room(const struct redis_conn *c);
/* Commands sent and not answered. */
size_t redis_conn_pending(const struct redis_conn *c);
/* Bytes that wait for the socket. */
size_t redis_conn_backlog(const struct redis_conn *c);

/*
 * Sends a command; only when up and with room.  Returns its length on the
 * wire; 0 if it couldn't be sent, in which case the connection ends.
 */
size_t redis_conn_send(struct redis_conn *c, uint32_t tag, int argc,
    const char *const *argv, const size_t *lens);

/* Ends the connection soon: never within the call. */
void redis_conn_reset(struct redis_conn *c, const char *reason);
/*
 * The server does what it is asked for: the next attempt comes early again,
 * and the log has one line if its last was a loss.
 */
void redis_conn_well(struct redis_conn *c);

#endif

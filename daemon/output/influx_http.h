/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POSTs to one HTTP server, one at a time, over libevent's client.
 *
 * The connection is kept for the next one and made anew when it is gone.
 * Every POST ends within 40 s with an answer or without one, and an answer is
 * bounded.  Nothing here waits.
 */
#ifndef DAEMON_OUTPUT_INFLUX_HTTP_H
#define DAEMON_OUTPUT_INFLUX_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/output/influx_url.h"
#include "dissect/text.h"

struct influx_http;
struct loop;
struct tls;

struct influx_http_answer {
	int status; /* 0: no answer came */
	int retry_after; /* seconds; -1: it doesn't say */
	bool too_late; /* none came in time */
	bool untrusted; /* none: TLS came to nothing by a certificate */
	char text[TEXT_MAX + 4]; /* of the body, or why there is none */
};

struct influx_http_env {
	struct loop *loop;
	/* Never called within influx_http_post. */
	void (*on_answer)(void *arg, const struct influx_http_answer *answer);
	void *arg;
	void (*on_socket)(void *arg, int fd); /* output_env's, or NULL */
	void *socket_arg;
};

/* Copies both; NULL when out of memory. */
struct influx_http *influx_http_new(const struct influx_url *url,
    const struct influx_http_env *env);
/* NULL is fine; what is under way has no answer. */
void influx_http_free(struct influx_http *h);

/*
 * From the next connection on: TLS, borrowed, or none.  The next POST has one.
 */
void influx_http_tls(struct influx_http *h, struct tls *tls);
/* The value of the header Authorization, copied; empty: none. */
void influx_http_login(struct influx_http *h, const char *authorization);

/*
 * Sends a body that is gzip'd, copied.  Only when the last has had its answer.
 */
void influx_http_post(struct influx_http *h, const void *body, size_t len);

/* Connections over which an answer came. */
uint64_t influx_http_connects(const struct influx_http *h);

#endif

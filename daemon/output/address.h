/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a server is: HOST:PORT or the path of a unix socket, taken apart.
 * Opens and resolves nothing.
 */
#ifndef DAEMON_OUTPUT_ADDRESS_H
#define DAEMON_OUTPUT_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ADDRESS_HOST = 256,
	ADDRESS_PATH = 108,
	ADDRESS_LABEL = 384,
	ENDPOINT_TEXT = ADDRESS_HOST + 8
};

struct endpoint {
	char host[ADDRESS_HOST]; /* a name or an address, without [ ] */
	uint16_t port;
};

struct address {
	struct endpoint at;
	char path[ADDRESS_PATH]; /* of a unix socket; empty: the endpoint */
};

/*
 * Parses n bytes of "host:port", "[v6]:port" or, with a default_port that
 * isn't 0, the host alone.  False after a reason in *why; a user or password
 * before the host is refused.
 */
bool endpoint_parse(struct endpoint *p, const char *s, size_t n,
    uint16_t default_port, const char **why);
/* A host and a port that somebody has told, who is not believed. */
bool endpoint_set(struct endpoint *p, const char *host, size_t host_len,
    const char *port, size_t port_len);
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
/* HOST:PORT or [HOST]:PORT; returns out. */
const char *endpoint_print(const struct endpoint *p, char out[ENDPOINT_TEXT]);

/* A decimal of at most five digits and at most max. */
bool address_number(unsigned *out, const char *s, size_t n, unsigned max);

/* As endpoint_parse. */
bool address_parse(struct address *a, const char *s, size_t n,
    uint16_t default_port, const char **why);

/* Parses what stands behind "unix:"; the same. */
bool address_parse_path(struct address *a, const char *s, const char **why);

/* Writes scheme and address, as a URL has them. */
void address_label(const struct address *a, const char *scheme,
    char label[ADDRESS_LABEL]);

#endif

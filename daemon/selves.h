/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own connections, so that their packets can be left out.
 *
 * A sensor that captures the interface over which it publishes would count
 * what it publishes, and publish that.  Outputs name their sockets when they
 * connect; a packet of such a connection, either way, is ours by its exact
 * addresses, ports and protocol, as is one that comes through a tunnel.
 * Fragments without ports are nobody's.
 *
 * A connection is ours until a minute after its socket has gone: so long the
 * kernel gives nobody else its ports.
 */
#ifndef DAEMON_SELVES_H
#define DAEMON_SELVES_H

#include <stdbool.h>
#include <stdint.h>

#include "dissect/pkt.h"

enum {
	SELVES_MAX = 32, /* connections; a new one takes the oldest's place */
	SELVES_LINGER_S = 60
};

struct self {
	struct tuple out; /* from us; only addresses, ports, protocol, flags */
	int fd; /* -1: the socket has gone */
	int64_t gone_ns; /* monotonic */
};

struct selves {
	unsigned n;
	struct self v[SELVES_MAX]; /* the oldest first */
};

/*
 * Takes note of a socket that has begun to connect (or a datagram socket that
 * is connected).  What is not of the Internet is passed over.
 */
void selves_add(struct selves *s, int fd);

/* Forgets those whose sockets went long ago; to be called every few seconds. */
void selves_check(struct selves *s, int64_t mono_ns);

/* As selves_are, with at least one connection. */
bool selves_have(const struct selves *s, const struct tuple *t);

/* Whether a packet is ours. */
static inline bool
selves_are(const struct selves *s, const struct pkt *pkt)
{
	return s->n > 0 && selves_have(s, &pkt->tuple);
}

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/selves.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static const int64_t ns_per_s = 1000000000;

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage room;
};

/* Writes an address as a tuple holds it; false: it is not the Internet's. */
static bool
take(const union address *a, uint8_t addr[16], uint16_t *port, uint8_t *flags)
{
	const struct in6_addr *v6 = &a->v6.sin6_addr;

	if (a->any.sa_family == AF_INET) {
		memcpy(addr, &a->v4.sin_addr, 4);
		*port = ntohs(a->v4.sin_port);
	} else if (a->any.sa_family != AF_INET6) {
		return false;
	} else if (IN6_IS_ADDR_V4MAPPED(v6)) {
		memcpy(addr, v6->s6_addr + 12, 4);
		*port = ntohs(a->v6.sin6_port);
	} else {
		memcpy(addr, v6, 16);
		*port = ntohs(a->v6.sin6_port);
		*flags |= TUPLE_V6;
	}
	return *port != 0;
}

/* The tuple of what a socket sends; false: it has none. */
static bool
tuple_of(int fd, struct tuple *t)
{
	union address us = { 0 }, them = { 0 };
	socklen_t n = sizeof(us);
	int protocol;
	socklen_t p = sizeof(protocol);

	memset(t, 0, sizeof(*t));
	/*
	 * getpeername says nothing before there is an answer; SO_PEERNAME does,
	 * but refuses more room than it needs: as much as our own address.
	 */
	if (getsockname(fd, &us.any, &n) != 0 || n > sizeof(us) ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &them, &n) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &p) != 0)
		return false;
	t->proto = (uint8_t)protocol;
	t->flags = TUPLE_PORTS;
	return take(&us, t->src, &t->sport, &t->flags) &&
	    take(&them, t->dst, &t->dport, &t->flags);
}

static bool
same(const struct tuple *a, const struct tuple *b)
{
	return a->sport == b->sport && a->dport == b->dport &&
	    a->proto == b->proto && a->flags == b->flags &&
	    memcmp(a->src, b->src, sizeof(a->src)) == 0 &&
	    memcmp(a->dst, b->dst, sizeof(a->dst)) == 0;
}

static bool
reverse(const struct tuple *a, const struct tuple *b)
{
	return a->sport == b->dport && a->dport == b->sport &&
	    a->proto == b->proto && a->flags == b->flags &&
	    memcmp(a->src, b->dst, sizeof(a->src)) == 0 &&
	    memcmp(a->dst, b->src, sizeof(a->dst)) == 0;
}

bool
selves_have(const struct selves *s, const struct tuple *t)
{
	for (unsigned i = 0; i < s->n; i++)
		if (same(t, &s->v[i].out) || reverse(t, &s->v[i].out))
			return true;
	return false;
}

static void
forget(struct selves *s, unsigned i)
{
	s->n--;
	memmove(&s->v[i], &s->v[i + 1], (s->n - i) * sizeof(s->v[0]));
}

void
selves_add(struct selves *s, int fd)
{
	struct self self = { .fd = fd };

	if (!tuple_of(fd, &self.out))
		return;
	for (unsigned i = 0; i < s->n; i++)
		if (same(&s->v[i].out, &self.out)) {
			s->v[i].fd = fd;
			return;
		}
	if (s->n == SELVES_MAX)
		forget(s, 0);
	s->v[s->n++] = self;
}

void
selves_check(struct selves *s, int64_t mono_ns)
{
	struct tuple t;

	for (unsigned i = 0; i < s->n;) {
		struct self *self = &s->v[i];

		/* Its number may be another socket's by now. */
		if (self->fd >= 0 &&
		    !(tuple_of(self->fd, &t) && same(&t, &self->out))) {
			self->fd = -1;
			self->gone_ns = mono_ns;
		}
		if (self->fd < 0 &&
		    mono_ns - self->gone_ns > SELVES_LINGER_S * ns_per_s)
			forget(s, i);
		else
			i++;
	}
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Our own connections, with real sockets on the loopback interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/selves.h"

#define S INT64_C(1000000000)

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static union address
loopback(int family, uint16_t port)
{
	union address a = { 0 };

	a.any.sa_family = (sa_family_t)family;
	if (family == AF_INET) {
		a.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		a.v4.sin_port = htons(port);
	} else {
		a.v6.sin6_addr = in6addr_loopback;
		a.v6.sin6_port = htons(port);
	}
	return a;
}

/* A socket connected to a datagram socket, whose port is in *port. */
static int
connected(int family, int *server, uint16_t *port)
{
	union address a = loopback(family, 0);
	socklen_t n = sizeof(a);
	int fd = socket(family, SOCK_DGRAM, 0);

	*server = socket(family, SOCK_DGRAM, 0);
	if (*server < 0 || bind(*server, &a.any, sizeof(a)) != 0)
		return -1;
	assert_int_equal(getsockname(*server, &a.any, &n), 0);
	*port = ntohs(family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
	assert_int_equal(connect(fd, &a.any, sizeof(a)), 0);
	return fd;
}

static uint16_t
local_port(int fd)
{
	union address a;
	socklen_t n = sizeof(a);

	assert_int_equal(getsockname(fd, &a.any, &n), 0);
	return ntohs(
	    a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
}

static struct pkt
packet(int family, uint8_t proto, uint16_t sport, uint16_t dport)
{
	static const uint8_t v4[] = { 127, 0, 0, 1 };
	struct pkt p = { 0 };

	p.tuple.proto = proto;
	p.tuple.flags = TUPLE_PORTS;
	p.tuple.sport = sport;
	p.tuple.dport = dport;
	if (family == AF_INET6) {
		p.tuple.flags |= TUPLE_V6;
		p.tuple.src[15] = p.tuple.dst[15] = 1;
	} else {
		memcpy(p.tuple.src, v4, sizeof(v4));
		memcpy(p.tuple.dst, v4, sizeof(v4));
	}
	/* Where it was seen says nothing of whose it is. */
	p.tuple.vlan[0] = 7;
	p.tuple.n_vlans = 1;
	p.tuple.source = 3;
	return p;
}

static void
check_family(int family)
{
	struct selves s = { 0 };
	uint16_t there = 0, here;
	int server, fd = connected(family, &server, &there);
	struct pkt p;

	if (fd < 0)
		skip();
	here = local_port(fd);
	p = packet(family, IPPROTO_UDP, here, there);
	assert_false(selves_are(&s, &p));
	selves_add(&s, fd);
	selves_add(&s, fd);
	assert_int_equal(s.n, 1);
	assert_true(selves_are(&s, &p));
	p = packet(family, IPPROTO_UDP, there, here);
	assert_true(selves_are(&s, &p));

	p = packet(family, IPPROTO_TCP, here, there);
	assert_false(selves_are(&s, &p));
	p = packet(family, IPPROTO_UDP, (uint16_t)(here ^ 1), there);
	assert_false(selves_are(&s, &p));
	p = packet(family, IPPROTO_UDP, there, there);
	assert_false(selves_are(&s, &p));
	p = packet(family == AF_INET ? AF_INET6 : AF_INET, IPPROTO_UDP, here,
	    there);
	assert_false(selves_are(&s, &p));
	p = packet(family, IPPROTO_UDP, here, there);
	p.tuple.dst[15] ^= 2;
	assert_false(selves_are(&s, &p));
	p = packet(family, IPPROTO_UDP, 0, 0);
	p.tuple.flags &= (uint8_t)~TUPLE_PORTS;
	assert_false(selves_are(&s, &p));
	close(fd);
	close(server);
}

static void
test_both_ways_and_exactly(void **state)
{
	(void)state;
	check_family(AF_INET);
}

static void
test_version_6(void **state)
{
	(void)state;
	check_family(AF_INET6);
}

/* Nobody answers: there is no peer yet, but its packets are on their way. */
static void
test_a_connection_that_is_being_made(void **state)
{
	union address a = loopback(AF_INET, 0);
	struct selves s = { 0 };
	int listener = socket(AF_INET, SOCK_STREAM, 0), fds[8];
	socklen_t n = sizeof(a);
	struct pkt p;
	uint16_t port;

	(void)state;
	assert_int_equal(bind(listener, &a.any, sizeof(a)), 0);
	assert_int_equal(listen(listener, 0), 0);
	assert_int_equal(getsockname(listener, &a.any, &n), 0);
	port = ntohs(a.v4.sin_port);
	/* Its queue fills up: later ones get no answer. */
	for (unsigned i = 0; i < 8; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fds[i], &a.any, sizeof(a));
		selves_add(&s, fds[i]);
		p = packet(AF_INET, IPPROTO_TCP, local_port(fds[i]), port);
		assert_true(selves_are(&s, &p));
	}
	n = sizeof(a);
	assert_int_not_equal(getpeername(fds[7], &a.any, &n), 0);
	for (unsigned i = 0; i < 8; i++)
		close(fds[i]);
	close(listener);
}

static void
test_a_closed_one_lingers_and_goes(void **state)
{
	struct selves s = { 0 };
	uint16_t there = 0, here;
	int server, fd = connected(AF_INET, &server, &there);
	struct pkt p;

	(void)state;
	here = local_port(fd);
	p = packet(AF_INET, IPPROTO_UDP, here, there);
	selves_add(&s, fd);
	selves_check(&s, 100 * S);
	selves_check(&s, 1000 * S);
	assert_true(selves_are(&s, &p));
	/* Another socket may get its number. */
	close(fd);
	assert_int_equal(dup(server), fd);
	selves_check(&s, 1001 * S);
	selves_check(&s, 1061 * S);
	assert_true(selves_are(&s, &p));
	selves_check(&s, 1062 * S);
	assert_false(selves_are(&s, &p));
	assert_int_equal(s.n, 0);
	close(fd);
	close(server);
}

static void
test_the_oldest_makes_room(void **state)
{
	struct selves s = { 0 };
	uint16_t there, first = 0;
	int server = -1, fd = -1;
	struct pkt p;

	(void)state;
	for (unsigned i = 0; i <= SELVES_MAX; i++) {
		fd = connected(AF_INET, &server, &there);
		selves_add(&s, fd);
		p = packet(AF_INET, IPPROTO_UDP, local_port(fd), there);
		if (i == 0)
			first = s.v[0].out.sport;
		close(fd);
		close(server);
	}
	assert_int_equal(s.n, SELVES_MAX);
	assert_true(selves_are(&s, &p));
	assert_int_not_equal(s.v[0].out.sport, first);
}

static void
test_what_has_no_peer_is_passed_over(void **state)
{
	struct selves s = { 0 };
	int fds[2], fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)state;
	selves_add(&s, fd);
	selves_add(&s, -1);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	selves_add(&s, fds[0]);
	assert_int_equal(pipe(&fds[0]), 0);
	selves_add(&s, fds[0]);
	assert_int_equal(s.n, 0);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways_and_exactly),
		cmocka_unit_test(test_version_6),
		cmocka_unit_test(test_a_connection_that_is_being_made),
		cmocka_unit_test(test_a_closed_one_lingers_and_goes),
		cmocka_unit_test(test_the_oldest_makes_room),
		cmocka_unit_test(test_what_has_no_peer_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A DNS server for the tests of the resolver, in the test's loop and on a
 * loopback port of its own, that answers well, badly or not at all: the first
 * byte of the address that it is asked for says how.
 */
#ifndef TESTS_LIB_DNS_SERVER_H
#define TESTS_LIB_DNS_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/loop.h"

enum how {
	NAME = 10, /* h-2-3-4.Example */
	NO_SUCH_NAME,
	SILENCE,
	GARBAGE,
	WRONG_ID,
	WRONG_QUESTION,
	SERVFAIL,
	REFUSED,
	NO_DATA,
	TRUNCATED,
	POINTER_LOOP,
	BEHIND_CNAME,
	RAW, /* the labels in raw */
	CUT, /* the bytes of a good answer, as many as the address's last */
	TWICE,
	FORGED /* a wrong answer from elsewhere before the right one */
};

static struct loop_event *readable;
static int server = -1, elsewhere = -1;
static char address[32];
static unsigned n_asked; /* questions that the server got */
static bool is_dead; /* the server is silent, whatever it is asked */
static bool is_foreign; /* it was asked for anything but a PTR of ours */
static uint8_t raw[300];
static size_t n_raw;
static uint32_t ttl;

/* The address that a question asks for; false if it is no such question. */
static inline bool
asked_for(const uint8_t *q, size_t n, uint8_t addr[4], bool *is_v6)
{
	char name[300] = "";
	size_t at = 12, out = 0;
	unsigned a[4];
	int end = 0;

	while (at < n && q[at] != 0 && out + q[at] + 2 < sizeof(name)) {
		memcpy(name + out, q + at + 1, q[at]);
		out += q[at];
		name[out++] = '.';
		at += q[at] + 1u;
	}
	for (size_t i = 0; i < out; i++)
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] = (char)(name[i] | 0x20);
	*is_v6 = strstr(name, ".ip6.arpa.") != NULL;
	if (at + 5 != n || memcmp(q + at, "\0\0\x0c\0\1", 5) != 0)
		return false;
	if (*is_v6)
		return strlen(name) == 73 && name[62] == '2';
	if (sscanf(name, "%u.%u.%u.%u.in-addr.arpa.%n", &a[3], &a[2], &a[1],
		&a[0], &end) != 4 ||
	    end != (int)out)
		return false;
	for (int i = 0; i < 4; i++)
		addr[i] = (uint8_t)a[i];
	return true;
}

struct reply {
	uint8_t bytes[1500];
	size_t n;
};

static inline void
put(struct reply *p, const void *bytes, size_t n)
{
	memcpy(p->bytes + p->n, bytes, n);
	p->n += n;
}

static inline void
put16(struct reply *p, unsigned value)
{
	uint8_t b[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	put(p, b, 2);
}

static inline void
put32(struct reply *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p, value & 0xffff);
}

/* A record of the question's name. */
static inline void
put_record(struct reply *p, unsigned type, const void *data, size_t n)
{
	put16(p, 0xc00c);
	put16(p, type);
	put16(p, 1);
	put32(p, ttl);
	put16(p, (unsigned)n);
	put(p, data, n);
}

static inline void
begin(struct reply *p, const uint8_t *q, size_t n, unsigned flags,
    unsigned n_answers)
{
	p->n = 0;
	put(p, q, n);
	p->bytes[2] = (uint8_t)(0x84 | flags >> 8);
	p->bytes[3] = (uint8_t)(0x80 | flags);
	p->bytes[7] = (uint8_t)n_answers;
}

static inline void
good(struct reply *p, const uint8_t *q, size_t n, const uint8_t *addr)
{
	uint8_t name[64];
	int len = snprintf((char *)name + 1, 32, "h-%u-%u-%u", addr[1], addr[2],
	    addr[3]);

	name[0] = (uint8_t)len;
	memcpy(name + 1 + len, "\7Example", 9);
	begin(p, q, n, 0, 1);
	put_record(p, 12, name, (size_t)len + 10);
}

static inline void
compose(struct reply *p, const uint8_t *q, size_t n, const uint8_t *addr)
{
	static const struct {
		enum how how;
		unsigned flags;
	} errors[] = { { NO_SUCH_NAME, 3 }, { SERVFAIL, 2 }, { REFUSED, 5 },
		{ NO_DATA, 0 }, { TRUNCATED, 0x200 } };

	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (addr[0] == errors[i].how) {
			begin(p, q, n, errors[i].flags, 0);
			return;
		}
	good(p, q, n, addr);
	if (addr[0] == GARBAGE) {
		memset(p->bytes + 2, 0xff, 200);
		p->n = 202;
	} else if (addr[0] == WRONG_ID) {
		p->bytes[0] ^= 0x55;
	} else if (addr[0] == WRONG_QUESTION) {
		p->bytes[13] ^= 1;
	} else if (addr[0] == POINTER_LOOP) {
		begin(p, q, n, 0, 1);
		put_record(p, 12, "\xc0\x00", 2);
		p->bytes[p->n - 1] = (uint8_t)(p->n - 2);
	} else if (addr[0] == BEHIND_CNAME) {
		begin(p, q, n, 0, 2);
		put_record(p, 5, "\1a\1b", 5);
		put_record(p, 12, "\3two\5names", 11);
	} else if (addr[0] == RAW) {
		begin(p, q, n, 0, 1);
		put_record(p, 12, raw, n_raw);
	} else if (addr[0] == CUT) {
		p->n = addr[3];
	}
}

static inline void
serve(void *arg)
{
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	uint8_t q[600], addr[4] = { NAME, 6, 6, 6 };
	struct reply reply;
	bool is_v6;
	ssize_t n = recvfrom(server, q, sizeof(q), 0, (struct sockaddr *)&from,
	    &from_len);

	(void)arg;
	assert_true(n >= 12);
	n_asked++;
	if (!asked_for(q, (size_t)n, addr, &is_v6))
		is_foreign = true;
	if (is_dead || addr[0] == SILENCE)
		return;
	compose(&reply, q, (size_t)n, addr);
	if (addr[0] == FORGED)
		sendto(elsewhere, reply.bytes, reply.n, 0,
		    (struct sockaddr *)&from, from_len);
	if (addr[0] == FORGED)
		reply.bytes[reply.n - 2] ^= 4;
	for (int i = 0; i < (addr[0] == TWICE ? 2 : 1); i++)
		sendto(server, reply.bytes, reply.n, 0,
		    (struct sockaddr *)&from, from_len);
}

static inline int
loopback_socket(char text[32], uint32_t addr)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(addr) };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	snprintf(text, 32, "127.0.0.1:%u", ntohs(sa.sin_port));
	return fd;
}

static inline void
dns_server_begin(struct loop *loop)
{
	char other[32];

	server = loopback_socket(address, INADDR_LOOPBACK);
	elsewhere = loopback_socket(other, INADDR_LOOPBACK + 1);
	readable = loop_readable(loop, server, serve, NULL);
	n_asked = 0;
	is_dead = is_foreign = false;
	ttl = 300;
}

/* After the loop, which frees its events. */
static inline void
dns_server_end(void)
{
	close(server);
	close(elsewhere);
	assert_false(is_foreign);
}

/* What RAW answers: a name as labels, ended by the root. */
static inline void
labels(const char *first, size_t len, unsigned times, const char *last)
{
	n_raw = 0;
	for (unsigned i = 0; i < times; i++) {
		raw[n_raw++] = (uint8_t)len;
		memcpy(raw + n_raw, first, len);
		n_raw += len;
	}
	if (last != NULL) {
		raw[n_raw++] = (uint8_t)strlen(last);
		memcpy(raw + n_raw, last, strlen(last));
		n_raw += strlen(last);
	}
	raw[n_raw++] = 0;
}

#endif

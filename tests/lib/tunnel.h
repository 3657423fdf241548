/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cases for the tests of tunnels: a payload, put into IPv4 or UDP with true
 * lengths, is run at every shorter length and must lead to a certain flow.
 */
#ifndef TESTS_LIB_TUNNEL_H
#define TESTS_LIB_TUNNEL_H

#include "tests/lib/frame.h"

/* clang-format off */
/* An empty datagram of 28 bytes that differs from those of frame.h. */
#define INNER4                                                          \
	"\x45\x00\x00\x1c" "\x00\x02\x00\x00" "\x40\x11\x8e\x99"        \
	"\xc0\x00\x02\x01" "\xc6\x33\x64\x01" UDP("\x00\x08")
#define INNER4_FLOW "192.0.2.1.1000 > 198.51.100.1.9 17"
/* The same in a frame of 42 bytes. */
#define INNER_FRAME ETH4 INNER4
/* clang-format on */

/*
 * need: how many bytes of the payload make the verdict OK, as in frame.h.
 * n_ip: how many IP headers there are, the outer one too.  The flow is "" where
 * it is the outer one's.
 */
struct tunnel_case {
	const char *name;
	enum verdict verdict;
	size_t need;
	unsigned n_ip;
	const char *flow;
	const char *bytes;
	size_t n;
};

#define TUNNEL(name, verdict, need, n_ip, flow, ...)          \
	{                                                     \
		name, verdict, need, n_ip, flow, __VA_ARGS__, \
		    sizeof(__VA_ARGS__) - 1                   \
	}

/* Writes the packet: in UDP from port 1000 if port is not 0, else in IPv4. */
static inline size_t
tunnel_build(uint8_t *out, uint8_t proto, uint16_t port, const void *payload,
    size_t n)
{
	size_t len;

	if (port != 0)
		return frame_build(out, 17, port, payload, n);
	memcpy(out, ETH4 IP4("\x45", "\x00\x00", "\x00\x00", "\x00"), 34);
	memcpy(out + 34, payload, n);
	len = 20 + n;
	out[16] = (uint8_t)(len >> 8);
	out[17] = (uint8_t)len;
	out[23] = proto;
	return 14 + len;
}

static inline const struct pkt *
tunnel_run(const struct tunnel_case *c, uint8_t proto, uint16_t port)
{
	static uint8_t bytes[4096];
	static const uint8_t outer[8] = { 10, 0, 0, 1, 10, 0, 0, 2 };
	struct frame f = { c->name, 1, c->verdict, 0, (const char *)bytes, 0 };
	const struct pkt *p;

	f.n = tunnel_build(bytes, proto, port, c->bytes, c->n);
	if (c->need > 0)
		f.need = f.n - c->n + c->need;
	p = frame_run(&f);
	if (p->n_ip != c->n_ip)
		fail_msg("%s: %u IP headers", c->name, p->n_ip);
	if (c->flow[0] != '\0')
		assert_string_equal(frame_flow(p), c->flow);
	else
		assert_memory_equal(p->tuple.src, outer, 4);
	assert_int_equal(p->net, NET_IP4);
	if (p->n_ip < 2)
		return p;
	if (p->tunnel == 0)
		fail_msg("%s: no tunnel", c->name);
	assert_memory_equal(p->outer.src, outer, 4);
	assert_memory_equal(p->outer.dst, outer + 4, 4);
	assert_int_equal(p->outer_len, f.n - 14);
	assert_int_equal(p->outer.dport, port);
	return p;
}

static inline void
tunnel_cases(const struct tunnel_case *cases, size_t n, uint8_t proto,
    uint16_t port)
{
	for (size_t i = 0; i < n; i++)
		tunnel_run(&cases[i], proto, port);
}

#define TUNNEL_CASES(cases, proto, port) \
	tunnel_cases(cases, sizeof(cases) / sizeof((cases)[0]), proto, port)

/*
 * Runs a query of DNS that comes from the tunnel's port: it must be read as
 * what it is.
 */
static inline void
tunnel_passing_source(uint16_t port)
{
	static const char query[] = "\x12\x34\x01\x00\x00\x01"
				    "\x00\x00\x00\x00\x00\x00"
				    "\x01"
				    "a\x00\x00\x01\x00\x01";
	static uint8_t bytes[128];
	size_t n = frame_build(bytes, 17, 53, query, sizeof(query) - 1);
	const struct pkt *p;

	bytes[34] = (uint8_t)(port >> 8);
	bytes[35] = (uint8_t)port;
	p = frame_once(1, bytes, n, n);
	assert_int_equal(p->verdict, DISSECT_OK);
	assert_int_equal(p->tunnel, 0);
	assert_true(p->messages.n > 0);
	assert_string_equal(p->messages.m[0].name, "a");
}

#endif

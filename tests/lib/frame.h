/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames for the tests of dissectors: a string literal per header, and a run
 * that also cuts the frame at every shorter length.
 */
#ifndef TESTS_LIB_FRAME_H
#define TESTS_LIB_FRAME_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "dissect/dissect.h"
#include "dissect/text.h"
#include "tests/lib/guard.h"

/* clang-format off */
#define MACS "\x02\x00\x00\x00\x00\x01" "\x02\x00\x00\x00\x00\x02"
#define ETH(type) MACS type
#define ETH4 ETH("\x08\x00")
#define ETH6 ETH("\x86\xdd")
/* From 10.0.0.1 to 10.0.0.2. */
#define IP4(vihl, len, frag, proto)                                     \
	vihl "\x00" len "\x00\x01" frag "\x40" proto "\x00\x00"         \
	"\x0a\x00\x00\x01" "\x0a\x00\x00\x02"
/* From 2001:db8::1 to 2001:db8::2. */
#define IP6(len, next)                                                  \
	"\x60\x00\x00\x00" len next "\x40"                              \
	"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" \
	"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02"
/* From port 1000 to port 9. */
#define UDP(len) "\x03\xe8" "\x00\x09" len "\x00\x00"
/* From port 1000 to port 80. */
#define TCP(offset)                                                     \
	"\x03\xe8" "\x00\x50" "\x00\x00\x00\x01" "\x00\x00\x00\x02"     \
	offset "\x10" "\x10\x00" "\x00\x00" "\x00\x00"

/* An empty UDP datagram: what most tests of lower layers carry. */
#define SMALL4 IP4("\x45", "\x00\x1c", "\x00\x00", "\x11") UDP("\x00\x08")
#define SMALL4_FLOW "10.0.0.1.1000 > 10.0.0.2.9 17"
#define SMALL6 IP6("\x00\x08", "\x11") UDP("\x00\x08")
#define SMALL6_FLOW "2001:db8::1.1000 > 2001:db8::2.9 17"
/* clang-format on */

/*
 * need is how many captured bytes make the verdict of a good frame OK: with
 * fewer it must be SHORT.  0: it is not told (application data).
 */
struct frame {
	const char *name;
	int dlt;
	enum verdict verdict;
	size_t need;
	const char *bytes;
	size_t n;
};

#define FRAME(name, dlt, verdict, need, ...)                                   \
	{                                                                      \
		name, dlt, verdict, need, __VA_ARGS__, sizeof(__VA_ARGS__) - 1 \
	}

static struct dissect frame_tables;
static struct pkt frame_pkt;

static inline const struct pkt *
frame_once(int dlt, const void *bytes, size_t caplen, size_t len)
{
	if (frame_tables.n == 0)
		dissect_init(&frame_tables, NULL);
	memset(&frame_pkt, 0xa5, sizeof(frame_pkt));
	dissect_packet(&frame_tables, &frame_pkt, dlt, guard_put(bytes, caplen),
	    (uint32_t)caplen, (uint32_t)len);
	assert_in_range(frame_pkt.n_layers, 0, PKT_LAYERS);
	assert_in_range(frame_pkt.messages.n, 0, MESSAGES_MAX);
	assert_in_range(frame_pkt.tuple.n_vlans, 0, 2);
	for (unsigned i = 0; i < frame_pkt.messages.n; i++) {
		const struct message *m = &frame_pkt.messages.m[i];

		assert_in_range(m->len, 0, NAME_MAX_BYTES);
		assert_int_equal(strlen(m->name), m->len);
	}
	return &frame_pkt;
}

static inline void
frame_cut(const struct frame *f, size_t n)
{
	const struct pkt *p = frame_once(f->dlt, f->bytes, n, f->n);

	if (f->need > 0 &&
	    p->verdict != (n < f->need ? DISSECT_SHORT : DISSECT_OK))
		fail_msg("%s: verdict %d at %zu bytes", f->name, p->verdict, n);
	p = frame_once(f->dlt, f->bytes, n, n);
	if (p->verdict == DISSECT_SHORT)
		fail_msg("%s: short, but whole at %zu bytes", f->name, n);
}

/* Runs the frame at every shorter length, then whole, and returns that. */
static inline const struct pkt *
frame_run(const struct frame *f)
{
	const struct pkt *p;

	for (size_t n = 0; n < f->n; n++)
		frame_cut(f, n);
	p = frame_once(f->dlt, f->bytes, f->n, f->n);
	if (p->verdict != f->verdict)
		fail_msg("%s: verdict %d by %s, not %d", f->name, p->verdict,
		    frame_tables.list[p->failed]->name, f->verdict);
	return p;
}

/* The packet's addresses and ports in one line: "a:p > b:p proto". */
static inline const char *
frame_flow(const struct pkt *p)
{
	static char line[2 * TEXT_ADDR + 40];
	char src[TEXT_ADDR], dst[TEXT_ADDR];
	bool is_v6 = (p->tuple.flags & TUPLE_V6) != 0;

	if (p->ip_len == 0)
		return "";
	text_addr(src, p->tuple.src, is_v6);
	text_addr(dst, p->tuple.dst, is_v6);
	if ((p->tuple.flags & TUPLE_PORTS) != 0)
		snprintf(line, sizeof(line), "%s.%u > %s.%u %u", src,
		    p->tuple.sport, dst, p->tuple.dport, p->tuple.proto);
	else
		snprintf(line, sizeof(line), "%s > %s %u", src, dst,
		    p->tuple.proto);
	return line;
}

/* All names of the packet, one space between them. */
static inline const char *
frame_names(const struct pkt *p)
{
	static char line[MESSAGES_MAX * (NAME_MAX_BYTES + 1) + 1];
	size_t len = 0;

	line[0] = '\0';
	for (unsigned i = 0; i < p->messages.n; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s",
		    i > 0 ? " " : "", p->messages.m[i].name);
	return line;
}

/* Runs the frame and compares what every dissector below the ports fills. */
static inline const struct pkt *
frame_expect(const struct frame *f, enum pkt_net net, uint32_t ip_len,
    const char *flow)
{
	const struct pkt *p = frame_run(f);

	if (p->net != net || p->ip_len != ip_len ||
	    strcmp(frame_flow(p), flow) != 0)
		fail_msg("%s: net %d, %u bytes, %s", f->name, p->net, p->ip_len,
		    frame_flow(p));
	return p;
}

struct frame_case {
	struct frame frame;
	enum pkt_net net;
	uint32_t ip_len;
	const char *flow;
};

static inline void
frame_cases(const struct frame_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		frame_expect(&cases[i].frame, cases[i].net, cases[i].ip_len,
		    cases[i].flow);
}

#define FRAME_CASES(cases) \
	frame_cases(cases, sizeof(cases) / sizeof((cases)[0]))

/* Puts n bytes of payload behind headers with true lengths; returns all. */
static inline size_t
frame_build(uint8_t *out, uint8_t proto, uint16_t dport, const void *payload,
    size_t n)
{
	size_t head = proto == 17 ? 42 : 54;

	if (proto == 17)
		memcpy(out, ETH4 SMALL4, head);
	else
		memcpy(out,
		    ETH4 IP4("\x45", "\x00\x00", "\x00\x00", "\x06")
			TCP("\x50"),
		    head);
	memcpy(out + head, payload, n);
	out[16] = (uint8_t)((head - 14 + n) >> 8);
	out[17] = (uint8_t)(head - 14 + n);
	out[36] = (uint8_t)(dport >> 8);
	out[37] = (uint8_t)dport;
	if (proto == 17) {
		out[38] = (uint8_t)((8 + n) >> 8);
		out[39] = (uint8_t)(8 + n);
	}
	return head + n;
}

/*
 * Runs a payload whole, in a packet of its own at every shorter length, and
 * cut by the snaplen at every length; names never come before their bytes.
 */
static inline const struct pkt *
frame_payload(uint8_t proto, uint16_t dport, const void *payload, size_t n)
{
	static uint8_t bytes[66000];
	size_t len, head = proto == 17 ? 42 : 54;
	unsigned n_messages = 0;

	for (size_t k = 0; k < n; k++) {
		len = frame_build(bytes, proto, dport, payload, k);
		frame_once(1, bytes, len, len);
		assert_int_not_equal(frame_pkt.verdict, DISSECT_SHORT);
	}
	len = frame_build(bytes, proto, dport, payload, n);
	for (size_t k = 0; k <= len; k++) {
		frame_once(1, bytes, k, len);
		assert_in_range(frame_pkt.messages.n, n_messages, MESSAGES_MAX);
		n_messages = frame_pkt.messages.n;
		if (k < head)
			assert_int_equal(frame_pkt.verdict, DISSECT_SHORT);
	}
	return &frame_pkt;
}

#endif

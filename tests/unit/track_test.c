/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables between packets and what is counted of them, put together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "daemon/track/track.h"

#define S INT64_C(1000000000)

static const struct hash_key keys[TRACK_KEYS] = { { 1, 2 }, { 3, 4 },
	{ 5, 6 } };
static struct dissect dissect;
static struct track *track;
/* What emit was given: how often each kind, and the context. */
static unsigned emitted[MESSAGE_N];
static const struct track_context *emitted_context;

static void
emit(void *arg, const struct track_packet *p, struct message_list *messages)
{
	assert_ptr_equal(arg, &dissect);
	for (unsigned i = 0; i < messages->n; i++)
		emitted[messages->m[i].kind]++;
	messages->n = 0;
	emitted_context = p->context;
}

static int
begin(void **state)
{
	struct track_config c = { .memory = 16 << 20,
		.keys = keys,
		.dissect = &dissect,
		.emit = emit,
		.arg = &dissect };

	(void)state;
	dissect_init(&dissect, NULL);
	memset(emitted, 0, sizeof(emitted));
	track = track_new(&c);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	track_free(track);
	return 0;
}

/* From the client to the server on this port, or back. */
static struct tuple
tuple(uint8_t proto, uint16_t port, bool is_back)
{
	struct tuple t = { .proto = proto, .flags = TUPLE_PORTS };

	memcpy(is_back ? t.dst : t.src, "\xc0\0\2\1", 4);
	memcpy(is_back ? t.src : t.dst, "\xc0\0\2\x35", 4);
	t.sport = is_back ? port : 5000;
	t.dport = is_back ? 5000 : port;
	return t;
}

static const uint8_t query[] = "\0\x10" /* UDP: ports, length, checksum */
			       "\0\x35\0\x25\0\0"
			       "\0\7\1\0\0\1\0\0\0\0\0\0"
			       "\3www\7example\0\0\1\0\1";

static void
test_fragments_become_packets(void **state)
{
	struct fragment f = { .data = query,
		.caplen = 16,
		.len = 16,
		.id = 9,
		.proto = 17 };
	struct pkt *pkt;

	(void)state;
	memcpy(f.src, "\xc0\0\2\1", 4);
	memcpy(f.dst, "\xc0\0\2\x35", 4);
	assert_null(track_fragment(track, &f, S));
	f.data = query + 16;
	f.caplen = f.len = sizeof(query) - 1 - 16;
	f.offset = 16;
	f.is_last = true;
	pkt = track_fragment(track, &f, S);
	assert_non_null(pkt);
	assert_int_equal(pkt->messages.m[0].kind, MESSAGE_DNS_QUERY);
	assert_string_equal(pkt->messages.m[0].name, "www.example");
	assert_memory_equal(pkt->tuple.src, f.src, 16);
	assert_int_equal(pkt->tuple.dport, 53);
	assert_int_equal(pkt->tuple.proto, 17);
}

static void
test_streams_are_read(void **state)
{
	struct track_context context = { 0 };
	uint8_t data[64] = { 0, sizeof(query) - 1 - 8 };
	struct segment s = { .data = data,
		.caplen = 2 + sizeof(query) - 1 - 8,
		.len = 2 + sizeof(query) - 1 - 8,
		.seq = 1,
		.ack = 1,
		.flags = TCP_ACK,
		.window = 100,
		.scale = 255 };
	struct tuple t = tuple(6, 53, false), back = tuple(6, 53, true);
	struct track_packet p = { .tuple = &t,
		.ts_ns = S,
		.context = &context };
	uint8_t app;

	(void)state;
	memcpy(data + 2, query + 8, sizeof(query) - 1 - 8);
	p.hash = conns_hash(track_conns(track), &t);
	app = track_segment(track, &p, &s);
	assert_string_equal(dissect.list[app - 1]->name, "dns");
	/* UDP's and TCP's have one name and so one number. */
	assert_int_equal(dissect.app[app - 1], app);
	assert_int_equal(emitted[MESSAGE_DNS_QUERY], 1);
	data[4] |= 0x80;
	p.tuple = &back;
	p.ts_ns += S / 2;
	s.ack = 1 + s.len;
	assert_int_equal(track_segment(track, &p, &s), app);
	assert_int_equal(emitted[MESSAGE_DNS_RESPONSE], 1);
	assert_ptr_equal(emitted_context, &context);
}

static void
test_figures_are_of_all_tables(void **state)
{
	struct track_stats s;

	(void)state;
	test_fragments_become_packets(state);
	test_streams_are_read(state);
	track_stats(track, &s);
	assert_int_equal(s.fragments.whole, 1);
	assert_int_equal(s.conns.segments, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fragments_become_packets),
		TEST(test_streams_are_read),
		TEST(test_figures_are_of_all_tables),
	};

	return cmocka_run_group_tests_name("track", tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables between packets and meter put together: messages take the same
 * way wherever they come from, and none is lost on it.
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

static const struct hash_key keys[4] = { { 1, 2 }, { 3, 4 }, { 5, 6 },
	{ 7, 8 } };
static struct dissect dissect;
static struct track *track;
/* What emit was given: how often each kind, and the context. */
static unsigned emitted[MESSAGE_N], n_lists;
static void *emitted_context;

static void
emit(void *arg, const struct track_packet *p, struct message_list *messages)
{
	assert_ptr_equal(arg, &dissect);
	for (unsigned i = 0; i < messages->n; i++)
		emitted[messages->m[i].kind]++;
	n_lists += messages->n > 0;
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
	n_lists = 0;
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

/* Puts a DNS message through; the list is what came of it. */
static struct message_list *
dns(enum message_kind kind, uint16_t id, const char *name, int64_t ts_ns)
{
	static struct message_list list;
	struct tuple t = tuple(17, 53, kind == MESSAGE_DNS_RESPONSE);
	struct track_packet p = { .tuple = &t, .ts_ns = ts_ns };

	list.n = 0;
	message_text(&list, kind, name)->value = message_dns(id, 1, false);
	track_messages(track, &p, &list);
	return &list;
}

static void
test_responses_meet_their_queries(void **state)
{
	struct message_list *list;

	(void)state;
	list = dns(MESSAGE_DNS_QUERY, 7, "a.example", S);
	assert_int_equal(list->n, 1);
	list = dns(MESSAGE_DNS_RESPONSE, 7, "a.example", S + 1234000);
	assert_int_equal(list->n, 2);
	assert_int_equal(list->m[1].kind, MESSAGE_DNS_TIME);
	assert_int_equal(list->m[1].value, 1234);
	assert_string_equal(list->m[1].name, "a.example");
	/* A copy of the response is nothing new; another's is an orphan. */
	list = dns(MESSAGE_DNS_RESPONSE, 7, "a.example", S + 1235000);
	assert_int_equal(list->n, 1);
	list = dns(MESSAGE_DNS_RESPONSE, 8, "a.example", S);
	assert_int_equal(list->n, 2);
	assert_int_equal(list->m[1].kind, MESSAGE_DNS_ORPHAN);
}

/* Also more at once than one list has room for. */
static void
test_what_waited_too_long_is_given_up(void **state)
{
	enum { N = 3 * MESSAGES_MAX + 5 };
	int context;

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		char name[32];

		snprintf(name, sizeof(name), "n%u.example", i);
		dns(MESSAGE_DNS_QUERY, (uint16_t)i, name, S);
	}
	track_advance(track, S + TRANSACTIONS_SECONDS * S - 1, &context);
	assert_int_equal(emitted[MESSAGE_DNS_UNANSWERED], 0);
	track_advance(track, S + TRANSACTIONS_SECONDS * S + 1, &context);
	assert_int_equal(emitted[MESSAGE_DNS_UNANSWERED], N);
	assert_int_equal(n_lists, 4);
	assert_ptr_equal(emitted_context, &context);
	track_advance(track, 100 * S, &context);
	assert_int_equal(emitted[MESSAGE_DNS_UNANSWERED], N);
}

static void
test_addresses_get_names(void **state)
{
	struct message_list list = { 0 };
	struct tuple t = tuple(17, 53, true);
	struct track_packet p = { .tuple = &t, .ts_ns = S };
	struct book_entry entry;
	struct message *m;

	(void)state;
	m = message_text(&list, MESSAGE_ADDR_NAME, "www.example.com");
	memset(m->addr, 0, 16);
	memcpy(m->addr, "\xc6\x33\x64\1", 4);
	m->value = NAME_DNS;
	m = message_text(&list, MESSAGE_ADDR_MAC, "00:00:5e:00:53:01");
	memset(m->addr, 0, 16);
	memcpy(m->addr, "\xc6\x33\x64\1", 4);
	assert_false(track_find_name(track, list.m[0].addr, false, &entry));
	track_messages(track, &p, &list);
	assert_int_equal(list.n, 2);
	assert_true(track_find_name(track, list.m[0].addr, false, &entry));
	assert_string_equal(entry.name, "www.example.com");
	assert_string_equal(entry.mac, "00:00:5e:00:53:01");
	assert_int_equal(entry.source, NAME_DNS);
	assert_false(track_find_name(track, list.m[0].addr, true, &entry));
	/* What was asked for by ourselves stands behind what was heard. */
	track_add_name(track, list.m[0].addr, false, "ptr.example", 11, S);
	track_find_name(track, list.m[0].addr, false, &entry);
	assert_string_equal(entry.name, "www.example.com");
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

/* Messages of a stream go the same way: a query over TCP is answered. */
static void
test_streams_are_read_and_named(void **state)
{
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
	struct track_packet p = { .tuple = &t, .ts_ns = S };
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
	assert_int_equal(emitted[MESSAGE_DNS_TIME], 1);
	assert_int_equal(emitted[MESSAGE_DNS_ORPHAN], 0);
}

static void
test_figures_are_of_all_tables(void **state)
{
	struct track_stats s;

	(void)state;
	test_fragments_become_packets(state);
	test_streams_are_read_and_named(state);
	test_addresses_get_names(state);
	track_stats(track, &s);
	assert_int_equal(s.fragments.whole, 1);
	assert_int_equal(s.conns.segments, 2);
	assert_int_equal(s.transactions.answered, 1);
	assert_int_equal(s.book.addresses, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_responses_meet_their_queries),
		TEST(test_what_waited_too_long_is_given_up),
		TEST(test_addresses_get_names),
		TEST(test_fragments_become_packets),
		TEST(test_streams_are_read_and_named),
		TEST(test_figures_are_of_all_tables),
	};

	return cmocka_run_group_tests_name("track", tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* What messages mean together: responses, silence, names of addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "daemon/meter/book.h"
#include "daemon/meter/transactions.h"
#include "tests/lib/halves.h"

#define S INT64_C(1000000000)

static struct dissect dissect;
static struct halves *halves;

static void
on_bin(void *arg, const struct bin *bin)
{
	(void)arg;
	(void)bin;
}

static void
on_report(void *arg, int64_t end_ns)
{
	(void)arg;
	(void)end_ns;
}

static int
begin(void **state)
{
	struct meter_config c = { .bin_ns = S,
		.n_windows = 1,
		.memory = 8 << 20,
		.n_sources = 1,
		.keys = { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 } },
		.on_bin = on_bin,
		.on_report = on_report };

	(void)state;
	dissect_init(&dissect, NULL);
	halves = halves_new(&c, &dissect, 8 << 20);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	halves_free(halves);
	return 0;
}

/* A packet of 100 bytes from a client to its DNS server, or back. */
static struct pkt *
packet(bool is_back)
{
	static struct pkt p;

	memset(&p, 0, sizeof(p));
	p.net = NET_IP4;
	p.ip_len = 100;
	p.tuple.proto = 17;
	p.tuple.flags = TUPLE_PORTS;
	memcpy(is_back ? p.tuple.dst : p.tuple.src, "\xc0\0\2\1", 4);
	memcpy(is_back ? p.tuple.src : p.tuple.dst, "\xc0\0\2\x35", 4);
	p.tuple.sport = is_back ? 53 : 5000;
	p.tuple.dport = is_back ? 5000 : 53;
	return &p;
}

static void
send_dns(enum message_kind kind, uint16_t id, const char *name, int64_t ts_ns)
{
	struct pkt *p = packet(kind == MESSAGE_DNS_RESPONSE);

	message_text(&p->messages, kind, name)->value =
	    message_dns(id, 1, false);
	halves_packet(halves, 0, ts_ns, 114, p);
}

/* How many messages of this kind the window has; all bins are closed. */
static uint64_t
n_of(enum message_kind kind)
{
	return meter_messages(halves->meter)->sums[0].n[kind];
}

static void
test_responses_meet_their_queries(void **state)
{
	(void)state;
	send_dns(MESSAGE_DNS_QUERY, 7, "a.example", S);
	send_dns(MESSAGE_DNS_RESPONSE, 7, "a.example", S + 1234000);
	/* A copy of the response is nothing new; another's is an orphan. */
	send_dns(MESSAGE_DNS_RESPONSE, 7, "a.example", S + 1235000);
	send_dns(MESSAGE_DNS_RESPONSE, 8, "a.example", S + 1236000);
	halves_finish(halves);
	assert_int_equal(n_of(MESSAGE_DNS_TIME), 1);
	assert_int_equal(meter_messages(halves->meter)
			     ->sums[0]
			     .value[MESSAGE_DNS_TIME],
	    1234);
	assert_int_equal(n_of(MESSAGE_DNS_ORPHAN), 1);
	assert_int_equal(meter_transactions(halves->meter)->answered, 1);
}

static void
test_silence_is_counted_once_it_lasts(void **state)
{
	enum { N = 200 };

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		char name[32];

		snprintf(name, sizeof(name), "n%u.example", i);
		send_dns(MESSAGE_DNS_QUERY, (uint16_t)i, name, S);
	}
	halves_packet(halves, 0, S + TRANSACTIONS_SECONDS * S, 114,
	    packet(false));
	halves_packet(halves, 0, S + TRANSACTIONS_SECONDS * S + S, 114,
	    packet(false));
	halves_packet(halves, 0, 100 * S, 114, packet(false));
	halves_finish(halves);
	assert_int_equal(n_of(MESSAGE_DNS_UNANSWERED), N);
	assert_int_equal(meter_transactions(halves->meter)->unanswered, N);
}

static void
test_the_end_does_not_wait_for_answers(void **state)
{
	(void)state;
	send_dns(MESSAGE_DNS_QUERY, 1, "a.example", S);
	halves_finish(halves);
	assert_int_equal(n_of(MESSAGE_DNS_UNANSWERED), 0);
	assert_int_equal(meter_transactions(halves->meter)->waiting, 1);
}

static void
test_addresses_get_names(void **state)
{
	struct pkt *p = packet(true);
	struct book_entry entry;
	uint8_t addr[16] = { 198, 51, 100, 1 };
	struct message *m;

	(void)state;
	m = message_text(&p->messages, MESSAGE_ADDR_NAME, "www.example.com");
	memcpy(m->addr, addr, sizeof(addr));
	m->value = NAME_DNS;
	m = message_text(&p->messages, MESSAGE_ADDR_MAC, "00:00:5e:00:53:01");
	memcpy(m->addr, addr, sizeof(addr));
	assert_false(meter_find_name(halves->meter, addr, false, &entry));
	halves_packet(halves, 0, S, 114, p);
	halves_finish(halves);
	assert_true(meter_find_name(halves->meter, addr, false, &entry));
	assert_string_equal(entry.name, "www.example.com");
	assert_string_equal(entry.mac, "00:00:5e:00:53:01");
	assert_int_equal(entry.source, NAME_DNS);
	assert_false(meter_find_name(halves->meter, addr, true, &entry));
	assert_int_equal(meter_n_names(halves->meter), 1);
	/* What was asked for by ourselves stands behind what was heard. */
	meter_add_name(halves->meter, addr, false, "ptr.example", 11, S);
	meter_find_name(halves->meter, addr, false, &entry);
	assert_string_equal(entry.name, "www.example.com");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_responses_meet_their_queries),
		TEST(test_silence_is_counted_once_it_lasts),
		TEST(test_the_end_does_not_wait_for_answers),
		TEST(test_addresses_get_names),
	};

	return cmocka_run_group_tests_name("notes", tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk: look-up, verdicts, what stays of a packet that fails.
 */
#include "tests/lib/frame.h"

#include "dissect/registry.h"

static void
test_every_dissector_is_found(void **state)
{
	static struct dissect d;

	(void)state;
	dissect_init(&d);
	assert_int_equal(d.n, registry_n);
	for (unsigned i = 0; i < d.n; i++) {
		assert_non_null(d.list[i]->name);
		assert_non_null(d.list[i]->dissect);
		assert_int_equal(d.list[i]->by == BY_TCP_DATA,
		    d.list[i]->probe != NULL);
		assert_int_equal(d.list[i]->by == BY_TCP_DATA,
		    d.list[i]->n_keys == 0);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(d.list[i]->name,
			    d.list[k]->name);
	}
	assert_string_equal(d.list[d.link[1] - 1]->name, "ethernet");
	assert_string_equal(d.list[d.link[0] - 1]->name, "null");
	assert_string_equal(d.list[d.ethertype[0x0800] - 1]->name, "ipv4");
	assert_int_equal(d.n_tcp_data, 2);
}

static void
test_unknown_link_type(void **state)
{
	static const int dlts[] = { 147, 511, 512, 65535, -1 };

	(void)state;
	for (size_t i = 0; i < sizeof(dlts) / sizeof(dlts[0]); i++) {
		const struct pkt *p = frame_once(dlts[i], "abc", 3, 3);

		assert_int_equal(p->verdict, DISSECT_OK);
		assert_int_equal(p->net, NET_UNKNOWN);
		assert_int_equal(p->n_layers, 0);
	}
}

/* All that is not filled is zero: the tuple is hashed as bytes. */
static void
test_tuple_is_all_written(void **state)
{
	static const struct tuple zero;
	struct tuple want = { .src = { 10, 0, 0, 1 },
		.dst = { 10, 0, 0, 2 },
		.sport = 1000,
		.dport = 9,
		.proto = 17,
		.flags = TUPLE_PORTS };

	(void)state;
	assert_memory_equal(&frame_once(1, ETH4 SMALL4, 42, 42)->tuple, &want,
	    sizeof(want));
	assert_memory_equal(&frame_once(1, ETH("\x88\xb5"), 14, 14)->tuple,
	    &zero, sizeof(zero));
}

/* A broken application leaves addresses and ports as they were. */
static void
test_failure_undoes_nothing(void **state)
{
	static const char bytes[] = ETH4 IP4("\x45", "\x00\x1d", "\x00\x00",
	    "\x11") "\x03\xe8\x00\x35\x00\x09\x00\x00"
		    "x";
	const struct pkt *p = frame_once(1, bytes, 43, 43);

	(void)state;
	assert_int_equal(p->verdict, DISSECT_BAD);
	assert_string_equal(frame_tables.list[p->failed]->name, "dns");
	assert_string_equal(frame_flow(p), "10.0.0.1.1000 > 10.0.0.2.53 17");
}

/* The first of the worst verdicts names the dissector. */
static void
test_worst_verdict_stays(void **state)
{
	static const char bytes[] =
	    ETH4 IP4("\x45", "\x01\x00", "\x00\x00", "\x11") UDP("\x00\x07");
	const struct pkt *p = frame_once(1, bytes, 42, 42);

	(void)state;
	assert_int_equal(p->verdict, DISSECT_BAD);
	assert_string_equal(frame_tables.list[p->failed]->name, "ipv4");
}

static void
test_length_below_captured(void **state)
{
	const struct pkt *p = frame_once(1, ETH4 SMALL4, 42, 3);

	(void)state;
	assert_int_equal(p->verdict, DISSECT_OK);
	assert_int_equal(p->ip_len, 28);
}

static void
test_messages_are_bounded(void **state)
{
	static struct pkt pkt;

	(void)state;
	for (unsigned i = 0; i < PKT_MESSAGES + 3; i++)
		pkt_message(&pkt, MESSAGE_DNS_QUERY,
		    guard_put("A\nB\xc3\x9c", 5), 5, i % 2 == 1);
	assert_int_equal(pkt.n_messages, PKT_MESSAGES);
	assert_string_equal(pkt.messages[0].name, "A\\x0aB\xc3\x9c");
	assert_string_equal(pkt.messages[1].name, "a\\x0ab\xc3\x9c");
	assert_int_equal(pkt.messages[1].len, 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_dissector_is_found),
		cmocka_unit_test(test_unknown_link_type),
		cmocka_unit_test(test_tuple_is_all_written),
		cmocka_unit_test(test_failure_undoes_nothing),
		cmocka_unit_test(test_worst_verdict_stays),
		cmocka_unit_test(test_length_below_captured),
		cmocka_unit_test(test_messages_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk: look-up, verdicts, what stays of a packet that fails.
 */
#include "tests/lib/frame.h"

#include "dissect/registry.h"

/* What each description must have, by where it is found. */
static void
check_description(const struct dissector *e)
{
	bool by_tcp = e->by == BY_TCP_PORT || e->by == BY_TCP_DATA;
	bool by_data = e->by == BY_UDP_DATA || e->by == BY_TCP_DATA;

	if (e->name == NULL || (e->dissect == NULL && e->stream == NULL))
		fail_msg("no name or no function: %s", e->name);
	if ((by_tcp || by_data) && e->probe == NULL)
		fail_msg("%s has no probe", e->name);
	if (by_tcp && e->stream == NULL)
		fail_msg("%s can't read a connection", e->name);
	if (by_data != (e->n_keys == 0))
		fail_msg("%s: %u keys", e->name, e->n_keys);
}

static void
test_every_dissector_is_found(void **state)
{
	static struct dissect d;

	(void)state;
	dissect_init(&d, NULL);
	assert_int_equal(d.n, registry_n);
	assert_in_range(d.n, 1, DISSECTORS_MAX);
	assert_in_range(d.tcp_data.n, 1, 64);
	assert_in_range(d.udp_data.n, 0, 64);
	for (unsigned i = 0; i < d.n; i++) {
		check_description(d.list[i]);
		for (unsigned k = 0; k < i; k++)
			/* An application may have several entrances. */
			if (!d.list[i]->is_app || !d.list[k]->is_app)
				assert_string_not_equal(d.list[i]->name,
				    d.list[k]->name);
	}
	assert_string_equal(d.list[d.link[1] - 1]->name, "ethernet");
	assert_string_equal(d.list[d.link[0] - 1]->name, "null");
	assert_string_equal(d.list[d.ethertype[0x0800] - 1]->name, "ipv4");
	assert_string_equal(d.list[d.ip_proto[47] - 1]->name, "gre");
	assert_string_equal(d.list[d.udp_port[4789] - 1]->name, "vxlan");
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

/* A tunnel's port counts only where the bytes are the tunnel's. */
static void
test_other_protocol_on_a_port(void **state)
{
	static const char dns[] = ETH4 IP4("\x45", "\x00\x2f", "\x00\x00",
	    "\x11") "\x21\x18\x00\x35\x00\x1b\x00\x00"
		    "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
		    "\x01"
		    "a\x00\x00\x01\x00\x01";
	const struct pkt *p =
	    frame_once(1, dns, sizeof(dns) - 1, sizeof(dns) - 1);

	(void)state;
	assert_int_equal(p->verdict, DISSECT_OK);
	assert_int_equal(p->tunnel, 0);
	assert_string_equal(p->messages.m[0].name, "a");
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

static uint32_t
digest_of(const void *bytes, size_t n)
{
	return frame_once(1, bytes, n, n)->digest;
}

#define DIGEST(...) digest_of(__VA_ARGS__, sizeof(__VA_ARGS__) - 1)

/* From 10.0.0.1 to 10.0.0.2, with this identification and TTL. */
#define IP4_ID(id, ttl, proto)                                \
	"\x45\x00\x00\x28" id "\x40\x00" ttl proto "\x00\x00" \
	"\x0a\x00\x00\x01"                                    \
	"\x0a\x00\x00\x02"
/* From port 1000 to port 80, these numbers and this checksum. */
#define TCP_SEQ(seq, ack, sum)                           \
	"\x03\xe8"                                       \
	"\x00\x50"                                       \
	"\x00\x00\x00" seq "\x00\x00\x00" ack "\x50\x10" \
	"\x10\x00" sum "\x00\x00"

static void
test_digest_tells_packets_apart(void **state)
{
	uint32_t one = DIGEST(ETH4 IP4_ID("\x00\x01", "\x40", "\x06")
		TCP_SEQ("\x01", "\x01", "\x00\x00"));

	(void)state;
	/* A copy, also from behind a router, and with a tag. */
	assert_int_equal(one,
	    DIGEST(ETH4 IP4_ID("\x00\x01", "\x40", "\x06")
		    TCP_SEQ("\x01", "\x01", "\x00\x00")));
	assert_int_equal(one,
	    DIGEST(ETH("\x81\x00") "\x00\x07\x08\x00" IP4_ID("\x00\x01", "\x3f",
		"\x06") TCP_SEQ("\x01", "\x01", "\x00\x00")));
	/* The next identification, number, acknowledgment, checksum. */
	assert_int_not_equal(one,
	    DIGEST(ETH4 IP4_ID("\x00\x02", "\x40", "\x06")
		    TCP_SEQ("\x01", "\x01", "\x00\x00")));
	assert_int_not_equal(one,
	    DIGEST(ETH4 IP4_ID("\x00\x01", "\x40", "\x06")
		    TCP_SEQ("\x02", "\x01", "\x00\x00")));
	assert_int_not_equal(one,
	    DIGEST(ETH4 IP4_ID("\x00\x01", "\x40", "\x06")
		    TCP_SEQ("\x01", "\x02", "\x00\x00")));
	assert_int_not_equal(one,
	    DIGEST(ETH4 IP4_ID("\x00\x01", "\x40", "\x06")
		    TCP_SEQ("\x01", "\x01", "\x00\x01")));
}

static void
test_digest_of_other_protocols(void **state)
{
	uint32_t udp = DIGEST(
	    ETH6 IP6("\x00\x08", "\x11") "\x03\xe8\x00\x09\x00\x08\x12\x34");
	uint32_t icmp = DIGEST(
	    ETH6 IP6("\x00\x08", "\x3a") "\x80\x00\x12\x34\x00\x01\x00\x01");

	(void)state;
	assert_int_not_equal(udp,
	    DIGEST(ETH6 IP6("\x00\x08",
		"\x11") "\x03\xe8\x00\x09\x00\x08\x12\x35"));
	assert_int_not_equal(icmp,
	    DIGEST(ETH6 IP6("\x00\x08",
		"\x3a") "\x80\x00\x12\x33\x00\x01\x00\x02"));
}

/* A query of DNS in UDP from port 1000, and how many bytes that is. */
#define QUERY                                              \
	"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" \
	"\x01"                                             \
	"a\x00\x00\x01\x00\x01"
#define DNS_QUERY "\x03\xe8\x00\x35\x00\x1b\x00\x00" QUERY

/* What a first fragment begins may end elsewhere: only addresses count. */
static void
test_no_application_in_a_fragment(void **state)
{
	static const char whole[] =
	    ETH4 IP4("\x45", "\x00\x2f", "\x00\x00", "\x11") DNS_QUERY;
	static const char first[] =
	    ETH4 IP4("\x45", "\x00\x2f", "\x20\x00", "\x11") DNS_QUERY;
	const struct pkt *p;

	(void)state;
	p = frame_once(1, whole, sizeof(whole) - 1, sizeof(whole) - 1);
	assert_string_equal(p->messages.m[0].name, "a");
	assert_int_not_equal(p->app, 0);
	p = frame_once(1, first, sizeof(first) - 1, sizeof(first) - 1);
	assert_int_equal(p->verdict, DISSECT_OK);
	assert_int_equal(p->messages.n, 0);
	assert_int_equal(p->app, 0);
	assert_true(p->has_fragment);
	assert_string_equal(frame_flow(p), "10.0.0.1.1000 > 10.0.0.2.53 17");
}

/*
 * A tunnel's first fragment is followed, as the flow that counts is in it, and
 * its inner packet may be longer than the part.
 */
static void
test_tunnel_in_a_fragment(void **state)
{
	static const char first[] = ETH4 IP4("\x45", "\x00\x40", "\x20\x00",
	    "\x11") "\x03\xe8\x12\xb5\x10\x00\x00\x00"
		    "\x08\x00\x00\x00\x00\x00\x01\x00" ETH6 IP6("\x00\x1b",
			"\x11") DNS_QUERY;
	size_t n = sizeof(first) - 1;
	const struct pkt *p;
	char bytes[sizeof(first)];

	(void)state;
	memcpy(bytes, first, sizeof(first));
	bytes[17] = (char)(n - 14);
	p = frame_once(1, bytes, n, n);
	assert_int_equal(p->verdict, DISSECT_OK);
	assert_string_equal(frame_flow(p),
	    "2001:db8::1.1000 > 2001:db8::2.53 17");
	assert_int_equal(p->n_ip, 2);
	assert_int_equal(p->messages.n, 0);
	assert_true(p->has_fragment);
	assert_false(p->fragment.is_v6);
	assert_int_equal(p->fragment.len, n - 34);
	/* The part ends within the inner headers. */
	n -= sizeof(DNS_QUERY) - 1 - 3;
	bytes[17] = (char)(n - 14);
	p = frame_once(1, bytes, n, n);
	assert_int_equal(p->verdict, DISSECT_OK);
	assert_string_equal(frame_flow(p), "2001:db8::1 > 2001:db8::2 17");
}

/* Of fragments within a fragment, the outer one is the one to keep. */
static void
test_fragment_in_a_fragment(void **state)
{
	static const char bytes[] = ETH4 IP4("\x45", "\x00\x30", "\x20\x00",
	    "\x04") IP4("\x45", "\x00\x1c", "\x20\x01", "\x11") "12345678";
	const struct pkt *p =
	    frame_once(1, bytes, sizeof(bytes) - 1, sizeof(bytes) - 1);

	(void)state;
	assert_int_equal(p->n_ip, 2);
	assert_int_equal(p->fragment.proto, 4);
	assert_int_equal(p->fragment.offset, 0);
	assert_int_equal(p->fragment.len, 28);
}

/* A datagram that was put together is read as one that came so. */
static void
test_datagram(void **state)
{
	static const char bytes[] = DNS_QUERY;
	struct fragment f = { .src = { 10, 0, 0, 1 },
		.dst = { 10, 0, 0, 2 },
		.proto = 17 };
	size_t n = sizeof(bytes) - 1;

	(void)state;
	frame_once(1, "", 0, 0); /* fills the tables */
	memset(&frame_pkt, 0xa5, sizeof(frame_pkt));
	dissect_datagram(&frame_tables, &frame_pkt, &f, guard_put(bytes, n),
	    (uint32_t)n);
	assert_int_equal(frame_pkt.verdict, DISSECT_OK);
	assert_int_equal(frame_pkt.net, NET_IP4);
	assert_false(frame_pkt.has_fragment);
	assert_string_equal(frame_flow(&frame_pkt),
	    "10.0.0.1.1000 > 10.0.0.2.53 17");
	assert_string_equal(frame_pkt.messages.m[0].name, "a");
}

static void
test_messages_are_bounded(void **state)
{
	static struct message_list list;
	static const uint8_t address[16] = { 192, 0, 2, 1 };

	(void)state;
	for (unsigned i = 0; i < MESSAGES_MAX; i++)
		message_add(&list, MESSAGE_DNS_QUERY,
		    guard_put("A\nB\xc3\x9c", 5), 5, i % 2 == 1)
		    ->value = i;
	assert_int_equal(list.n, MESSAGES_MAX);
	assert_false(list.exceeded);
	assert_string_equal(list.m[0].name, "A\\x0aB\xc3\x9c");
	assert_string_equal(list.m[1].name, "a\\x0ab\xc3\x9c");
	assert_int_equal(list.m[1].len, 8);
	assert_int_equal(list.m[MESSAGES_MAX - 1].value, MESSAGES_MAX - 1);
	message_text(&list, MESSAGE_DNS_QTYPE, "AAAA");
	message_host(&list, MESSAGE_TCP_FAILED, address, false);
	assert_int_equal(list.n, MESSAGES_MAX);
	assert_true(list.exceeded);
	list.n = 0;
	message_host(&list, MESSAGE_TCP_FAILED, address, false);
	assert_string_equal(list.m[0].name, "192.0.2.1");
	assert_int_equal(list.m[0].value, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_dissector_is_found),
		cmocka_unit_test(test_unknown_link_type),
		cmocka_unit_test(test_tuple_is_all_written),
		cmocka_unit_test(test_other_protocol_on_a_port),
		cmocka_unit_test(test_failure_undoes_nothing),
		cmocka_unit_test(test_worst_verdict_stays),
		cmocka_unit_test(test_length_below_captured),
		cmocka_unit_test(test_digest_tells_packets_apart),
		cmocka_unit_test(test_digest_of_other_protocols),
		cmocka_unit_test(test_no_application_in_a_fragment),
		cmocka_unit_test(test_tunnel_in_a_fragment),
		cmocka_unit_test(test_fragment_in_a_fragment),
		cmocka_unit_test(test_datagram),
		cmocka_unit_test(test_messages_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

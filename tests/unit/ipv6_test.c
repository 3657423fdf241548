/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv6: the chain of extension headers, lengths, fragments, jumbograms.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("UDP", 1, DISSECT_OK, 62,
	    ETH6 SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("every extension header", 1, DISSECT_OK, 62 + 8 * 5 + 24 * 2,
	    ETH6 IP6("\x00\x60", "\x00")
	    "\x2b\x00\x05\x02\x00\x00\x00\x00" /* hop-by-hop */
	    "\x3c\x00\x00\x00\x00\x00\x00\x00" /* routing */
	    "\x33\x00\x01\x04\x00\x00\x00\x00" /* destination */
	    "\x87\x04\x00\x00\x00\x00\x01\x00" /* authentication: 24 */
	    "\x00\x00\x00\x01\x00\x00\x00\x00"
	    "\x00\x00\x00\x00\x00\x00\x00\x00"
	    "\x8b\x02\x00\x00\x00\x00\x00\x00" /* mobility: 24 */
	    "\xfd\x00\x00\x00\x00\x00\x00\x00"
	    "\xfd\x00\x00\x00\x00\x00\x00\x00"
	    "\x8c\x00\x00\x00\x00\x00\x00\x00" /* host identity */
	    "\x11\x00\x00\x00\x00\x00\x00\x00" /* shim6 */
	    UDP("\x00\x08")),
	    NET_IP6, 136, SMALL6_FLOW },
	{ FRAME("a mobility message ends the chain", 1, DISSECT_OK, 62,
	    ETH6 IP6("\x00\x08", "\x87") "\x3b\x00\x05\x00\x00\x00\x00\x00"),
	    NET_IP6, 48, "2001:db8::1 > 2001:db8::2 135" },
	{ FRAME("ESP is opaque", 1, DISSECT_OK, 54,
	    ETH6 IP6("\x00\x08", "\x32") "abcdefgh"),
	    NET_IP6, 48, "2001:db8::1 > 2001:db8::2 50" },
	{ FRAME("no next header", 1, DISSECT_OK, 54,
	    ETH6 IP6("\x00\x00", "\x3b")),
	    NET_IP6, 40, "2001:db8::1 > 2001:db8::2 59" },
	{ FRAME("padding is no payload", 1, DISSECT_BAD, 0,
	    ETH6 IP6("\x00\x03", "\x11") UDP("\x00\x08")),
	    NET_IP6, 43, "2001:db8::1 > 2001:db8::2 17" },
	{ FRAME("payload length 0", 1, DISSECT_BAD, 0,
	    ETH6 IP6("\x00\x00", "\x11") UDP("\x00\x08")),
	    NET_IP6, 40, "2001:db8::1 > 2001:db8::2 17" },
	{ FRAME("payload length beyond the packet", 1, DISSECT_BAD, 0,
	    ETH6 IP6("\x00\x09", "\x11") UDP("\x00\x08")),
	    NET_IP6, 49, SMALL6_FLOW },
	{ FRAME("extension header beyond the payload", 1, DISSECT_BAD, 0,
	    ETH6 IP6("\x00\x08", "\x3c") "\x11\x01\x00\x00\x00\x00\x00\x00"
	    UDP("\x00\x08")),
	    NET_IP6, 48, "2001:db8::1 > 2001:db8::2 17" },
	{ FRAME("jumbo length that needs no jumbogram", 1, DISSECT_BAD, 0,
	    ETH6 IP6("\x00\x00", "\x00") "\x11\x00\xc2\x04\x00\x00\x00\x10"
	    UDP("\x00\x08")),
	    NET_IP6, 40, "2001:db8::1 > 2001:db8::2 0" },
	{ FRAME("options without end", 1, DISSECT_BAD, 0,
	    ETH6 IP6("\x00\x00", "\x00") "\x11\x00\x01\xff\x00\x00\x00\x10"
	    UDP("\x00\x08")),
	    NET_IP6, 40, "2001:db8::1 > 2001:db8::2 0" },
	{ FRAME("version 4", 1, DISSECT_BAD, 0,
	    ETH6 SMALL4
	    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("header cut", 1, DISSECT_BAD, 0,
	    ETH6 "\x60\x00\x00\x00"),
	    NET_UNKNOWN, 0, "" },
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	FRAME_CASES(cases);
}

static void
test_fragments(void **state)
{
	struct frame first = FRAME("first", 1, DISSECT_OK, 70,
	    ETH6 IP6("\x00\x10", "\x2c") "\x11\x00\x00\x01\x00\x00\x00\x01" UDP(
		"\x10\x00"));
	struct frame later =
	    FRAME("later, next header literal", 1, DISSECT_OK, 62,
		ETH6 IP6("\x00\x10",
		    "\x2c") "\x3c\x00\x00\x08\x00\x00\x00\x01" UDP("\x10\x00"));
	struct frame atomic = FRAME("atomic", 1, DISSECT_OK, 70,
	    ETH6 IP6("\x00\x10", "\x2c") "\x11\x00\x00\x06\x00\x00\x00\x01" UDP(
		"\x00\x08"));

	(void)state;
	assert_true(
	    frame_expect(&first, NET_IP6, 56, SMALL6_FLOW)->is_fragment);
	assert_true(
	    frame_expect(&later, NET_IP6, 56, "2001:db8::1 > 2001:db8::2 60")
		->is_fragment);
	assert_false(
	    frame_expect(&atomic, NET_IP6, 56, SMALL6_FLOW)->is_fragment);
}

static void
test_fragment_view(void **state)
{
	static const char bytes[] =
	    ETH6 IP6("\x00\x1a", "\x3c") "\x2c\x00\x01\x04\x00\x00\x00\x00"
					 "\x11\x00\x00\x19\x89\xab\xcd\xef"
					 "abcdefghij";
	size_t n = sizeof(bytes) - 1;
	const struct fragment *f = &frame_pkt.fragment;

	(void)state;
	assert_true(frame_once(1, bytes, n, n)->has_fragment);
	assert_memory_equal(f->src, frame_pkt.tuple.src, 16);
	assert_memory_equal(f->dst, frame_pkt.tuple.dst, 16);
	assert_true(f->is_v6);
	assert_memory_equal(f->data, "abcdefghij", 10);
	assert_int_equal(f->caplen, 10);
	assert_int_equal(f->len, 10);
	assert_int_equal(f->id, 0x89abcdef);
	assert_int_equal(f->offset, 24);
	assert_int_equal(f->proto, 17);
	assert_false(f->is_last);
}

/* An atomic fragment (RFC 6946) is a whole datagram. */
static void
test_atomic_fragment_has_no_view(void **state)
{
	static const char bytes[] = ETH6 IP6("\x00\x10",
	    "\x2c") "\x11\x00\x00\x00\x00\x00\x00\x01" UDP("\x00\x08");

	(void)state;
	assert_false(frame_once(1, bytes, sizeof(bytes) - 1, sizeof(bytes) - 1)
			 ->has_fragment);
}

/* n hop-by-hop headers of eight bytes, then UDP. */
static const struct pkt *
chain(size_t n)
{
	static uint8_t bytes[54 + 8 * 200 + 8];
	size_t len = 54 + 8 * n + 8;

	memcpy(bytes, ETH6 IP6("\x00\x00", "\x00"), 54);
	bytes[18] = (uint8_t)((len - 54) >> 8);
	bytes[19] = (uint8_t)(len - 54);
	for (size_t i = 0; i < n; i++)
		memcpy(bytes + 54 + 8 * i, "\x00\x00\x01\x04\x00\x00\x00\x00",
		    8);
	bytes[54 + 8 * (n - 1)] = 17;
	memcpy(bytes + 54 + 8 * n, UDP("\x00\x08"), 8);
	return frame_once(1, bytes, len, len);
}

static void
test_chain_is_bounded(void **state)
{
	const struct pkt *p = chain(64);

	(void)state;
	assert_false(p->layers_exceeded);
	assert_string_equal(frame_flow(p), SMALL6_FLOW);
	p = chain(200);
	assert_true(p->layers_exceeded);
	assert_int_equal(p->verdict, DISSECT_OK);
	assert_string_equal(frame_flow(p), "2001:db8::1 > 2001:db8::2 0");
}

/* RFC 2675: 70000 bytes behind the fixed header. */
static void
test_jumbogram(void **state)
{
	static const char head[] = ETH6 IP6("\x00\x00",
	    "\x00") "\x11\x00\xc2\x04\x00\x01\x11\x70" UDP("\x00\x00");
	static uint8_t bytes[54 + 70000];
	const struct pkt *p;

	(void)state;
	memcpy(bytes, head, sizeof(head) - 1);
	p = frame_once(1, bytes, sizeof(bytes), sizeof(bytes));
	assert_int_equal(p->verdict, DISSECT_OK);
	assert_int_equal(p->ip_len, 70040);
	assert_string_equal(frame_flow(p), SMALL6_FLOW);
	p = frame_once(1, bytes, 100, sizeof(bytes));
	assert_int_equal(p->verdict, DISSECT_OK);
	assert_int_equal(p->ip_len, 70040);
	/* A lie is counted as far as there was a packet. */
	p = frame_once(1, bytes, 100, 100);
	assert_int_equal(p->verdict, DISSECT_BAD);
	assert_int_equal(p->ip_len, 86);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_fragment_view),
		cmocka_unit_test(test_atomic_fragment_has_no_view),
		cmocka_unit_test(test_chain_is_bounded),
		cmocka_unit_test(test_jumbogram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

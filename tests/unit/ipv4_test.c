/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv4: lengths that lie, options, fragments.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("options", 1, DISSECT_OK, 46,
	    ETH4 IP4("\x46", "\x00\x20", "\x00\x00", "\x11")
	    "\x01\x01\x01\x00"
	    UDP("\x00\x08")),
	    NET_IP4, 32, SMALL4_FLOW },
	{ FRAME("unknown protocol", 1, DISSECT_OK, 34,
	    ETH4 IP4("\x45", "\x00\x16", "\x00\x00", "\xfd") "xx"),
	    NET_IP4, 22, "10.0.0.1 > 10.0.0.2 253" },
	{ FRAME("padding is no payload", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x16", "\x00\x00", "\x11") UDP("\x00\x08")),
	    NET_IP4, 22, "10.0.0.1 > 10.0.0.2 17" },
	{ FRAME("total length 0", 1, DISSECT_OK, 42,
	    ETH4 IP4("\x45", "\x00\x00", "\x00\x00", "\x11") UDP("\x00\x08")),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("total length below the header's", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x13", "\x00\x00", "\x11") UDP("\x00\x08")),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("total length beyond the packet", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x1d", "\x00\x00", "\x11") UDP("\x00\x08")),
	    NET_IP4, 29, SMALL4_FLOW },
	{ FRAME("IHL 4", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x44", "\x00\x1c", "\x00\x00", "\x11") UDP("\x00\x08")),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("IHL beyond the total length", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x48", "\x00\x1c", "\x00\x00", "\x11") UDP("\x00\x08")),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("IHL beyond the packet", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x4f", "\x00\x3c", "\x00\x00", "\x11") UDP("\x00\x08")),
	    NET_IP4, 60, "10.0.0.1 > 10.0.0.2 17" },
	{ FRAME("version 5", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x55", "\x00\x1c", "\x00\x00", "\x11") UDP("\x00\x08")),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("IPv6 under IPv4's ethertype", 1, DISSECT_BAD, 0,
	    ETH4 SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("header cut", 1, DISSECT_BAD, 0,
	    ETH4 "\x45\x00\x00\x1c\x00\x00"),
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
	struct frame first = FRAME("first", 1, DISSECT_OK, 42,
	    ETH4 IP4("\x45", "\x00\x1d", "\x20\x00", "\x11")
		UDP("\x10\x00") "x");
	struct frame tiny = FRAME("ports cut by the fragment", 1, DISSECT_OK, 0,
	    ETH4 IP4("\x45", "\x00\x17", "\x20\x00", "\x11") "\x03\xe8\x00");
	struct frame later = FRAME("later", 1, DISSECT_OK, 34,
	    ETH4 IP4("\x45", "\x00\x1d", "\x20\x01", "\x11")
		UDP("\x10\x00") "x");
	struct frame last = FRAME("last", 1, DISSECT_OK, 34,
	    ETH4 IP4("\x45", "\x00\x1d", "\x00\x01", "\x11")
		UDP("\x10\x00") "x");
	struct frame whole = FRAME("don't fragment", 1, DISSECT_OK, 42,
	    ETH4 IP4("\x45", "\x00\x1c", "\x40\x00", "\x11") UDP("\x00\x08"));

	(void)state;
	assert_true(
	    frame_expect(&first, NET_IP4, 29, SMALL4_FLOW)->is_fragment);
	assert_true(frame_expect(&tiny, NET_IP4, 23, "10.0.0.1 > 10.0.0.2 17")
			->is_fragment);
	assert_true(frame_expect(&later, NET_IP4, 29, "10.0.0.1 > 10.0.0.2 17")
			->is_fragment);
	assert_true(frame_expect(&last, NET_IP4, 29, "10.0.0.1 > 10.0.0.2 17")
			->is_fragment);
	assert_false(
	    frame_expect(&whole, NET_IP4, 28, SMALL4_FLOW)->is_fragment);
}

/* Where the part is, how long it was, and to which datagram it belongs. */
static void
test_fragment_view(void **state)
{
	static const char bytes[] = ETH4 "\x46\x00\x00\x22\x12\x34\x20\x03"
					 "\x40\x11\x00\x00"
					 "\x0a\x00\x00\x01"
					 "\x0a\x00\x00\x02"
					 "\x01\x01\x01\x00"
					 "abcdefghij"
					 "padding";
	static const uint8_t src[16] = { 10, 0, 0, 1 };
	static const uint8_t dst[16] = { 10, 0, 0, 2 };
	size_t n = sizeof(bytes) - 1;
	const struct fragment *f = &frame_pkt.fragment;

	(void)state;
	assert_true(frame_once(1, bytes, n, n)->has_fragment);
	assert_memory_equal(f->src, src, 16);
	assert_memory_equal(f->dst, dst, 16);
	assert_false(f->is_v6);
	assert_memory_equal(f->data, "abcdefghij", 10);
	assert_int_equal(f->caplen, 10);
	assert_int_equal(f->len, 10);
	assert_int_equal(f->id, 0x1234);
	assert_int_equal(f->offset, 24);
	assert_int_equal(f->proto, 17);
	assert_false(f->is_last);
	/* Cut by the snaplen. */
	assert_true(frame_once(1, bytes, 40, n)->has_fragment);
	assert_int_equal(f->caplen, 2);
	assert_int_equal(f->len, 10);
}

static void
test_last_fragment(void **state)
{
	static const char bytes[] =
	    ETH4 IP4("\x45", "\x00\x18", "\x1f\xff", "\x06") "abcd";
	size_t n = sizeof(bytes) - 1;

	(void)state;
	assert_true(frame_once(1, bytes, n, n)->has_fragment);
	assert_true(frame_pkt.fragment.is_last);
	assert_int_equal(frame_pkt.fragment.offset, 65528);
	assert_int_equal(frame_pkt.fragment.id, 1);
	assert_false(frame_pkt.has_segment);
}

/* What the snaplen cut off counts by the header, on the wire's length. */
static void
test_total_length_and_snaplen(void **state)
{
	static const char stated[] =
	    ETH4 IP4("\x45", "\x01\x00", "\x00\x00", "\x11") UDP("\x00\xec");
	static const char zero[] =
	    ETH4 IP4("\x45", "\x00\x00", "\x00\x00", "\x06") TCP("\x50");
	const struct pkt *p;

	(void)state;
	p = frame_once(1, stated, sizeof(stated) - 1, 14 + 256);
	assert_int_equal(p->verdict, DISSECT_OK);
	assert_int_equal(p->ip_len, 256);
	p = frame_once(1, stated, sizeof(stated) - 1, 14 + 255);
	assert_int_equal(p->verdict, DISSECT_BAD);
	assert_int_equal(p->ip_len, 256);
	p = frame_once(1, zero, sizeof(zero) - 1, 40000);
	assert_int_equal(p->verdict, DISSECT_OK);
	assert_int_equal(p->ip_len, 40000 - 14);
	assert_int_equal(p->tuple.dport, 80);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_fragment_view),
		cmocka_unit_test(test_last_fragment),
		cmocka_unit_test(test_total_length_and_snaplen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

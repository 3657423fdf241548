/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP: ports count with four bytes, whatever the header becomes; the view of
 * a segment and its options.
 */
#include "tests/lib/frame.h"

/* clang-format off */
static const struct frame_case cases[] = {
	{ FRAME("no data", 1, DISSECT_OK, 54,
	    ETH4 IP4("\x45", "\x00\x28", "\x00\x00", "\x06") TCP("\x50")),
	    NET_IP4, 40, "10.0.0.1.1000 > 10.0.0.2.80 6" },
	{ FRAME("options and data", 1, DISSECT_OK, 58,
	    ETH4 IP4("\x45", "\x00\x2e", "\x00\x00", "\x06") TCP("\x60")
	    "\x01\x01\x01\x00" "hi"),
	    NET_IP4, 46, "10.0.0.1.1000 > 10.0.0.2.80 6" },
	{ FRAME("data offset 4", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x28", "\x00\x00", "\x06") TCP("\x40")),
	    NET_IP4, 40, "10.0.0.1.1000 > 10.0.0.2.80 6" },
	{ FRAME("data offset beyond the packet", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x28", "\x00\x00", "\x06") TCP("\xf0")),
	    NET_IP4, 40, "10.0.0.1.1000 > 10.0.0.2.80 6" },
	{ FRAME("only ports", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x18", "\x00\x00", "\x06")
	    "\x03\xe8\x00\x50"),
	    NET_IP4, 24, "10.0.0.1.1000 > 10.0.0.2.80 6" },
	{ FRAME("ports cut", 1, DISSECT_BAD, 0,
	    ETH4 IP4("\x45", "\x00\x17", "\x00\x00", "\x06") "\x03\xe8\x00"),
	    NET_IP4, 23, "10.0.0.1 > 10.0.0.2 6" },
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	FRAME_CASES(cases);
}

/* Runs TCP with these header bytes from the sequence number on, and data. */
static const struct segment *
segment(const void *rest, size_t n, size_t caplen, size_t len)
{
	static uint8_t bytes[256];

	memcpy(bytes,
	    ETH4 IP4("\x45", "\x00\x00", "\x00\x00", "\x06") "\x03\xe8\x00\x50",
	    38);
	memcpy(bytes + 38, rest, n);
	frame_once(1, bytes, caplen, len);
	return frame_pkt.has_segment ? &frame_pkt.segment : NULL;
}

#define SEGMENT(rest, cut, more)                                   \
	segment(rest, sizeof(rest) - 1, 37 + sizeof(rest) - (cut), \
	    37 + sizeof(rest) + (more))

#define NUMBERS            \
	"\x89\xab\xcd\xef" \
	"\x01\x23\x45\x67"

static void
test_segment(void **state)
{
	const struct segment *s = SEGMENT(NUMBERS "\x50\x18"
						  "\xfe\xdc\x00\x00\x00\x00"
						  "hello",
	    0, 0);

	(void)state;
	assert_non_null(s);
	assert_int_equal(s->seq, 0x89abcdef);
	assert_int_equal(s->ack, 0x01234567);
	assert_int_equal(s->flags, TCP_PSH | TCP_ACK);
	assert_int_equal(s->window, 0xfedc);
	assert_int_equal(s->scale, 255);
	assert_false(s->has_ts);
	assert_int_equal(s->len, 5);
	assert_int_equal(s->caplen, 5);
	assert_memory_equal(s->data, "hello", 5);
}

static void
test_segment_cut_by_snaplen(void **state)
{
	const struct segment *s = SEGMENT(NUMBERS "\x50\x10"
						  "\x00\x01\x00\x00\x00\x00"
						  "hello",
	    3, 1000);

	(void)state;
	assert_non_null(s);
	assert_int_equal(s->len, 1005);
	assert_int_equal(s->caplen, 2);
	assert_memory_equal(s->data, "he", 2);
}

/* The usual order of a SYN's options, and of all that follow. */
static void
test_options(void **state)
{
	const struct segment *s =
	    SEGMENT(NUMBERS "\xa0\x02\xff\xff\x00\x00\x00\x00"
			    "\x02\x04\x05\xb4\x04\x02"
			    "\x08\x0a\x11\x22\x33\x44\x55\x66\x77\x88"
			    "\x01\x03\x03\x07",
		0, 0);

	(void)state;
	assert_non_null(s);
	assert_int_equal(s->flags, TCP_SYN);
	assert_int_equal(s->scale, 7);
	assert_true(s->has_ts);
	assert_int_equal(s->ts_val, 0x11223344);
	assert_int_equal(s->ts_ecr, 0x55667788);
	s = SEGMENT(NUMBERS "\x80\x10\xff\xff\x00\x00\x00\x00"
			    "\x01\x01\x08\x0a\x11\x22\x33\x44"
			    "\x55\x66\x77\x88"
			    "x",
	    0, 0);
	assert_true(s->has_ts);
	assert_int_equal(s->ts_val, 0x11223344);
	assert_int_equal(s->ts_ecr, 0x55667788);
	assert_int_equal(s->scale, 255);
	assert_int_equal(s->len, 1);
}

/* RFC 7323, section 2.3: more than 14 is taken for 14. */
static void
test_scale_is_bounded(void **state)
{
	const struct segment *s =
	    SEGMENT(NUMBERS "\x60\x02\xff\xff\x00\x00\x00\x00"
			    "\x03\x03\xff\x00",
		0, 0);

	(void)state;
	assert_int_equal(s->scale, 14);
}

static void
test_options_that_lie(void **state)
{
	(void)state;
	/* A length of one, which would never end. */
	assert_non_null(
	    SEGMENT(NUMBERS "\x60\x10\xff\xff\x00\x00\x00\x00\x05\x01\x05\x01",
		0, 0));
	assert_int_equal(frame_pkt.verdict, DISSECT_BAD);
	/* Longer than the header. */
	assert_non_null(
	    SEGMENT(NUMBERS "\x60\x10\xff\xff\x00\x00\x00\x00\x08\x0a\x00\x00"
			    "12345678",
		0, 0));
	assert_int_equal(frame_pkt.verdict, DISSECT_BAD);
	assert_false(frame_pkt.segment.has_ts);
	/* Timestamps of another length are none; what is behind the end
	 * is not looked at. */
	assert_non_null(SEGMENT(NUMBERS "\x70\x10\xff\xff\x00\x00\x00\x00"
					"\x08\x06\x00\x00\x00\x01\x00\x05",
	    0, 0));
	assert_int_equal(frame_pkt.verdict, DISSECT_OK);
	assert_false(frame_pkt.segment.has_ts);
}

/* A header that isn't whole is no segment, nor is a part of a datagram. */
static void
test_no_segment(void **state)
{
	static const char fragment[] =
	    ETH4 IP4("\x45", "\x00\x28", "\x20\x00", "\x06") TCP("\x50");

	(void)state;
	assert_null(
	    SEGMENT(NUMBERS "\x60\x10\xff\xff\x00\x00\x00\x00\x01\x01\x01\x00",
		1, 0));
	assert_int_equal(frame_pkt.verdict, DISSECT_SHORT);
	assert_null(SEGMENT(NUMBERS "\x50\x10\xff\xff\x00\x00\x00", 0, 1));
	frame_once(1, fragment, sizeof(fragment) - 1, sizeof(fragment) - 1);
	assert_false(frame_pkt.has_segment);
	assert_true(frame_pkt.has_fragment);
	frame_once(1, ETH4 SMALL4, 42, 42);
	assert_false(frame_pkt.has_segment);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_segment),
		cmocka_unit_test(test_segment_cut_by_snaplen),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_scale_is_bounded),
		cmocka_unit_test(test_options_that_lie),
		cmocka_unit_test(test_no_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

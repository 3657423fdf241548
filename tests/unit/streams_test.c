/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What dissectors see of a connection: all of its bytes, in order and once,
 * however they come; and what becomes of what does not come.
 */
#include "tests/lib/toy_streams.h"

static void
test_both_directions_are_read(void **state)
{
	(void)state;
	handshake(A, B);
	assert_int_equal(send(CLIENT, ACK, A, B, "ONE first\nsec"), 1);
	logged(">fresh\n>ONE first\n");
	assert_int_equal(send(SERVER, ACK, B, A + 13, "one\n"), 1);
	send(CLIENT, ACK, A + 13, B + 4, "ond\n");
	logged("<fresh\n<one\n>second\n");
	send(CLIENT, FIN | ACK, A + 17, B + 4, "");
	send(SERVER, FIN | ACK, B + 4, A + 18, "last\n");
	logged(">end\n<last\n<end\n");
	assert_int_equal(n_closed, 1);
	assert_int_equal(conns_app(conns, &tuples[SERVER],
			     conns_hash(conns, &tuples[SERVER])),
	    1);
}

static void
test_a_probe_may_want_more(void **state)
{
	(void)state;
	handshake(A, B);
	assert_int_equal(send(CLIENT, ACK, A, B, "O"), 0);
	assert_int_equal(send(CLIENT, ACK, A + 1, B, "N"), 0);
	assert_int_equal(send(CLIENT, ACK, A + 2, B, "E\n"), 1);
	logged(">fresh\n>ONE\n");
	send(SERVER, ACK, B, A + 4, "on");
	send(SERVER, ACK, B + 2, A + 4, "e\n");
	logged("<fresh\n<one\n");
}

static void
test_the_content_says_who_is_the_client(void **state)
{
	(void)state;
	send(CLIENT, ACK, A, B, "one\n");
	send(SERVER, ACK, B, A + 4, "ONE\n");
	logged("<fresh\n<one\n>fresh\n>ONE\n");
}

static void
test_data_that_nobody_knows_are_passed_over(void **state)
{
	(void)state;
	handshake(A, B);
	assert_int_equal(send(CLIENT, ACK, A, B, "what?"), 0);
	assert_int_equal(send(CLIENT, ACK, A + 105, B, "ever"), 0);
	send(CLIENT, ACK, A + 109, B, "ONE\n");
	send(SERVER, ACK, B, A + 113, "hm");
	send(SERVER, ACK, B + 102, A + 113, "one\n");
	logged(">fresh\n>ONE\n<fresh\n<one\n");
	assert_int_equal(stats()->gaps, 0);
}

static void
test_data_may_come_with_the_syn(void **state)
{
	(void)state;
	send(CLIENT, SYN, A - 1, 0, "ONE fast\n");
	send(SERVER, SYN | ACK, B - 1, A + 9, "");
	send(CLIENT, ACK, A + 9, B, "open\n");
	logged(">fresh\n>ONE fast\n>open\n");
}

static void
test_one_direction_is_enough(void **state)
{
	(void)state;
	send(SERVER, ACK, B, A, "one a\n");
	send(SERVER, ACK, B + 12, A, "c\n");
	send(SERVER, ACK, B + 6, A, "one b\n");
	send(SERVER, FIN | ACK, B + 14, A, "");
	logged("<fresh\n<one a\n<one b\n<c\n<end\n");
}

static void
test_the_first_segment_may_come_late(void **state)
{
	(void)state;
	handshake(A, B);
	send(CLIENT, ACK, A + 4, B, "two\n");
	send(CLIENT, ACK, A + 2, B, "E\ntw");
	send(CLIENT, FIN | ACK, A + 8, B, "");
	logged("");
	send(CLIENT, ACK, A, B, "ON");
	logged(">fresh\n>ONE\n>two\n>end\n");
	assert_int_equal(stats()->overlaps, 0);
}

static void
test_the_first_bytes_win(void **state)
{
	(void)state;
	handshake(A, B);
	send(CLIENT, ACK, A, B, "ONE abc");
	send(CLIENT, ACK, A + 4, B, "xxxx\n");
	send(CLIENT, ACK, A + 12, B, "gh\n");
	send(CLIENT, ACK, A + 9, B, "deFGH");
	send(CLIENT, ACK, A + 9, B, "xyzgh\nij\n");
	logged(">fresh\n>ONE abcx\n>deFgh\n>ij\n");
	assert_int_equal(stats()->overlaps, 2);
}

static void
test_a_hole_is_given_up_when_it_was_acknowledged(void **state)
{
	(void)state;
	handshake(A, B);
	send(CLIENT, ACK, A, B, "ONE a\nlost ");
	send(CLIENT, ACK, A + 30, B, "ONE b\n");
	send(SERVER, ACK, B, A + 30, "");
	logged(">fresh\n>ONE a\n");
	now_ns += 100 * MS;
	send(SERVER, ACK, B, A + 36, "");
	logged(">fresh\n>ONE b\n");
	assert_int_equal(stats()->gaps, 1);
	assert_int_equal(stats()->gap_bytes, 19);
	/* Behind a gap the next must be recognised. */
	send(CLIENT, ACK, A + 50, B, "not\n");
	send(CLIENT, ACK, A + 54, B, "ONE not\n");
	send(SERVER, ACK, B, A + 54, "");
	now_ns += 100 * MS;
	send(SERVER, ACK, B, A + 54, "");
	logged(">fresh\n>ONE not\n");
}

static void
test_a_hole_is_given_up_in_time(void **state)
{
	(void)state;
	handshake(A, B);
	send(CLIENT, ACK, A, B, "ONE a\n");
	send(CLIENT, ACK, A + 30, B, "ONE b\n");
	conns_advance(conns, now_ns + 1000 * (int64_t)MS, NULL);
	logged(">fresh\n>ONE a\n");
	conns_advance(conns, now_ns + 6000 * (int64_t)MS, NULL);
	logged(">fresh\n>ONE b\n");
	send(CLIENT, ACK, A + 6, B, "ONE late\n");
	logged("");
}

static void
test_a_hole_is_given_up_when_too_much_waits(void **state)
{
	(void)state;
	handshake(A, B);
	send(CLIENT, ACK, A, B, "ONE a\n");
	for (uint32_t i = 1; i < 400 && stats()->gaps == 0; i++)
		send(CLIENT, ACK, A + 6 * i + 6, B, "ONE b\n");
	assert_int_equal(stats()->gaps, 1);
	assert_int_equal(stats()->gap_bytes, 6);
	assert_int_equal(stats()->buffers_full, 1);
	catch_up();
	assert_in_range(n_calls, 200, 400);
}

static void
test_a_reset_reads_what_waits(void **state)
{
	(void)state;
	handshake(A, B);
	send(CLIENT, ACK, A, B, "ONE a\n");
	send(CLIENT, ACK, A + 30, B, "ONE b\n");
	send(SERVER, RST, B, 0, "");
	logged(">fresh\n>ONE a\n>fresh\n>ONE b\n");
	assert_int_equal(n_closed, 1);
}

static void
test_skipped_bytes_are_not_missed(void **state)
{
	(void)state;
	handshake(A, B);
	send(CLIENT, ACK, A, B, "ONE\nskip 100\nbody");
	/* 13 + 100: the next line begins at 113. */
	send(CLIENT, ACK, A + 60, B, "body\n");
	send(CLIENT, ACK, A + 30, B, "body\n");
	send(CLIENT, ACK, A + 110, B, "dy\nnext\n");
	send(CLIENT, ACK, A + 118, B, "skip 50\n");
	send(CLIENT, ACK, A + 200, B, "more\n");
	send(CLIENT, ACK, A + 176, B, "after the skip\n");
	logged(">fresh\n>ONE\n>skip 100\n>next\n>skip 50\n>after the skip\n");
	assert_int_equal(stats()->gaps, 0);
	send(CLIENT, ACK, A + 191, B, "skip 99\n>");
	logged(">skip 99\n");
	send(CLIENT, FIN | ACK, A + 290, B, "");
	logged(">end\n");
}

static void
send_cut(unsigned from, uint32_t seq, const char *data, uint32_t len)
{
	struct segment s = segment(ACK, seq, 0, data);

	s.len = len;
	take(from, s);
}

static void
test_what_the_snaplen_cut_is_a_gap(void **state)
{
	(void)state;
	handshake(A, B);
	send_cut(CLIENT, A, "ONE\nab", 100);
	assert_int_equal(stats()->stream_short[0], 1);
	assert_int_equal(stats()->gap_bytes, 94);
	send(CLIENT, ACK, A + 100, B, "c\n");
	send(CLIENT, ACK, A + 102, B, "ONE\n");
	logged(">fresh\n>ONE\n>fresh\n>ONE\n");
	/* But not where it was to be skipped. */
	send_cut(CLIENT, A + 106, "skip 50\nab", 58);
	send(CLIENT, ACK, A + 164, B, "x\n");
	logged(">skip 50\n>x\n");
	assert_int_equal(stats()->gaps, 1);
	assert_int_equal(stats()->stream_short[0], 1);
}

static void
test_bad_bytes_are_passed_over(void **state)
{
	(void)state;
	handshake(A, B);
	send(CLIENT, ACK, A, B, "ONE\nbad\nrest\n");
	send(CLIENT, ACK, A + 13, B, "rest\n");
	send(CLIENT, ACK, A + 18, B, "ONE\n");
	logged(">fresh\n>ONE\n>bad\n>fresh\n>ONE\n");
	assert_int_equal(stats()->stream_bad[0], 1);
}

static void
test_done_is_done(void **state)
{
	(void)state;
	handshake(A, B);
	send(CLIENT, ACK, A, B, "ONE\nagain\ndone\nrest\n");
	assert_int_equal(send(CLIENT, ACK, A + 20, B, "ONE\n"), 1);
	send(SERVER, ACK, B, A + 24, "one\n");
	assert_int_equal(n_closed, 0);
	send(SERVER, ACK, B + 4, A + 24, "done\n");
	assert_int_equal(n_closed, 1);
	assert_int_equal(send(SERVER, ACK, B + 9, A + 24, "one\n"), 1);
	logged(">fresh\n>ONE\n>again\n>done\n<fresh\n<one\n<done\n");
}

static void
test_done_is_done_before_what_was_cut(void **state)
{
	(void)state;
	handshake(A, B);
	send_cut(CLIENT, A, "ONE\ndone\n", 100);
	send(CLIENT, ACK, A + 100, B, "ONE\n");
	logged(">fresh\n>ONE\n>done\n");
	assert_int_equal(stats()->gaps, 0);
}

static void
test_another_protocol_may_follow(void **state)
{
	(void)state;
	handshake(A, B);
	send(CLIENT, ACK, A, B, "ONE\nleave\nTWO a\n");
	assert_int_equal(send(CLIENT, ACK, A + 16, B, "b\n"), 2);
	send(SERVER, ACK, B, A + 16, "two\n");
	logged(">fresh\n>ONE\n>leave\n>fresh\n>TWO a\n>b\n<fresh\n<two\n");
	assert_int_equal(n_closed, 1);
}

static void
test_the_other_protocol_may_begin_late(void **state)
{
	(void)state;
	handshake(A, B);
	send(CLIENT, ACK, A, B, "ONE\nleave\n");
	send(CLIENT, ACK, A + 16, B, "b\n");
	send(CLIENT, ACK, A + 10, B, "TWO a\n");
	logged(">fresh\n>ONE\n>leave\n>fresh\n>TWO a\n>b\n");
	assert_int_equal(stats()->gaps, 0);
}

static void
test_a_sure_one_replaces_the_attached(void **state)
{
	(void)state;
	handshake(A, B);
	assert_int_equal(send(CLIENT, ACK, A, B, "ONE\n"), 1);
	assert_int_equal(send(SERVER, ACK, B, A + 4, "two\n"), 2);
	assert_int_equal(n_closed, 1);
	send(CLIENT, ACK, A + 4, B + 4, "TWO\n");
	logged(">fresh\n>ONE\n<fresh\n<two\n>fresh\n>TWO\n");
}

static void
test_other_numbers_are_a_gap(void **state)
{
	const uint32_t far = A + (1u << 28);

	(void)state;
	handshake(A, B);
	send(CLIENT, ACK, A, B, "ONE\nhal");
	send(CLIENT, ACK, far, B, "f\n");
	send(CLIENT, ACK, A + 7, B, "f\n");
	logged(">fresh\n>ONE\n>half\n");
	send(CLIENT, ACK, far, B, "f\n");
	send(CLIENT, ACK, far + 2, B, "g\n");
	send(CLIENT, ACK, far + 4, B, "ONE x\n");
	send(CLIENT, ACK, far + 10, B, "y\n");
	logged(">fresh\n>ONE x\n>y\n");
}

static void
test_a_long_rest_is_not_read_for_each_byte(void **state)
{
	char data[2] = "x";

	(void)state;
	handshake(A, B);
	send(CLIENT, ACK, A, B, "ONE\n");
	for (uint32_t i = 0; i < 60000; i++)
		send(CLIENT, ACK, A + 4 + i, B, data);
	assert_in_range(n_calls, 64, 200);
	send(CLIENT, FIN | ACK, A + 4 + 60000, B, "");
	assert_int_equal(stats()->buffers_full, 0);
	logged(">fresh\n>ONE\n>end\n");
}

static void
test_a_rest_has_a_bound(void **state)
{
	static char data[30001];

	(void)state;
	memset(data, 'x', 30000);
	handshake(A, B);
	send(CLIENT, ACK, A, B, "ONE\n");
	for (uint32_t i = 0; i < 3; i++)
		send(CLIENT, ACK, A + 4 + i * 30000, B, data);
	assert_int_equal(stats()->buffers_full, 1);
	send(CLIENT, ACK, A + 90004, B, "\nONE\n");
	send(CLIENT, ACK, A + 90009, B, "ONE\n");
	logged(">fresh\n>ONE\n>fresh\n>ONE\n");
}

static uint8_t
datagram(unsigned from, uint8_t stream, const char *bytes)
{
	struct tuple t = tuples[from];
	struct track_packet p = { .tuple = &t, .ts_ns = now_ns };
	const uint8_t *b = (const uint8_t *)bytes;
	struct cur data = { b, b + strlen(bytes) };

	t.proto = 17;
	p.hash = conns_hash(conns, &t);
	return conns_datagram(conns, &p, stream, &data);
}

static void
test_datagrams(void **state)
{
	(void)state;
	assert_int_equal(datagram(SERVER, 1, "one\nrest"), 1);
	assert_int_equal(datagram(CLIENT, 1, "ONE\n"), 1);
	datagram(SERVER, 1, "bad\n");
	datagram(SERVER, 1, "one\n");
	datagram(CLIENT, 1, "done\n");
	datagram(CLIENT, 1, "never\n");
	logged("<fresh\n<one\n>fresh\n>ONE\n<bad\n<fresh\n<one\n>done\n");
	assert_int_equal(datagram(CLIENT, 2, "TWO\n"), 2);
	logged(">fresh\n>TWO\n");
	/* TCP between the same ends is another affair. */
	send(CLIENT, ACK, A, B, "ONE\n");
	logged(">fresh\n>ONE\n");
}

/* Streams that nobody uses make room for others. */
static void
test_old_streams_make_room(void **state)
{
	enum { MANY = 20000 };

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		memcpy(tuples[CLIENT].src, &i, 4);
		memcpy(tuples[SERVER].dst, &i, 4);
		assert_int_equal(send(CLIENT, ACK, A, B, "ONE ab"), 1);
		now_ns += 10 * MS;
		n_log = 0;
	}
	assert_in_range(stats()->buffers_full, MANY / 4, MANY);
	logged(">fresh\n");
	send(CLIENT, ACK, A + 6, B, "c\n");
	logged(">ONE abc\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_both_directions_are_read),
		TEST(test_a_probe_may_want_more),
		TEST(test_the_content_says_who_is_the_client),
		TEST(test_data_that_nobody_knows_are_passed_over),
		TEST(test_data_may_come_with_the_syn),
		TEST(test_one_direction_is_enough),
		TEST(test_the_first_segment_may_come_late),
		TEST(test_the_first_bytes_win),
		TEST(test_a_hole_is_given_up_when_it_was_acknowledged),
		TEST(test_a_hole_is_given_up_in_time),
		TEST(test_a_hole_is_given_up_when_too_much_waits),
		TEST(test_a_reset_reads_what_waits),
		TEST(test_skipped_bytes_are_not_missed),
		TEST(test_what_the_snaplen_cut_is_a_gap),
		TEST(test_bad_bytes_are_passed_over),
		TEST(test_done_is_done),
		TEST(test_done_is_done_before_what_was_cut),
		TEST(test_another_protocol_may_follow),
		TEST(test_the_other_protocol_may_begin_late),
		TEST(test_a_sure_one_replaces_the_attached),
		TEST(test_other_numbers_are_a_gap),
		TEST(test_a_long_rest_is_not_read_for_each_byte),
		TEST(test_a_rest_has_a_bound),
		TEST(test_datagrams),
		TEST(test_old_streams_make_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured of TCP connections, rule by rule; what makes room. */
#include "tests/lib/segments.h"
#include "tests/lib/reserved.h"

#define C "192.0.2.1"
#define S "198.51.100.1"
#define OPENED "TCP_ATTEMPT\nTCP_ESTABLISHED\nTCP_HANDSHAKE " S " 2000\n"

enum { MEMORY = 1 << 20 };

static int
begin(void **state)
{
	(void)state;
	segments_begin(NULL, 0, MEMORY);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	segments_end();
	return 0;
}

/* Numbers that wrap in the middle of each test. */
static const uint32_t A = UINT32_MAX - 50, B = 5000;

static void
open_connection(void)
{
	handshake(A, B);
	said(OPENED);
}

static void
test_a_handshake_is_timed(void **state)
{
	(void)state;
	send(CLIENT, SYN, A - 1, 0, "");
	said("TCP_ATTEMPT\n");
	now_ns += 20 * MS;
	send(SERVER, SYN | ACK, B - 1, A, "");
	said("");
	now_ns += 5 * MS;
	send(CLIENT, ACK, A, B, "");
	said("TCP_ESTABLISHED\nTCP_HANDSHAKE " S " 25000\n");
	send(CLIENT, ACK, A, B, "x");
	said("");
}

static void
test_a_repeated_syn_is_no_attempt_and_not_timed(void **state)
{
	(void)state;
	send(CLIENT, SYN, A - 1, 0, "");
	now_ns += 1000 * (int64_t)MS;
	send(CLIENT, SYN, A - 1, 0, "");
	send(SERVER, SYN | ACK, B - 1, A, "");
	send(SERVER, SYN | ACK, B - 1, A, "");
	send(CLIENT, ACK, A, B, "");
	said("TCP_ATTEMPT\nTCP_RETRANSMIT " C "\nTCP_RETRANSMIT " S
	     "\nTCP_ESTABLISHED\n");
	send(CLIENT, SYN, A - 1, 0, "");
	said("TCP_RETRANSMIT " C "\n");
}

static void
test_both_ends_may_begin(void **state)
{
	(void)state;
	send(CLIENT, SYN, A - 1, 0, "");
	send(SERVER, SYN, B - 1, 0, "");
	now_ns += MS;
	send(CLIENT, SYN | ACK, A - 1, B, "");
	said("TCP_ATTEMPT\n");
	send(SERVER, SYN | ACK, B - 1, A, "");
	said("TCP_ESTABLISHED\nTCP_HANDSHAKE " S " 1000\n");
}

static void
test_a_refusal_must_acknowledge_the_syn(void **state)
{
	(void)state;
	send(CLIENT, SYN, A - 1, 0, "");
	send(SERVER, RST | ACK, 0, A + 70000, "");
	send(SERVER, RST, 0, 0, "");
	said("TCP_ATTEMPT\n");
	send(SERVER, RST | ACK, 0, A, "");
	said("TCP_FAILED " S "\n");
	send(SERVER, RST | ACK, 0, A, "");
	said("");
	/* Insisting is no other attempt, and no other failure. */
	send(CLIENT, SYN, A - 1, 0, "");
	send(SERVER, RST | ACK, 0, A, "");
	said("TCP_RETRANSMIT " C "\n");
	send(CLIENT, SYN, A, 0, "");
	send(SERVER, RST | ACK, 0, A + 1, "");
	said("TCP_ATTEMPT\nTCP_FAILED " S "\n");
}

static void
test_no_answer_in_time_is_a_failure(void **state)
{
	(void)state;
	send(CLIENT, SYN, A - 1, 0, "");
	now_ns += 3000 * (int64_t)MS;
	send(CLIENT, SYN, A - 1, 0, "");
	said("TCP_ATTEMPT\nTCP_RETRANSMIT " C "\n");
	conns_advance(conns, now_ns + 6000 * (int64_t)MS, NULL);
	said("");
	now_ns += 7000 * (int64_t)MS;
	conns_advance(conns, now_ns, NULL);
	conns_advance(conns, now_ns, NULL);
	said("TCP_FAILED " S "\n");
	send(CLIENT, SYN, A - 1, 0, "");
	said("TCP_RETRANSMIT " C "\n");
	/* An answer that comes late is an answer. */
	send(SERVER, SYN | ACK, B - 1, A, "");
	send(CLIENT, ACK, A, B, "");
	said("TCP_ESTABLISHED\n");
}

static void
test_time_that_jumps_back_is_no_failure(void **state)
{
	(void)state;
	send(CLIENT, SYN, A - 1, 0, "");
	conns_advance(conns, now_ns - 100000 * (int64_t)MS, NULL);
	said("TCP_ATTEMPT\n");
}

static void
test_a_reset_is_reported_once(void **state)
{
	(void)state;
	open_connection();
	send(SERVER, RST, B + (1u << 20), 0, "");
	said("");
	send(SERVER, RST, B, 0, "");
	said("TCP_RESET " S "\n");
	send(CLIENT, RST, A, 0, "");
	said("");
}

static void
test_a_reset_behind_a_fin_is_none(void **state)
{
	(void)state;
	open_connection();
	send(CLIENT, FIN | ACK, A, B, "");
	send(SERVER, ACK, B, A + 1, "late");
	send(CLIENT, RST, A + 1, 0, "");
	said("");
}

static void
test_ports_are_used_again(void **state)
{
	(void)state;
	open_connection();
	send(CLIENT, FIN | ACK, A, B, "");
	send(SERVER, FIN | ACK, B, A + 1, "");
	send(CLIENT, ACK, A + 1, B + 1, "");
	open_connection();
	/* On an open one, too, if the numbers are others. */
	handshake(A + (1u << 29), B + (1u << 29));
	said(OPENED);
}

static void
test_bytes_sent_again(void **state)
{
	(void)state;
	open_connection();
	send(CLIENT, ACK, A, B, "0123456789");
	send(CLIENT, ACK, A + 10, B, "0123456789");
	now_ns += 10 * MS;
	send(CLIENT, ACK, A + 10, B, "0123456789");
	said("TCP_RETRANSMIT " C " 10\n");
	send(CLIENT, ACK, A + 15, B, "56789abcde");
	said("TCP_RETRANSMIT " C " 5\n");
	/* A keep-alive is not, nor are bare acknowledgments. */
	send(CLIENT, ACK, A + 24, B, "e");
	send(CLIENT, ACK, A + 24, B, "");
	send(CLIENT, ACK, A + 20, B, "");
	said("");
	send(CLIENT, FIN | ACK, A + 25, B, "");
	send(CLIENT, FIN | ACK, A + 25, B, "");
	said("TCP_RETRANSMIT " C "\n");
}

static void
test_a_young_hole_is_filled_out_of_order(void **state)
{
	(void)state;
	open_connection(); /* round trip: 2 ms */
	send(CLIENT, ACK, A + 10, B, "0123456789");
	now_ns += MS;
	send(CLIENT, ACK, A, B, "01234");
	said("TCP_OUT_OF_ORDER " C " 5\n");
	now_ns += 2 * MS;
	send(CLIENT, ACK, A + 5, B, "56789");
	said("TCP_RETRANSMIT " C " 5\n");
	send(CLIENT, ACK, A + 5, B, "56789");
	said("TCP_RETRANSMIT " C " 5\n");
}

static void
test_holes_are_remembered_each(void **state)
{
	unsigned n = 0;

	(void)state;
	open_connection();
	for (unsigned i = 1; i < 20; i += 2)
		send(CLIENT, ACK, A + 10 * i, B, "0123456789");
	said("");
	for (unsigned i = 2; i < 20; i += 2)
		send(CLIENT, ACK, A + 10 * i + 2, B, "23456");
	for (const char *at = messages; *at != '\0'; n++)
		at = strchr(at, '\n') + 1;
	assert_int_equal(n, 9);
	assert_null(strstr(messages, "TCP_RETRANSMIT"));
}

static void
set_window(unsigned flags, uint16_t window)
{
	struct segment s = segment(flags, B, A, "");

	s.window = window;
	take(SERVER, s);
}

static void
test_a_window_closes_once(void **state)
{
	(void)state;
	open_connection();
	set_window(ACK, 0);
	said("TCP_ZERO_WINDOW " S "\n");
	set_window(ACK, 0);
	set_window(ACK, 10);
	said("");
	set_window(ACK, 0);
	said("TCP_ZERO_WINDOW " S "\n");
	set_window(ACK, 10);
	set_window(FIN | ACK, 0);
	said("");
}

static uint64_t
lost(void)
{
	return conns_stats(conns)->lost_bytes;
}

static void
test_what_was_acknowledged_unseen_is_lost(void **state)
{
	(void)state;
	open_connection();
	send(CLIENT, ACK, A, B, "0123456789");
	send(CLIENT, ACK, A + 30, B, "0123456789");
	send(SERVER, ACK, B, A + 50, "");
	said("TCP_RTT\n");
	now_ns += 5 * MS;
	send(CLIENT, ACK, A + 50, B, "0123456789");
	said("TCP_LOST " C " 30\n");
	send(SERVER, ACK, B, A + 50, "");
	send(SERVER, ACK, B, A + 60, "");
	said("");
	assert_int_equal(lost(), 30);
}

static void
test_an_acknowledgment_may_come_early(void **state)
{
	(void)state;
	open_connection();
	send(SERVER, ACK, B, A + 10, "");
	now_ns += MS;
	send(CLIENT, ACK, A, B, "0123456789");
	now_ns += 50 * MS;
	send(CLIENT, ACK, A + 10, B, "0123456789");
	send(SERVER, ACK, B, A + 20, "");
	said("TCP_OUT_OF_ORDER " C " 10\nTCP_RTT\n");
	assert_int_equal(lost(), 0);
}

static void
test_the_end_reports_what_is_lost(void **state)
{
	(void)state;
	open_connection();
	send(SERVER, ACK, B, A + 10, "");
	send(SERVER, RST, B, 0, "");
	said("TCP_RESET " S "\nTCP_LOST " C " 10\n");
}

static void
test_what_is_cut_or_older_is_not_lost(void **state)
{
	struct segment s = segment(ACK, 1000, 500, "0123456789");

	(void)state;
	s.len = 1400;
	take(CLIENT, s);
	send(SERVER, ACK, 500, 2400, "");
	now_ns += 5 * MS;
	send(SERVER, ACK, 500, 2400, "");
	/* The server's next is first seen behind an acknowledgment. */
	send(CLIENT, ACK, 2400, 600, "");
	now_ns += 5 * MS;
	send(CLIENT, ACK, 2400, 600, "");
	assert_int_equal(lost(), 100);
	said("TCP_RTT\nTCP_LOST " S " 100\n");
}

static void
test_one_direction_loses_nothing(void **state)
{
	(void)state;
	send(CLIENT, ACK, 1000, 500, "0123456789");
	now_ns += 100 * MS;
	send(CLIENT, ACK, 1010, 90000, "0123456789");
	send(CLIENT, ACK, 1020, 95000, "0123456789");
	now_ns += 100 * MS;
	send(CLIENT, ACK, 1030, 99000, "0123456789");
	assert_int_equal(lost(), 0);
	said("");
}

static void
test_round_trips(void **state)
{
	(void)state;
	open_connection();
	send(CLIENT, ACK, A, B, "0123456789");
	now_ns += 7 * MS;
	send(SERVER, ACK, B, A + 5, "");
	said("");
	send(SERVER, ACK, B, A + 10, "");
	said("TCP_RTT 7000\n");
	/* Not all the time. */
	send(CLIENT, ACK, A + 10, B, "0123456789");
	send(SERVER, ACK, B, A + 20, "");
	said("");
	now_ns += 100 * MS;
	send(CLIENT, ACK, A + 20, B, "0123456789");
	now_ns += 7 * MS;
	send(CLIENT, ACK, A + 20, B, "0123456789");
	send(SERVER, ACK, B, A + 30, "");
	said("TCP_RETRANSMIT " C " 10\n");
}

static void
send_ts(unsigned from, uint32_t seq, uint32_t ack, uint32_t val, uint32_t ecr,
    const char *data)
{
	struct segment s = segment(ACK, seq, ack, data);

	s.has_ts = true;
	s.ts_val = val;
	s.ts_ecr = ecr;
	take(from, s);
}

static void
test_timestamps_name_what_is_acknowledged(void **state)
{
	(void)state;
	open_connection();
	send_ts(CLIENT, A, B, 70, 1, "0123456789");
	now_ns += 7 * MS;
	send_ts(SERVER, B, A + 10, 1, 69, "");
	said("");
	now_ns += 100 * MS;
	send_ts(CLIENT, A + 10, B, 80, 1, "0123456789");
	now_ns += 7 * MS;
	send_ts(SERVER, B, A + 20, 1, 80, "");
	said("TCP_RTT 7000\n");
}

static void
test_wild_numbers_move_nothing(void **state)
{
	(void)state;
	open_connection();
	send(CLIENT, ACK, A, B, "0123456789");
	send(CLIENT, ACK, A + (1u << 28), B, "0123456789");
	send(CLIENT, ACK, A - (1u << 28), B, "0123456789");
	send(SERVER, ACK, B + (1u << 28), A + 10, "");
	send(CLIENT, FIN | ACK, A + (1u << 28), B, "");
	said("");
	send(SERVER, ACK, B, A + 10, "");
	said("TCP_RTT\n");
	send(CLIENT, ACK, A + 10, B, "0123456789");
	send(SERVER, ACK, B, A + 20, "");
	said("");
}

static void
test_three_in_a_row_are_another_connection(void **state)
{
	const uint32_t far = A + (1u << 28);

	(void)state;
	open_connection();
	send(CLIENT, ACK, far, B, "0123456789");
	send(CLIENT, ACK, far + 10, B, "0123456789");
	send(CLIENT, ACK, far + 20, B, "0123456789");
	now_ns += 10 * MS;
	send(CLIENT, ACK, far + 20, B, "0123456789");
	said("TCP_RETRANSMIT " C " 10\n");
	send(SERVER, ACK, B, far + 30, "");
	send(CLIENT, ACK, far + 30, B, "0123456789");
	said("");
}

static void
test_copies_are_counted_and_nothing_else(void **state)
{
	struct track_packet p = { .tuple = &tuples[CLIENT], .is_copy = true };
	struct segment s = segment(ACK, A, B, "");

	(void)state;
	p.hash = conns_hash(conns, p.tuple);
	assert_int_equal(conns_segment(conns, &p, &s), 0);
	open_connection();
	s = segment(ACK, A, B, "0123456789");
	take(CLIENT, s);
	p.ts_ns = now_ns;
	conns_segment(conns, &p, &s);
	said("");
	assert_int_equal(conns_stats(conns)->copies, 2);
	assert_int_equal(conns_stats(conns)->segments, 1);
	assert_int_equal(conns_stats(conns)->segment_bytes, 10);
}

static void
number_ends(unsigned i)
{
	for (unsigned from = 0; from < 2; from++) {
		memcpy(tuples[from].src + (from == 0 ? 0 : 4), &i, 4);
		memcpy(tuples[from].dst + (from == 0 ? 4 : 0), &i, 4);
	}
}

/*
 * Connections that are in use stay, whatever the flood: of SYNs, of segments
 * out of nowhere, of connections that were closed.
 */
static void
test_a_flood_drives_out_itself(void **state)
{
	enum { OPEN = 1000, FLOOD = 200000 };
	uint64_t evicts;

	(void)state;
	for (unsigned i = 0; i < OPEN; i++) {
		number_ends(i);
		handshake(A, B);
	}
	for (unsigned i = OPEN; i < OPEN + FLOOD; i++) {
		number_ends(i);
		if (i % 3 == 0)
			send(CLIENT, SYN, A, 0, "");
		else
			send(CLIENT, ACK, A, B, "0123456789");
		now_ns += 100000;
	}
	evicts = conns_stats(conns)->evicts;
	assert_in_range(evicts, FLOOD / 2, FLOOD);
	n_messages = 0;
	for (unsigned i = 0; i < OPEN; i++) {
		number_ends(i);
		now_ns += 10000;
		/* Only who knows it can tell that this is old. */
		send(CLIENT, ACK, A - 10, B, "0123456789");
		assert_memory_equal(messages, "TCP_RETRANSMIT", 14);
		n_messages = 0;
	}
}

static void
test_what_is_idle_makes_room(void **state)
{
	enum { MANY = 20000 };

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		number_ends(i);
		handshake(A, B);
		n_messages = 0;
		now_ns += 50 * MS;
	}
	assert_in_range(conns_stats(conns)->evicts, MANY / 2, MANY);
	number_ends(MANY - 1);
	send(CLIENT, ACK, A - 10, B, "0123456789");
	assert_int_not_equal(n_messages, 0);
}

static void
test_memory_is_what_was_given(void **state)
{
	size_t before = reserved();

	(void)state;
	segments_end();
	assert_in_range(before - reserved(), MEMORY / 2,
	    MEMORY + sizeof(struct message_list) + RESERVED_SLACK);
	begin(state);
}

static void
test_the_hash_knows_no_direction(void **state)
{
	struct tuple t = tuples[CLIENT];

	(void)state;
	assert_int_equal(conns_hash(conns, &tuples[CLIENT]),
	    conns_hash(conns, &tuples[SERVER]));
	t.vlan[0] = 7;
	t.n_vlans = 1;
	t.source = 3;
	assert_int_equal(conns_hash(conns, &tuples[CLIENT]),
	    conns_hash(conns, &t));
	for (unsigned i = 0; i < 2; i++) {
		t = tuples[CLIENT];
		t.flags = (uint8_t)(i == 0 ? t.flags | TUPLE_V6 : t.flags);
		t.src[i == 0 ? 15 : 3] ^= 1;
		assert_int_not_equal(conns_hash(conns, &tuples[CLIENT]),
		    conns_hash(conns, &t));
	}
	/* One end that talks to itself. */
	memcpy(t.dst, t.src, sizeof(t.dst));
	t.dport = t.sport;
	tuples[CLIENT] = tuples[SERVER] = t;
	handshake(A, B);
	send(CLIENT, ACK, A, B, "0123456789");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_handshake_is_timed),
		TEST(test_a_repeated_syn_is_no_attempt_and_not_timed),
		TEST(test_both_ends_may_begin),
		TEST(test_a_refusal_must_acknowledge_the_syn),
		TEST(test_no_answer_in_time_is_a_failure),
		TEST(test_time_that_jumps_back_is_no_failure),
		TEST(test_a_reset_is_reported_once),
		TEST(test_a_reset_behind_a_fin_is_none),
		TEST(test_ports_are_used_again),
		TEST(test_bytes_sent_again),
		TEST(test_a_young_hole_is_filled_out_of_order),
		TEST(test_holes_are_remembered_each),
		TEST(test_a_window_closes_once),
		TEST(test_what_was_acknowledged_unseen_is_lost),
		TEST(test_an_acknowledgment_may_come_early),
		TEST(test_the_end_reports_what_is_lost),
		TEST(test_what_is_cut_or_older_is_not_lost),
		TEST(test_one_direction_loses_nothing),
		TEST(test_round_trips),
		TEST(test_timestamps_name_what_is_acknowledged),
		TEST(test_wild_numbers_move_nothing),
		TEST(test_three_in_a_row_are_another_connection),
		TEST(test_copies_are_counted_and_nothing_else),
		TEST(test_a_flood_drives_out_itself),
		TEST(test_what_is_idle_makes_room),
		TEST(test_memory_is_what_was_given),
		TEST(test_the_hash_knows_no_direction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

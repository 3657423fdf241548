/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What dissectors see of a connection: all of its bytes, in order and once,
 * however they come; and what becomes of what does not come.
 */
#include "tests/lib/segments.h"

enum { MEMORY = 8 << 20, ANY = 1000 };

static const uint32_t A = UINT32_MAX - 50, B = 5000;

/*
 * A protocol of lines.  "ONE" begins the client's, "one" the server's.  Each
 * line is logged; a line may tell the dissector what to do.
 */
static char log_text[1 << 20];
static size_t n_log;
static unsigned n_calls, n_closed;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	n_log += (size_t)vsnprintf(log_text + n_log, sizeof(log_text) - n_log,
	    format, args);
	va_end(args);
	assert_in_range(n_log, 0, sizeof(log_text) - 1);
}

static void
logged(const char *expected)
{
	assert_string_equal(log_text, expected);
	n_log = 0;
	log_text[0] = '\0';
}

static enum probe
probe_for(const struct cur *data, const char *client, const char *server)
{
	size_t n = cur_len(data) < 3 ? cur_len(data) : 3;

	if (memcmp(data->p, client, n) == 0)
		return n < 3 ? PROBE_MORE : PROBE_CLIENT;
	if (memcmp(data->p, server, n) == 0)
		return n < 3 ? PROBE_MORE : PROBE_SERVER;
	return PROBE_NO;
}

static enum probe
one_probe(const struct cur *data)
{
	return probe_for(data, "ONE", "one");
}

static enum probe
two_probe(const struct cur *data)
{
	return probe_for(data, "TWO", "two");
}

static enum stream_verdict
do_line(struct stream *s, const char *line, int n)
{
	unsigned skip;

	note("%c%.*s\n", s->is_server ? '<' : '>', n, line);
	if (n == 4 && memcmp(line, "done", 4) == 0)
		return STREAM_DONE;
	if (n == 5 && memcmp(line, "leave", 5) == 0)
		return STREAM_LEAVE;
	if (n == 3 && memcmp(line, "bad", 3) == 0)
		return STREAM_BAD;
	if (n == 5 && memcmp(line, "again", 5) == 0)
		return STREAM_AGAIN;
	if (sscanf(line, "skip %u\n", &skip) == 1) {
		size_t here =
		    skip < cur_len(&s->data) ? skip : cur_len(&s->data);

		s->data.p += here;
		s->skip = skip - here;
	}
	return STREAM_MORE;
}

static enum stream_verdict
lines(struct stream *s)
{
	uint64_t *calls = s->own, *both = s->shared;

	n_calls++;
	if (s->is_fresh) {
		note("%s", s->is_server ? "<fresh\n" : ">fresh\n");
		assert_int_equal(*calls, 0);
	}
	++*calls;
	++*both;
	while (cur_len(&s->data) > 0) {
		const uint8_t *p = s->data.p;
		const uint8_t *lf = memchr(p, '\n', cur_len(&s->data));
		enum stream_verdict verdict;

		if (lf == NULL)
			break;
		s->data.p = lf + 1;
		verdict = do_line(s, (const char *)p, (int)(lf - p));
		if (verdict != STREAM_MORE)
			return verdict;
	}
	if (s->is_end)
		note("%s", s->is_server ? "<end\n" : ">end\n");
	return STREAM_MORE;
}

static void
lines_close(void *own[2], void *shared, const struct codecs *codecs)
{
	(void)own;
	(void)codecs;
	assert_int_not_equal(*(uint64_t *)shared, 0);
	n_closed++;
}

static const struct dissector one = { .name = "one",
	.by = BY_TCP_DATA,
	.probe = one_probe,
	.stream = lines,
	.close = lines_close };
static const struct dissector two = { .name = "two",
	.by = BY_TCP_DATA,
	.probe = two_probe,
	.stream = lines };
static const struct dissector *const list[] = { &one, &two };

static int
begin(void **state)
{
	(void)state;
	segments_begin(list, 2, MEMORY);
	n_log = n_calls = n_closed = 0;
	log_text[0] = '\0';
	return 0;
}

static int
end(void **state)
{
	(void)state;
	segments_end();
	return 0;
}

static const struct conns_stats *
stats(void)
{
	return conns_stats(conns);
}

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

/* A generator of its own: the same in every run, on every machine. */
static uint32_t
pick(uint32_t n)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32) % n;
}

enum { TEXT = 6000, PIECES = 400 };
static char text[TEXT + 1];

struct cut {
	uint32_t at, n;
};

/* Lines of random length, some of which let others be skipped. */
static void
write_text(char *expected)
{
	uint32_t n = (uint32_t)sprintf(text, "ONE\n"), line;
	int more;

	expected += sprintf(expected, ">fresh\n>ONE\n");
	while (n < TEXT - 200) {
		line = n;
		if (pick(8) == 0) {
			more = sprintf(text + n, "skip %u\n", pick(100));
			expected += sprintf(expected, ">%s", text + n);
			n += (uint32_t)more;
			memset(text + n, '#', (size_t)atoi(text + line + 5));
			n += (uint32_t)atoi(text + line + 5);
			continue;
		}
		for (uint32_t i = 1 + pick(90); i > 0; i--)
			text[n++] = (char)('a' + pick(26));
		text[n++] = '\n';
		text[n] = '\0';
		expected += sprintf(expected, ">%s", text + line);
	}
	text[n] = '\0';
	sprintf(expected, ">end\n");
}

/*
 * Cuts the text into pieces, some twice, some overlapping, and shuffles those
 * that are near each other.
 */
static unsigned
cut_text(struct cut *cuts)
{
	uint32_t len = (uint32_t)strlen(text), at = 0;
	unsigned n = 0;

	while (at < len && n < PIECES - 2) {
		uint32_t k = 1 + pick(pick(2) != 0 ? 200 : 20);
		uint32_t before = pick(4) == 0 ? pick(50) : 0;

		if (k > len - at || n == PIECES - 3)
			k = len - at;
		if (before > at)
			before = at;
		cuts[n++] = (struct cut){ at - before, k + before };
		if (pick(5) == 0) {
			cuts[n] = cuts[pick(n)];
			n++;
		}
		at += k;
	}
	for (unsigned i = 0; i < n; i++) {
		unsigned other = i + pick(n - i < 30 ? n - i : 30);
		struct cut c = cuts[i];

		cuts[i] = cuts[other];
		cuts[other] = c;
	}
	return n;
}

static void
test_any_order_gives_the_same_bytes(void **state)
{
	static char expected[3 * TEXT], piece[TEXT];
	static struct cut cuts[PIECES];
	uint32_t fin, acked = A;

	for (unsigned round = 0; round < 300; round++) {
		begin(state);
		write_text(expected);
		fin = (uint32_t)strlen(text);
		handshake(A, B);
		for (unsigned i = 0, n = cut_text(cuts); i < n; i++) {
			memcpy(piece, text + cuts[i].at, cuts[i].n);
			piece[cuts[i].n] = '\0';
			if (i == n / 2)
				send(CLIENT, FIN | ACK, A + fin, B, "");
			send(CLIENT, ACK, A + cuts[i].at, B, piece);
			if (pick(3) == 0)
				send(SERVER, ACK, B, acked, "");
		}
		logged(expected);
		assert_int_equal(stats()->gaps, 0);
		assert_int_equal(stats()->overlaps, 0);
		end(state);
	}
	begin(state);
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
		TEST(test_a_sure_one_replaces_the_attached),
		TEST(test_other_numbers_are_a_gap),
		TEST(test_a_long_rest_is_not_read_for_each_byte),
		TEST(test_a_rest_has_a_bound),
		TEST(test_datagrams),
		TEST(test_old_streams_make_room),
		TEST(test_any_order_gives_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits for its turn: one segment lets go more than it may read, and the
 * packets that follow, time, or the end read the rest.
 */
#include "tests/lib/toy_streams.h"

enum {
	LINE = 50, /* bytes of one, with its end */
	FULL = 1450, /* bytes of a full segment: 29 lines */
	TURN = 4000, /* more than a packet may read, with its own */
	S = 1000 * MS
};

static struct tuple home[2];
static char text[1 << 20];
static char expected[1 << 20];
static size_t n_text;

/* Lines of LINE bytes, numbered, n bytes in all; the first begins "ONE". */
static void
write_lines(size_t n)
{
	for (n_text = 0; n_text < n; n_text += LINE) {
		snprintf(text + n_text, LINE, "ONE %06zu ", n_text);
		memset(text + n_text + 11, '.', LINE - 12);
		text[n_text + LINE - 1] = '\n';
	}
	text[n_text] = '\0';
}

/* What reading lines of the text from at on logs. */
static char *
expect(char *out, size_t at, size_t until)
{
	for (; at < until; at += LINE)
		out += sprintf(out, ">%.*s", LINE, text + at);
	return out;
}

static uint8_t
send_text(size_t at, size_t n)
{
	struct segment s = segment(ACK, A + (uint32_t)at, B, "");

	s.data = (const uint8_t *)text + at;
	s.len = s.caplen = (uint32_t)n;
	return take(CLIENT, s);
}

/* A packet of another connection, with nothing to read. */
static void
send_other(void)
{
	memcpy(home, tuples, sizeof(home));
	tuples[CLIENT].sport = tuples[SERVER].dport = 40001;
	send(CLIENT, ACK, 1, 1, "");
	memcpy(tuples, home, sizeof(home));
}

/* All but the first line waits, n bytes; 1 ms between segments. */
static void
let_wait(size_t n)
{
	write_lines(n);
	handshake(A, B);
	for (size_t at = LINE; at < n; at += FULL) {
		now_ns += MS;
		send_text(at, n - at < FULL ? n - at : FULL);
	}
	now_ns += MS;
	logged("");
}

static void
whole_is_logged(void)
{
	sprintf(expected, ">fresh\n");
	expect(expected + strlen(expected), 0, n_text);
	logged(expected);
	assert_int_equal(stats()->gaps, 0);
	assert_int_equal(stats()->buffers_full, 0);
}

static void
test_one_packet_reads_a_bounded_amount(void **state)
{
	size_t before;

	(void)state;
	let_wait(100000);
	send_text(0, LINE);
	assert_in_range(n_log, LINE, TURN);
	assert_true(conns_is_behind(conns));
	/* So does each that follows, whoever's it is, and makes headway. */
	for (unsigned i = 0; conns_is_behind(conns); i++) {
		before = n_log;
		if (i % 2 == 0)
			send_other();
		else
			send(SERVER, ACK, B, A + LINE, "");
		assert_in_range(n_log, before + 1, before + TURN);
	}
	whole_is_logged();
}

/* A sender that goes on is read in the right order, and caught up with. */
static void
test_its_sender_may_go_on(void **state)
{
	size_t at = 100000 / LINE * LINE;
	unsigned n = 0;

	(void)state;
	let_wait(at);
	write_lines(400000);
	send_text(0, LINE);
	for (; conns_is_behind(conns) && at + FULL <= n_text; at += FULL, n++)
		send_text(at, FULL);
	assert_false(conns_is_behind(conns));
	n_text = at;
	whole_is_logged();
	assert_in_range(n, 50, 200);
}

/* What the other end says meanwhile comes behind what it may answer. */
static void
test_the_other_end_keeps_its_place(void **state)
{
	char *end;

	(void)state;
	let_wait(10000);
	send_text(0, LINE);
	send(SERVER, ACK, B, A + 10000, "one a\n");
	now_ns += MS;
	send(CLIENT, ACK, A + 10000, B, "ONE b\n");
	now_ns += MS;
	send(SERVER, ACK, B + 6, A + 10006, "one c\n");
	catch_up();
	end = expected + sprintf(expected, ">fresh\n");
	end = expect(end, 0, n_text);
	sprintf(end, "<fresh\n<one a\n>ONE b\n<one c\n");
	logged(expected);
}

static void
test_time_reads_what_is_left(void **state)
{
	(void)state;
	let_wait(100000);
	send_text(0, LINE);
	conns_advance(conns, now_ns, NULL);
	assert_false(conns_is_behind(conns));
	whole_is_logged();
}

/* Time is bounded, too. */
static void
test_time_reads_a_bounded_amount(void **state)
{
	enum { CONNECTIONS = 8, EACH = 60000 };
	unsigned n = 0;

	(void)state;
	write_lines(EACH);
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		tuples[CLIENT].sport = tuples[SERVER].dport =
		    (uint16_t)(50000 + i);
		handshake(A, B);
		for (size_t at = LINE; at < EACH; at += FULL)
			send_text(at, EACH - at < FULL ? EACH - at : FULL);
	}
	logged("");
	/* Each is let go, and no packet but these comes. */
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		tuples[CLIENT].sport = tuples[SERVER].dport =
		    (uint16_t)(50000 + i);
		send_text(0, LINE);
	}
	while (conns_is_behind(conns)) {
		size_t before = n_log;

		conns_advance(conns, now_ns, NULL);
		assert_in_range(n_log, before + 1, before + 300000);
		n++;
	}
	assert_in_range(n, 2, 10);
	assert_in_range(n_log, CONNECTIONS * EACH,
	    CONNECTIONS * EACH * 11 / 10);
	assert_int_equal(stats()->buffers_full, 0);
}

/* A reset gives up the holes; what was between them is read in turns. */
static void
test_a_reset_reads_in_turns(void **state)
{
	char *end;

	(void)state;
	write_lines(100000);
	handshake(A, B);
	send_text(0, LINE);
	for (size_t at = 2 * LINE; at < n_text; at += 600)
		send_text(at, 550);
	send(SERVER, RST, B, 0, "");
	assert_in_range(n_log, LINE, TURN);
	assert_int_equal(n_closed, 0);
	/* The same ends begin anew meanwhile. */
	now_ns += MS;
	handshake(A + 500000, B + 500000);
	send(CLIENT, ACK, A + 500000, B + 500000, "TWO\n");
	catch_up();
	assert_int_equal(n_closed, 1);
	assert_non_null(strstr(log_text, ">TWO\n"));
	assert_int_equal(stats()->gaps, (n_text - 2 * LINE + 599) / 600);
	/* Every line that came was read, in order. */
	end = log_text;
	for (size_t at = 2 * LINE; at < n_text; at += LINE) {
		if ((at - 2 * LINE) % 600 == 550)
			continue;
		expect(expected, at, at + LINE);
		end = strstr(end, expected);
		assert_non_null(end);
	}
}

/* A FIN that was seen is passed on when its turn comes. */
static void
test_the_end_comes_last(void **state)
{
	char *end;

	(void)state;
	let_wait(20000);
	send(CLIENT, FIN | ACK, A + 20000, B, "");
	send_text(0, LINE);
	send(SERVER, FIN | ACK, B, A + 20001, "one\n");
	catch_up();
	end = expected + sprintf(expected, ">fresh\n");
	end = expect(end, 0, n_text);
	sprintf(end, "<fresh\n<one\n>end\n<end\n");
	logged(expected);
	assert_int_equal(n_closed, 1);
}

/* A SYN of another host, which may drive somebody out of the table. */
static void
knock(unsigned i)
{
	memcpy(home, tuples, sizeof(home));
	memcpy(tuples[CLIENT].src, &i, 4);
	memcpy(tuples[SERVER].dst, &i, 4);
	send(CLIENT, SYN, 1, 0, "");
	memcpy(tuples, home, sizeof(home));
}

/* Who is driven out of the table is read to the end, too. */
static void
test_an_eviction_reads_in_turns(void **state)
{
	unsigned i = 0;

	(void)state;
	while (stats()->evicts == 0)
		knock(i++);
	let_wait(100000);
	send_text(0, LINE);
	send(CLIENT, FIN | ACK, A + 100000, B, "");
	send(SERVER, FIN | ACK, B, A + 100001, "");
	knock(i);
	assert_true(conns_is_behind(conns));
	assert_int_equal(conns_app(conns, &tuples[CLIENT],
			     conns_hash(conns, &tuples[CLIENT])),
	    0);
	catch_up();
	sprintf(expect(expected + sprintf(expected, ">fresh\n"), 0, n_text),
	    ">end\n");
	logged(expected);
	assert_int_equal(n_closed, 1);
}

/* A message has the time of its bytes, not of who reads them. */
static int64_t times[4];
static uint32_t lens[4];
static unsigned n_times;

static enum stream_verdict
speak(struct stream *s)
{
	message_text(s->messages, MESSAGE_HTTP_RESPONSE, "")->value =
	    (uint64_t)s->ts_ns;
	s->data.p = s->data.end;
	return STREAM_MORE;
}

static void
on_time(void *arg, const struct track_packet *p, struct message_list *emitted)
{
	(void)arg;
	for (unsigned i = 0; i < emitted->n; i++) {
		if (emitted->m[i].kind != MESSAGE_HTTP_RESPONSE || n_times == 4)
			continue;
		assert_int_equal(p->ts_ns, emitted->m[i].value);
		times[n_times] = p->ts_ns;
		lens[n_times++] = p->context->ip_len;
	}
}

static void
send_as(uint32_t ip_len, size_t at, size_t n)
{
	struct track_context context = { .ip_len = ip_len, .slot = 1 };
	struct track_packet p = { .tuple = &tuples[CLIENT],
		.ts_ns = now_ns,
		.context = &context };
	struct segment s = segment(ACK, A + (uint32_t)at, B, "");

	s.data = (const uint8_t *)text + at;
	s.len = s.caplen = (uint32_t)n;
	p.hash = conns_hash(conns, p.tuple);
	conns_segment(conns, &p, &s);
}

static void
test_times_and_context_stay(void **state)
{
	static const struct dissector speaker = { .name = "speaker",
		.by = BY_TCP_DATA,
		.probe = one_probe,
		.stream = speak };
	static const struct dissector *const speakers[] = { &speaker };
	static const struct hash_key keys[2] = { { 1, 2 }, { 3, 4 } };
	struct conns_config config = { .memory = MEMORY,
		.keys = keys,
		.dissect = &tables,
		.emit = on_time };
	int64_t second, third;

	(void)state;
	conns_free(conns);
	tables.list = speakers;
	tables.n = tables.tcp_data.n = 1;
	conns = conns_new(&config);
	n_times = 0;
	write_lines(10000);
	handshake(A, B);
	second = now_ns += MS;
	send_as(11, 500, 400);
	third = now_ns += MS;
	for (size_t at = 900; at < 8900; at += 100)
		send_as(12, at, 100);
	now_ns += MS;
	send_as(13, 0, 500);
	assert_true(conns_is_behind(conns));
	assert_int_equal(n_times, 4);
	assert_int_equal(times[0], now_ns);
	assert_int_equal(times[1], second);
	assert_int_equal(times[2], third);
	/* Those that are read later are the same packet's. */
	n_times = 0;
	now_ns += S;
	send_as(14, 8900, 0);
	assert_int_equal(n_times, 4);
	assert_int_equal(times[0], third);
	assert_int_equal(lens[0], 13);
}

/* However many connections are let go at once, the memory is what it was. */
static void
test_memory_is_bounded(void **state)
{
	enum { CONNECTIONS = 400, EACH = 40000 };

	(void)state;
	write_lines(EACH);
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		tuples[CLIENT].sport = tuples[SERVER].dport =
		    (uint16_t)(20000 + i);
		handshake(A, B);
		for (size_t at = LINE; at < EACH; at += FULL)
			send_text(at, EACH - at < FULL ? EACH - at : FULL);
		send_text(0, LINE);
		send(SERVER, RST, B, 0, "");
		n_log = 0;
	}
	while (conns_is_behind(conns)) {
		conns_advance(conns, now_ns, NULL);
		n_log = 0;
	}
	/* All is given back: as much waits again. */
	log_text[0] = '\0';
	let_wait(200000);
	send_text(0, LINE);
	catch_up();
	sprintf(expected, ">fresh\n");
	expect(expected + strlen(expected), 0, n_text);
	logged(expected);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_packet_reads_a_bounded_amount),
		TEST(test_its_sender_may_go_on),
		TEST(test_the_other_end_keeps_its_place),
		TEST(test_time_reads_what_is_left),
		TEST(test_time_reads_a_bounded_amount),
		TEST(test_a_reset_reads_in_turns),
		TEST(test_the_end_comes_last),
		TEST(test_an_eviction_reads_in_turns),
		TEST(test_times_and_context_stay),
		TEST(test_memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reverse look-ups against a DNS server in the same loop that answers well,
 * badly or not at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/enrich/resolve.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "tests/lib/dns_server.h"

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

static struct loop *l;
static struct resolve *r;
static struct loop_event *limit;
static int64_t skew_ns; /* of the resolver's clock */
static char told[4096];
static unsigned n_told;
static unsigned n_wanted; /* questions or answers that the test waits for */
static bool is_in_time;
static bool wants_idle; /* that nothing is under way */
static uint64_t most_in_flight;

static int64_t
clock_ns(void)
{
	return loop_mono_ns() + skew_ns;
}

static void
check_wanted(void)
{
	struct resolve_stats s;

	if (r == NULL)
		return;
	s = resolve_stats(r);
	if (most_in_flight < s.in_flight)
		most_in_flight = s.in_flight;
	if (wants_idle ? s.in_flight == 0
		       : s.names + s.none + s.refused + s.failed >= n_wanted)
		loop_stop(l);
}

static void
on_name(void *arg, const uint8_t *addr, bool is_v6, const char *name,
    size_t len)
{
	char text[INET6_ADDRSTRLEN];
	size_t n = strlen(told);

	assert_ptr_equal(arg, &told);
	assert_int_equal(strlen(name), len);
	inet_ntop(is_v6 ? AF_INET6 : AF_INET, addr, text, sizeof(text));
	snprintf(told + n, sizeof(told) - n, "%s %s\n", text, name);
	n_told++;
}

static void
out_of_time(void *arg)
{
	(void)arg;
	is_in_time = false;
	loop_stop(l);
}

static void
poll_stats(void *arg)
{
	(void)arg;
	check_wanted();
}

static struct loop_event *poller;

static int
setup(void **state)
{
	(void)state;
	l = loop_new();
	dns_server_begin(l);
	limit = loop_timer(l, out_of_time, NULL);
	poller = loop_every(l, MS, poll_stats, NULL);
	skew_ns = 0;
	n_told = 0;
	told[0] = '\0';
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	resolve_free(r);
	resolve_free(NULL);
	r = NULL;
	loop_free(l);
	dns_server_end();
	return 0;
}

static void
make(unsigned in_flight, unsigned per_second, uint32_t cache)
{
	struct resolve_config config = { .server = address,
		.in_flight = in_flight,
		.per_second = per_second,
		.cache = cache,
		.timeout_ms = 300,
		.mono_ns = clock_ns,
		.answer = on_name,
		.arg = &told };

	r = resolve_new(loop_base(l), &config);
	assert_non_null(r);
}

static void
ask(unsigned a, unsigned b, unsigned c, unsigned d)
{
	uint8_t addr[16] = { (uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d };

	resolve_ask(r, addr, false);
}

static void
run(void)
{
	is_in_time = true;
	loop_timer_set(limit, 20 * SECOND);
	loop_run(l);
	assert_true(is_in_time);
}

/* Runs until so many questions have been done with. */
static void
wait_for(unsigned n)
{
	n_wanted = n;
	run();
}

static void
wait_until_idle(void)
{
	wants_idle = true;
	run();
	wants_idle = false;
}

static void
test_names(void **state)
{
	uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };

	(void)state;
	make(4, 1000, 0);
	ask(NAME, 2, 3, 4);
	ask(NAME, 2, 3, 4);
	wait_for(1);
	assert_string_equal(told, "10.2.3.4 h-2-3-4.example\n");
	assert_int_equal(resolve_stats(r).known, 1);
	/* What is known is told at once, without a question. */
	ask(NAME, 2, 3, 4);
	assert_int_equal(n_told, 2);
	told[0] = '\0';
	resolve_ask(r, v6, true);
	ask(BEHIND_CNAME, 1, 1, 1);
	ask(TWICE, 1, 1, 1);
	wait_for(4);
	assert_non_null(strstr(told, "2001:db8::1 h-6-6-6.example\n"));
	assert_non_null(strstr(told, "21.1.1.1 two.names\n"));
	assert_non_null(strstr(told, "24.1.1.1 h-1-1-1.example\n"));
	assert_int_equal(n_told, 5);
	assert_int_equal(n_asked, 4);
	assert_int_equal(resolve_stats(r).names, 4);
}

static void
test_no_names(void **state)
{
	struct resolve_stats s;

	(void)state;
	make(16, 1000, 0);
	for (unsigned how = NO_SUCH_NAME; how <= POINTER_LOOP; how++)
		ask(how, 1, 1, 1);
	wait_for(POINTER_LOOP - NO_SUCH_NAME + 1);
	s = resolve_stats(r);
	assert_int_equal(n_told, 0);
	assert_int_equal(s.names, 0);
	assert_int_equal(s.none, 2); /* NXDOMAIN, no data */
	assert_int_equal(s.refused, 0);
	assert_int_equal(s.failed, 8);
	assert_int_equal(s.in_flight + s.waiting, 0);
	/* Each is remembered, and a question is sent once. */
	assert_true(n_asked <= 2 * 10);
	for (unsigned how = NO_SUCH_NAME; how <= POINTER_LOOP; how++)
		ask(how, 1, 1, 1);
	assert_int_equal(resolve_stats(r).known, 10);
	assert_int_equal(resolve_stats(r).sent, 10);
	assert_int_equal(n_told, 0);
}

static void
test_forged(void **state)
{
	(void)state;
	make(4, 1000, 0);
	ask(FORGED, 1, 1, 1);
	wait_for(1);
	assert_int_equal(n_told, 1);
	assert_null(strstr(told, ".example\n"));
}

static void
test_cut_answers(void **state)
{
	unsigned n = 0;

	(void)state;
	make(64, 1000000, 0);
	for (unsigned i = 0; i < 64; i++, n++)
		ask(CUT, 1, 1, i);
	wait_for(n);
	assert_int_equal(resolve_stats(r).names, 0);
}

static unsigned n_raw_asked;

static uint64_t
refused_or_failed(void)
{
	struct resolve_stats s = resolve_stats(r);

	return s.refused + s.failed + s.none;
}

static void
ask_raw(void)
{
	ask(RAW, 1, n_raw_asked / 256, n_raw_asked % 256);
	wait_for(++n_raw_asked);
}

static void
test_hostile_names(void **state)
{
	static const char *const bad[] = { "<b>x</b>", "a b", "\x1b[31m", "a\n",
		"\xff\xfe", "a/b", "\xe2\x80\xae", "a\\", "$(x)", "10" };
	static char digits[] = "abcdefghij";
	unsigned n_bad = sizeof(bad) / sizeof(bad[0]);

	(void)state;
	n_raw_asked = 0;
	make(4, 100000, 0);
	for (unsigned i = 0; i < n_bad; i++) {
		labels(bad[i], strlen(bad[i]), 1, NULL);
		ask_raw();
	}
	labels("10", 2, 4, NULL); /* an address */
	ask_raw();
	labels("", 0, 0, NULL); /* the root */
	ask_raw();
	labels("a.", 2, 1, "b"); /* an empty label, once it is text */
	ask_raw();
	assert_int_equal(refused_or_failed(), n_bad + 3);
	assert_int_equal(n_told, 0);
	/* evdns ends a name at its NUL; what is left is a name or none. */
	labels("ok.a\0b", 6, 1, "c");
	ask_raw();
	assert_true(n_told == 0 || strstr(told, " ok.a\n") != NULL);
	/* As long as they come. */
	for (unsigned n = 1; n <= 25; n++) {
		labels(digits, 9, n, "x");
		ask_raw();
	}
	assert_true(resolve_stats(r).names >= 6);
	for (const char *p = told; *p != '\0'; p++)
		assert_true(*p == '\n' || (*p >= ' ' && *p < 127));
}

/* The clock goes on; the wire has to be asked again, but not before. */
static void
test_answers_expire(void **state)
{
	static const struct {
		enum how how;
		uint32_t ttl;
		int64_t kept_s;
	} cases[] = { { NAME, 300, 300 }, { NAME, 0, RESOLVE_TTL_MIN },
		{ NAME, 0xffffffff, RESOLVE_TTL_MIN },
		{ NAME, 0x7fffffff, RESOLVE_TTL_MAX },
		{ NO_SUCH_NAME, 300, RESOLVE_TTL_NONE },
		{ SERVFAIL, 300, RESOLVE_TTL_FAILED },
		{ GARBAGE, 300, RESOLVE_TTL_NONE } };
	unsigned n = 0;

	(void)state;
	make(4, 100000, 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ttl = cases[i].ttl;
		ask(cases[i].how, 1, 1, i);
		wait_for(++n);
		skew_ns += (cases[i].kept_s - 20) * SECOND;
		ask(cases[i].how, 1, 1, i);
		assert_int_equal(resolve_stats(r).sent, n);
		skew_ns += 21 * SECOND;
		ask(cases[i].how, 1, 1, i);
		wait_for(++n);
		assert_int_equal(resolve_stats(r).sent, n);
	}
}

static void
test_pace(void **state)
{
	int64_t start = loop_mono_ns(), took;

	(void)state;
	make(16, 100, 0);
	for (unsigned i = 0; i < 31; i++)
		ask(NAME, 1, 1, i);
	wait_for(31);
	took = loop_mono_ns() - start;
	assert_true(took >= 300 * MS);
	assert_int_equal(n_asked, 31);
}

static void
test_in_flight(void **state)
{
	(void)state;
	make(3, 100000, 0);
	for (unsigned i = 0; i < 7; i++)
		ask(SILENCE, 1, 1, i);
	most_in_flight = 0;
	wait_for(7);
	assert_int_equal(most_in_flight, 3);
	assert_int_equal(resolve_stats(r).failed, 7);
	assert_int_equal(n_asked, 7);
}

static void
test_cache(void **state)
{
	(void)state;
	make(2, 100000, 8);
	for (unsigned i = 0; i < 12; i++)
		ask(NAME, 1, 1, i);
	assert_int_equal(resolve_stats(r).full, 4);
	wait_for(8);
	assert_int_equal(n_told, 8);
	/* Room for another is the oldest's; that is asked for again. */
	ask(NAME, 1, 1, 100);
	wait_for(9);
	ask(NAME, 1, 1, 7);
	assert_int_equal(n_told, 10);
	assert_int_equal(resolve_stats(r).sent, 9);
	ask(NAME, 1, 1, 0);
	wait_for(10);
	assert_int_equal(resolve_stats(r).full, 4);
}

static void
test_addresses_without_a_host(void **state)
{
	uint8_t v6[16] = { 0 };

	(void)state;
	make(4, 1000, 0);
	ask(0, 1, 2, 3);
	ask(224, 0, 0, 251);
	ask(239, 1, 1, 1);
	ask(255, 255, 255, 255);
	resolve_ask(r, v6, true);
	v6[0] = 0xff;
	resolve_ask(r, v6, true);
	assert_int_equal(resolve_stats(r).ignored, 6);
	assert_int_equal(resolve_stats(r).sent, 0);
}

/* A silent server gets one question per pause, until it answers. */
static void
test_silent_server(void **state)
{
	uint64_t sent;

	(void)state;
	log_init(true, false);
	make(16, 100000, 0);
	is_dead = true;
	for (unsigned i = 0; i < 100; i++)
		ask(NAME, 1, 1, i);
	wait_until_idle();
	/* Seven make room for others before it is silent. */
	assert_in_range(resolve_stats(r).sent, 16, 23);
	for (unsigned i = 0; i < 3; i++) {
		sent = resolve_stats(r).sent;
		skew_ns += ((10 << i) - 1) * SECOND;
		ask(NAME, 1, 2, i);
		assert_int_equal(resolve_stats(r).sent, sent);
		skew_ns += 2 * SECOND;
		ask(NAME, 1, 3, i);
		ask(NAME, 1, 4, i);
		assert_int_equal(resolve_stats(r).sent, sent + 1);
		wait_until_idle();
		assert_int_equal(resolve_stats(r).sent, sent + 1);
	}
	is_dead = false;
	skew_ns += 80 * SECOND;
	ask(NAME, 1, 5, 0);
	wait_for(110);
	assert_int_equal(resolve_stats(r).names, 110 - sent - 1);
	assert_int_equal(n_asked, 110);
}

/* A port that nobody listens on. */
static void
test_no_server(void **state)
{
	(void)state;
	make(4, 1000, 0);
	loop_event_free(readable);
	close(server);
	server = -1;
	for (unsigned i = 0; i < 6; i++)
		ask(NAME, 1, 1, i);
	wait_for(6);
	assert_int_equal(resolve_stats(r).failed, 6);
	server = socket(AF_INET, SOCK_DGRAM, 0);
}

static void
free_it(void *arg)
{
	(void)arg;
	resolve_free(r);
	r = NULL;
	loop_stop(l);
}

/* Freed while questions are under way, and answers have just come. */
static void
test_freed_any_time(void **state)
{
	struct loop_event *t = loop_timer(l, free_it, NULL);

	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		make(64, 1000000, 0);
		for (unsigned k = 0; k < 60; k++)
			ask(k % 3 == 0 ? SILENCE : NAME, 1, i, k);
		loop_timer_set(t, (int64_t)i * 50000);
		n_wanted = 1000;
		loop_run(l);
		assert_null(r);
	}
	loop_timer_set(t, 50 * MS);
	loop_run(l);
}

static void
test_what_is_no_server(void **state)
{
	static const char *const bad[] = { "", "dns.example", "1.2.3", "[::1",
		"1.2.3.4:99999", "1.2.3.4:x" };
	struct resolve_config config = { .answer = on_name };

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		config.server = bad[i];
		if (resolve_new(loop_base(l), &config) != NULL)
			fail_msg("'%s' is taken as a server", bad[i]);
	}
	config.server = "::1";
	r = resolve_new(loop_base(l), &config);
	assert_non_null(r);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_names),
		TEST(test_no_names),
		TEST(test_forged),
		TEST(test_cut_answers),
		TEST(test_hostile_names),
		TEST(test_answers_expire),
		TEST(test_pace),
		TEST(test_in_flight),
		TEST(test_cache),
		TEST(test_addresses_without_a_host),
		TEST(test_silent_server),
		TEST(test_no_server),
		TEST(test_freed_any_time),
		TEST(test_what_is_no_server),
	};

	return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}

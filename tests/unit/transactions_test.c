/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS transactions: cases by hand, and random ones against a plain list.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/meter/transactions.h"
#include "tests/lib/transactions_model.h"
#include "tests/lib/reserved.h"

#define SECOND INT64_C(1000000000)
#define MS INT64_C(1000000)

static const struct hash_key hash_key = { 3, 4 };
static struct transactions *t;
static uint64_t random_state = 1;

static uint32_t
random_below(uint32_t n)
{
	random_state =
	    random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % n;
}

static int
setup(void **state)
{
	(void)state;
	t = transactions_new(1 << 20, &hash_key);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	transactions_free(t);
	transactions_free(NULL);
	return 0;
}

/* From a client to its server. */
static const struct tuple there = { .src = { 192, 0, 2, 1 },
	.dst = { 192, 0, 2, 53 },
	.sport = 40000,
	.dport = 53,
	.proto = 17,
	.flags = TUPLE_PORTS };

static struct tuple
back(struct tuple q)
{
	struct tuple r = q;

	memcpy(r.src, q.dst, 16);
	memcpy(r.dst, q.src, 16);
	r.sport = q.dport;
	r.dport = q.sport;
	return r;
}

static void
check(void)
{
	const struct transactions_stats *s = transactions_stats(t);

	assert_int_equal(s->begun,
	    s->answered + s->unanswered + s->evicted + s->waiting);
}

static void
query_of(struct tuple q, uint64_t value, const char *name, int64_t ts_ns)
{
	transactions_query(t, &q, value, name, strlen(name), ts_ns);
	check();
}

static enum transaction
response_to(struct tuple q, uint64_t value, const char *name, int64_t ts_ns,
    uint64_t *elapsed_us)
{
	struct tuple r = back(q);
	enum transaction what;

	what = transactions_response(t, elapsed_us, &r, value, name,
	    strlen(name), ts_ns);
	check();
	return what;
}

static void
query(uint16_t id, const char *name, int64_t ts_ns)
{
	query_of(there, message_dns(id, 1, false), name, ts_ns);
}

static enum transaction
response(uint16_t id, const char *name, int64_t ts_ns)
{
	uint64_t elapsed_us;

	return response_to(there, message_dns(id, 1, false), name, ts_ns,
	    &elapsed_us);
}

static char told[4096];

static void
tell(void *arg, const char *name, size_t len)
{
	size_t n = strlen(told);

	assert_ptr_equal(arg, &told);
	assert_int_equal(strlen(name), len);
	snprintf(told + n, sizeof(told) - n, "%s ", name);
}

/* The names that leave as unanswered. */
static const char *
advance(int64_t now_ns)
{
	told[0] = '\0';
	while (transactions_advance(t, now_ns, tell, &told))
		;
	check();
	return told;
}

static void
test_query_and_response(void **state)
{
	uint64_t elapsed_us = 0, value = message_dns(7, 28, false);
	struct tuple v6 = there;

	(void)state;
	query_of(there, value, "a.example", 5 * SECOND);
	assert_int_equal(response_to(there, value, "a.example",
			     5 * SECOND + 1234567, &elapsed_us),
	    TRANSACTION_ANSWER);
	assert_int_equal(elapsed_us, 1234);
	value = message_dns(8, 1, true);
	v6.flags |= TUPLE_V6;
	v6.src[15] = v6.dst[15] = 1;
	query_of(v6, value, "A.eXample", 0);
	assert_int_equal(response_to(v6, value, "a.ExamplE", 4 * SECOND,
			     &elapsed_us),
	    TRANSACTION_ANSWER);
	assert_int_equal(elapsed_us, 4000000);
	/* Two taps' clocks. */
	query(9, "b.example", SECOND);
	assert_int_equal(response_to(there, message_dns(9, 1, false),
			     "b.example", SECOND - 5000, &elapsed_us),
	    TRANSACTION_ANSWER);
	assert_int_equal(elapsed_us, 0);
}

/* Whatever differs, it is another transaction's response. */
static void
test_what_must_agree(void **state)
{
	struct tuple others[6];
	uint64_t value = message_dns(7, 1, false), unused;

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		others[i] = there;
	others[0].src[3]++;
	others[1].dst[0]++;
	others[2].sport++;
	others[3].dport++;
	others[4].flags |= TUPLE_V6;
	others[5] = back(there);
	query(7, "a.example", 0);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(response_to(others[i], value, "a.example", 0,
				     &unused),
		    TRANSACTION_ORPHAN);
	assert_int_equal(response(8, "a.example", 0), TRANSACTION_ORPHAN);
	assert_int_equal(response(7, "b.example", 0), TRANSACTION_ORPHAN);
	assert_int_equal(response(7, "a.exampl", 0), TRANSACTION_ORPHAN);
	assert_int_equal(response_to(there, message_dns(7, 28, false),
			     "a.example", 0, &unused),
	    TRANSACTION_ORPHAN);
	assert_int_equal(response_to(there, message_dns(7, 257, false),
			     "a.example", 0, &unused),
	    TRANSACTION_ORPHAN);
	assert_int_equal(response_to(there, message_dns(7, 1, true),
			     "a.example", 0, &unused),
	    TRANSACTION_ORPHAN);
	assert_int_equal(transactions_stats(t)->orphans, 12);
	assert_int_equal(response(7, "a.example", 0), TRANSACTION_ANSWER);
}

static void
test_no_question(void **state)
{
	uint64_t elapsed_us;

	(void)state;
	assert_int_equal(response(7, "", 0), TRANSACTION_ORPHAN);
	query(7, "b.example", 20 * MS);
	query(7, "a.example", 10 * MS);
	assert_int_equal(response_to(there, message_dns(7, 0, false), "",
			     50 * MS, &elapsed_us),
	    TRANSACTION_ANSWER);
	assert_int_equal(elapsed_us, 40000);
	assert_int_equal(response_to(there, message_dns(7, 0, false), "",
			     50 * MS, &elapsed_us),
	    TRANSACTION_ANSWER);
	assert_int_equal(elapsed_us, 30000);
	assert_int_equal(response(7, "", 51 * MS), TRANSACTION_COPY);
}

/* A query sent again, or copied by a span port, and what answers it. */
static void
test_copies(void **state)
{
	uint64_t elapsed_us = 0;

	(void)state;
	query(7, "a.example", 0);
	query(7, "a.example", 10 * MS);
	assert_int_equal(transactions_stats(t)->repeated, 1);
	assert_int_equal(response_to(there, message_dns(7, 1, false),
			     "a.example", 30 * MS, &elapsed_us),
	    TRANSACTION_ANSWER);
	assert_int_equal(elapsed_us, 30000);
	assert_int_equal(response(7, "a.example", 31 * MS), TRANSACTION_COPY);
	query(7, "a.example", 32 * MS);
	assert_int_equal(response(7, "a.example", 60 * MS), TRANSACTION_COPY);
	assert_int_equal(transactions_stats(t)->repeated, 2);
	assert_int_equal(transactions_stats(t)->copies, 2);
	/* Up to a second; then it is asked again. */
	query(7, "a.example", 30 * MS + SECOND);
	assert_int_equal(transactions_stats(t)->repeated, 3);
	query(7, "a.example", 31 * MS + SECOND);
	assert_int_equal(transactions_stats(t)->repeated, 3);
	assert_int_equal(response_to(there, message_dns(7, 1, false),
			     "a.example", 32 * MS + SECOND, &elapsed_us),
	    TRANSACTION_ANSWER);
	assert_int_equal(elapsed_us, 1000);
	assert_int_equal(transactions_stats(t)->begun, 2);
}

static void
test_unanswered(void **state)
{
	(void)state;
	query(1, "a.example", 0);
	query(2, "b.example", SECOND);
	query(3, "c.example", 2 * SECOND);
	assert_string_equal(advance(5 * SECOND), "");
	assert_string_equal(advance(5 * SECOND + 1), "a.example ");
	assert_int_equal(response(3, "c.example", 6 * SECOND),
	    TRANSACTION_ANSWER);
	assert_string_equal(advance(100 * SECOND), "b.example ");
	assert_string_equal(advance(200 * SECOND), "");
	/* Too late, and what the question is then. */
	assert_int_equal(response(2, "b.example", 7 * SECOND),
	    TRANSACTION_LATE);
	query(2, "b.example", 8 * SECOND);
	assert_int_equal(response(2, "b.example", 9 * SECOND),
	    TRANSACTION_ANSWER);
	assert_int_equal(transactions_stats(t)->evicted, 0);
}

/* A query again, before the first has been told as unanswered. */
static void
test_again_after_its_time(void **state)
{
	(void)state;
	query(1, "a.example", 0);
	query(1, "a.example", 6 * SECOND);
	assert_int_equal(transactions_stats(t)->repeated, 0);
	assert_string_equal(advance(6 * SECOND), "a.example ");
	assert_int_equal(response(1, "a.example", 7 * SECOND),
	    TRANSACTION_ANSWER);
	assert_int_equal(response(1, "a.example", 7 * SECOND),
	    TRANSACTION_COPY);
	query(4, "d.example", 0);
	assert_int_equal(response(4, "d.example", 6 * SECOND),
	    TRANSACTION_LATE);
	assert_string_equal(advance(6 * SECOND), "d.example ");
}

static void
test_time_jumps(void **state)
{
	(void)state;
	query(1, "a.example", 1000 * SECOND);
	query(2, "b.example", 999 * SECOND);
	assert_string_equal(advance(995 * SECOND), "");
	assert_string_equal(advance(994 * SECOND), "a.example ");
	query(3, "c.example", INT64_MAX);
	query(4, "d.example", INT64_MIN);
	assert_string_equal(advance(INT64_MIN), "b.example c.example ");
	assert_int_equal(response(4, "d.example", INT64_MAX), TRANSACTION_LATE);
	assert_string_equal(advance(INT64_MAX), "d.example ");
}

/* However many there are, and however rarely it is asked. */
static void
test_advance_never_lags(void **state)
{
	uint64_t n_left = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		query((uint16_t)i, "x", 0);
	told[0] = '\0';
	assert_false(transactions_advance(t, 10 * SECOND, tell, &told));
	assert_int_equal(transactions_stats(t)->unanswered, 1000);
	for (unsigned i = 0; i < 1000; i++) {
		query((uint16_t)i, "y", 20 * SECOND);
		transactions_advance(t, 20 * SECOND, tell, &told);
	}
	/* The time jumps: a few at a call, the oldest first. */
	do {
		told[0] = '\0';
		query(2000, "z", 40 * SECOND + (int64_t)n_left);
		n_left++;
	} while (transactions_advance(t, 40 * SECOND, tell, &told));
	assert_in_range(n_left, 50, 150);
	assert_int_equal(transactions_stats(t)->unanswered, 2000);
}

static void
test_for_whoever_knows(void **state)
{
	static const uint16_t ports[] = { 5353, 5355, 137 };
	uint64_t value = message_dns(0, 1, false), unused;
	struct tuple q = there;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		q.dport = ports[i];
		query_of(q, value, "a.local", 0);
		assert_int_equal(response_to(q, value, "a.local", 0, &unused),
		    TRANSACTION_NONE);
	}
	q = there;
	memset(q.dst, 255, 4);
	query_of(q, value, "a", 0);
	memcpy(q.dst, "\xe0\x00\x00\xfb", 4);
	query_of(q, value, "a", 0);
	memcpy(q.dst, "\xff\x02", 2);
	q.flags |= TUPLE_V6;
	query_of(q, value, "a", 0);
	assert_int_equal(transactions_stats(t)->begun, 0);
	assert_int_equal(transactions_stats(t)->orphans, 0);
	/* A client may have any port. */
	q = there;
	q.sport = 5353;
	query_of(q, value, "a", 0);
	assert_int_equal(response_to(q, value, "a", 0, &unused),
	    TRANSACTION_ANSWER);
}

static void
test_alike(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f" };

	(void)state;
	for (int i = 0; i < 4; i++)
		query(7, names[i], i);
	assert_int_equal(transactions_stats(t)->evicted, 0);
	/* The oldest makes room for a fifth, then one that is answered. */
	query(7, "e", 5);
	assert_int_equal(transactions_stats(t)->evicted, 1);
	assert_int_equal(response(7, "a", 6), TRANSACTION_ORPHAN);
	assert_int_equal(response(7, "d", 6), TRANSACTION_ANSWER);
	query(7, "f", 7);
	assert_int_equal(transactions_stats(t)->evicted, 1);
	assert_int_equal(response(7, "d", 8), TRANSACTION_ORPHAN);
	assert_int_equal(response(7, "b", 8), TRANSACTION_ANSWER);
	assert_int_equal(response(7, "c", 8), TRANSACTION_ANSWER);
	assert_int_equal(response(7, "e", 8), TRANSACTION_ANSWER);
	assert_int_equal(response(7, "f", 8), TRANSACTION_ANSWER);
}

static void
numbered(uint32_t i, char name[16])
{
	snprintf(name, 16, "n%u.example", i);
}

/* The oldest leave when there is no more room, but those answered first. */
static void
test_full(void **state)
{
	uint64_t max, n = 3000;
	char name[16];
	size_t before;

	(void)state;
	transactions_free(t);
	before = reserved();
	t = transactions_new(200000, &hash_key);
	assert_in_range(reserved() - before, 100000, 200000 + RESERVED_SLACK);
	for (uint32_t i = 0; i < n; i++) {
		numbered(i, name);
		query((uint16_t)i, name, i);
	}
	max = transactions_stats(t)->waiting;
	assert_in_range(max, 500, 2000);
	assert_int_equal(transactions_stats(t)->evicted, n - max);
	numbered(2999, name);
	assert_int_equal(response(2999, name, 3000), TRANSACTION_ANSWER);
	query(3000, "x", 3001);
	assert_int_equal(transactions_stats(t)->evicted, n - max);
	assert_int_equal(response(2999, name, 3001), TRANSACTION_ORPHAN);
	for (uint32_t i = 0; i < 2999; i++) {
		numbered(i, name);
		assert_int_equal(response((uint16_t)i, name, 4000),
		    i < n - max ? TRANSACTION_ORPHAN : TRANSACTION_ANSWER);
	}
}

/* The names may be what there is no room for. */
static void
test_long_names(void **state)
{
	char name[NAME_MAX_BYTES + 1];
	uint64_t waiting;

	(void)state;
	memset(name, 'n', NAME_MAX_BYTES);
	name[NAME_MAX_BYTES] = '\0';
	transactions_free(t);
	t = transactions_new(0, &hash_key);
	for (unsigned i = 0; i < 1000; i++) {
		name[0] = (char)('a' + i % 26);
		query((uint16_t)i, name, 0);
	}
	waiting = transactions_stats(t)->waiting;
	assert_in_range(waiting, 10, 20);
	assert_int_equal(response(999, name, 0), TRANSACTION_ANSWER);
	assert_int_equal(response(0, name, 0), TRANSACTION_ORPHAN);
	advance(100 * SECOND);
	assert_int_equal(strlen(told), (waiting - 1) * (NAME_MAX_BYTES + 1));
	for (uint16_t i = 0; i < 60; i++)
		query(i, "x", 200 * SECOND);
	assert_int_equal(transactions_stats(t)->waiting, 60);
}

static uint32_t want[TX_MAX];
static unsigned n_want, n_got;

static void
compare(void *arg, const char *name, size_t len)
{
	char expected[16];

	(void)arg;
	(void)len;
	assert_true(n_got < n_want);
	numbered(want[n_got++], expected);
	assert_string_equal(name, expected);
}

/* Of 24 conversations with 6 questions each. */
static void
test_agrees_with_the_model(void **state)
{
	static struct tx_model m;
	int64_t ts_ns = 0;

	(void)state;
	for (unsigned step = 0; step < 300000; step++) {
		uint32_t conversation = random_below(24);
		uint32_t question = 1 + random_below(6);
		uint64_t value, got_us = 0, want_us = 0;
		struct tuple q = there;
		char name[16] = "";

		ts_ns += random_below(300) * MS + 1;
		if (random_below(200) == 0)
			ts_ns += ((int)random_below(16) - 8) * SECOND;
		q.sport = (uint16_t)(conversation & 7);
		value = message_dns((uint16_t)(conversation / 8), 1, false);
		if (random_below(20) != 0)
			numbered(question, name);
		else
			question = 0;
		if (question != 0 && random_below(2) == 0) {
			tx_query(&m, conversation, question, ts_ns);
			query_of(q, value, name, ts_ns);
		} else {
			assert_int_equal(response_to(q, value, name, ts_ns,
					     &got_us),
			    tx_response(&m, &want_us, conversation, question,
				ts_ns));
			assert_int_equal(got_us, want_us);
		}
		if (random_below(3) == 0) {
			n_got = 0;
			n_want = tx_advance(&m, want, ts_ns);
			transactions_advance(t, ts_ns, compare, NULL);
			assert_int_equal(n_got, n_want);
		}
		assert_memory_equal(transactions_stats(t), &m.stats,
		    sizeof(m.stats));
	}
	assert_true(m.stats.answered > 1000 && m.stats.unanswered > 1000);
	assert_true(m.stats.repeated > 1000 && m.stats.copies > 1000);
	assert_true(m.stats.late > 1000 && m.stats.orphans > 1000);
	assert_true(m.stats.evicted > 100);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_query_and_response),
		TEST(test_what_must_agree),
		TEST(test_no_question),
		TEST(test_copies),
		TEST(test_unanswered),
		TEST(test_again_after_its_time),
		TEST(test_time_jumps),
		TEST(test_advance_never_lags),
		TEST(test_for_whoever_knows),
		TEST(test_alike),
		TEST(test_full),
		TEST(test_long_names),
		TEST(test_agrees_with_the_model),
	};

	return cmocka_run_group_tests_name("transactions", tests, NULL, NULL);
}

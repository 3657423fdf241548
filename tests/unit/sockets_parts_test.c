/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pure parts of outputs over sockets: addresses, and queues of lines
 * against a model of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/output/address.h"
#include "daemon/output/lineq.h"

static void
test_address(void **state)
{
	static const struct {
		const char *s, *host;
		unsigned port;
		uint16_t default_port;
	} good[] = {
		{ "h:1", "h", 1, 0 },
		{ "h:65535", "h", 65535, 7 },
		{ "h", "h", 7, 7 },
		{ "127.0.0.1:80", "127.0.0.1", 80, 0 },
		{ "[::1]:8094", "::1", 8094, 0 },
		{ "[fe80::1%eth0]", "fe80::1%eth0", 7, 7 },
	};
	static const char *const bad[] = { "", "h", ":1", "h:", "h:0",
		"h:65536", "h:-1", "h:1x", "h: 1", "h:1/", "::1:5", "[::1",
		"[::1]", "[::1]x", "[]:1", "a b:1", "h\n:1", "u:p@h:1", "u@h:1",
		"h?:1", "h:99999999999999" };
	struct address a;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(address_parse(&a, good[i].s, strlen(good[i].s),
		    good[i].default_port, &why));
		assert_string_equal(a.at.host, good[i].host);
		assert_int_equal(a.at.port, good[i].port);
		assert_string_equal(a.path, "");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why = NULL;
		assert_false(
		    address_parse(&a, bad[i], strlen(bad[i]), 0, &why));
		assert_non_null(why);
	}
}

static void
test_long_host(void **state)
{
	char text[ADDRESS_HOST + 8];
	struct address a;
	const char *why;

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_true(address_parse(&a, text, ADDRESS_HOST - 1, 1, &why));
	assert_int_equal(strlen(a.at.host), ADDRESS_HOST - 1);
	assert_false(address_parse(&a, text, ADDRESS_HOST, 1, &why));
}

static void
test_path(void **state)
{
	char text[ADDRESS_PATH + 2];
	struct address a;
	const char *why;

	(void)state;
	assert_true(address_parse_path(&a, "/run/x", &why));
	assert_string_equal(a.path, "/run/x");
	assert_true(address_parse_path(&a, "///run/x", &why));
	assert_string_equal(a.path, "/run/x");
	assert_false(address_parse_path(&a, "", &why));
	memset(text, 'a', sizeof(text));
	text[ADDRESS_PATH] = '\0';
	assert_false(address_parse_path(&a, text, &why));
	text[ADDRESS_PATH - 1] = '\0';
	assert_true(address_parse_path(&a, text, &why));
}

static void
test_label(void **state)
{
	struct address a = { .at = { "::1", 5 } };
	char label[ADDRESS_LABEL];

	(void)state;
	address_label(&a, "udp://", label);
	assert_string_equal(label, "udp://[::1]:5");
	a = (struct address){ .at = { "h", 5 } };
	address_label(&a, "tcp://", label);
	assert_string_equal(label, "tcp://h:5");
	a = (struct address){ .path = "/x" };
	address_label(&a, "unix:", label);
	assert_string_equal(label, "unix:/x");
}

/* Line i has a length that tells it from its neighbours. */
static size_t
make_line(char line[64], unsigned i)
{
	return (size_t)snprintf(line, 64, "%u%.*s\n", i, (int)(i * 7 % 40),
	    "----------------------------------------");
}

enum { MAX = 300 };

/* Lines first … next - 1 are in the queue: it must say so. */
static void
check_queue(const struct lineq *q, unsigned first, unsigned next)
{
	char line[64];
	size_t bytes = 0;

	for (unsigned i = first; i < next; i++)
		bytes += make_line(line, i);
	assert_int_equal(lineq_bytes(q), bytes);
	assert_int_equal(q->n, next - first);
	assert_true(bytes <= MAX);
}

static unsigned
take(struct lineq *q, unsigned first, size_t max_bytes, uint64_t max_lines)
{
	char out[MAX], line[64];
	uint64_t n_lines, n = 0;
	size_t len = lineq_take(q, out, max_bytes, max_lines, &n_lines);

	assert_int_equal(lineq_count(out, len), n_lines);
	assert_true(n_lines <= max_lines);
	assert_true(len <= max_bytes || n_lines == 1);
	for (size_t at = 0; at < len; n++) {
		size_t line_len = make_line(line, first + (unsigned)n);

		assert_true(at + line_len <= len);
		assert_memory_equal(out + at, line, line_len);
		at += line_len;
	}
	assert_int_equal(n, n_lines);
	return (unsigned)n_lines;
}

static void
test_queue_as_its_model(void **state)
{
	unsigned first = 0, next = 0, n_lost = 0;
	struct lineq q;
	char line[64];

	(void)state;
	srand(1);
	assert_true(lineq_init(&q, MAX));
	for (unsigned i = 0; i < 20000; i++) {
		if (rand() % 3 > 0) {
			uint64_t lost =
			    lineq_append(&q, line, make_line(line, next++));

			first += (unsigned)lost;
			n_lost += (unsigned)lost;
		} else {
			first += take(&q, first, (size_t)(rand() % 100),
			    (uint64_t)(1 + rand() % 5));
		}
		check_queue(&q, first, next);
	}
	assert_true(n_lost > 100);
	lineq_fini(&q);
}

static void
test_queue_loses_no_more_than_it_must(void **state)
{
	struct lineq q;
	uint64_t n;
	char out[16];

	(void)state;
	assert_true(lineq_init(&q, 8));
	assert_int_equal(lineq_append(&q, "abc\n", 4), 0);
	assert_int_equal(lineq_append(&q, "def\n", 4), 0);
	assert_int_equal(lineq_append(&q, "\n", 1), 1);
	assert_int_equal(lineq_append(&q, "1234567\n", 8), 2);
	assert_int_equal(lineq_take(&q, out, 1, 9, &n), 8);
	assert_int_equal(n, 1);
	assert_int_equal(lineq_take(&q, out, 9, 9, &n), 0);
	assert_int_equal(n, 0);
	lineq_fini(&q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_long_host),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_label),
		cmocka_unit_test(test_queue_as_its_model),
		cmocka_unit_test(test_queue_loses_no_more_than_it_must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

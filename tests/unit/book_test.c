/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The address book: whose name stands, and what leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/meter/book.h"
#include "tests/lib/book_model.h"
#include "tests/lib/reserved.h"

#define SECOND INT64_C(1000000000)

static const struct hash_key hash_key = { 5, 6 };
static struct book *b;
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
	b = book_new(1 << 20, &hash_key);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	book_free(b);
	book_free(NULL);
	return 0;
}

static const uint8_t host[16] = { 192, 0, 2, 1 };

static void
add(enum name_source source, const char *name, int64_t ts_ns)
{
	book_add(b, host, false, source, name, strlen(name), ts_ns);
}

static const char *
name_of(const uint8_t *addr, bool is_v6)
{
	static struct book_entry e;

	memset(&e, 0xa5, sizeof(e));
	if (!book_find(b, &e, addr, is_v6))
		return NULL;
	assert_int_equal(strlen(e.name), e.len);
	return e.name;
}

static void
test_whose_name_stands(void **state)
{
	int64_t t = 1000000 * SECOND, most = BOOK_SECONDS * SECOND;
	struct book_entry e;

	(void)state;
	assert_null(name_of(host, false));
	add(NAME_MDNS, "mdns", t);
	assert_string_equal(name_of(host, false), "mdns");
	add(NAME_RESOLVED, "resolved", t);
	assert_string_equal(name_of(host, false), "mdns");
	for (int source = NAME_NBNS; source >= NAME_DNS; source--) {
		char name[2] = { (char)('a' + source), '\0' };

		add((enum name_source)source, name, t);
		assert_string_equal(name_of(host, false), name);
	}
	add(NAME_DNS, "www.example", t + SECOND);
	assert_string_equal(name_of(host, false), "www.example");
	/* Worse ones have to wait, in either direction of time. */
	add(NAME_SNI, "sni", t + SECOND + most);
	add(NAME_SNI, "sni", t + SECOND - most);
	assert_true(book_find(b, &e, host, false));
	assert_string_equal(e.name, "www.example");
	assert_int_equal(e.source, NAME_DNS);
	assert_int_equal(e.ts_ns, t + SECOND);
	add(NAME_SNI, "sni", t + SECOND + most + 1);
	assert_string_equal(name_of(host, false), "sni");
	add(NAME_RESOLVED, "r", t + SECOND);
	assert_string_equal(name_of(host, false), "r");
	/* Said again, it is young again. */
	add(NAME_HTTP, "h", t);
	add(NAME_HTTP, "h", t + most);
	add(NAME_RESOLVED, "r", t + most + most);
	assert_string_equal(name_of(host, false), "h");
	add(NAME_HTTP, "", t + most);
	assert_string_equal(name_of(host, false), "h");
	add(NAME_RESOLVED, "far", INT64_MIN);
	assert_string_equal(name_of(host, false), "far");
	assert_int_equal(book_stats(b)->addresses, 1);
	assert_int_equal(book_stats(b)->refused, 4);
}

static void
test_addresses_are_told_apart(void **state)
{
	uint8_t other[16], after[17];

	(void)state;
	add(NAME_DNS, "four", 0);
	book_add(b, host, true, NAME_DNS, "six", 3, 0);
	memcpy(other, host, 16);
	other[15] = 1;
	assert_null(name_of(other, true));
	assert_string_equal(name_of(host, true), "six");
	assert_string_equal(name_of(host, false), "four");
	/* Of IPv4 addresses the rest is nobody's business. */
	memset(after, 0xff, sizeof(after));
	memcpy(after, host, 4);
	assert_string_equal(name_of(after, false), "four");
	assert_int_equal(book_stats(b)->addresses, 2);
}

static void
test_macs(void **state)
{
	struct book_entry e;

	(void)state;
	book_add_mac(b, host, false, "00:00:5e:00:53:01", 17, 7);
	assert_true(book_find(b, &e, host, false));
	assert_string_equal(e.mac, "00:00:5e:00:53:01");
	assert_int_equal(e.mac_ts_ns, 7);
	assert_int_equal(e.len, 0);
	assert_string_equal(e.name, "");
	add(NAME_RESOLVED, "n", 8);
	book_add_mac(b, host, false, "00:00:5e:00:53:02", 17, 3);
	book_add_mac(b, host, false, "00:00:5e:00:53:01:", 18, 4);
	book_add_mac(b, host, false, "", 0, 4);
	assert_true(book_find(b, &e, host, false));
	assert_string_equal(e.mac, "00:00:5e:00:53:02");
	assert_int_equal(e.mac_ts_ns, 3);
	assert_string_equal(e.name, "n");
	book_add_mac(b, host, false, "1", 1, 5);
	assert_true(book_find(b, &e, host, false));
	assert_string_equal(e.mac, "1");
}

static void
numbered(uint8_t addr[16], uint32_t i)
{
	memset(addr, 0, 16);
	memcpy(addr, &i, 4);
}

static void
test_the_one_told_of_longest_ago_leaves(void **state)
{
	uint64_t max;
	uint8_t addr[16];
	size_t before;

	(void)state;
	book_free(b);
	before = reserved();
	b = book_new(100000, &hash_key);
	assert_in_range(reserved() - before, 50000, 100000 + RESERVED_SLACK);
	for (uint32_t i = 0; i < 2000; i++) {
		add(NAME_DNS, "kept", 0);
		numbered(addr, i);
		if (i % 2 == 0)
			book_add(b, addr, true, NAME_DNS, "x", 1, 0);
		else
			book_add_mac(b, addr, true, "x", 1, 0);
	}
	max = book_stats(b)->addresses;
	assert_in_range(max, 200, 1000);
	assert_int_equal(book_stats(b)->evicted, 2001 - max);
	assert_string_equal(name_of(host, false), "kept");
	for (uint32_t i = 0; i < 2000; i++) {
		numbered(addr, i);
		assert_int_equal(name_of(addr, true) != NULL, i >= 2001 - max);
	}
}

/* Names may be what there is no room for; the new one always has it. */
static void
test_long_names(void **state)
{
	char name[2 * NAME_MAX_BYTES];
	uint8_t addr[16];

	(void)state;
	book_free(b);
	b = book_new(0, &hash_key);
	memset(name, 'n', sizeof(name));
	for (uint32_t i = 0; i < 3000; i++) {
		uint32_t n = 1 + random_below(sizeof(name) - 1);
		const char *found;

		numbered(addr, random_below(100));
		name[0] = (char)('a' + i % 26);
		book_add(b, addr, true, NAME_DNS, name, n, 0);
		found = name_of(addr, true);
		if (n > NAME_MAX_BYTES)
			n = NAME_MAX_BYTES;
		assert_non_null(found);
		assert_int_equal(strlen(found), n);
		assert_memory_equal(found, name, n);
		assert_in_range(book_stats(b)->addresses, i < 100 ? 1 : 10, 64);
	}
	/* All room comes back. */
	for (uint32_t i = 100; i < 112; i++) {
		numbered(addr, i);
		book_add(b, addr, true, NAME_DNS, name, NAME_MAX_BYTES, 0);
	}
	for (uint32_t i = 100; i < 112; i++) {
		numbered(addr, i);
		assert_non_null(name_of(addr, true));
	}
}

static void
test_agrees_with_the_model(void **state)
{
	static struct book_model m;
	char name[NAME_MAX_BYTES + 1];
	struct book_entry e;
	int64_t ts_ns = 0;

	(void)state;
	for (unsigned step = 0; step < 200000; step++) {
		uint8_t i = (uint8_t)random_below(256);
		uint8_t addr[16] = { 10, i };
		uint32_t what = random_below(20);
		size_t n = random_below(random_below(sizeof(name)) + 1);

		memset(name, (int)('a' + random_below(2)), n);
		ts_ns += random_below(2 * BOOK_SECONDS) * SECOND / 1000;
		if (what == 0) {
			book_model_add_mac(&m, i, name, n, ts_ns);
			book_add_mac(b, addr, false, name, n, ts_ns);
		} else {
			enum name_source source =
			    (enum name_source)random_below(NAME_SOURCES);

			book_model_add(&m, i, source, name, n, ts_ns);
			book_add(b, addr, false, source, name, n, ts_ns);
		}
		assert_int_equal(book_find(b, &e, addr, false), m.is_there[i]);
		if (m.is_there[i])
			assert_true(book_model_same(&e, &m.entries[i]));
		assert_memory_equal(book_stats(b), &m.stats, sizeof(m.stats));
	}
	assert_true(m.stats.refused > 1000 && m.stats.replaced > 1000);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_whose_name_stands),
		TEST(test_addresses_are_told_apart),
		TEST(test_macs),
		TEST(test_the_one_told_of_longest_ago_leaves),
		TEST(test_long_names),
		TEST(test_agrees_with_the_model),
	};

	return cmocka_run_group_tests_name("book", tests, NULL, NULL);
}

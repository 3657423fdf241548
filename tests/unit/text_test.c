/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clean text and addresses.
 */
#include "dissect/text.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <string.h>

#include "tests/lib/guard.h"

#define CASE(in, out)                   \
	{                               \
		in, sizeof(in) - 1, out \
	}

static const struct {
	const char *in;
	size_t n;
	const char *out;
} cases[] = {
	CASE("", ""),
	CASE("www.example.com", "www.example.com"),
	CASE("a\nb\r\t", "a\\x0ab\\x0d\\x09"),
	CASE("nul\x00"
	     "end",
	    "nul\\x00end"),
	CASE("\x1b[31m\x7f", "\\x1b[31m\\x7f"),
	CASE("m\xc3\xbcnchen \xe2\x82\xac \xf0\x9f\x90\xb3",
	    "m\xc3\xbcnchen \xe2\x82\xac \xf0\x9f\x90\xb3"),
	CASE("C1 \xc2\x85\xc2\x9f", "C1 \\xc2\\x85\\xc2\\x9f"),
	CASE("\xc2\xa0", "\xc2\xa0"),
	CASE("\xe2\x80\xa8|\xe2\x80\xa9|\xe2\x80\xaa",
	    "\\xe2\\x80\\xa8|\\xe2\\x80\\xa9|\xe2\x80\xaa"),
	CASE("overlong \xc0\xaf\xc1\xbf", "overlong \\xc0\\xaf\\xc1\\xbf"),
	CASE("overlong \xe0\x9f\xbf", "overlong \\xe0\\x9f\\xbf"),
	CASE("overlong \xf0\x8f\xbf\xbf", "overlong \\xf0\\x8f\\xbf\\xbf"),
	CASE("surrogate \xed\xa0\x80", "surrogate \\xed\\xa0\\x80"),
	CASE("above \xf4\x90\x80\x80", "above \\xf4\\x90\\x80\\x80"),
	CASE("no start \xf5\x80\x80", "no start \\xf5\\x80\\x80"),
	CASE("tail \x80", "tail \\x80"),
	CASE("cut \xc3", "cut \\xc3"),
	CASE("cut \xe2\x82", "cut \\xe2\\x82"),
	CASE("cut \xf0\x9f\x90", "cut \\xf0\\x9f\\x90"),
	CASE("broken \xe2\x82z", "broken \\xe2\\x82z"),
	CASE("last \xf4\x8f\xbf\xbd", "last \xf4\x8f\xbf\xbd"),
};

static void
test_clean(void **state)
{
	char out[TEXT_MAX + 4];
	bool cut;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = text_clean(out, guard_put(cases[i].in, cases[i].n),
		    cases[i].n, &cut);

		assert_string_equal(out, cases[i].out);
		assert_int_equal(len, strlen(out));
		assert_false(cut);
	}
}

/* n times in, cleaned: so many bytes, of which the last are end. */
static void
check_cut(const char *in, size_t n, size_t want, bool want_cut)
{
	static uint8_t many[4096];
	size_t len = strlen(in), out_len;
	char out[TEXT_MAX + 4];
	bool cut;

	for (size_t i = 0; i < n; i++)
		memcpy(many + i * len, in, len);
	memset(out, 'z', sizeof(out));
	out_len = text_clean(out, guard_put(many, n * len), n * len, &cut);
	assert_int_equal(out_len, want);
	assert_int_equal(cut, want_cut);
	assert_int_equal(out[out_len], '\0');
	if (cut)
		assert_string_equal(out + out_len - 3, "\xe2\x80\xa6");
}

static void
test_cut(void **state)
{
	(void)state;
	check_cut("a", 256, 256, false);
	check_cut("a", 257, 259, true);
	check_cut("a", 4000, 259, true);
	check_cut("\xc3\xbc", 128, 256, false);
	check_cut("\xc3\xbc", 129, 259, true);
	check_cut("\xe2\x82\xac", 85, 255, false);
	check_cut("\xe2\x82\xac", 86, 258, true);
	check_cut("\x01", 64, 256, false);
	check_cut("\x01", 65, 259, true);
	check_cut("a\x01", 52, 259, true);
	check_cut("ab\x01", 43, 257, true);
}

static void
check_addr(const char *text, bool is_v6)
{
	char out[TEXT_ADDR], want[INET6_ADDRSTRLEN];
	uint8_t addr[16];
	size_t len;
	int family = is_v6 ? AF_INET6 : AF_INET;

	assert_int_equal(inet_pton(family, text, addr), 1);
	len = text_addr(out, addr, is_v6);
	assert_int_equal(len, strlen(out));
	assert_non_null(inet_ntop(family, addr, want, sizeof(want)));
	assert_string_equal(out, want);
	assert_string_equal(out, text);
}

static void
test_addr(void **state)
{
	static const char *const v4[] = { "0.0.0.0", "10.0.0.1", "192.0.2.100",
		"255.255.255.255", "9.99.109.200" };
	static const char *const v6[] = { "::", "::1", "1::", "2001:db8::1",
		"2001:db8:0:1:1:1:1:1", "2001:0:0:1::1", "1:2:3:4:5:6:7:8",
		"2001:db8::1:0:0:1", "fe80::abcd:ef01:2345:6789",
		"::ffff:192.0.2.1", "::192.0.2.1", "64:ff9b::c000:201",
		"1:2:3:4:5:6::", "0:1:2:3:4:5:6:7", "::ffff:0:0:1",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" };

	(void)state;
	for (size_t i = 0; i < sizeof(v4) / sizeof(v4[0]); i++)
		check_addr(v4[i], false);
	for (size_t i = 0; i < sizeof(v6) / sizeof(v6[0]); i++)
		check_addr(v6[i], true);
}

/* Every pattern of zero groups is written as inet_ntop writes it. */
static void
test_addr_zeros(void **state)
{
	char out[TEXT_ADDR], want[INET6_ADDRSTRLEN];
	uint8_t addr[16];

	(void)state;
	for (unsigned set = 0; set < 256; set++) {
		memset(addr, 0, sizeof(addr));
		for (unsigned i = 0; i < 8; i++)
			if (set >> i & 1) {
				addr[2 * i] = 0xff;
				addr[2 * i + 1] = 0xff;
			}
		text_addr(out, addr, true);
		inet_ntop(AF_INET6, addr, want, sizeof(want));
		assert_string_equal(out, want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_addr),
		cmocka_unit_test(test_addr_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

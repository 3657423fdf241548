/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Header compression: the examples of RFC 7541, appendix C, the bounds, and
 * what contradicts the format.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/codec/hpack.h"
#include "tests/lib/guard.h"

static char text[8192];
static unsigned n_fields;
static size_t piece; /* bytes that are read at once; 0: all */

static void
field(void *arg, const struct cur *name, const struct cur *value)
{
	size_t len = strlen(text);

	assert_ptr_equal(arg, text);
	n_fields++;
	snprintf(text + len, sizeof(text) - len, "%.*s: %.*s\n",
	    (int)cur_len(name), (const char *)name->p, (int)cur_len(value),
	    (const char *)value->p);
}

static bool
read_bytes(struct hpack *h, const void *bytes, size_t n)
{
	const uint8_t *p = guard_put(bytes, n);
	struct cur block = { p, p + n };

	text[0] = '\0';
	n_fields = 0;
	while (piece > 0 && cur_len(&block) > piece) {
		struct cur part = { block.p, block.p + piece };

		if (!hpack_read(h, &part, false, field, text))
			return false;
		block.p += piece;
	}
	return hpack_read(h, &block, true, field, text);
}

/* A block in hexadecimal digits and spaces. */
static bool
read_hex(struct hpack *h, const char *hex)
{
	uint8_t bytes[512];
	size_t n = 0;
	unsigned byte;

	for (; *hex != '\0'; hex += *hex == ' ' ? 1 : 2)
		if (*hex != ' ' && sscanf(hex, "%2x", &byte) == 1)
			bytes[n++] = (uint8_t)byte;
	return read_bytes(h, bytes, n);
}

#define REQUEST_1                                 \
	":method: GET\n:scheme: http\n:path: /\n" \
	":authority: www.example.com\n"
#define REQUEST_3                                            \
	":method: GET\n:scheme: https\n:path: /index.html\n" \
	":authority: www.example.com\ncustom-key: custom-value\n"

/* Of each section, its blocks one after the other. */
static const struct {
	const char *section;
	const char *hex[3];
	const char *text[3];
} examples[] = {
	{ "C.2.1",
	    { "400a 6375 7374 6f6d 2d6b 6579 0d63 7573"
	      "746f 6d2d 6865 6164 6572" },
	    { "custom-key: custom-header\n" } },
	{ "C.2.2", { "040c 2f73 616d 706c 652f 7061 7468" },
	    { ":path: /sample/path\n" } },
	{ "C.2.3", { "1008 7061 7373 776f 7264 0673 6563 7265 74" },
	    { "password: secret\n" } },
	{ "C.2.4", { "82" }, { ":method: GET\n" } },
	{ "C.3",
	    { "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
		"8286 84be 5808 6e6f 2d63 6163 6865",
		"8287 85bf 400a 6375 7374 6f6d 2d6b 6579"
		"0c63 7573 746f 6d2d 7661 6c75 65" },
	    { REQUEST_1, REQUEST_1 "cache-control: no-cache\n", REQUEST_3 } },
	{ "C.4",
	    { "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
		"8286 84be 5886 a8eb 1064 9cbf",
		"8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8"
		"b4bf" },
	    { REQUEST_1, REQUEST_1 "cache-control: no-cache\n", REQUEST_3 } },
};

static void
run_examples(void)
{
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		struct hpack *h = hpack_new();

		for (unsigned k = 0; k < 3 && examples[i].hex[k] != NULL; k++)
			if (!read_hex(h, examples[i].hex[k]) ||
			    strcmp(text, examples[i].text[k]) != 0)
				fail_msg("%s, block %u:\n%s",
				    examples[i].section, k + 1, text);
		hpack_free(h);
	}
	assert_int_equal(hpack_stats()->n, 0);
	assert_int_equal(hpack_stats()->bytes, 0);
}

static void
test_examples(void **state)
{
	(void)state;
	for (piece = 5; piece > 0; piece--)
		run_examples();
	run_examples();
}

#define REST                                                            \
	"cache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\n" \
	"location: https://www.example.com\n"

/* Sections C.5 and C.6: responses, with a table of 256 bytes that evicts. */
static void
test_evicting(void **state)
{
	static const char *const hex[2][3] = {
		{ "4803 3330 3258 0770 7269 7661 7465 611d"
		  "4d6f 6e2c 2032 3120 4f63 7420 3230 3133"
		  "2032 303a 3133 3a32 3120 474d 546e 1768"
		  "7474 7073 3a2f 2f77 7777 2e65 7861 6d70"
		  "6c65 2e63 6f6d",
		    "4803 3330 37c1 c0bf",
		    "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420"
		    "3230 3133 2032 303a 3133 3a32 3220 474d"
		    "54c0 5a04 677a 6970 7738 666f 6f3d 4153"
		    "444a 4b48 514b 425a 584f 5157 454f 5049"
		    "5541 5851 5745 4f49 553b 206d 6178 2d61"
		    "6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31" },
		{ "4882 6402 5885 aec3 771a 4b61 96d0 7abe"
		  "9410 54d4 44a8 2005 9504 0b81 66e0 82a6"
		  "2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8"
		  "e9ae 82ae 43d3",
		    "4883 640e ffc1 c0bf",
		    "88c1 6196 d07a be94 1054 d444 a820 0595"
		    "040b 8166 e084 a62d 1bff c05a 839b d9ab"
		    "77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b"
		    "3960 d5af 2708 7f36 72c1 ab27 0fb5 291f"
		    "9587 3160 65c0 03ed 4ee5 b106 3d50 07" },
	};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct hpack *h = hpack_new();

		/* Section 6.3: the size of the table, before the block. */
		assert_true(read_hex(h, "3fe1 01"));
		assert_true(read_hex(h, hex[i][0]));
		assert_string_equal(text, ":status: 302\n" REST);
		assert_true(read_hex(h, hex[i][1]));
		assert_string_equal(text, ":status: 307\n" REST);
		assert_true(read_hex(h, hex[i][2]));
		assert_string_equal(text,
		    ":status: 200\ncache-control: private\n"
		    "date: Mon, 21 Oct 2013 20:13:22 GMT\n"
		    "location: https://www.example.com\n"
		    "content-encoding: gzip\n"
		    "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; "
		    "max-age=3600; version=1\n");
		hpack_free(h);
	}
}

static void
test_bad(void **state)
{
	static const struct {
		const char *name, *hex;
	} cases[] = {
		{ "index 0", "80" },
		{ "an index behind the tables", "be" },
		{ "a name behind the tables", "7f00 0161" },
		{ "a number without end", "ffff ffff ffff ffff ffff" },
		{ "a string that is cut off", "400a 6375" },
		{ "a block that is cut off", "8286 84 41" },
		{ "a table larger than any", "3fe2 ff03" },
		{ "a code that is padded with zeros", "0481 00" },
		{ "a size behind a field", "823f e101" },
	};
	uint64_t bad = hpack_stats()->bad;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hpack *h = hpack_new();

		if (read_hex(h, cases[i].hex))
			fail_msg("%s: %s", cases[i].name, text);
		assert_int_equal(hpack_stats()->bad, ++bad);
		/* What came after it can't be trusted. */
		assert_false(read_hex(h, "82"));
		hpack_free(h);
	}
	hpack_free(NULL);
}

static void
test_a_larger_table(void **state)
{
	struct hpack *h = hpack_new();

	(void)state;
	assert_true(read_hex(h, "82"));
	assert_true(read_hex(h, "3fe1 ff03"));
	hpack_free(h);
	h = hpack_new();
	assert_true(read_bytes(h, "", 0));
	assert_string_equal(text, "");
	hpack_free(h);
}

static void
test_fields_are_bounded(void **state)
{
	struct hpack *h = hpack_new();
	uint8_t block[1000];

	(void)state;
	memset(block, 0x82, sizeof(block));
	assert_true(read_bytes(h, block, sizeof(block)));
	assert_int_equal(n_fields, HPACK_FIELDS);
	/* Of each block, however it comes. */
	piece = 100;
	assert_true(read_bytes(h, block, sizeof(block)));
	assert_int_equal(n_fields, HPACK_FIELDS);
	piece = 0;
	hpack_free(h);
}

static void
test_contexts_are_bounded(void **state)
{
	struct hpack *h[3];
	uint64_t refused = hpack_stats()->refused;

	(void)state;
	hpack_limit(2, HPACK_BYTES);
	for (unsigned i = 0; i < 3; i++)
		h[i] = hpack_new();
	assert_non_null(h[1]);
	assert_null(h[2]);
	assert_int_equal(hpack_stats()->refused, refused + 1);
	hpack_free(h[0]);
	h[0] = hpack_new();
	assert_non_null(h[0]);
	hpack_free(h[0]);
	hpack_free(h[1]);
	assert_int_equal(hpack_stats()->n, 0);
	hpack_limit(HPACK_CONTEXTS, HPACK_BYTES);
}

/* Blocks that fill their tables: what is held stays within the bound. */
static void
test_memory_is_bounded(void **state)
{
	enum { N = 64, BYTES = 100000 };
	static uint8_t block[5 + 127];
	struct hpack *h[N];
	unsigned n = 0, n_full = 0;

	(void)state;
	hpack_limit(HPACK_CONTEXTS, BYTES);
	while (n < N && (h[n] = hpack_new()) != NULL)
		n++;
	for (unsigned round = 0; round < 1000; round++) {
		memcpy(block, "\x40\x02xx\x7f", 5);
		memset(block + 5, 'a' + (int)(round % 26), 127);
		block[4] = 126;
		n_full += !read_bytes(h[round % n], block, 5 + 126);
		assert_true(hpack_stats()->bytes <= BYTES);
	}
	assert_true(n_full > 0 && hpack_stats()->full > 0);
	while (n > 0)
		hpack_free(h[--n]);
	assert_int_equal(hpack_stats()->bytes, 0);
	hpack_limit(HPACK_CONTEXTS, HPACK_BYTES);
}

/* Every example at every shorter length: false, or less of the same. */
static void
test_shorter(void **state)
{
	static const uint8_t block[] = "\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5"
				       "\xf2\x3a\x6b\xa0\xab\x90\xf4\xff";

	(void)state;
	for (size_t n = 0; n < sizeof(block) - 1; n++) {
		struct hpack *h = hpack_new();
		bool good = read_bytes(h, block, n);

		assert_int_equal(good, n <= 3);
		assert_memory_equal(text, REQUEST_1, strlen(text));
		hpack_free(h);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_evicting),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_a_larger_table),
		cmocka_unit_test(test_fields_are_bounded),
		cmocka_unit_test(test_contexts_are_bounded),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_shorter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

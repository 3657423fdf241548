/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS fingerprints: the JA4 of hellos, by the specification's example and where
 * its lists are empty, odd or long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/codec/codecs.h"
#include "dissect/tls_ja4.h"
#include "tests/lib/tls_messages.h"

/* Appends an extension. */
static size_t
extension(uint8_t *out, unsigned type, const void *data, size_t n)
{
	out[0] = (uint8_t)(type >> 8);
	out[1] = (uint8_t)type;
	out[2] = (uint8_t)(n >> 8);
	out[3] = (uint8_t)n;
	if (n > 0)
		memcpy(out + 4, data, n);
	return 4 + n;
}

/* The JA4 of a hello, as the dissector says it. */
static const char *
ja4_of(const void *suites, size_t n_suites, const void *list, size_t n_list)
{
	static uint8_t bytes[2 * BYTES];
	static char out[JA4_LEN + 1];
	size_t n = hello(bytes, suites, n_suites, list, n_list);
	const char *found;

	feed_init(&f, &tls_dissector, codecs_get());
	feed(&f, false, bytes, n, 0, false);
	feed_fini(&f);
	found = strstr(f.log, "TLS_JA4 ");
	out[0] = '\0';
	if (found != NULL)
		snprintf(out, sizeof(out), "%s", found + 8);
	return out;
}

/* The specification's example, with GREASE where browsers put it. */
static const uint8_t example_suites[] = { 0x0a, 0x0a, 0x13, 0x01, 0x13, 0x02,
	0x13, 0x03, 0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c, 0xc0, 0x30, 0xcc, 0xa9,
	0xcc, 0xa8, 0xc0, 0x13, 0xc0, 0x14, 0x00, 0x9c, 0x00, 0x9d, 0x00, 0x2f,
	0x00, 0x35 };

static size_t
example_extensions(uint8_t *out, bool has_signatures)
{
	static const uint16_t types[] = { 0x1a1a, 0x001b, 0x0000, 0x0033,
		0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012,
		0x002b, 0xff01, 0x000b, 0x000a, 0x0015, 0xeaea };
	static const char signatures[] = "\x00\x10\x04\x03\x08\x04\x04\x01"
					 "\x05\x03\x08\x05\x05\x01\x08\x06"
					 "\x06\x01";
	size_t n = 0;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i] == 0x0000)
			n += extension(out + n, 0,
			    "\x00\x06\x00\x00\x03"
			    "a.b",
			    8);
		else if (types[i] == 0x0010)
			n += extension(out + n, 16,
			    "\x00\x0c\x02"
			    "h2\x08http/1.1",
			    14);
		else if (types[i] == 0x000d)
			n += extension(out + n, 13,
			    has_signatures ? signatures : "\x00\x00",
			    has_signatures ? 18 : 2);
		else if (types[i] == 0x002b)
			n += extension(out + n, 43,
			    "\x06\x2a\x2a\x03\x04\x03\x03", 7);
		else
			n += extension(out + n, types[i], NULL, 0);
	}
	return n;
}

static void
test_ja4_example(void **state)
{
	uint8_t list[512];
	size_t n = example_extensions(list, true);

	(void)state;
	assert_string_equal(ja4_of(example_suites, sizeof(example_suites), list,
				n),
	    "t13d1516h2_8daaf6152771_e5627efa2ab1");
	n = example_extensions(list, false);
	assert_string_equal(ja4_of(example_suites, sizeof(example_suites), list,
				n),
	    "t13d1516h2_8daaf6152771_6d807ffa2a79");
}

static void
test_ja4_nothing(void **state)
{
	(void)state;
	assert_string_equal(ja4_of("\x0a\x0a", 2, NULL, 0),
	    "t12i000000_000000000000_000000000000");
	/* The name and the protocol are not hashed. */
	assert_string_equal(ja4_of("", 0, SNI ALPN, 21),
	    "t12d0002h2_000000000000_000000000000");
}

static void
test_ja4_alpn(void **state)
{
	static const struct {
		const char *alpn, *text;
	} alpns[] = { { "\xab", "ab" }, { "\xab\xcd", "ad" },
		{ "\x30\xab", "3b" }, { "\x30\x31\xab\xcd", "3d" },
		{ "\x30\xab\xcd\x31", "01" }, { "h", "hh" },
		{ "http/1.1", "h1" }, { "", "00" } };

	(void)state;
	for (size_t i = 0; i < sizeof(alpns) / sizeof(alpns[0]); i++) {
		uint8_t data[16], list[32];
		size_t n = strlen(alpns[i].alpn);
		const char *ja4;

		data[0] = 0;
		data[1] = (uint8_t)(n + 1);
		data[2] = (uint8_t)n;
		memcpy(data + 3, alpns[i].alpn, n);
		n = extension(list, 16, data, 3 + n);
		ja4 = ja4_of("", 0, list, n);
		if (strncmp(ja4 + 8, alpns[i].text, 2) != 0)
			fail_msg("%s is not of %s", ja4, alpns[i].text);
	}
}

static void
test_ja4_versions(void **state)
{
	static const struct {
		const char *data;
		size_t n;
		const char *text;
	} versions[] = { { "\x02\x03\x00", 3, "s3" },
		{ "\x02\x03\x01", 3, "10" },
		{ "\x04\x03\x02\x03\x01", 5, "11" },
		{ "\x04\xfa\xfa\x00\x02", 5, "s2" },
		{ "\x02\x05\x05", 3, "00" }, { "\x02\xfe\xfc", 3, "d3" },
		{ "\x00", 1, "12" } };

	(void)state;
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		uint8_t list[32];
		size_t n = extension(list, 43, versions[i].data, versions[i].n);

		assert_memory_equal(ja4_of("", 0, list, n) + 1,
		    versions[i].text, 2);
	}
}

/* Counts end at 99, hashes at JA4_LIST_MAX: by another way to sort them. */
static void
test_ja4_long(void **state)
{
	static uint8_t suites[2 * JA4_LIST_MAX + 2];
	char text[5 * JA4_LIST_MAX + 8], expected[16];
	uint8_t sum[32];
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i <= JA4_LIST_MAX; i++) {
		suites[2 * i] = (uint8_t)((JA4_LIST_MAX - i) >> 8);
		suites[2 * i + 1] = (uint8_t)(JA4_LIST_MAX - i);
	}
	for (unsigned i = 1; i <= JA4_LIST_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%04x",
		    i == 1 ? "" : ",", i);
	codecs_get()->sha256(sum, (const uint8_t *)text, n);
	for (unsigned i = 0; i < 6; i++)
		snprintf(expected + 2 * i, 3, "%02x", sum[i]);
	assert_memory_equal(ja4_of(suites, 2 * JA4_LIST_MAX, "", 0),
	    "t12i990000_", 11);
	assert_memory_equal(ja4_of(suites, 2 * JA4_LIST_MAX, "", 0) + 11,
	    expected, 12);
	assert_string_equal(ja4_of(suites, 2 * JA4_LIST_MAX + 2, "", 0), "");
	assert_string_equal(f.log, SAID_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ja4_example),
		cmocka_unit_test(test_ja4_nothing),
		cmocka_unit_test(test_ja4_alpn),
		cmocka_unit_test(test_ja4_versions),
		cmocka_unit_test(test_ja4_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS ClientHello: the server's name, or that there is none.
 */
#include "tests/lib/frame.h"

/* clang-format off */
#define RANDOM "0123456789abcdef" "0123456789abcdef"
/* 2 version, 32 random, 1 session, 4 suites, 2 compression: 41 bytes. */
#define BODY "\x03\x03" RANDOM "\x00" "\x00\x02\x13\x01" "\x01\x00"
#define SNI "\x00\x00" "\x00\x08" "\x00\x06" "\x00" "\x00\x03" "A.b"
#define DOTTED "\x00\x00" "\x00\x08" "\x00\x06" "\x00" "\x00\x03" "Ab."
#define ALPN "\x00\x10" "\x00\x05" "\x00\x03" "\x02" "h2"

#define CASE(name, verdict, n_messages, names, ...)            \
	{                                                      \
		name, verdict, n_messages, names, __VA_ARGS__, \
		    sizeof(__VA_ARGS__) - 1                    \
	}

static const struct {
	const char *name;
	enum verdict verdict;
	unsigned n_messages;
	const char *names;
	const char *bytes;
	size_t n;
} cases[] = {
	CASE("a name", DISSECT_OK, 1, "a.b",
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c" SNI),
	CASE("a name behind another extension", DISSECT_OK, 1, "a.b",
	    "\x16\x03\x01\x00\x44" "\x01\x00\x00\x40" BODY "\x00\x15" ALPN SNI),
	CASE("a final dot", DISSECT_OK, 1, "ab",
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c" DOTTED),
	CASE("no name", DISSECT_OK, 1, "",
	    "\x16\x03\x01\x00\x38" "\x01\x00\x00\x34" BODY "\x00\x09" ALPN),
	CASE("no extensions", DISSECT_OK, 1, "",
	    "\x16\x03\x00\x00\x2d" "\x01\x00\x00\x29" BODY),
	CASE("empty extension", DISSECT_OK, 1, "",
	    "\x16\x03\x01\x00\x33" "\x01\x00\x00\x2f" BODY "\x00\x04"
	    "\x00\x00\x00\x00"),
	CASE("empty list", DISSECT_OK, 1, "",
	    "\x16\x03\x01\x00\x35" "\x01\x00\x00\x31" BODY "\x00\x06"
	    "\x00\x00\x00\x02\x00\x00"),
	CASE("another type of name", DISSECT_OK, 1, "",
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c"
	    "\x00\x00\x00\x08\x00\x06\x01\x00\x03" "a.b"),
	CASE("a second record", DISSECT_OK, 1, "a.b",
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c" SNI
	    "\x14\x03\x03\x00\x01\x01"),
	CASE("behind a dummy record", DISSECT_OK, 1, "a.b",
	    "\x14\x03\x03\x00\x01\x01" "\x16\x03\x01\x00\x3b"
	    "\x01\x00\x00\x37" BODY "\x00\x0c" SNI),
	CASE("only a dummy record", DISSECT_OK, 0, "",
	    "\x14\x03\x03\x00\x01\x01" "\x16\x03\x03\x00"),
	CASE("continues in the next segment", DISSECT_OK, 0, "",
	    "\x16\x03\x01\x00\x3c" "\x01\x00\x00\x38" BODY "\x00\x0d" SNI),
	CASE("continues in the next record", DISSECT_OK, 0, "",
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x38" BODY "\x00\x0d" SNI),
	CASE("ServerHello", DISSECT_OK, 0, "",
	    "\x16\x03\x01\x00\x3b" "\x02\x00\x00\x37" BODY "\x00\x0c" SNI),
	CASE("version 2", DISSECT_OK, 0, "",
	    "\x16\x02\x00\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c" SNI),
	CASE("name beyond its list", DISSECT_BAD, 0, "",
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c"
	    "\x00\x00\x00\x08\x00\x06\x00\x00\x04" "a.b"),
	CASE("list beyond its extension", DISSECT_BAD, 0, "",
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c"
	    "\x00\x00\x00\x08\x00\x07\x00\x00\x03" "a.b"),
	CASE("extension beyond the hello", DISSECT_BAD, 0, "",
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0c"
	    "\x00\x00\x00\x09\x00\x06\x00\x00\x03" "a.b"),
	CASE("extensions beyond the hello", DISSECT_BAD, 0, "",
	    "\x16\x03\x01\x00\x3b" "\x01\x00\x00\x37" BODY "\x00\x0d" SNI),
	CASE("hello without a random", DISSECT_BAD, 0, "",
	    "\x16\x03\x01\x00\x06" "\x01\x00\x00\x02" "\x03\x03"),
	CASE("record of three bytes", DISSECT_BAD, 0, "",
	    "\x16\x03\x01\x00\x03" "\x01\x00\x00"),
	CASE("record longer than any", DISSECT_BAD, 0, "",
	    "\x16\x03\x01\xff\xff" "\x01\x00\x00\x37"),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct pkt *p =
		    frame_payload(6, 443, cases[i].bytes, cases[i].n);

		if (p->verdict != cases[i].verdict ||
		    p->n_messages != cases[i].n_messages ||
		    strcmp(frame_names(p), cases[i].names) != 0)
			fail_msg("%s: verdict %d, %u names %s", cases[i].name,
			    p->verdict, p->n_messages, frame_names(p));
	}
}

/* So many empty extensions, then the name. */
static const struct pkt *
many(size_t n)
{
	uint8_t bytes[50 + 2 + 4 * 100 + 12];
	size_t len = 52, size = 4 * n + 12;

	memcpy(bytes,
	    "\x16\x03\x01\x00\x00"
	    "\x01\x00\x00\x00" BODY,
	    50);
	bytes[50] = (uint8_t)(size >> 8);
	bytes[51] = (uint8_t)size;
	for (size_t i = 0; i < n; i++, len += 4)
		memcpy(bytes + len, "\x0a\x0a\x00\x00", 4);
	memcpy(bytes + len, SNI, 12);
	len += 12;
	bytes[3] = (uint8_t)((len - 5) >> 8);
	bytes[4] = (uint8_t)(len - 5);
	bytes[7] = (uint8_t)((len - 9) >> 8);
	bytes[8] = (uint8_t)(len - 9);
	return frame_payload(6, 443, bytes, len);
}

static void
test_sixty_four_extensions(void **state)
{
	(void)state;
	assert_string_equal(frame_names(many(63)), "a.b");
	assert_int_equal(many(64)->verdict, DISSECT_BAD);
	assert_int_equal(many(64)->n_messages, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_sixty_four_extensions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

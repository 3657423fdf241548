/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NTP: version, mode, length; and what becomes of a datagram on its port that
 * is another protocol's.
 */
#include "tests/lib/datagram.h"

#include "tests/lib/frame.h"

extern const struct dissector ntp_dissector;

/* clang-format off */
#define ZERO8 "\x00\x00\x00\x00\x00\x00\x00\x00"
#define TIMES ZERO8 ZERO8 ZERO8 ZERO8 ZERO8 "\x00\x00\x00\x00"

static const struct datagram_case cases[] = {
	DATAGRAM("a client", DISSECT_OK, "", "\x23\x00\x06\xec" TIMES),
	DATAGRAM_NEED("a server, with a MAC", DISSECT_OK, "", 48,
	    "\x1c\x02\x06\xec" TIMES "\x00\x00\x00\x01" ZERO8 ZERO8),
	DATAGRAM_NEED("control", DISSECT_OK, "", 12,
	    "\x16\x02\x00\x01" ZERO8),
	DATAGRAM("private", DISSECT_OK, "", "\x17\x00\x03\x2a" "\0\0\0\0"),
	DATAGRAM("too short", DISSECT_OTHER, "", "\x23\x00\x06\xec" ZERO8),
	DATAGRAM("version 0", DISSECT_OTHER, "", "\x03\x00\x06\xec" TIMES),
	DATAGRAM("version 5", DISSECT_OTHER, "", "\x2b\x00\x06\xec" TIMES),
	DATAGRAM("mode 0", DISSECT_OTHER, "", "\x20\x00\x06\xec" TIMES),
	DATAGRAM("nothing", DISSECT_SHORT, "", ""),
};

#define QUERY "\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"        \
	"\x01" "a" "\x00" "\x00\x01\x00\x01"
#define STUN "\x00\x01\x00\x00" "\x21\x12\xa4\x42" "0123456789ab"
/* clang-format on */

static void
test_cases(void **state)
{
	size_t n = sizeof(cases) / sizeof(cases[0]);

	(void)state;
	/* It is the length on the wire that tells, so a cut one may be OK. */
	for (size_t i = 0; i < n; i++) {
		const struct datagram_case *c = &cases[i];

		for (size_t k = 0; k <= c->n; k++) {
			datagram_once(&ntp_dissector, c->bytes, k, c->n - k);
			datagram_once(&ntp_dissector, c->bytes, k, 0);
			if (c->verdict == DISSECT_OK && k < c->need)
				assert_int_not_equal(datagram_verdict,
				    DISSECT_OK);
		}
		if (datagram_verdict != c->verdict)
			fail_msg("%s: verdict %d", c->name, datagram_verdict);
		assert_int_equal(datagram_pkt.messages.n, 0);
	}
}

static const char *
app(const struct pkt *p)
{
	return p->app > 0 ? frame_tables.list[p->app - 1]->name : "";
}

static const struct pkt *
datagram(uint16_t sport, uint16_t dport, const char *bytes, size_t n)
{
	static uint8_t frame[200];
	size_t len = frame_build(frame, 17, dport, bytes, n);

	frame[34] = (uint8_t)(sport >> 8);
	frame[35] = (uint8_t)sport;
	return frame_once(1, frame, len, len);
}

static void
test_others(void **state)
{
	const struct pkt *p;

	(void)state;
	p = datagram(123, 53, QUERY, sizeof(QUERY) - 1);
	assert_string_equal(app(p), "dns");
	assert_int_equal(p->messages.n, 2);
	p = datagram(123, 123, STUN, sizeof(STUN) - 1);
	assert_string_equal(app(p), "stun");
	p = datagram(1000, 123, QUERY, sizeof(QUERY) - 1);
	assert_string_equal(app(p), "dns");
	p = datagram(123, 69, "\xff\xff\xff\xff", 4);
	assert_string_equal(app(p), "");
	assert_int_equal(p->verdict, DISSECT_OK);
	p = datagram(123, 123, "\xff\xff\xff\xff", 4);
	assert_string_equal(app(p), "");
	assert_int_equal(p->verdict, DISSECT_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

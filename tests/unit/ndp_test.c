/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbour discovery: who says to be at which station.
 */
#include "tests/lib/frame.h"

/* clang-format off */
#define IP(len) ETH6 IP6(len, "\x3a")
/* From the unspecified address. */
#define IP_NONE(len)                                                      \
	ETH6 "\x60\x00\x00\x00" len "\x3a\x40"                           \
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" \
	"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02"
#define TARGET                                                            \
	"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03"
#define Z4 "\x00\x00\x00\x00"
#define SOLICIT "\x87\x00\x00\x00" Z4 TARGET
#define ADVERTISE "\x88\x00\x00\x00" "\x60\x00\x00\x00" TARGET
#define ROUTER "\x86\x00\x00\x00" Z4 Z4 Z4
#define SOURCE_MAC "\x01\x01\x00\x00\x5e\x00\x53\x01"
#define TARGET_MAC "\x02\x01\x00\x00\x5e\x00\x53\x02"
#define PREFIX "\x03\x02\x00\x00\x00\x00\x00\x00" Z4 Z4

#define CASE(name, verdict, text, ...)                                     \
	{                                                                  \
		text, FRAME(name, 1, verdict, 0, __VA_ARGS__)              \
	}

static const struct {
	const char *text;
	struct frame frame;
} cases[] = {
	CASE("solicitation", DISSECT_OK, "2001:db8::1 00:00:5e:00:53:01",
	    IP("\x00\x20") SOLICIT SOURCE_MAC),
	CASE("solicitation from nobody", DISSECT_OK, "",
	    IP_NONE("\x00\x20") SOLICIT SOURCE_MAC),
	CASE("solicitation without options", DISSECT_OK, "",
	    IP("\x00\x18") SOLICIT),
	CASE("advertisement", DISSECT_OK, "2001:db8::3 00:00:5e:00:53:02",
	    IP("\x00\x20") ADVERTISE TARGET_MAC),
	CASE("advertisement with the other option", DISSECT_OK, "",
	    IP("\x00\x20") ADVERTISE SOURCE_MAC),
	CASE("router", DISSECT_OK, "2001:db8::1 00:00:5e:00:53:01",
	    IP("\x00\x28") ROUTER PREFIX SOURCE_MAC),
	CASE("a group's address", DISSECT_OK, "",
	    IP("\x00\x20") SOLICIT "\x01\x01\x01\x00\x5e\x00\x53\x01"),
	CASE("another code", DISSECT_OK, "",
	    IP("\x00\x20") "\x87\x01\x00\x00" Z4 TARGET SOURCE_MAC),
	CASE("an option without a length", DISSECT_BAD, "",
	    IP("\x00\x20") SOLICIT "\x01\x00\x00\x00\x5e\x00\x53\x01"),
	CASE("an option beyond the end", DISSECT_BAD,
	    "2001:db8::1 00:00:5e:00:53:01",
	    IP("\x00\x28") SOLICIT SOURCE_MAC "\x03\x02\x00\x00\x00\x00\x00\x00"),
	CASE("target cut", DISSECT_BAD, "",
	    IP("\x00\x17") "\x87\x00\x00\x00" Z4 Z4 Z4 Z4 "\x00\x00\x00"),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct pkt *p = frame_run(&cases[i].frame);
		const struct message *m = &p->messages.m[0];
		char text[200] = "", addr[TEXT_ADDR];

		if (p->messages.n == 1) {
			assert_int_equal(m->kind, MESSAGE_ADDR_MAC);
			assert_true(m->addr_is_v6);
			text_addr(addr, m->addr, true);
			snprintf(text, sizeof(text), "%s %.17s", addr, m->name);
		}
		assert_in_range(p->messages.n, 0, 1);
		if (strcmp(text, cases[i].text) != 0)
			fail_msg("%s: %s", cases[i].frame.name, text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

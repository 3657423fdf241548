/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LLDP and CDP: the name and the port of who is at the other end.
 */
#include "tests/lib/frame.h"

/* clang-format off */
#define LLDP ETH("\x88\xcc")
#define CHASSIS "\x02\x07\x04\x00\x00\x5e\x00\x53\x01"
#define PORT "\x04\x08\x05" "Gi1/0/1"
#define TTL "\x06\x02\x00\x78"
#define NAME "\x0a\x03" "sw1"
#define END "\x00\x00"
#define CDP(length) \
	ETH(length) "\xaa\xaa\x03" "\x00\x00\x0c\x20\x00" "\x02\xb4\x00\x00"
#define DEVICE "\x00\x01\x00\x07" "sw1"
#define CDP_PORT "\x00\x03\x00\x0b" "Gi1/0/1"

#define CASE(name, verdict, text, ...)                                     \
	{                                                                  \
		text, FRAME(name, 1, verdict, 0, __VA_ARGS__)              \
	}

static const struct {
	const char *text;
	struct frame frame;
} cases[] = {
	CASE("name and port", DISSECT_OK, "sw1 Gi1/0/1",
	    LLDP CHASSIS PORT TTL NAME END "\xff\xff"),
	CASE("no name", DISSECT_OK, "00:00:5e:00:53:01 Gi1/0/1",
	    LLDP CHASSIS PORT TTL END),
	CASE("a MAC for a port", DISSECT_OK, "sw1 00:00:5e:00:53:02",
	    LLDP CHASSIS "\x04\x07\x03\x00\x00\x5e\x00\x53\x02" TTL NAME END),
	CASE("addresses are no names", DISSECT_OK, "",
	    LLDP "\x02\x06\x05\x01\xc0\x00\x02\x01"
	    "\x04\x06\x04\x01\xc0\x00\x02\x01" TTL END),
	CASE("an empty identifier", DISSECT_OK, "sw1",
	    LLDP CHASSIS "\x04\x00" TTL NAME END),
	CASE("a hostile name", DISSECT_OK, "a\\x0ab Gi1/0/1",
	    LLDP CHASSIS PORT TTL "\x0a\x03" "a\nb" END),
	CASE("a length beyond the end", DISSECT_BAD, "sw1 Gi1/0/1",
	    LLDP CHASSIS PORT TTL NAME "\x0d\xff" "abc"),
	CASE("no end", DISSECT_BAD, "sw1 Gi1/0/1",
	    LLDP CHASSIS PORT TTL NAME),
	CASE("CDP", DISSECT_OK, "sw1 Gi1/0/1",
	    CDP("\x00\x22") DEVICE "\x00\x04\x00\x04" CDP_PORT),
	CASE("CDP without a port", DISSECT_OK, "sw1",
	    CDP("\x00\x13") DEVICE "\x00\x00"),
	CASE("CDP, a length of 3", DISSECT_BAD, "sw1",
	    CDP("\x00\x1e") DEVICE "\x00\x03\x00\x03" "Gi1/0/1"),
	CASE("CDP, a length beyond the end", DISSECT_BAD, "sw1",
	    CDP("\x00\x1e") DEVICE "\x00\x03\x00\x0c" "Gi1/0/1"),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct pkt *p = frame_run(&cases[i].frame);

		if (strcmp(frame_names(p), cases[i].text) != 0)
			fail_msg("%s: %s", cases[i].frame.name, frame_names(p));
		if (p->messages.n > 0)
			assert_int_equal(p->messages.m[0].kind,
			    MESSAGE_NEIGHBOUR);
	}
}

/* Two names of 511 bytes, the most there can be. */
static void
test_long_names(void **state)
{
	static uint8_t bytes[2048];
	size_t n = 14;

	(void)state;
	memcpy(bytes, LLDP, 14);
	for (unsigned type = 1; type <= 5; type += type == 1 ? 1 : 3) {
		bytes[n] = (uint8_t)(type << 1 | 1);
		bytes[n + 1] = 0xff;
		memset(bytes + n + 2, 'a', 511);
		n += 513;
	}
	n += 2;
	frame_once(1, bytes, n, n);
	assert_int_equal(frame_pkt.verdict, DISSECT_OK);
	assert_int_equal(frame_pkt.messages.n, 1);
	assert_int_equal(frame_pkt.messages.m[0].len, NAME_MAX_BYTES);
	assert_true(frame_pkt.messages.m[0].cut);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linux cooked captures: the device's type decides what the protocol means.
 */
#include "tests/lib/frame.h"

/* clang-format off */
#define MACS8 "\x02\x00\x00\x00\x00\x01\x00\x00"
#define SLL(arphrd, protocol) \
	"\x00\x00" arphrd "\x00\x06" MACS8 protocol
#define SLL2(arphrd, protocol) \
	protocol "\x00\x00" "\x00\x00\x00\x02" arphrd "\x00\x06" MACS8

static const struct frame_case sll[] = {
	{ FRAME("IPv4 over Ethernet", 113, DISSECT_OK, 44,
	    SLL("\x00\x01", "\x08\x00") SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("IPv6 over loopback", 113, DISSECT_OK, 64,
	    SLL("\x03\x04", "\x86\xdd") SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("netlink protocol 2048", 113, DISSECT_OK, 16,
	    SLL("\x03\x38", "\x08\x00") SMALL4),
	    NET_OTHER, 0, "" },
	{ FRAME("radiotap, a beacon", 113, DISSECT_OK, 26,
	    SLL("\x03\x23", "\x00\x04") "\x00\x00\x08\x00"
	    "\x00\x00\x00\x00" "\x80\x00"),
	    NET_WIFI, 0, "" },
	{ FRAME("Prism, a beacon", 113, DISSECT_OK, 26,
	    SLL("\x03\x22", "\x00\x04") "\x44\x00\x00\x00"
	    "\x08\x00\x00\x00" "\x80\x00"),
	    NET_WIFI, 0, "" },
	{ FRAME("802.11, a beacon", 113, DISSECT_OK, 18,
	    SLL("\x03\x21", "\x00\x04") "\x80\x00"),
	    NET_WIFI, 0, "" },
	{ FRAME("frame relay", 113, DISSECT_OK, 48,
	    SLL("\x03\x02", "\x00\x04") "\x18\x41\x03\xcc" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("802.2", 113, DISSECT_OK, 19,
	    SLL("\x00\x01", "\x00\x04") "\x42\x42\x03"),
	    NET_LLC, 0, "" },
	{ FRAME("802.3 without LLC", 113, DISSECT_OK, 19,
	    SLL("\x00\x01", "\x00\x01") "\xff\xff\x00"),
	    NET_LLC, 0, "" },
	{ FRAME("CAN", 113, DISSECT_OK, 16,
	    SLL("\x01\x18", "\x00\x0c") "\x00\x00\x00"),
	    NET_OTHER, 0, "" },
	{ FRAME("Ethernet", 113, DISSECT_OK, 58,
	    SLL("\x00\x01", "\x00\x03") ETH4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("header cut", 113, DISSECT_BAD, 0,
	    SLL("\x00\x01", "\x08")),
	    NET_UNKNOWN, 0, "" },
};
/* clang-format on */

/* clang-format off */
static const struct frame_case sll2[] = {
	{ FRAME("IPv4", 276, DISSECT_OK, 48,
	    SLL2("\x00\x01", "\x08\x00") SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("VLAN", 276, DISSECT_OK, 52,
	    SLL2("\x00\x01", "\x81\x00") "\x00\x05\x08\x00"
	    SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("netlink", 276, DISSECT_OK, 20,
	    SLL2("\x03\x38", "\x08\x00") SMALL4),
	    NET_OTHER, 0, "" },
	{ FRAME("header cut", 276, DISSECT_BAD, 0,
	    "\x08\x00\x00\x00\x00\x00\x00\x02\x00\x01\x00\x06"),
	    NET_UNKNOWN, 0, "" },
};
/* clang-format on */

static void
test_sll(void **state)
{
	(void)state;
	FRAME_CASES(sll);
}

static void
test_sll2(void **state)
{
	(void)state;
	FRAME_CASES(sll2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sll),
		cmocka_unit_test(test_sll2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

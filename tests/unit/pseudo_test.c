/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers that a host invents: PKTAP, NFLOG, PFLOG and their like.
 */
#include "tests/lib/frame.h"

/* clang-format off */
#define Z4 "\x00\x00\x00\x00"
#define Z16 Z4 Z4 Z4 Z4
/* All of the 108 bytes but length, type, link and trailer are zero. */
#define PKTAP(n, type, link, trailer) \
	n type link Z16 Z4 Z4 Z4 Z4 Z4 trailer Z16 Z16 Z16 Z4 Z4

static const struct frame_case cases[] = {
	{ FRAME("PKTAP, Ethernet", 258, DISSECT_OK, 150,
	    PKTAP("\x6c\x00\x00\x00", "\x01\x00\x00\x00", "\x01\x00\x00\x00",
		Z4) ETH4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("PKTAP by its old number, a trailer", 149, DISSECT_OK, 125,
	    PKTAP("\x6c\x00\x00\x00", "\x01\x00\x00\x00", "\x01\x00\x00\x00",
		"\x04\x00\x00\x00") ETH("\x00\x03") "\x42\x42\x03" Z4),
	    NET_LLC, 0, "" },
	{ FRAME("PKTAP, the trailer is not contents", 258, DISSECT_BAD, 0,
	    PKTAP("\x6c\x00\x00\x00", "\x01\x00\x00\x00", "\x01\x00\x00\x00",
		"\x04\x00\x00\x00") ETH("\x00\x04") "\x42\x42\x03" Z4),
	    NET_LLC, 0, "" },
	{ FRAME("PKTAP, big-endian, raw", 258, DISSECT_OK, 136,
	    PKTAP("\x00\x00\x00\x6c", "\x00\x00\x00\x01", "\x00\x00\x00\x0c",
		Z4) SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("PKTAP, no packet", 258, DISSECT_OK, 108,
	    PKTAP("\x6c\x00\x00\x00", Z4, Z4, Z4)),
	    NET_OTHER, 0, "" },
	{ FRAME("PKTAP, too short", 258, DISSECT_BAD, 0,
	    PKTAP("\x33\x00\x00\x00", "\x01\x00\x00\x00", "\x01\x00\x00\x00",
		Z4)),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("NFLOG", 239, DISSECT_OK, 52,
	    "\x02\x00\x00\x01" "\x08\x00\x01\x00\x08\x00\x03\x00"
	    "\x05\x00\x0a\x00\x41\x00\x00\x00" "\x20\x00\x09\x00" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("NFLOG, big-endian, IPv6", 239, DISSECT_OK, 64,
	    "\x0a\x00\x00\x01" "\x00\x08\x00\x01\x86\xdd\x03\x00"
	    "\x00\x34\x00\x09" SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("NFLOG, a bridge's ARP", 239, DISSECT_OK, 26,
	    "\x07\x00\x00\x01" "\x08\x00\x01\x00\x08\x06\x03\x00"
	    "\x0e\x00\x09\x00" "\x00\x01\x08\x00\x00\x01\x00\x01\x01\x01"),
	    NET_ARP, 0, "" },
	{ FRAME("NFLOG, no payload", 239, DISSECT_OK, 12,
	    "\x02\x00\x00\x01" "\x08\x00\x01\x00\x08\x00\x03\x00"),
	    NET_OTHER, 0, "" },
	{ FRAME("NFLOG, a length of 3", 239, DISSECT_BAD, 0,
	    "\x02\x00\x00\x01" "\x03\x00\x09\x00" SMALL4),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("NFLOG, a length beyond the end", 239, DISSECT_BAD, 0,
	    "\x02\x00\x00\x01" "\x21\x00\x09\x00" SMALL4),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("NFLOG of another version", 239, DISSECT_BAD, 0,
	    "\x02\x01\x00\x01" "\x20\x00\x09\x00" SMALL4),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("PFLOG", 117, DISSECT_OK, 92,
	    "\x3d\x02\x00\x00" Z4 Z4 Z16 Z16 Z16 Z4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("PFLOG, too short", 117, DISSECT_BAD, 0,
	    "\x04\x02\x00\x00" SMALL4),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("ENC", 109, DISSECT_OK, 60,
	    "\x18\x00\x00\x00" Z4 Z4 SMALL6),
	    NET_IP6, 48, SMALL6_FLOW },
	{ FRAME("IPNET", 226, DISSECT_OK, 52,
	    "\x01\x02\x00\x00" Z4 Z16 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("PPP with a direction", 204, DISSECT_OK, 33,
	    "\x01" "\xff\x03\x00\x21" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("Cisco's HDLC with one", 205, DISSECT_OK, 33,
	    "\x00" "\x0f\x00\x08\x00" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("frame relay with one", 206, DISSECT_OK, 33,
	    "\x00" "\x18\x41\x03\xcc" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("nothing", 204, DISSECT_BAD, 0, ""),
	    NET_UNKNOWN, 0, "" },
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	FRAME_CASES(cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

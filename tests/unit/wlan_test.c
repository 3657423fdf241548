/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 802.11 and what receivers put before it.
 */
#include "tests/lib/frame.h"

/* clang-format off */
#define A1 "\x02\x00\x00\x00\x00\x01"
#define A2 "\x02\x00\x00\x00\x00\x02"
#define WLAN(control, sequence) \
	control "\x00\x00" A1 A2 A1 sequence "\x00"
#define SNAP4 "\xaa\xaa\x03" "\x00\x00\x00\x08\x00"
#define DATA WLAN("\x08\x01", "\x00") SNAP4 SMALL4
#define FCS "\xff\xff\xff\xff"
#define BEACON WLAN("\x80\x00", "\x00") "\x00\x00"
/* The field 802.11 common, with its flags. */
#define PPI(flags)                                                      \
	"\x00\x00\x20\x00\x69\x00\x00\x00" "\x02\x00\x14\x00"          \
	"\x00\x00\x00\x00\x00\x00\x00\x00" flags "\x00"                  \
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

static const struct frame_case cases[] = {
	{ FRAME("data", 105, DISSECT_OK, 60, DATA),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("QoS", 105, DISSECT_OK, 62,
	    WLAN("\x88\x02", "\x00") "\x00\x00" SNAP4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("QoS, HT control, four addresses", 105, DISSECT_OK, 72,
	    WLAN("\x88\x83", "\x10") A2 "\x00\x00" "\x00\x00\x00\x00"
	    SNAP4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("an aggregate", 105, DISSECT_OK, 76,
	    WLAN("\x88\x01", "\x00") "\x80\x00" A1 A2 "\x00\x24" SNAP4 SMALL4
	    A1 A2 "\x00\x24" SNAP4 SMALL6),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("an aggregate of four addresses", 105, DISSECT_OK, 82,
	    WLAN("\x88\x03", "\x00") A1 "\x80\x00" A1 A2 "\x00\x24"
	    SNAP4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("an aggregate's length", 105, DISSECT_BAD, 0,
	    WLAN("\x88\x01", "\x00") "\x80\x00" A1 A2 "\x00\x25"
	    SNAP4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("encrypted", 105, DISSECT_OK, 24,
	    WLAN("\x08\x41", "\x00") SNAP4 SMALL4),
	    NET_WIFI, 0, "" },
	{ FRAME("first fragment", 105, DISSECT_OK, 24,
	    WLAN("\x08\x05", "\x00") SNAP4 SMALL4),
	    NET_WIFI, 0, "" },
	{ FRAME("last fragment", 105, DISSECT_OK, 24,
	    WLAN("\x08\x01", "\x01") SNAP4 SMALL4),
	    NET_WIFI, 0, "" },
	{ FRAME("no contents", 105, DISSECT_OK, 2,
	    WLAN("\x48\x01", "\x00")),
	    NET_WIFI, 0, "" },
	{ FRAME("beacon", 105, DISSECT_OK, 2, BEACON),
	    NET_WIFI, 0, "" },
	{ FRAME("acknowledgement", 105, DISSECT_OK, 2,
	    "\xd4\x00\x00\x00" A1),
	    NET_WIFI, 0, "" },
	{ FRAME("another version", 105, DISSECT_BAD, 0,
	    WLAN("\x09\x01", "\x00") SNAP4 SMALL4),
	    NET_WIFI, 0, "" },
	{ FRAME("radiotap", 127, DISSECT_OK, 68,
	    "\x00\x00\x08\x00" "\x00\x00\x00\x00" DATA),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("radiotap, flags behind a time and more", 127, DISSECT_OK, 89,
	    "\x00\x00\x19\x00" "\x03\x00\x00\x80" "\x00\x00\x00\x00"
	    "\x00\x00\x00\x00" "\x00\x00\x00\x00\x00\x00\x00\x00" "\x30"
	    WLAN("\x88\x02", "\x00") "\x00\x00" "\x00\x00" SNAP4 SMALL4 FCS),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("radiotap, damaged on the air", 127, DISSECT_BAD, 0,
	    "\x00\x00\x09\x00" "\x02\x00\x00\x00" "\x50" DATA FCS),
	    NET_WIFI, 0, "" },
	{ FRAME("radiotap, maps without end", 127, DISSECT_OK, 72,
	    "\x00\x00\x0c\x00" "\x02\x00\x00\x80" "\x00\x00\x00\x80" DATA),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("radiotap, too short", 127, DISSECT_BAD, 0,
	    "\x00\x00\x07\x00" "\x00\x00\x00\x00" DATA),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("PPI", 192, DISSECT_OK, 92, PPI("\x01") DATA FCS),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("PPI, damaged on the air", 192, DISSECT_BAD, 0,
	    PPI("\x05") DATA FCS),
	    NET_WIFI, 0, "" },
	{ FRAME("PPI, Ethernet", 192, DISSECT_OK, 50,
	    "\x00\x00\x08\x00\x01\x00\x00\x00" ETH4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("PPI, a field too long", 192, DISSECT_OK, 72,
	    "\x00\x00\x0c\x00\x69\x00\x00\x00" "\x02\x00\xff\xff" DATA),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("Prism", 119, DISSECT_OK, 72,
	    "\x44\x00\x00\x00\x0c\x00\x00\x00" "\x00\x00\x00\x00" DATA),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("AVS", 163, DISSECT_OK, 72,
	    "\x80\x21\x10\x01\x00\x00\x00\x0c" "\x00\x00\x00\x00" DATA),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("AVS in a file of Prism", 119, DISSECT_OK, 72,
	    "\x80\x21\x10\x02\x00\x00\x00\x0c" "\x00\x00\x00\x00" DATA),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("AVS, a lie", 163, DISSECT_BAD, 0,
	    "\x80\x21\x10\x01\x00\x00\x00\x07" "\x00\x00\x00\x00" DATA),
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

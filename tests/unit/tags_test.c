/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags other than VLANs, and MACsec.
 */
#include "tests/lib/frame.h"

/* clang-format off */
#define ICV "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f"
#define NUMBER "\x00\x00\x00\x01"
#define CHANNEL "\x02\x00\x00\x00\x00\x01\x00\x01"

static const struct frame_case cases[] = {
	{ FRAME("802.1ah in a provider's tag", 1, DISSECT_OK, 64,
	    ETH("\x88\xa8") "\x00\x05\x88\xe7" "\x00\x00\x00\x01"
	    ETH4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("TRILL", 1, DISSECT_OK, 62,
	    ETH("\x22\xf3") "\x00\x3f\x00\x01\x00\x02" ETH4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("TRILL with two words of options", 1, DISSECT_OK, 70,
	    ETH("\x22\xf3") "\x00\xbf\x00\x01\x00\x02"
	    "\x00\x00\x00\x00\x00\x00\x00\x00" ETH4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("FabricPath", 1, DISSECT_OK, 58,
	    ETH("\x89\x03") "\x00\x7f" ETH4 SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("VN-tag", 1, DISSECT_OK, 48,
	    ETH("\x89\x26") "\x80\x01\x00\x02\x08\x00" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("E-tag, VLAN", 1, DISSECT_OK, 54,
	    ETH("\x89\x3f") "\x00\x00\x00\x01\x00\x00\x81\x00"
	    "\x00\x05\x08\x00" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("Cisco's metadata", 1, DISSECT_OK, 50,
	    ETH("\x89\x09") "\x01\x01\x00\x01\x00\x07\x08\x00" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("Cisco's metadata as in GRE", 1, DISSECT_OK, 50,
	    ETH("\x89\x09") "\x08\x00\x01\x01\x00\x01\x00\x07" SMALL4),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("metadata longer than the packet", 1, DISSECT_BAD, 0,
	    ETH("\x89\x09") "\x01\xff\x00\x01\x00\x07\x08\x00" SMALL4),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("the same in GRE", 1, DISSECT_BAD, 0,
	    ETH("\x89\x09") "\x08\x00\x01\xff\x00\x01\x00\x07" SMALL4),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("header cut", 1, DISSECT_BAD, 0,
	    ETH("\x88\xe7") "\x00\x00\x00"),
	    NET_UNKNOWN, 0, "" },
	{ FRAME("MACsec, only protected", 1, DISSECT_OK, 50,
	    ETH("\x88\xe5") "\x01\x1e" NUMBER "\x08\x00" SMALL4 ICV),
	    NET_IP4, 28, SMALL4_FLOW },
	{ FRAME("MACsec with a channel, LLC", 1, DISSECT_OK, 33,
	    ETH("\x88\xe5") "\x20\x05" NUMBER CHANNEL "\x00\x03"
	    "\x42\x42\x03" ICV),
	    NET_LLC, 0, "" },
	{ FRAME("the check value is not contents", 1, DISSECT_BAD, 0,
	    ETH("\x88\xe5") "\x20\x05" NUMBER CHANNEL "\x00\x04"
	    "\x42\x42\x03" ICV),
	    NET_LLC, 0, "" },
	{ FRAME("MACsec, encrypted", 1, DISSECT_OK, 28,
	    ETH("\x88\xe5") "\x2c\x00" NUMBER CHANNEL "\x08\x00" SMALL4 ICV),
	    NET_OTHER, 0, "" },
	{ FRAME("MACsec of another version", 1, DISSECT_BAD, 0,
	    ETH("\x88\xe5") "\x80\x00" NUMBER "\x08\x00" SMALL4 ICV),
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

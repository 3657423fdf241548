/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VXLAN on its three ports, and what comes from one of them by chance.
 */
#include "tests/lib/tunnel.h"

#define VNI "\x00\x00\x01\x00"

/* clang-format off */
static const struct tunnel_case vxlan[] = {
	TUNNEL("frame", DISSECT_OK, 50, 2, INNER4_FLOW,
	    "\x08\x00\x00\x00" VNI INNER_FRAME),
	TUNNEL("group policy", DISSECT_OK, 50, 2, INNER4_FLOW,
	    "\x88\x48\x01\x02" VNI INNER_FRAME),
	TUNNEL("ARP", DISSECT_OK, 8 + 14 + 28, 1, "",
	    "\x08\x00\x00\x00" VNI ETH("\x08\x06")
	    "\x00\x01\x08\x00\x06\x04\x00\x01"
	    "\x02\x00\x00\x00\x00\x01" "\x0a\x00\x00\x01"
	    "\x00\x00\x00\x00\x00\x00" "\x0a\x00\x00\x02"),
	TUNNEL("without the network's flag", DISSECT_OK, 8, 1, "",
	    "\x00\x00\x00\x00" VNI INNER_FRAME),
	TUNNEL("flags that nobody sends", DISSECT_OK, 8, 1, "",
	    "\x0c\x00\x00\x00" VNI INNER_FRAME),
	TUNNEL("reserved byte", DISSECT_OK, 8, 1, "",
	    "\x08\x00\x00\x00" "\x00\x00\x01\x01" INNER_FRAME),
	TUNNEL("too short for a header", DISSECT_OK, 0, 1, "",
	    "\x08\x00\x00\x00"),
	TUNNEL("too short for a frame", DISSECT_BAD, 0, 1, "",
	    "\x08\x00\x00\x00" VNI MACS),
};

static const struct tunnel_case old[] = {
	TUNNEL("frame", DISSECT_OK, 50, 2, INNER4_FLOW,
	    "\x08\x00\x00\x00" VNI INNER_FRAME),
	TUNNEL("group policy", DISSECT_OK, 8, 1, "",
	    "\x88\x48\x01\x02" VNI INNER_FRAME),
};

static const struct tunnel_case gpe[] = {
	TUNNEL("frame by default", DISSECT_OK, 50, 2, INNER4_FLOW,
	    "\x08\x00\x00\x00" VNI INNER_FRAME),
	TUNNEL("IPv4", DISSECT_OK, 36, 2, INNER4_FLOW,
	    "\x0c\x00\x00\x01" VNI INNER4),
	TUNNEL("IPv6", DISSECT_OK, 56, 2, SMALL6_FLOW,
	    "\x0c\x00\x00\x02" VNI SMALL6),
	TUNNEL("frame", DISSECT_OK, 50, 2, INNER4_FLOW,
	    "\x0c\x00\x00\x03" VNI INNER_FRAME),
	TUNNEL("NSH", DISSECT_OK, 44, 2, INNER4_FLOW,
	    "\x0c\x00\x00\x04" VNI "\x0f\xc2\x02\x01" "\x00\x00\x01\xff"
	    INNER4),
	TUNNEL("an unknown protocol", DISSECT_OK, 8, 1, "",
	    "\x0c\x00\x00\x09" VNI INNER4),
	TUNNEL("maintenance", DISSECT_OK, 8, 1, "",
	    "\x0d\x00\x00\x01" VNI INNER4),
	TUNNEL("version 1", DISSECT_OK, 8, 1, "",
	    "\x1c\x00\x00\x01" VNI INNER4),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	TUNNEL_CASES(vxlan, 17, 4789);
	TUNNEL_CASES(old, 17, 8472);
	TUNNEL_CASES(gpe, 17, 4790);
}

static void
test_passing_source(void **state)
{
	(void)state;
	tunnel_passing_source(4789);
	tunnel_passing_source(4790);
	tunnel_passing_source(8472);
}

/* Each is eight bytes, UDP, IP and a frame: 24 layers come soon. */
static void
test_depth_is_bounded(void **state)
{
	enum { HEAD = 50, TIMES = 20 };
	static uint8_t bytes[HEAD * TIMES + 42];
	size_t n = sizeof(bytes);
	const struct pkt *p;

	(void)state;
	for (size_t i = 0; i < TIMES; i++) {
		uint8_t *h = bytes + HEAD * i;
		size_t left = n - HEAD * i - 14;

		memcpy(h, ETH4 SMALL4 "\x08\x00\x00\x00\x00\x00\x01\x00", HEAD);
		h[16] = (uint8_t)(left >> 8);
		h[17] = (uint8_t)left;
		h[36] = 4789 >> 8;
		h[37] = 4789 & 0xff;
		h[38] = (uint8_t)((left - 20) >> 8);
		h[39] = (uint8_t)(left - 20);
	}
	memcpy(bytes + HEAD * TIMES, INNER_FRAME, 42);
	p = frame_once(1, bytes, n, n);
	assert_true(p->layers_exceeded);
	assert_int_equal(p->n_layers, PKT_LAYERS);
	assert_int_equal(p->n_ip, PKT_LAYERS / 4);
	assert_int_equal(p->verdict, DISSECT_OK);
	assert_int_equal(p->outer_len, n - 14);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_passing_source),
		cmocka_unit_test(test_depth_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

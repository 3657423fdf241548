/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunnels: the first byte chooses one, the others are what follows its
 * protocol number, port or ethertype.
 */
#include "tests/fuzz/fuzz.h"

enum { LINK = 1, IP = 2, UDP = 3 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct {
		uint8_t by;
		uint16_t key;
	} tunnels[] = {
		{ IP, 47 }, /* GRE, ERSPAN */
		{ IP, 4 },
		{ IP, 41 },
		{ IP, 97 },
		{ IP, 115 },
		{ IP, 137 },
		{ IP, 143 },
		{ UDP, 4789 }, /* VXLAN */
		{ UDP, 4790 },
		{ UDP, 8472 },
		{ UDP, 6081 }, /* Geneve */
		{ UDP, 2152 }, /* GTP-U */
		{ UDP, 3544 },
		{ UDP, 1701 },
		{ UDP, 6635 },
		{ UDP, 4754 },
		{ LINK, 0x8847 },
		{ LINK, 0x8864 },
		{ LINK, 0x880b },
		{ LINK, 0x88e7 },
		{ LINK, 0x894f },
		{ LINK, 0x22f3 },
		{ UDP, 3386 },
		{ UDP, 4341 },
		{ UDP, 5072 },
		{ UDP, 5247 },
		{ UDP, 37008 },
	};
	static uint8_t packet[65535];
	unsigned which, by;
	size_t head;

	if (n == 0 || n > sizeof(packet) - 28)
		return 0;
	which = data[0] % (sizeof(tunnels) / sizeof(tunnels[0]));
	by = tunnels[which].by;
	data++;
	n--;
	head = by == LINK ? 14 : by == IP ? 20 : 28;
	memset(packet, 0, head);
	if (by == LINK) {
		packet[12] = (uint8_t)(tunnels[which].key >> 8);
		packet[13] = (uint8_t)tunnels[which].key;
	} else {
		packet[0] = 0x45;
		packet[2] = (uint8_t)((head + n) >> 8);
		packet[3] = (uint8_t)(head + n);
		packet[9] = by == IP ? (uint8_t)tunnels[which].key : 17;
	}
	if (by == UDP) {
		packet[22] = (uint8_t)(tunnels[which].key >> 8);
		packet[23] = (uint8_t)tunnels[which].key;
		packet[24] = (uint8_t)((8 + n) >> 8);
		packet[25] = (uint8_t)(8 + n);
	}
	uint8_t *exact = malloc(head + n);

	MUST(exact != NULL);
	memcpy(exact, packet, head);
	if (n > 0)
		memcpy(exact + head, data, n);
	fuzz_packet(by == LINK ? 1 : 101, exact, head + n,
	    (uint32_t)(head + n));
	fuzz_packet(by == LINK ? 1 : 101, exact, head + n,
	    (uint32_t)(head + n) + 100);
	free(exact);
	return 0;
}

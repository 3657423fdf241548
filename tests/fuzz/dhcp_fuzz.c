/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DHCP and the small protocols that are known by their ports: the first byte
 * chooses one, the others are the payload of a packet to it.
 */
#include "tests/fuzz/stream.h"

extern const struct dissector syslog_tcp_dissector;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const uint16_t ports[] = { 67, 547, 123, 161, 514, 69, 1812,
		1900, 9 };
	uint16_t port;

	if (n == 0)
		return 0;
	port = ports[data[0] % (sizeof(ports) / sizeof(ports[0]))];
	fuzz_payload(17, port, data + 1, n - 1);
	if (port == 514)
		fuzz_stream(&syslog_tcp_dissector, NULL, data + 1, n - 1);
	return 0;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS and its relatives: the first byte chooses one, the others are the payload
 * of a packet to its port, or the segments of a connection.
 */
#include "tests/fuzz/stream.h"

extern const struct dissector dns_tcp_dissector, dns_tcpany_dissector,
    llmnr_tcp_dissector;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const uint16_t ports[] = { 53, 5353, 5355, 137, 9 };
	static const struct dissector *const streams[] = { &dns_tcp_dissector,
		&dns_tcpany_dissector, &llmnr_tcp_dissector };
	unsigned way;

	if (n == 0)
		return 0;
	way = data[0] % 8;
	if (way < 5)
		fuzz_payload(17, ports[way], data + 1, n - 1);
	else
		fuzz_stream(streams[way - 5], NULL, data + 1, n - 1);
	return 0;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every dissector there is: one line each, which makes both the declaration
 * and the entry.  Where two have one key, the first wins.
 */
#include "dissect/registry.h"

#define DISSECTORS(X) \
	X(ethernet)   \
	X(vlan)       \
	X(null)       \
	X(raw)        \
	X(sll)        \
	X(sll2)       \
	X(llc)        \
	X(arp)        \
	X(ipv4)       \
	X(ipv6)       \
	X(tcp)        \
	X(udp)        \
	X(udplite)    \
	X(dccp)       \
	X(icmp)       \
	X(sctp)       \
	X(dns)        \
	X(http)       \
	X(tls)

#define X(name) extern const struct dissector name##_dissector;
DISSECTORS(X)
#undef X

#define X(name) &name##_dissector,
const struct dissector *const registry[] = { DISSECTORS(X) };
#undef X

const unsigned registry_n = sizeof(registry) / sizeof(registry[0]);

_Static_assert(sizeof(registry) / sizeof(registry[0]) <= DISSECTORS_MAX,
    "indices and their tables are sized by DISSECTORS_MAX");

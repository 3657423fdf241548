/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes and packets by IP protocol.  The key is the protocol's keyword in
 * IANA's registry, in lower case and as people write it (icmpv6), where it has
 * one in common use, else its number.
 */
#include <string.h>

#include "daemon/meter/ranking.h"

static const char names[256][12] = {
	[0] = "hopopt",
	[1] = "icmp",
	[2] = "igmp",
	[4] = "ipv4",
	[6] = "tcp",
	[17] = "udp",
	[33] = "dccp",
	[41] = "ipv6",
	[46] = "rsvp",
	[47] = "gre",
	[50] = "esp",
	[51] = "ah",
	[58] = "icmpv6",
	[59] = "ipv6-nonxt",
	[88] = "eigrp",
	[89] = "ospf",
	[97] = "etherip",
	[103] = "pim",
	[108] = "ipcomp",
	[112] = "vrrp",
	[115] = "l2tp",
	[132] = "sctp",
	[136] = "udplite",
	[137] = "mpls-in-ip",
};

static unsigned
keys(const struct flow_view *f, uint8_t *const out[2])
{
	out[0][0] = f->tuple->proto;
	return 1;
}

static size_t
text(char out[RANKING_TEXT], const uint8_t *key)
{
	const char *name = names[key[0]];
	size_t n = strlen(name);

	if (n == 0)
		return ranking_number(out, key[0]);
	memcpy(out, name, n + 1);
	return n;
}

extern const struct ranking proto_ranking;
const struct ranking proto_ranking = {
	.name = "proto",
	.weight = 1,
	.key_size = 1,
	.keys = keys,
	.text = text,
};

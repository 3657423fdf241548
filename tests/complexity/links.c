/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers that may follow one another without end: nesting, options, TLVs.
 */
#include "tests/complexity/complexity.h"

#include <string.h>

static const char macs[] = "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02";

static uint8_t *
put_ethernet(uint8_t *at, unsigned type)
{
	return put16(put_bytes(at, macs, 12), type);
}

/* A datagram that ends a nest of headers: 28 bytes. */
static uint8_t *
put_small(uint8_t *at)
{
	return put_udp(put_ip4(at, 17, 8), 1000, 9, 0);
}

/* Headers of one kind, as many as fit, before a small datagram. */
static void
repeat(struct packets *p, uint8_t *at, size_t n, const void *header, size_t len,
    const void *last)
{
	uint8_t *room = p->bytes + p->n_bytes;

	while ((size_t)(at - room) + 2 * len + 28 <= n)
		at = put_bytes(at, header, len);
	at = put_small(put_bytes(at, last, len));
	packets_end(p, (size_t)(at - room), 0);
}

static void
vlans(struct packets *p, size_t n)
{
	repeat(p, put_ethernet(packets_room(p), 0x8100), n, "\x00\x05\x81\x00",
	    4, "\x00\x05\x08\x00");
}

static void
labels(struct packets *p, size_t n)
{
	repeat(p, put_ethernet(packets_room(p), 0x8847), n, "\x00\x01\x00\x40",
	    4, "\x00\x02\x01\x40");
}

static void
backbones(struct packets *p, size_t n)
{
	char header[19], last[19];

	memset(header, 0, sizeof(header));
	memcpy(header + 5, macs, 12);
	memcpy(last, header, sizeof(last));
	memcpy(header + 16, "\x88\xe7", 2);
	memcpy(last + 16, "\x08\x00", 2);
	repeat(p, put_ethernet(packets_room(p), 0x88e7), n, header, 18, last);
}

/* One header in another, lengths true.  make writes one around n bytes. */
static void
nest(struct packets *p, size_t n, size_t len,
    uint8_t *(*make)(uint8_t *at, size_t n, bool is_last))
{
	uint8_t *room = packets_room(p), *at = room;
	size_t left = n / len * len + 28;

	while (left >= 28 + len) {
		left -= len;
		at = make(at, left, left < 28 + len);
	}
	at = put_small(at);
	packets_end(p, (size_t)(at - room), 12);
}

static uint8_t *
ipip(uint8_t *at, size_t n, bool is_last)
{
	(void)is_last;
	return put_ip4(at, 4, n);
}

static uint8_t *
gre(uint8_t *at, size_t n, bool is_last)
{
	(void)is_last;
	return PUT(put_ip4(at, 47, n + 4), "\x00\x00\x08\x00");
}

static uint8_t *
vxlan(uint8_t *at, size_t n, bool is_last)
{
	(void)is_last;
	at = put_udp(put_ip4(at, 17, n + 30), 5000, 4789, n + 22);
	at = PUT(at, "\x08\x00\x00\x00\x00\x00\x07\x00");
	return put_ethernet(at, 0x0800);
}

static uint8_t *
gtp(uint8_t *at, size_t n, bool is_last)
{
	(void)is_last;
	at = put_udp(put_ip4(at, 17, n + 16), 2152, 2152, n + 8);
	return PUT(put16(PUT(at, "\x30\xff"), (unsigned)n), "\x00\x00\x00\x07");
}

static void
nested_ipip(struct packets *p, size_t n)
{
	nest(p, n - 28, 20, ipip);
}

static void
nested_gre(struct packets *p, size_t n)
{
	nest(p, n - 28, 24, gre);
}

static void
nested_vxlan(struct packets *p, size_t n)
{
	nest(p, n - 28, 50, vxlan);
}

static void
nested_gtp(struct packets *p, size_t n)
{
	nest(p, n - 28, 36, gtp);
}

/* IPv6 extension headers of eight bytes, each followed by this kind. */
static void
chain(struct packets *p, size_t n, unsigned kind)
{
	uint8_t *room = packets_room(p);
	size_t left = (n - 40) / 8 * 8;
	uint8_t *at = put_ip6(room, kind, left + 8);

	for (; left >= 8; left -= 8) {
		*at++ = (uint8_t)(left < 16 ? 17 : kind);
		at = PUT(at, "\x00\x01\x04\x00\x00\x00\x00");
	}
	at = put_udp(at, 1000, 9, 0);
	packets_end(p, (size_t)(at - room), 20);
}

static void
destinations(struct packets *p, size_t n)
{
	chain(p, n, 60);
}

static void
hops(struct packets *p, size_t n)
{
	chain(p, n, 0);
}

/* A hop-by-hop header that is full of padding, and a length of 0. */
static void
jumbo(struct packets *p, size_t n)
{
	uint8_t *room = packets_room(p), *at = put_ip6(room, 0, 0);
	size_t len = n < 2048 ? n / 8 * 8 - 48 : 2048;

	*at++ = 17;
	*at++ = (uint8_t)(len / 8 - 1);
	memset(at, 0, len - 2);
	packets_end(p, 40 + len, 20);
}

/* Options of both headers, all of them "no operation". */
static void
options(struct packets *p, size_t n)
{
	uint8_t *room, *at;

	for (size_t i = 0; i < n / 120 + 1; i++) {
		room = packets_room(p);
		at = put_ip4(room, 6, 100);
		room[0] = 0x4f;
		memset(at, 1, 40);
		at = put16(put16(at + 40, 1000), 80);
		at = PUT(put32(put32(at, (uint32_t)i), 1),
		    "\xf0\x10\x10\x00\x00\x00\x00\x00");
		memset(at, 1, 40);
		packets_end(p, 120, 12);
	}
}

static void
aggregate(struct packets *p, size_t n)
{
	uint8_t *room = packets_room(p), *at = room;

	at = PUT(at, "\x88\x01\x00\x00");
	memset(at, 0, 20);
	at = PUT(at + 20, "\x80\x00");
	while ((size_t)(at - room) + 50 <= n) {
		at = put16(put_bytes(at, macs, 12), 36);
		at = put_small(PUT(at, "\xaa\xaa\x03\x00\x00\x00\x08\x00"));
	}
	packets_end(p, (size_t)(at - room), 0);
}

/* Presence bits that say that more of them follow. */
static void
radiotap(struct packets *p, size_t n)
{
	uint8_t *room = packets_room(p);

	memset(room, 0xff, n);
	room[0] = room[1] = 0;
	room[2] = (uint8_t)(n - 30);
	room[3] = (uint8_t)((n - 30) >> 8);
	packets_end(p, n, 0);
}

/* Fields without contents; the length is in the first or last of size bytes. */
static void
fields(struct packets *p, uint8_t *at, size_t n, const void *field, size_t len)
{
	uint8_t *room = p->bytes + p->n_bytes;

	while ((size_t)(at - room) + len <= n)
		at = put_bytes(at, field, len);
	packets_end(p, (size_t)(at - room), 0);
}

static void
nflog(struct packets *p, size_t n)
{
	fields(p, PUT(packets_room(p), "\x02\x00\x00\x01"), n,
	    "\x04\x00\x02\x00", 4);
}

static void
lldp(struct packets *p, size_t n)
{
	fields(p, put_ethernet(packets_room(p), 0x88cc), n, "\x04\x02\x04x", 4);
}

static void
lldp_names(struct packets *p, size_t n)
{
	fields(p, put_ethernet(packets_room(p), 0x88cc), n, "\x0a\x00", 2);
}

static void
cdp(struct packets *p, size_t n)
{
	uint8_t *at = put_ethernet(packets_room(p), 1500);

	fields(p, PUT(at, "\xaa\xaa\x03\x00\x00\x0c\x20\x00\x02\xb4\x00\x00"),
	    n, "\x00\x01\x00\x04", 4);
}

static void
geneve(struct packets *p, size_t n)
{
	uint8_t bytes[8 + 252 + 14];
	uint8_t *at = PUT(bytes, "\x3f\x00\x65\x58\x00\x00\x01\x00");

	for (unsigned i = 0; i < 63; i++)
		at = PUT(at, "\x00\x01\x02\x00");
	put_ethernet(at, 0x88b5);
	for (size_t i = 0; i < n / sizeof(bytes) + 1; i++)
		packets_udp(p, 5000, 6081, bytes, sizeof(bytes));
}

static void
gtp_extensions(struct packets *p, size_t n)
{
	uint8_t bytes[PACKET_MAX];
	uint8_t *at = put16(PUT(bytes, "\x34\xff"), (unsigned)(n - 40));

	at = PUT(at, "\x00\x00\x00\x07\x00\x00\x00\x85");
	while ((size_t)(at - bytes) + 36 <= n)
		at = PUT(at, "\x01\x00\x00\x85");
	packets_udp(p, 2152, 2152, bytes, n - 32);
}

static void
solicitation(struct packets *p, size_t n)
{
	uint8_t *room = packets_room(p), *at;
	size_t len = n / 8 * 8 - 40;

	at = put_ip6(room, 58, len);
	memset(at, 0, len);
	at[0] = 135;
	for (size_t i = 24; i + 8 <= len; i += 8)
		memcpy(at + i, "\x01\x01\x02\x00\x00\x00\x00\x01", 8);
	packets_end(p, 40 + len, 20);
}

static void
sctp(struct packets *p, size_t n)
{
	uint8_t *room = packets_room(p);
	uint8_t *at = put_ip4(room, 132, n - 20);

	at = PUT(at, "\x03\xe8\x00\x09\x00\x00\x00\x01\x00\x00\x00\x02");
	fields(p, at, n, "\x03\x00\x00\x04", 4);
}

const struct scenario link_scenarios[] = {
	{ "vlan tags", vlans, LINK_ETHERNET_, 0, 0, 0 },
	{ "mpls labels", labels, LINK_ETHERNET_, 0, 0, 0 },
	{ "802.1ah in 802.1ah", backbones, LINK_ETHERNET_, 0, 0, 0 },
	{ "ip in ip", nested_ipip, LINK_RAW_, 0, 0, 0 },
	{ "gre in gre", nested_gre, LINK_RAW_, 0, 0, 0 },
	{ "vxlan in vxlan", nested_vxlan, LINK_RAW_, 0, 0, 0 },
	{ "gtp-u in gtp-u", nested_gtp, LINK_RAW_, 0, 0, 0 },
	{ "ipv6 extensions: destination", destinations, LINK_RAW_, 0, 0, 0 },
	{ "ipv6 extensions: hop by hop", hops, LINK_RAW_, 0, 0, 0 },
	{ "ipv6 jumbo option behind padding", jumbo, LINK_RAW_, 0, 0, 0 },
	{ "ipv4 and tcp options", options, LINK_RAW_, 0, 0, 0 },
	{ "802.11 aggregate", aggregate, 105, 0, 0, 0 },
	{ "radiotap presence bits", radiotap, 127, 0, 0, 0 },
	{ "nflog fields", nflog, 239, 0, 0, 0 },
	{ "lldp tlvs", lldp, LINK_ETHERNET_, 0, 0, 0 },
	{ "lldp names", lldp_names, LINK_ETHERNET_, 0, 0, 0 },
	{ "cdp tlvs", cdp, LINK_ETHERNET_, 0, 1500, 0 },
	{ "geneve options", geneve, LINK_RAW_, 0, 0, 0 },
	{ "gtp-u extensions", gtp_extensions, LINK_RAW_, 0, 0, 0 },
	{ "ndp options", solicitation, LINK_RAW_, 0, 0, 0 },
	{ "sctp chunks", sctp, LINK_RAW_, 0, 0, 0 },
	{ NULL, NULL, 0, 0, 0, 0 },
};

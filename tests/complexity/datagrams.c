/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams of protocols that have lists, names and options; and datagrams in
 * many fragments.
 */
#include "tests/complexity/complexity.h"

#include <string.h>

static uint8_t message[PACKET_MAX];

/* The header of a DNS message. */
static uint8_t *
dns(unsigned flags, size_t n_questions, size_t n_answers, size_t n_more)
{
	uint8_t *at = put16(put16(message, 0x1234), flags);

	at = put16(put16(at, (unsigned)n_questions), (unsigned)n_answers);
	return put16(put16(at, 0), (unsigned)n_more);
}

/* A name of 255 bytes that is nothing but labels of one. */
static uint8_t *
put_labels(uint8_t *at)
{
	for (unsigned i = 0; i < 126; i++)
		at = PUT(at, "\x01x");
	return PUT(at, "\x00");
}

static uint8_t *
put_pointer(uint8_t *at, const uint8_t *to)
{
	return put16(at, 0xc000 | (unsigned)(to - message));
}

/*
 * Such a name, then questions that are a pointer each to the one before, as
 * deep as pointers go; the last of them is at *last.
 */
static uint8_t *
put_chain(uint8_t *at, unsigned type, const uint8_t **last)
{
	*last = at;
	at = put16(put16(put_labels(at), type), 1);
	for (unsigned i = 0; i < 15; i++) {
		uint8_t *begin = at;

		at = put16(put16(put_pointer(at, *last), type), 1);
		*last = begin;
	}
	return at;
}

static void
send_dns(struct packets *p, const uint8_t *end, unsigned port)
{
	packets_udp(p, port == 53 ? 1053 : port, port, message,
	    (size_t)(end - message));
}

static void
dns_questions(struct packets *p, size_t n)
{
	const uint8_t *last;
	uint8_t *at = put_chain(dns(0x0100, n / 6, 0, 0), 1, &last);

	while ((size_t)(at - message) + 40 <= n)
		at = put16(put16(put_pointer(at, last), 1), 1);
	send_dns(p, at, 53);
}

/* Answers of one kind whose owner is the end of the chain. */
static void
answers(struct packets *p, size_t n, unsigned port, unsigned type,
    const void *data, size_t len)
{
	size_t each = 12 + len;
	const uint8_t *last;
	uint8_t *at =
	    put_chain(dns(0x8180, 16, (n - 400) / each, 0), 12, &last);

	while ((size_t)(at - message) + each + 40 <= n) {
		at = put16(put16(put_pointer(at, last), type), 1);
		at = put16(put32(at, 60), (unsigned)len);
		at = put_bytes(at, data, len);
	}
	send_dns(p, at, port);
}

static void
dns_addresses(struct packets *p, size_t n)
{
	answers(p, n, 53, 1, "\xc0\x00\x02\x01", 4);
}

static void
dns_pointers(struct packets *p, size_t n)
{
	answers(p, n, 53, 12, "\xc0\x0c", 2);
}

static void
dns_aliases(struct packets *p, size_t n)
{
	answers(p, n, 53, 5, "\xc0\x0c", 2);
}

static void
mdns_addresses(struct packets *p, size_t n)
{
	answers(p, n, 5353, 1, "\xc0\x00\x02\x01", 4);
}

static void
mdns_pointers(struct packets *p, size_t n)
{
	answers(p, n, 5353, 12, "\xc0\x0c", 2);
}

static void
llmnr_addresses(struct packets *p, size_t n)
{
	answers(p, n, 5355, 1, "\xc0\x00\x02\x01", 4);
}

/* Owners that are written out, of labels as short as can be. */
static void
owners(struct packets *p, size_t n, unsigned port)
{
	uint8_t *at = dns(0x8180, 0, (n - 40) / 263, 0);

	while ((size_t)(at - message) + 263 + 40 <= n)
		at = PUT(put16(put_labels(at), 12), "\0\1\0\0\0\0\0\0");
	send_dns(p, at, port);
}

static void
dns_owners(struct packets *p, size_t n)
{
	owners(p, n, 53);
}

static void
mdns_owners(struct packets *p, size_t n)
{
	owners(p, n, 5353);
}

/* Names of one kind each, which are all read, and do not compress. */
static void
mdns_names(struct packets *p, size_t n)
{
	size_t each = 255 + 10 + 4;
	uint8_t *at = dns(0x8400, 0, (n - 40) / each, 0);

	while ((size_t)(at - message) + each + 40 <= n)
		at =
		    PUT(put16(put_labels(at), 1), "\0\1\0\0\0\0\0\4\xc0\0\2\1");
	send_dns(p, at, 5353);
}

static void
dns_options(struct packets *p, size_t n)
{
	uint8_t *at = PUT(dns(0x0100, 0, 0, 1), "\0\0\x29\x10\0\0\0\0\0");
	size_t len = (n - 60) / 4 * 4;

	at = put16(at, (unsigned)len);
	memset(at, 0, len);
	send_dns(p, at + len, 53);
}

static void
nbns(struct packets *p, size_t n)
{
	uint8_t *at = dns(0x8500, 0, (n - 40) / 50, 0);

	while ((size_t)(at - message) + 50 + 40 <= n)
		at = PUT(at,
		    "\x20"
		    "EGFCEFEECACACACACACACACACACACACA"
		    "\0\0\x20\0\1\0\0\0\0\0\6\0\0\xc0\0\2\1");
	send_dns(p, at, 137);
}

static void
nbns_status(struct packets *p, size_t n)
{
	uint8_t *at = PUT(dns(0x8400, 0, 1, 0),
	    "\x20"
	    "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "\0\0\x21\0\1\0\0\0\0");
	size_t len = (n - 110) / 18 * 18;

	at = put16(at, (unsigned)len + 1);
	*at++ = 255;
	for (size_t i = 0; i < len; i += 18)
		at = PUT(at, "DESK           \0\4\0");
	send_dns(p, at, 137);
}

/* BOOTP's fixed part and the cookie. */
static uint8_t *
bootp(void)
{
	memset(message, 0, 240);
	memcpy(message, "\1\1\6\0", 4);
	return PUT(message + 236, "\x63\x82\x53\x63");
}

static void
dhcp(struct packets *p, size_t n, const void *option, size_t len)
{
	uint8_t *at = bootp();

	while ((size_t)(at - message) + len + 40 <= n)
		at = put_bytes(at, option, len);
	packets_udp(p, 68, 67, message, (size_t)(at - message));
}

static void
dhcp_options(struct packets *p, size_t n)
{
	dhcp(p, n, "\x37\0", 2);
}

static void
dhcp_names(struct packets *p, size_t n)
{
	dhcp(p, n, "\x0c\1x", 3);
}

static void
dhcp_padding(struct packets *p, size_t n)
{
	dhcp(p, n, "\0", 1);
}

static void
dhcpv6(struct packets *p, size_t n, const void *option, size_t len)
{
	uint8_t *at = PUT(message, "\1\1\2\3");

	while ((size_t)(at - message) + len + 40 <= n)
		at = put_bytes(at, option, len);
	packets_udp(p, 546, 547, message, (size_t)(at - message));
}

static void
dhcpv6_options(struct packets *p, size_t n)
{
	dhcpv6(p, n, "\0\6\0\0", 4);
}

static void
dhcpv6_names(struct packets *p, size_t n)
{
	dhcpv6(p, n, "\0\x27\0\3\1\1x", 7);
}

static void
dhcpv6_vendors(struct packets *p, size_t n)
{
	dhcpv6(p, n, "\0\x10\0\7\0\0\1\x37\0\1x", 11);
}

/* Relayed again and again: each around the one before. */
static void
dhcpv6_relayed(struct packets *p, size_t n)
{
	size_t left = n - 40;
	uint8_t *at = message;

	while (left >= 38 + 4) {
		at = PUT(at, "\x0c\0");
		memset(at, 0x20, 32);
		at = PUT(at + 32, "\0\x09");
		left -= 38;
		at = put16(at, (unsigned)left);
	}
	at = PUT(at, "\1\1\2\3");
	packets_udp(p, 546, 547, message, (size_t)(at - message));
}

/* A word again and again, behind a beginning. */
static void
words(struct packets *p, size_t n, unsigned sport, unsigned dport,
    const char *first, const void *word, size_t len)
{
	uint8_t *at = put_bytes(message, first, strlen(first));

	while ((size_t)(at - message) + len + 40 <= n)
		at = put_bytes(at, word, len);
	packets_udp(p, sport, dport, message, (size_t)(at - message));
}

static void
sip(struct packets *p, size_t n)
{
	words(p, n, 5060, 5060, "INVITE sip:", "x", 1);
}

static void
sip_headers(struct packets *p, size_t n)
{
	words(p, n, 5060, 5060, "INVITE sip:a SIP/2.0\r\n", "a:b\r\n", 5);
}

static void
ssdp(struct packets *p, size_t n)
{
	words(p, n, 1900, 1900, "NOTIFY * HTTP/1.1\r\n", "a:\r\n", 4);
}

static void
syslog(struct packets *p, size_t n)
{
	words(p, n, 514, 514, "<34>1 ", "- ", 2);
}

static void
snmp(struct packets *p, size_t n)
{
	words(p, n, 161, 161, "\x30\x84\x7f\xff\xff\xff", "\x30\x80", 2);
}

static void
stun(struct packets *p, size_t n)
{
	uint8_t *at = put16(message, 1);
	size_t len = (n - 48) / 4 * 4;

	at = PUT(put16(at, (unsigned)len), "\x21\x12\xa4\x42");
	memset(at, 0, 12 + len);
	packets_udp(p, 40000, 3478, message, 20 + len);
}

static void
radius(struct packets *p, size_t n)
{
	size_t len = n - 40 < 4096 ? (n - 40) / 2 * 2 : 4096;
	uint8_t *at = put16(PUT(message, "\1\x2a"), (unsigned)len);

	memset(at, 0, 16);
	at += 16;
	while ((size_t)(at - message) + 2 <= len)
		at = PUT(at, "\x01\x02");
	packets_udp(p, 40000, 1812, message, len);
}

/* No port and no content that anybody knows: every probe is asked. */
static void
unknown(struct packets *p, size_t n)
{
	for (size_t i = 0; i < n / 64 + 1; i++) {
		memset(message, (int)(i & 0xff), 36);
		packets_udp(p, 40000, 40001, message, 36);
	}
}

/* One fragment of len bytes of a datagram. */
static void
fragment(struct packets *p, unsigned id, size_t offset, size_t len,
    bool is_last)
{
	uint8_t *room = packets_room(p), *at = put_ip4(room, 17, len);

	put16(room + 4, id);
	put16(room + 6, (unsigned)(offset / 8) | (is_last ? 0 : 0x2000));
	memset(at, 'f', len);
	packets_end(p, 20 + len, 12);
}

/* Datagrams of 1 KiB in pieces of eight bytes, the last ones first. */
static void
fragments_reverse(struct packets *p, size_t n)
{
	for (unsigned id = 0; id < n / 1000; id++)
		for (size_t i = 128; i-- > 0;)
			fragment(p, id, i * 8, 8, i == 127);
}

/* One datagram in pieces of eight bytes. */
static void
fragments_one(struct packets *p, size_t n)
{
	for (size_t i = n / 8; i-- > 0;)
		fragment(p, 7, i * 8, 8, i == n / 8 - 1);
}

/* Every second piece, so that none can be joined to another. */
static void
fragments_apart(struct packets *p, size_t n)
{
	for (unsigned id = 0; id < n / 1000; id++)
		for (size_t i = 0; i < 127; i++)
			fragment(p, id, (i * 67 % 127) * 16, 8, false);
}

static void
fragments_overlap(struct packets *p, size_t n)
{
	for (size_t i = 0; i < n / 16; i++)
		fragment(p, 7, i * 8 % 60000, 16, false);
}

static void
fragments_copies(struct packets *p, size_t n)
{
	for (size_t i = 0; i < n / 8; i++)
		fragment(p, 7, i % 100 * 16, 8, false);
}

/* Datagrams that are never whole. */
static void
fragments_lonely(struct packets *p, size_t n)
{
	for (size_t i = 0; i < n / 8; i++)
		fragment(p, (unsigned)i, 0, 8, false);
}

/* Large ones, whose last piece is all that is needed to put them together. */
static void
fragments_large(struct packets *p, size_t n)
{
	size_t len = 1480;

	for (size_t at = 0; at < n; at += len)
		fragment(p, 9, at, at + len >= n ? n - at : len, at + len >= n);
}

const struct scenario datagram_scenarios[] = {
	{ "dns questions, pointers", dns_questions, LINK_RAW_, 0, 0, 0 },
	{ "dns addresses", dns_addresses, LINK_RAW_, 0, 0, 0 },
	{ "dns names, pointers", dns_pointers, LINK_RAW_, 0, 0, 0 },
	{ "dns aliases", dns_aliases, LINK_RAW_, 0, 0, 0 },
	{ "dns owners of one-byte labels", dns_owners, LINK_RAW_, 0, 0, 0 },
	{ "dns edns options", dns_options, LINK_RAW_, 0, 0, 0 },
	{ "mdns addresses", mdns_addresses, LINK_RAW_, 0, 0, 0 },
	{ "mdns names, pointers", mdns_pointers, LINK_RAW_, 0, 0, 0 },
	{ "mdns owners of one-byte labels", mdns_owners, LINK_RAW_, 0, 0, 0 },
	{ "mdns names of one-byte labels", mdns_names, LINK_RAW_, 0, 0, 0 },
	{ "llmnr addresses", llmnr_addresses, LINK_RAW_, 0, 0, 0 },
	{ "nbns records", nbns, LINK_RAW_, 0, 0, 0 },
	{ "nbns node status", nbns_status, LINK_RAW_, 0, 0, 0 },
	{ "dhcp options", dhcp_options, LINK_RAW_, 0, 0, 0 },
	{ "dhcp names in parts", dhcp_names, LINK_RAW_, 0, 0, 0 },
	{ "dhcp padding", dhcp_padding, LINK_RAW_, 0, 0, 0 },
	{ "dhcpv6 options", dhcpv6_options, LINK_RAW_, 0, 0, 0 },
	{ "dhcpv6 names", dhcpv6_names, LINK_RAW_, 0, 0, 0 },
	{ "dhcpv6 vendors", dhcpv6_vendors, LINK_RAW_, 0, 0, 0 },
	{ "dhcpv6 relays", dhcpv6_relayed, LINK_RAW_, 0, 0, 0 },
	{ "sip request line", sip, LINK_RAW_, 0, 0, 0 },
	{ "sip header", sip_headers, LINK_RAW_, 0, 0, 0 },
	{ "ssdp header", ssdp, LINK_RAW_, 0, 0, 0 },
	{ "syslog words", syslog, LINK_RAW_, 0, 0, 0 },
	{ "snmp sequences", snmp, LINK_RAW_, 0, 0, 0 },
	{ "stun attributes", stun, LINK_RAW_, 0, 0, 0 },
	{ "radius attributes", radius, LINK_RAW_, 0, 0, 0 },
	{ "unknown datagrams", unknown, LINK_RAW_, 0, 0, 0 },
	{ "fragments, reverse", fragments_reverse, LINK_RAW_, 0, 0, 0 },
	{ "fragments, one datagram", fragments_one, LINK_RAW_, 0, 0, 0 },
	{ "fragments, apart", fragments_apart, LINK_RAW_, 0, 0, 0 },
	{ "fragments, overlapping", fragments_overlap, LINK_RAW_, 0, 0, 0 },
	{ "fragments, copies", fragments_copies, LINK_RAW_, 0, 0, 0 },
	{ "fragments, lonely", fragments_lonely, LINK_RAW_, 0, 0, 0 },
	{ "fragments, full", fragments_large, LINK_RAW_, 0, 0, 0 },
	{ NULL, NULL, 0, 0, 0, 0 },
};

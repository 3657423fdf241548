/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS, multicast DNS and LLMNR in datagrams: what queries and responses say,
 * whole and cut.
 */
#include "tests/lib/datagram.h"

#include "tests/lib/dns_message.h"

extern const struct dissector dns_dissector, mdns_dissector, llmnr_dissector;

/* clang-format off */
#define V6 "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
#define OPT(size, extended, options)                                    \
	"\x00" "\x00\x29" size extended "\x00\x00\x00" options

#define ANSWERED(rcode)                                                 \
	"DNS_RESPONSE www.example.com 0x11234\nDNS_RCODE " rcode

static const struct datagram_case queries[] = {
	DATAGRAM("a private type", DISSECT_OK,
	    "DNS_QUERY example.com 0xff001234\nDNS_QTYPE TYPE65280",
	    QUERY(ONE) EXAMPLE "\x00" "\xff\x00" IN),
	DATAGRAM("a type between those with names", DISSECT_OK,
	    "DNS_QUERY . 0x361234\nDNS_QTYPE TYPE54",
	    QUERY(ONE) "\x00" "\x00\x36" IN),
	DATAGRAM("HTTPS", DISSECT_OK,
	    "DNS_QUERY example.com 0x411234\nDNS_QTYPE HTTPS",
	    QUERY(ONE) EXAMPLE "\x00" "\x00\x41" IN),
	DATAGRAM("any", DISSECT_OK,
	    "DNS_QUERY example.com 0xff1234\nDNS_QTYPE ANY",
	    QUERY(ONE) EXAMPLE "\x00" "\x00\xff" IN),
	DATAGRAM("EDNS", DISSECT_OK, WWW_ASKED "\nDNS_EDNS 0x4d0",
	    HEAD4("\x01\x00", "\x01", "\x00", "\x00", "\x01") WWW A
	    OPT("\x04\xd0", "\x00", "\x00\x00")),
	DATAGRAM("a cookie before the subnet, its bits beyond cleared",
	    DISSECT_OK,
	    WWW_ASKED "\nDNS_EDNS 0x1000\nDNS_ECS 192.0.2.128/25",
	    HEAD4("\x01\x00", "\x01", "\x00", "\x00", "\x01") WWW A
	    OPT("\x10\x00", "\x00", "\x00\x18")
	    "\x00\x0a\x00\x08" "12345678"
	    "\x00\x08\x00\x08" "\x00\x01\x19\x00" "\xc0\x00\x02\xff"),
	DATAGRAM("subnet of IPv6", DISSECT_OK,
	    WWW_ASKED "\nDNS_EDNS 0x1000\nDNS_ECS 2001:db8::/56",
	    HEAD4("\x01\x00", "\x01", "\x00", "\x00", "\x01") WWW A
	    OPT("\x10\x00", "\x00", "\x00\x0f")
	    "\x00\x08\x00\x0b" "\x00\x02\x38\x00"
	    "\x20\x01\x0d\xb8\x00\x00\x00"),
	DATAGRAM("a whole address of IPv6", DISSECT_OK,
	    WWW_ASKED "\nDNS_EDNS 0x1000\nDNS_ECS 2001:db8::1/128",
	    HEAD4("\x01\x00", "\x01", "\x00", "\x00", "\x01") WWW A
	    OPT("\x10\x00", "\x00", "\x00\x18")
	    "\x00\x08\x00\x14" "\x00\x02\x80\x00" V6 "\x01"),
	DATAGRAM("no subnet, please", DISSECT_OK,
	    WWW_ASKED "\nDNS_EDNS 0x1000\nDNS_ECS 0.0.0.0/0",
	    HEAD4("\x01\x00", "\x01", "\x00", "\x00", "\x01") WWW A
	    OPT("\x10\x00", "\x00", "\x00\x08")
	    "\x00\x08\x00\x04" "\x00\x01\x00\x00"),
	DATAGRAM("subnets that lie: prefix, length, family", DISSECT_OK,
	    WWW_ASKED "\nDNS_EDNS 0x1000",
	    HEAD4("\x01\x00", "\x01", "\x00", "\x00", "\x01") WWW A
	    OPT("\x10\x00", "\x00", "\x00\x0d")
	    "\x00\x08\x00\x09" "\x00\x01\x21\x00" "\xc0\x00\x02\x01\x80"),
	DATAGRAM("subnet cut", DISSECT_OK,
	    WWW_ASKED "\nDNS_EDNS 0x1000",
	    HEAD4("\x01\x00", "\x01", "\x00", "\x00", "\x01") WWW A
	    OPT("\x10\x00", "\x00", "\x00\x0a")
	    "\x00\x08\x00\x06" "\x00\x01\x18\x00" "\xc0\x00"),
	DATAGRAM("subnet of no family", DISSECT_OK,
	    WWW_ASKED "\nDNS_EDNS 0x1000",
	    HEAD4("\x01\x00", "\x01", "\x00", "\x00", "\x01") WWW A
	    OPT("\x10\x00", "\x00", "\x00\x08")
	    "\x00\x08\x00\x04" "\x00\x00\x00\x00"),
	DATAGRAM("the zone of an update", DISSECT_OK,
	    "DNS_QUERY example.com 0x61234\nDNS_QTYPE SOA",
	    HEAD4("\x28\x00", "\x01", "\x00", "\x01", "\x00") EXAMPLE "\x00"
	    "\x00\x06" IN "\x01" "h" Q A TTL "\x00\x04" "\xc0\x00\x02\x01"),
	DATAGRAM("record cut", DISSECT_SHORT, WWW_ASKED,
	    HEAD4("\x01\x00", "\x01", "\x00", "\x00", "\x01") WWW A
	    "\x00\x00\x29\x10\x00"),
};

static const struct datagram_case responses[] = {
	DATAGRAM("an address", DISSECT_OK,
	    "ADDR_NAME www.example.com = 192.0.2.1 dns\n"
	    ANSWERED("NOERROR") "\nDNS_NOERROR www.example.com",
	    HEAD4("\x81\x80", "\x01", "\x01", "\x00", "\x00") WWW A
	    Q A TTL "\x00\x04" "\xc0\x00\x02\x01"),
	DATAGRAM("addresses through an alias", DISSECT_OK,
	    "ADDR_NAME www.example.com = 192.0.2.1 dns\n"
	    "ADDR_NAME www.example.com = 2001:db8::1 dns\n"
	    ANSWERED("NOERROR") "\nDNS_NOERROR www.example.com",
	    HEAD4("\x81\x80", "\x01", "\x03", "\x00", "\x00") WWW A
	    Q "\x00\x05" IN TTL "\x00\x04" "\x01" "x\xc0\x10"
	    "\xc0\x2d" A TTL "\x00\x04" "\xc0\x00\x02\x01"
	    "\xc0\x2d" AAAA TTL "\x00\x10" V6 "\x01"),
	DATAGRAM("addresses of nobody", DISSECT_OK,
	    ANSWERED("NOERROR") "\nDNS_NOERROR www.example.com",
	    HEAD4("\x81\x80", "\x01", "\x06", "\x00", "\x00") WWW A
	    Q A TTL "\x00\x04" "\x00\x00\x00\x00"
	    Q A TTL "\x00\x04" "\xff\xff\xff\xff"
	    Q AAAA TTL "\x00\x10" "\x00" "\x00\x00\x00\x00\x00"
	    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	    Q A TTL "\x00\x03" "\xc0\x00\x02"
	    Q AAAA TTL "\x00\x04" "\xc0\x00\x02\x01"
	    Q "\x00\x01\x00\x03" TTL "\x00\x04" "\xc0\x00\x02\x01"),
	DATAGRAM("addresses elsewhere are not the answer", DISSECT_OK,
	    ANSWERED("NOERROR") "\nDNS_NOERROR www.example.com",
	    HEAD4("\x81\x80", "\x01", "\x00", "\x01", "\x01") WWW A
	    "\xc0\x10" "\x00\x02" IN TTL "\x00\x02" Q
	    Q A TTL "\x00\x04" "\xc0\x00\x02\x01"),
	DATAGRAM("no such data", DISSECT_OK,
	    ANSWERED("NOERROR") "\nDNS_NOERROR www.example.com\n"
	    "DNS_NODATA www.example.com",
	    HEAD("\x81\x80", ONE) WWW A),
	DATAGRAM("no such data, with the zone's SOA and NS", DISSECT_OK,
	    ANSWERED("NOERROR") "\nDNS_NOERROR www.example.com\n"
	    "DNS_NODATA www.example.com",
	    HEAD4("\x81\x80", "\x01", "\x00", "\x02", "\x00") WWW A
	    "\xc0\x10" "\x00\x02" IN TTL "\x00\x02" Q
	    "\xc0\x10" "\x00\x06" IN TTL "\x00\x00"),
	DATAGRAM("no such data, by the server itself", DISSECT_OK,
	    ANSWERED("NOERROR") "\nDNS_NOERROR www.example.com\n"
	    "DNS_NODATA www.example.com",
	    HEAD4("\x85\x80", "\x01", "\x00", "\x01", "\x00") WWW A
	    "\xc0\x10" "\x00\x02" IN TTL "\x00\x02" Q),
	DATAGRAM("no answer because it was too long", DISSECT_OK,
	    ANSWERED("NOERROR") "\nDNS_TRUNCATED\nDNS_NOERROR www.example.com",
	    HEAD("\x83\x80", ONE) WWW A),
	DATAGRAM("no such name", DISSECT_OK,
	    ANSWERED("NXDOMAIN") "\nDNS_NXDOMAIN www.example.com\n"
	    "DNS_NXDOMAIN_CLIENT 198.51.100.7",
	    HEAD("\x81\x83", ONE) WWW A),
	DATAGRAM("failure", DISSECT_OK,
	    ANSWERED("SERVFAIL") "\nDNS_SERVFAIL www.example.com\n"
	    "DNS_SERVFAIL_CLIENT 198.51.100.7",
	    HEAD("\x81\x82", ONE) WWW A),
	DATAGRAM("refusal without the question", DISSECT_OK,
	    "DNS_RESPONSE 0x1234\nDNS_RCODE REFUSED\nDNS_REFUSED",
	    HEAD("\x81\x85", "\x00\x00")),
	DATAGRAM("a code without a name", DISSECT_OK, ANSWERED("RCODE14"),
	    HEAD("\x81\x8e", ONE) WWW A),
	DATAGRAM("an extended code, and a subnet", DISSECT_OK,
	    "DNS_ECS 192.0.2.0/24\n" ANSWERED("BADVERS"),
	    HEAD4("\x81\x80", "\x01", "\x00", "\x00", "\x01") WWW A
	    OPT("\x10\x00", "\x01", "\x00\x0b")
	    "\x00\x08\x00\x07" "\x00\x01\x18\x18" "\xc0\x00\x02"),
	DATAGRAM("the highest code", DISSECT_OK, ANSWERED("RCODE4095"),
	    HEAD4("\x81\x8f", "\x01", "\x00", "\x00", "\x01") WWW A
	    OPT("\x10\x00", "\xff", "\x00\x00")),
	DATAGRAM("a reverse name", DISSECT_OK,
	    "ADDR_NAME www.example.com = 192.0.2.1 dns\n"
	    "DNS_RESPONSE 1.2.0.192.in-addr.arpa 0xc1234\nDNS_RCODE NOERROR\n"
	    "DNS_NOERROR 1.2.0.192.in-addr.arpa",
	    HEAD4("\x81\x80", "\x01", "\x02", "\x00", "\x00")
	    "\x01" "1" "\x01" "2" "\x01" "0" "\x03" "192"
	    "\x07" "in-addr" "\x04" "ARPA" "\x00" PTR
	    /* RFC 2317: an alias into the subnet's own zone. */
	    Q "\x00\x05" IN TTL "\x00\x09" "\x01" "1" "\x04" "0/25" Q
	    "\xc0\x34" PTR TTL "\x00\x11" WWW),
	DATAGRAM("a reverse name of IPv6", DISSECT_OK,
	    "ADDR_NAME a = 2001:db8::2f dns\n"
	    "DNS_RESPONSE f.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "8.b.d.0.1.0.0.2.ip6.arpa 0xc1234\nDNS_RCODE NOERROR\n"
	    "DNS_NOERROR f.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "8.b.d.0.1.0.0.2.ip6.arpa",
	    HEAD4("\x81\x80", "\x01", "\x01", "\x00", "\x00")
	    "\x01" "f" "\x01" "2" "\x01" "0" "\x01" "0" "\x01" "0" "\x01" "0"
	    "\x01" "0" "\x01" "0" "\x01" "0" "\x01" "0" "\x01" "0" "\x01" "0"
	    "\x01" "0" "\x01" "0" "\x01" "0" "\x01" "0" "\x01" "0" "\x01" "0"
	    "\x01" "0" "\x01" "0" "\x01" "0" "\x01" "0" "\x01" "0" "\x01" "0"
	    "\x01" "8" "\x01" "B" "\x01" "d" "\x01" "0" "\x01" "1" "\x01" "0"
	    "\x01" "0" "\x01" "2" "\x03" "ip6" "\x04" "arpa" "\x00" PTR
	    Q PTR TTL "\x00\x03" "\x01" "a\x00"),
	DATAGRAM("no address backwards", DISSECT_OK,
	    "DNS_RESPONSE 1.256.0.192.in-addr.arpa 0xc1234\n"
	    "DNS_RCODE NOERROR\nDNS_NOERROR 1.256.0.192.in-addr.arpa",
	    HEAD4("\x81\x80", "\x01", "\x01", "\x00", "\x00")
	    "\x01" "1" "\x03" "256" "\x01" "0" "\x03" "192"
	    "\x07" "in-addr" "\x04" "arpa" "\x00" PTR
	    Q PTR TTL "\x00\x03" "\x01" "a\x00"),
	DATAGRAM("a zone is transferred", DISSECT_OK,
	    "ADDR_NAME a.example.com = 192.0.2.1 dns\n"
	    "DNS_RESPONSE example.com 0xfc1234\nDNS_RCODE NOERROR\n"
	    "DNS_NOERROR example.com",
	    HEAD4("\x84\x00", "\x01", "\x01", "\x00", "\x00") EXAMPLE "\x00"
	    "\x00\xfc" IN "\x01" "a" Q A TTL "\x00\x04" "\xc0\x00\x02\x01"),
	DATAGRAM("an update's response repeats it", DISSECT_OK,
	    "DNS_RESPONSE example.com 0x61234\nDNS_RCODE NOERROR\n"
	    "DNS_NOERROR example.com",
	    HEAD4("\xa8\x00", "\x01", "\x01", "\x00", "\x00") EXAMPLE "\x00"
	    "\x00\x06" IN Q A TTL "\x00\x04" "\xc0\x00\x02\x01"),
	DATAGRAM("the second record damaged", DISSECT_BAD,
	    "ADDR_NAME www.example.com = 192.0.2.1 dns\n"
	    ANSWERED("NOERROR") "\nDNS_NOERROR www.example.com",
	    HEAD4("\x81\x80", "\x01", "\x02", "\x00", "\x00") WWW A
	    Q A TTL "\x00\x04" "\xc0\x00\x02\x01"
	    "\x80" A TTL "\x00\x04" "\xc0\x00\x02\x02"),
};

static const struct datagram_case multicast[] = {
	DATAGRAM("a query", DISSECT_OK,
	    "DNS_MULTICAST\nDNS_QUERY _ipp._tcp.local 0xc0000\nDNS_QTYPE PTR",
	    "\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00"
	    "\x04" "_ipp" "\x04" "_tcp" "\x05" "local" "\x00" "\x00\x0c\x80\x01"),
	DATAGRAM("addresses by their owners, and what is no answer",
	    DISSECT_OK,
	    "DNS_MULTICAST\nADDR_NAME desk.local = 192.0.2.1 mdns\n"
	    "ADDR_NAME desk.local = 192.0.2.2 mdns\n"
	    "ADDR_NAME my.local = 2001:db8::1 mdns",
	    "\x00\x00\x84\x00\x00\x00\x00\x02\x00\x01\x00\x02"
	    "\x04" "Desk" "\x05" "local" "\x00" "\x00\x01\x80\x01" TTL
	    "\x00\x04" "\xc0\x00\x02\x01"
	    "\x01" "2" "\x01" "2" "\x01" "0" "\x03" "192"
	    "\x07" "in-addr" "\x04" "arpa" "\x00" PTR TTL "\x00\x02" Q
	    Q A TTL "\x00\x04" "\xc0\x00\x02\x03"
	    "\x02" "my\xc0\x11" "\x00\x1c\x80\x01" TTL "\x00\x10" V6 "\x01"
	    /* RFC 6762, section 18.12: no EDNS worth counting. */
	    OPT("\x05\xa0", "\x00", "\x00\x00")),
	DATAGRAM("a negative response is nobody's code", DISSECT_OK,
	    "DNS_MULTICAST",
	    "\x00\x00\x84\x03\x00\x00\x00\x00\x00\x00\x00\x00"),
};

static const struct datagram_case link_local[] = {
	DATAGRAM("a query", DISSECT_OK, "DNS_LLMNR\n" ASKED("desk"),
	    HEAD("\x00\x00", ONE) "\x04" "Desk" "\x00" A),
	DATAGRAM("a response", DISSECT_OK,
	    "DNS_LLMNR\nADDR_NAME desk = 192.0.2.1 mdns",
	    HEAD4("\x80\x00", "\x01", "\x01", "\x00", "\x00")
	    "\x04" "desk" "\x00" A Q A TTL "\x00\x04" "\xc0\x00\x02\x01"),
};
/* clang-format on */

static void
test_queries(void **state)
{
	(void)state;
	DATAGRAM_CASES(dns_dissector, queries);
}

static void
test_responses(void **state)
{
	(void)state;
	DATAGRAM_CASES(dns_dissector, responses);
}

static void
test_multicast(void **state)
{
	(void)state;
	DATAGRAM_CASES(mdns_dissector, multicast);
}

static void
test_link_local(void **state)
{
	(void)state;
	DATAGRAM_CASES(llmnr_dissector, link_local);
}

static void
test_client_v6(void **state)
{
	static const char bytes[] = HEAD("\x81\x83", ONE) "\x00" A;

	(void)state;
	datagram_is_v6 = true;
	assert_string_equal(datagram_run(&dns_dissector, bytes,
				sizeof(bytes) - 1, sizeof(bytes) - 1),
	    "DNS_RESPONSE . 0x11234\nDNS_RCODE NXDOMAIN\nDNS_NXDOMAIN .\n"
	    "DNS_NXDOMAIN_CLIENT 2001:db8::7");
	datagram_is_v6 = false;
}

/* Also where the last record was cut off: what was read is told. */
static void
test_cut_and_longer(void **state)
{
	/* clang-format off */
	static const char bytes[] =
	    HEAD4("\x81\x80", "\x01", "\x02", "\x00", "\x00") WWW A
	    Q A TTL "\x00\x04" "\xc0\x00\x02\x01"
	    Q A TTL "\x00\x04" "\xc0\x00\x02\x02";
	static const char nodata[] =
	    HEAD4("\x81\x80", "\x01", "\x00", "\x01", "\x00") WWW A
	    "\xc0\x10" "\x00\x06" IN TTL "\x00\x00";
	static const char tail[] = QUERY(ONE) WWW A "\xff\xff\xff";
	/* clang-format on */

	(void)state;
	assert_string_equal(datagram_once(&dns_dissector, bytes,
				sizeof(bytes) - 5, 4),
	    "ADDR_NAME www.example.com = 192.0.2.1 dns\n" ANSWERED(
		"NOERROR") "\nDNS_NOERROR www.example.com");
	assert_int_equal(datagram_verdict, DISSECT_SHORT);
	/* It could have been a referral. */
	assert_string_equal(datagram_once(&dns_dissector, nodata,
				sizeof(nodata) - 2, 1),
	    ANSWERED("NOERROR") "\nDNS_NOERROR www.example.com");
	assert_string_equal(datagram_run(&dns_dissector, tail, sizeof(tail) - 1,
				0),
	    WWW_ASKED);
	assert_int_equal(datagram_verdict, DISSECT_OK);
}

static void
test_many_questions(void **state)
{
	uint8_t bytes[12 + 40 * 7] = QUERY("\x00\x28");

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		memcpy(bytes + 12 + 7 * i, "\x01x\x00" A, 7);
		bytes[12 + 7 * i + 1] = (uint8_t)('A' + i % 26);
	}
	datagram_run(&dns_dissector, bytes, sizeof(bytes), sizeof(bytes));
	assert_int_equal(datagram_verdict, DISSECT_OK);
	assert_int_equal(datagram_pkt.messages.n, 50);
	assert_string_equal(datagram_pkt.messages.m[48].name, "y");
	bytes[4] = 0xff;
	datagram_once(&dns_dissector, bytes, sizeof(bytes), 0);
	assert_int_equal(datagram_verdict, DISSECT_SHORT);
	assert_int_equal(datagram_pkt.messages.n, 50);
}

/* What is told of one message is bounded, and none of it is lost. */
static void
test_many_addresses(void **state)
{
	uint8_t bytes[12 + 7 + 40 * 16] =
	    HEAD4("\x81\x80", "\x01", "\x28", "\x00", "\x00") "\x01x\x00" A;

	(void)state;
	for (uint8_t i = 0; i < 40; i++) {
		uint8_t *p = bytes + 19 + (size_t)16 * i;

		memcpy(p, Q A TTL "\x00\x04\xc0\x00\x02", 15);
		p[15] = i;
	}
	datagram_run(&dns_dissector, bytes, sizeof(bytes), sizeof(bytes));
	assert_int_equal(datagram_verdict, DISSECT_OK);
	assert_int_equal(datagram_pkt.messages.n, 32 + 3);
	assert_false(datagram_pkt.messages.exceeded);
}

static const char *
type_text(uint16_t type)
{
	uint8_t bytes[17] = QUERY(ONE);

	bytes[13] = (uint8_t)(type >> 8);
	bytes[14] = (uint8_t)type;
	datagram_once(&dns_dissector, bytes, sizeof(bytes), 0);
	return datagram_pkt.messages.m[1].name;
}

static void
test_types(void **state)
{
	(void)state;
	assert_string_equal(type_text(0), "TYPE0");
	assert_string_equal(type_text(1), "A");
	assert_string_equal(type_text(16), "TXT");
	assert_string_equal(type_text(33), "SRV");
	assert_string_equal(type_text(43), "DS");
	assert_string_equal(type_text(51), "NSEC3PARAM");
	assert_string_equal(type_text(55), "HIP");
	assert_string_equal(type_text(64), "SVCB");
	assert_string_equal(type_text(98), "TYPE98");
	assert_string_equal(type_text(99), "SPF");
	assert_string_equal(type_text(250), "TSIG");
	assert_string_equal(type_text(257), "CAA");
	assert_string_equal(type_text(32769), "DLV");
	assert_string_equal(type_text(65535), "TYPE65535");
}
int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queries),
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_multicast),
		cmocka_unit_test(test_link_local),
		cmocka_unit_test(test_client_v6),
		cmocka_unit_test(test_cut_and_longer),
		cmocka_unit_test(test_many_questions),
		cmocka_unit_test(test_many_addresses),
		cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS, multicast DNS and LLMNR: what their messages say, over UDP and TCP, and
 * every way to lie about names.
 */
#include "tests/lib/datagram.h"

#include "tests/lib/feed.h"

extern const struct dissector dns_dissector, dns_tcp_dissector,
    dns_any_dissector, dns_tcpany_dissector, mdns_dissector, llmnr_dissector,
    llmnr_tcp_dissector;

/* clang-format off */
#define HEAD4(flags, qd, an, ns, ar)                                    \
	"\x12\x34" flags "\x00" qd "\x00" an "\x00" ns "\x00" ar
#define HEAD(flags, n) "\x12\x34" flags n "\x00\x00\x00\x00\x00\x00"
#define QUERY(n) HEAD("\x01\x00", n)
#define ONE "\x00\x01"
#define IN "\x00\x01"
#define A "\x00\x01" IN
#define AAAA "\x00\x1c" IN
#define PTR "\x00\x0c" IN
#define TTL "\x00\x00\x00\x3c"
#define LABEL65                                                            \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"x"
#define EXAMPLE "\x07" "example" "\x03" "com"
#define WWW "\x03" "www" EXAMPLE "\x00"
/* The first question's name. */
#define Q "\xc0\x0c"
#define V6 "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
#define OPT(size, extended, options)                                    \
	"\x00" "\x00\x29" size extended "\x00\x00\x00" options

#define ASKED(name) "DNS_QUERY " name " 0x11234\nDNS_QTYPE A"
#define WWW_ASKED ASKED("www.example.com")
#define ANSWERED(rcode)                                                 \
	"DNS_RESPONSE www.example.com 0x11234\nDNS_RCODE " rcode

static const struct datagram_case names[] = {
	DATAGRAM("one question", DISSECT_OK, WWW_ASKED,
	    QUERY(ONE) WWW A),
	DATAGRAM("the root", DISSECT_OK, ASKED("."),
	    QUERY(ONE) "\x00" A),
	DATAGRAM("upper case", DISSECT_OK, WWW_ASKED,
	    QUERY(ONE) "\x03" "wWW" "\x07" "EXAMPLE" "\x03" "Com" "\x00" A),
	DATAGRAM("control bytes and UTF-8", DISSECT_OK,
	    ASKED("a\\x0ab.\xc3\xbc\\xff"),
	    QUERY(ONE) "\x03" "a\nb" "\x03" "\xc3\xbc\xff" "\x00" A),
	DATAGRAM("a dot in a label", DISSECT_OK, ASKED("a.b.c"),
	    QUERY(ONE) "\x03" "a.b" "\x01" "c" "\x00" A),
	DATAGRAM("no question", DISSECT_OK, "",
	    QUERY("\x00\x00")),
	DATAGRAM("two questions, one pointer", DISSECT_OK,
	    ASKED("example.com") "\n" WWW_ASKED,
	    QUERY("\x00\x02") EXAMPLE "\x00" A "\x03" "www" Q A),
	DATAGRAM("second question missing", DISSECT_BAD, ASKED("example.com"),
	    QUERY("\x00\x02") EXAMPLE "\x00" A "\xc0\xff" A),
	DATAGRAM("pointer to itself", DISSECT_BAD, "",
	    QUERY(ONE) Q A),
	DATAGRAM("pointer to its own name", DISSECT_BAD, "",
	    QUERY(ONE) "\x01" "a" Q A),
	DATAGRAM("pointer forwards", DISSECT_BAD, "",
	    QUERY(ONE) "\xc0\x12" A "\x01" "a" "\x00"),
	DATAGRAM("pointer past the end", DISSECT_BAD, "",
	    QUERY(ONE) "\xff\xff" A),
	DATAGRAM("two pointers in a circle", DISSECT_BAD, ASKED("example.com"),
	    QUERY("\x00\x02") EXAMPLE "\x00" A "\xc0\x1f\xc0\x1d" A),
	DATAGRAM("half a pointer", DISSECT_SHORT, "",
	    QUERY(ONE) "\xc0"),
	DATAGRAM("label beyond the message", DISSECT_SHORT, "",
	    QUERY(ONE) "\x3f" "abc"),
	DATAGRAM("reserved label type", DISSECT_BAD, "",
	    QUERY(ONE) "\x41" LABEL65 "\x00" A),
	DATAGRAM("another reserved label type", DISSECT_BAD,
	    ASKED("example.com"),
	    QUERY("\x00\x02") EXAMPLE "\x00" A "\x80\x0c" A),
	DATAGRAM("text", DISSECT_SHORT, "",
	    "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	DATAGRAM("nothing", DISSECT_SHORT, "",
	    ""),
};

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
test_names(void **state)
{
	(void)state;
	DATAGRAM_CASES(dns_dissector, names);
}

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

/* A name of n labels of one byte, the last of them of last bytes. */
static const char *
long_name(size_t n, size_t last)
{
	uint8_t bytes[600] = QUERY(ONE);
	size_t len = 12;

	for (size_t i = 0; i + 1 < n; i++) {
		bytes[len++] = 1;
		bytes[len++] = 'x';
	}
	bytes[len++] = (uint8_t)last;
	memset(bytes + len, 'y', last);
	len += last;
	memcpy(bytes + len, "\x00" A, 5);
	return datagram_run(&dns_dissector, bytes, len + 5, len + 5);
}

static void
test_length_of_a_name(void **state)
{
	(void)state;
	long_name(127, 1);
	assert_int_equal(datagram_verdict, DISSECT_OK);
	assert_int_equal(datagram_pkt.messages.m[0].len, 253);
	assert_string_equal(long_name(127, 2), "");
	assert_int_equal(datagram_verdict, DISSECT_BAD);
	long_name(200, 1);
	assert_int_equal(datagram_verdict, DISSECT_BAD);
}

/* Question i is a label and a pointer to question i - 1. */
static void
jumps(size_t n)
{
	uint8_t bytes[600] = QUERY("\x00\x00");
	size_t len = 12, previous = 0;

	bytes[5] = (uint8_t)(n + 1);
	for (size_t i = 0; i <= n; i++) {
		size_t start = len;

		bytes[len++] = 1;
		bytes[len++] = 'j';
		if (i > 0) {
			bytes[len++] = 0xc0;
			bytes[len++] = (uint8_t)previous;
		} else {
			bytes[len++] = 0;
		}
		memcpy(bytes + len, A, 4);
		len += 4;
		previous = start;
	}
	datagram_run(&dns_dissector, bytes, len, len);
}

static void
test_sixteen_jumps(void **state)
{
	(void)state;
	jumps(16);
	assert_int_equal(datagram_verdict, DISSECT_OK);
	jumps(17);
	assert_int_equal(datagram_verdict, DISSECT_BAD);
	assert_int_equal(datagram_pkt.messages.n, 2 * 17);
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

/* clang-format off */
#define TCP_QUERY "\x00\x21" QUERY(ONE) WWW A
#define TCP_RESPONSE                                                    \
	"\x00\x31" HEAD4("\x81\x80", "\x01", "\x01", "\x00", "\x00") WWW A \
	Q A TTL "\x00\x04" "\xc0\x00\x02\x01"
#define TCP_ASKED                                                       \
	"DNS_TCP\nDNS_QUERY www.example.com 4295037492\nDNS_QTYPE A\n"
#define TCP_ANSWERED                                                    \
	"DNS_TCP\nADDR_NAME www.example.com\n"                          \
	"DNS_RESPONSE www.example.com 4295037492\nDNS_RCODE NOERROR\n"  \
	"DNS_NOERROR www.example.com\n"
/* clang-format on */

/* Two messages of each side, in pieces of every size. */
static void
test_tcp(void **state)
{
	static const char client[] = TCP_QUERY TCP_QUERY;
	static const char server[] = TCP_RESPONSE TCP_RESPONSE;
	static struct feed f;

	(void)state;
	for (size_t piece = 0; piece < sizeof(server); piece++) {
		feed_init(&f, &dns_tcp_dissector, NULL);
		feed(&f, false, client, sizeof(client) - 1, piece, true);
		assert_int_equal(f.sides[0].verdict, STREAM_MORE);
		assert_string_equal(f.log, TCP_ASKED TCP_ASKED);
		f.n_log = 0;
		feed(&f, true, server, sizeof(server) - 1, piece, true);
		assert_string_equal(f.log, TCP_ANSWERED TCP_ANSWERED);
		feed_fini(&f);
	}
}

/* A direction that ends within a message: its first part is read. */
static void
test_tcp_cut(void **state)
{
	static const char client[] = TCP_QUERY TCP_QUERY;
	static struct feed f;

	(void)state;
	for (size_t n = 0; n < sizeof(client); n++) {
		feed_init(&f, &dns_tcp_dissector, NULL);
		feed(&f, false, client, n, 0, true);
		assert_string_equal(f.log,
		    n < 35	     ? ""
			: n < 2 * 35 ? TCP_ASKED
				     : TCP_ASKED TCP_ASKED);
		feed_fini(&f);
	}
	feed_init(&f, &dns_tcp_dissector, NULL);
	feed(&f, true, TCP_RESPONSE, 50, 1, true);
	assert_string_equal(f.log,
	    "DNS_TCP\nDNS_RESPONSE www.example.com 4295037492\n"
	    "DNS_RCODE NOERROR\nDNS_NOERROR www.example.com\n");
	feed_fini(&f);
}

/* A damaged message between two others, and a length that can't be. */
static void
test_tcp_damage(void **state)
{
	static const char client[] =
	    TCP_QUERY "\x00\x0e" QUERY(ONE) "\xc0\xff" TCP_QUERY "\x00\x0b";
	static struct feed f;

	(void)state;
	feed_init(&f, &dns_tcp_dissector, NULL);
	feed(&f, false, client, sizeof(client) - 1, 0, false);
	assert_string_equal(f.log, TCP_ASKED TCP_ASKED);
	assert_int_equal(f.sides[0].verdict, STREAM_BAD);
	feed_fini(&f);
}

/* The longest message is waited for with no more than a side's buffer. */
static void
test_tcp_longest(void **state)
{
	static char bytes[2 + 65535] = "\xff\xff" HEAD("\x01\x00", ONE) WWW A;
	static struct feed f;

	(void)state;
	feed_init(&f, &dns_tcp_dissector, NULL);
	feed(&f, false, bytes, sizeof(bytes), 1460, false);
	assert_string_equal(f.log, TCP_ASKED);
	feed_fini(&f);
}

static enum probe
probe(const char *bytes, size_t n)
{
	const uint8_t *p = guard_put(bytes, n);

	return dns_tcp_dissector.probe(&(struct cur){ p, p + n });
}

#define PROBE(bytes) probe(bytes, sizeof(bytes) - 1)

static void
test_probe(void **state)
{
	(void)state;
	for (size_t n = 1; n < 14; n++)
		assert_int_equal(probe(TCP_QUERY, n), PROBE_MORE);
	assert_int_equal(probe(TCP_QUERY, 14), PROBE_CLIENT);
	assert_int_equal(PROBE(TCP_RESPONSE), PROBE_SERVER);
	assert_int_equal(PROBE("GET / HTTP/1.1\r\n"), PROBE_NO);
	assert_int_equal(PROBE("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
			       "abcdef"),
	    PROBE_NO);
	assert_int_equal(PROBE("\x00\x0b"), PROBE_NO);
	/* Three is an operation of nobody; two questions need ten bytes. */
	assert_int_equal(PROBE("\x00\x11" HEAD("\x18\x00", ONE)), PROBE_NO);
	assert_int_equal(PROBE("\x00\x15" QUERY("\x00\x02")), PROBE_NO);
	assert_int_equal(PROBE("\x00\x16" QUERY("\x00\x02")), PROBE_CLIENT);
}

static void
test_llmnr_tcp(void **state)
{
	static struct feed f;

	(void)state;
	feed_init(&f, &llmnr_tcp_dissector, NULL);
	feed(&f, false, TCP_QUERY, sizeof(TCP_QUERY) - 1, 1, true);
	assert_string_equal(f.log,
	    "DNS_LLMNR\nDNS_QUERY www.example.com 70196\nDNS_QTYPE A\n");
	feed_fini(&f);
}

static enum probe
probe_by(const struct dissector *dissector, const char *bytes, size_t n)
{
	const uint8_t *p = guard_put(bytes, n);

	return dissector->probe(&(struct cur){ p, p + n });
}

#define PROBE_ANY(bytes) probe_by(&dns_any_dissector, bytes, sizeof(bytes) - 1)

/* clang-format off */
#define ANY_QUERY QUERY(ONE) WWW A
#define ANY_RESPONSE                                                    \
	HEAD4("\x85\x80", "\x01", "\x01", "\x00", "\x00") WWW A        \
	Q A TTL "\x00\x04" "\xc0\x00\x02\x01"
/* clang-format on */

/* On ports of others it must be DNS to the last byte. */
static void
test_by_content(void **state)
{
	(void)state;
	for (size_t n = 1; n < sizeof(ANY_QUERY) - 1; n++)
		assert_int_equal(probe_by(&dns_any_dissector, ANY_QUERY, n),
		    PROBE_NO);
	for (size_t n = 1; n < sizeof(ANY_RESPONSE) - 1; n++)
		assert_int_equal(probe_by(&dns_any_dissector, ANY_RESPONSE, n),
		    PROBE_NO);
	assert_int_equal(PROBE_ANY(ANY_QUERY), PROBE_CLIENT);
	assert_int_equal(PROBE_ANY(ANY_RESPONSE), PROBE_SERVER);
	assert_int_equal(PROBE_ANY(ANY_QUERY "x"), PROBE_NO);
	/* clang-format off */
	assert_int_equal(PROBE_ANY(QUERY("\x00\x00")), PROBE_NO);
	assert_int_equal(PROBE_ANY(HEAD("\x03\x00", ONE) WWW A), PROBE_NO);
	assert_int_equal(PROBE_ANY(HEAD("\x01\x03", ONE) WWW A), PROBE_NO);
	assert_int_equal(PROBE_ANY(HEAD("\x81\x8b", ONE) WWW A), PROBE_NO);
	assert_int_equal(PROBE_ANY(QUERY(ONE) WWW "\x00\x00" IN), PROBE_NO);
	assert_int_equal(PROBE_ANY(QUERY(ONE) WWW "\x00\x01\x00\x02"),
	    PROBE_NO);
	assert_int_equal(PROBE_ANY(QUERY(ONE) "\x01\x01\x00" A), PROBE_NO);
	/* clang-format on */
}

static void
test_tcp_by_content(void **state)
{
	static struct feed f;

	(void)state;
	assert_int_equal(probe_by(&dns_tcpany_dissector, TCP_QUERY, 1),
	    PROBE_NO);
	assert_int_equal(probe_by(&dns_tcpany_dissector, TCP_QUERY, 2),
	    PROBE_MORE);
	assert_int_equal(probe_by(&dns_tcpany_dissector, "\0\x0c", 2),
	    PROBE_NO);
	assert_int_equal(probe_by(&dns_tcpany_dissector, TCP_QUERY, 34),
	    PROBE_NO);
	feed_init(&f, &dns_tcpany_dissector, NULL);
	feed(&f, false, TCP_QUERY TCP_QUERY, 2 * sizeof(TCP_QUERY) - 2, 0,
	    true);
	assert_string_equal(f.log, TCP_ASKED TCP_ASKED);
	feed_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_queries),
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_multicast),
		cmocka_unit_test(test_link_local),
		cmocka_unit_test(test_client_v6),
		cmocka_unit_test(test_cut_and_longer),
		cmocka_unit_test(test_length_of_a_name),
		cmocka_unit_test(test_sixteen_jumps),
		cmocka_unit_test(test_many_questions),
		cmocka_unit_test(test_many_addresses),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_tcp_cut),
		cmocka_unit_test(test_tcp_damage),
		cmocka_unit_test(test_tcp_longest),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_llmnr_tcp),
		cmocka_unit_test(test_by_content),
		cmocka_unit_test(test_tcp_by_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

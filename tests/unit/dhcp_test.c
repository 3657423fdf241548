/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DHCP: names, vendors and addresses of clients.
 */
#include "tests/lib/datagram.h"

extern const struct dissector dhcp_dissector;

/* clang-format off */
#define ZERO4 "\x00\x00\x00\x00"
#define ZERO16 ZERO4 ZERO4 ZERO4 ZERO4
#define ZERO64 ZERO16 ZERO16 ZERO16 ZERO16
#define ZERO128 ZERO64 ZERO64
/* Up to the client's own address. */
#define HEAD(op) op "\x01\x06\x00" "\x01\x02\x03\x04" ZERO4
#define ADDRS(ciaddr, yiaddr) ciaddr yiaddr ZERO4 ZERO4
#define CHADDR "\x02\x00\x00\x00\x00\x01" "\x00\x00" ZERO4 ZERO4
#define COOKIE "\x63\x82\x53\x63"
#define BOOTP(op, ciaddr, yiaddr)                                       \
	HEAD(op) ADDRS(ciaddr, yiaddr) CHADDR ZERO64 ZERO128
#define BEGIN(op, ciaddr, yiaddr) BOOTP(op, ciaddr, yiaddr) COOKIE
#define A1 "\xc0\x00\x02\x01"
#define A2 "\xc0\x00\x02\x02"
#define TYPE(n) "\x35\x01" n
#define NAME "\x0c\x04" "Desk"
#define VENDOR "\x3c\x08" "MSFT 5.0"
#define WANTS "\x32\x04" A2
#define END "\xff"

/* Options may end anywhere between them. */
#define CASE(name, verdict, text, ...) \
	DATAGRAM_NEED(name, verdict, text, 236, __VA_ARGS__)

static const struct datagram_case cases[] = {
	CASE("discover", DISSECT_OK, "DHCP Desk\nDHCP_VENDOR MSFT 5.0",
	    BEGIN("\x01", ZERO4, ZERO4) TYPE("\x01") WANTS NAME VENDOR),
	CASE("without a name", DISSECT_OK, "DHCP",
	    BEGIN("\x01", ZERO4, ZERO4) TYPE("\x01")),
	CASE("request", DISSECT_OK,
	    "DHCP Desk\nADDR_NAME desk = 192.0.2.2 dhcp",
	    BEGIN("\x01", ZERO4, ZERO4) "\x00" TYPE("\x03") WANTS NAME),
	CASE("renewal", DISSECT_OK,
	    "DHCP Desk\nADDR_NAME desk = 192.0.2.1 dhcp",
	    BEGIN("\x01", A1, ZERO4) TYPE("\x03") NAME),
	CASE("inform", DISSECT_OK,
	    "DHCP Desk\nADDR_NAME desk = 192.0.2.1 dhcp",
	    BEGIN("\x01", A1, ZERO4) TYPE("\x08") NAME),
	CASE("a request for no address", DISSECT_OK, "DHCP Desk",
	    BEGIN("\x01", ZERO4, ZERO4) TYPE("\x03") NAME),
	CASE("release", DISSECT_OK, "DHCP Desk",
	    BEGIN("\x01", A1, ZERO4) TYPE("\x07") NAME),
	CASE("acknowledgement", DISSECT_OK,
	    "ADDR_NAME desk = 192.0.2.2 dhcp",
	    BEGIN("\x02", ZERO4, A2) TYPE("\x05") VENDOR NAME),
	CASE("acknowledgement without a name", DISSECT_OK, "",
	    BEGIN("\x02", ZERO4, A2) TYPE("\x05")),
	CASE("offer", DISSECT_OK, "",
	    BEGIN("\x02", ZERO4, A2) TYPE("\x02") NAME),
	CASE("a full name as text", DISSECT_OK, "DHCP desk.example.com",
	    BEGIN("\x01", ZERO4, ZERO4) TYPE("\x01")
	    "\x51\x13" "\x00\x00\x00" "desk.example.com"),
	CASE("a full name encoded", DISSECT_OK, "DHCP desk.example.com",
	    BEGIN("\x01", ZERO4, ZERO4) TYPE("\x01")
	    "\x51\x15" "\x04\x00\x00" "\x04" "desk" "\x07" "example"
	    "\x03" "com" "\x00"),
	CASE("an encoded name that goes on behind the option", DISSECT_OK,
	    "DHCP desk",
	    BEGIN("\x01", ZERO4, ZERO4) TYPE("\x01")
	    "\x51\x0a" "\x04\x00\x00" "\x04" "desk" "\x07" "e"),
	CASE("hardly a full name", DISSECT_OK, "DHCP",
	    BEGIN("\x01", ZERO4, ZERO4) TYPE("\x01") "\x51\x02" "\x04\x00"),
	CASE("the shorter name counts, and the first of two", DISSECT_OK,
	    "DHCP Desk",
	    BEGIN("\x01", ZERO4, ZERO4) TYPE("\x01")
	    "\x51\x04" "\x00\x00\x00" "x" NAME "\x0c\x01" "y"),
	CASE("a name with filling", DISSECT_OK, "DHCP Desk",
	    BEGIN("\x01", ZERO4, ZERO4) TYPE("\x01") "\x0c\x06" "Desk\x00\x00"),
	CASE("options in both fields", DISSECT_OK,
	    "DHCP Desk\nDHCP_VENDOR MSFT 5.0",
	    HEAD("\x01") ADDRS(ZERO4, ZERO4) CHADDR
	    VENDOR END ZERO4 ZERO16 ZERO16 ZERO16 "\x00"
	    NAME END "\x00" ZERO4 ZERO4 ZERO4 ZERO4 ZERO4 ZERO4 ZERO16
	    ZERO16 ZERO16 ZERO16 ZERO16 ZERO16 COOKIE
	    "\x34\x01\x03" END),
	CASE("an option that leaves its field", DISSECT_BAD, "DHCP",
	    HEAD("\x01") ADDRS(ZERO4, ZERO4) CHADDR ZERO64
	    ZERO64 ZERO16 ZERO16 ZERO16 ZERO4 ZERO4 ZERO4 "\x00\x00"
	    "\x0c\x04" COOKIE "\x34\x01\x01" END),
	CASE("plain BOOTP", DISSECT_OK, "DHCP",
	    BOOTP("\x01", ZERO4, ZERO4)),
	CASE("option cut", DISSECT_SHORT, "DHCP Desk",
	    BEGIN("\x01", ZERO4, ZERO4) NAME "\x3c\x08" "MSFT"),
	CASE("what follows the end", DISSECT_OK, "DHCP",
	    BEGIN("\x01", ZERO4, ZERO4) END NAME),
	CASE("another protocol", DISSECT_OTHER, "",
	    "GET / HTTP/1.1\r\n\r\n"),
	CASE("nothing", DISSECT_SHORT, "", ""),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	DATAGRAM_CASES(dhcp_dissector, cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DHCP for IPv6: names, vendors and addresses, also behind relays.
 */
#include "tests/lib/datagram.h"

extern const struct dissector dhcpv6_dissector;

/* clang-format off */
#define MSG(type) type "\x12\x34\x56"
#define FQDN "\x00\x27\x00\x13" "\x01" "\x04" "Desk" "\x07" "example"   \
	"\x03" "com" "\x00"
#define FQDN_PART "\x00\x27\x00\x06" "\x01" "\x04" "desk"
#define VENDOR "\x00\x10\x00\x0e" "\x00\x00\x01\x37" "\x00\x08" "MSFT 5.0"
#define V6(last) "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" \
	last
#define IAADDR(last) "\x00\x05\x00\x18" V6(last) "\x00\x00\x0e\x10" \
	"\x00\x00\x1c\x20"
#define IA_NA(last) "\x00\x03\x00\x28" "\x00\x00\x00\x01" "\x00\x00\x00\x00" \
	"\x00\x00\x00\x00" IAADDR(last)
#define IA_TA(last) "\x00\x04\x00\x20" "\x00\x00\x00\x01" IAADDR(last)
#define RELAY(len) "\x0c\x00" V6("\x01") V6("\x02") "\x00\x09" len
#define NAMED(last) "ADDR_NAME desk.example.com = 2001:db8::" last " dhcp"

/* Options may end anywhere between them. */
#define CASE(name, verdict, text, ...) \
	DATAGRAM_NEED(name, verdict, text, 4, __VA_ARGS__)

static const struct datagram_case cases[] = {
	CASE("solicit", DISSECT_OK,
	    "DHCP Desk.example.com\nDHCP_VENDOR MSFT 5.0",
	    MSG("\x01") VENDOR FQDN IA_NA("\x07")),
	CASE("part of a name", DISSECT_OK, "DHCP desk",
	    MSG("\x01") FQDN_PART),
	CASE("request", DISSECT_OK,
	    "DHCP Desk.example.com\n" NAMED("7") "\n" NAMED("8"),
	    MSG("\x03") IA_NA("\x07") IA_TA("\x08") FQDN),
	CASE("reply", DISSECT_OK, NAMED("7"),
	    MSG("\x07") FQDN IA_NA("\x07")),
	CASE("advertise", DISSECT_OK, "",
	    MSG("\x02") FQDN IA_NA("\x07")),
	CASE("release", DISSECT_OK, "DHCP Desk.example.com",
	    MSG("\x08") FQDN IA_NA("\x07")),
	CASE("a reply without a name", DISSECT_OK, "",
	    MSG("\x07") IA_NA("\x07")),
	CASE("information", DISSECT_OK, "DHCP", MSG("\x0b")),
	CASE("reconfiguration", DISSECT_OK, "", MSG("\x0a")),
	CASE("a query for leases", DISSECT_OK, "",
	    MSG("\x0e") "\x00\x2c\x00\x01\x01"),
	CASE("behind two relays", DISSECT_OK,
	    "DHCP Desk.example.com\n" NAMED("7"),
	    RELAY("\x00\x6d") RELAY("\x00\x47")
	    MSG("\x05") FQDN IA_NA("\x07")),
	CASE("a relay behind other options", DISSECT_OK, "DHCP",
	    "\x0c\x00" V6("\x01") V6("\x02") "\x00\x12\x00\x02" "id"
	    "\x00\x09\x00\x04" MSG("\x01")),
	CASE("nine relays", DISSECT_BAD, "",
	    RELAY("\x01\x34") RELAY("\x01\x0e") RELAY("\x00\xe8")
	    RELAY("\x00\xc2") RELAY("\x00\x9c") RELAY("\x00\x76")
	    RELAY("\x00\x50") RELAY("\x00\x2a") RELAY("\x00\x04") MSG("\x01")),
	CASE("a relay without a message", DISSECT_SHORT, "",
	    "\x0c\x00" V6("\x01") V6("\x02") "\x00\x12\x00\x02" "id"),
	CASE("an address cut by its option", DISSECT_OK,
	    "DHCP Desk.example.com",
	    MSG("\x03") FQDN "\x00\x03\x00\x10" "\x00\x00\x00\x01"
	    "\x00\x00\x00\x00" "\x00\x00\x00\x00" "\x00\x05\x00\x18"),
	CASE("half an address", DISSECT_OK, "DHCP Desk.example.com",
	    MSG("\x03") FQDN "\x00\x04\x00\x10" "\x00\x00\x00\x01"
	    "\x00\x05\x00\x08" "\x20\x01\x0d\xb8\x00\x00\x00\x00"),
	CASE("a label that is too long", DISSECT_OK, "DHCP",
	    MSG("\x01") "\x00\x27\x00\x43" "\x01" "\x40"
	    "0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef" "\x00"),
	CASE("option cut", DISSECT_SHORT, "DHCP desk",
	    MSG("\x01") FQDN_PART "\x00\x10\x00\x0e" "\x00"),
	CASE("a type of nobody", DISSECT_OTHER, "", MSG("\x25")),
	CASE("nothing", DISSECT_SHORT, "", ""),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	DATAGRAM_CASES(dhcpv6_dissector, cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

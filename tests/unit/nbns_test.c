/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NetBIOS names: questions, registrations, responses and lies.
 */
#include "tests/lib/datagram.h"

extern const struct dissector nbns_dissector;

/* clang-format off */
#define HEAD4(flags, qd, an, ns, ar)                                    \
	"\x00\x01" flags "\x00" qd "\x00" an "\x00" ns "\x00" ar
#define QUERY HEAD4("\x01\x10", "\x01", "\x00", "\x00", "\x00")
/* RFC 1001, section 14.1: "The NetBIOS name", with its last byte 20 (hex). */
#define FRED "\x20" "EGFCEFEECACACACACACACACACACACACA" "\x00"
#define FRED_NAME "FRED<20>"
#define GROUP "\x20" "FHEPFCELEHFCEPFFFACACACACACACABM" "\x00"
#define STAR "\x20" "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" "\x00"
#define SCOPED                                                          \
	"\x20" "EGFCEFEECACACACACACACACACACACACA" "\x07" "NETBIOS"      \
	"\x03" "COM" "\x00"
#define NB "\x00\x20\x00\x01"
#define NBSTAT "\x00\x21\x00\x01"
#define TTL "\x00\x03\xf4\x80"
#define Q "\xc0\x0c"
#define ADDR "\xc0\x00\x02\x01"
/* A name of a node's status: 15 bytes, suffix, flags. */
#define NODE(name, suffix, flags) name suffix flags

static const struct datagram_case cases[] = {
	DATAGRAM("a query", DISSECT_OK, "DNS_NBNS " FRED_NAME,
	    QUERY FRED NB),
	DATAGRAM("a query for a group", DISSECT_OK, "DNS_NBNS WORKGROUP<1c>",
	    QUERY GROUP NB),
	DATAGRAM("a query for all names", DISSECT_OK, "DNS_NBNS *<00>",
	    QUERY STAR NBSTAT),
	DATAGRAM("a name in a scope", DISSECT_OK, "DNS_NBNS " FRED_NAME,
	    QUERY SCOPED NB),
	DATAGRAM("a registration", DISSECT_OK,
	    "DNS_NBNS " FRED_NAME "\nADDR_NAME fred = 192.0.2.1 nbns",
	    HEAD4("\x29\x10", "\x01", "\x00", "\x00", "\x01") FRED NB
	    Q NB TTL "\x00\x06" "\x00\x00" ADDR),
	DATAGRAM("a group's registration", DISSECT_OK,
	    "DNS_NBNS " FRED_NAME,
	    HEAD4("\x29\x10", "\x01", "\x00", "\x00", "\x01") FRED NB
	    Q NB TTL "\x00\x06" "\x80\x00" ADDR),
	DATAGRAM("a release", DISSECT_OK, "DNS_NBNS " FRED_NAME,
	    HEAD4("\x31\x10", "\x01", "\x00", "\x00", "\x01") FRED NB
	    Q NB TTL "\x00\x06" "\x00\x00" ADDR),
	DATAGRAM("a domain's browser is no host", DISSECT_OK,
	    "DNS_NBNS WORKGROUP<1c>",
	    HEAD4("\x29\x10", "\x01", "\x00", "\x00", "\x01") GROUP NB
	    Q NB TTL "\x00\x06" "\x00\x00" ADDR),
	DATAGRAM("a response with two addresses", DISSECT_OK,
	    "DNS_NBNS\nADDR_NAME fred = 192.0.2.1 nbns\n"
	    "ADDR_NAME fred = 192.0.2.2 nbns",
	    HEAD4("\x85\x00", "\x00", "\x01", "\x00", "\x00") FRED NB
	    TTL "\x00\x12" "\x60\x00" ADDR "\x00\x00" "\xc0\x00\x02\x02"
	    "\x00\x00" "\x00\x00\x00\x00"),
	DATAGRAM("a negative response", DISSECT_OK, "DNS_NBNS",
	    HEAD4("\x85\x03", "\x00", "\x01", "\x00", "\x00") FRED NB
	    TTL "\x00\x06" "\x00\x00" ADDR),
	DATAGRAM("wait", DISSECT_OK, "DNS_NBNS",
	    HEAD4("\xbc\x00", "\x00", "\x01", "\x00", "\x00") FRED NB
	    TTL "\x00\x06" "\x00\x00" ADDR),
	DATAGRAM("a node's status", DISSECT_OK,
	    "DNS_NBNS\nADDR_NAME desk = 192.0.2.53 nbns",
	    HEAD4("\x84\x00", "\x00", "\x01", "\x00", "\x00") STAR NBSTAT
	    "\x00\x00\x00\x00" "\x00\x49" "\x04"
	    NODE("WORKGROUP      ", "\x00", "\x84\x00")
	    NODE("DESK           ", "\x20", "\x04\x00")
	    NODE("DESK           ", "\x00", "\x04\x00")
	    NODE("OTHER          ", "\x00", "\x04\x00")),
	DATAGRAM("a node's status that is shorter than it says", DISSECT_OK,
	    "DNS_NBNS",
	    HEAD4("\x84\x00", "\x00", "\x01", "\x00", "\x00") STAR NBSTAT
	    "\x00\x00\x00\x00" "\x00\x0b" "\xff" "0123456789"),
	DATAGRAM("control bytes in a name", DISSECT_OK,
	    "DNS_NBNS \\x01\\x02__MSBROWSE__\\x02<01>",
	    QUERY "\x20" "ABACFPFPENFDECFCEPFHFDEFFPFPACAB" "\x00" NB),
	DATAGRAM("half a name", DISSECT_BAD, "",
	    QUERY "\x10" "EGFCEFEECACACACA" "\x00" NB),
	DATAGRAM("a letter that is no half byte", DISSECT_BAD, "",
	    QUERY "\x20" "EGFCEFEECACACACACACACACACACACAQA" "\x00" NB),
	DATAGRAM("another", DISSECT_BAD, "",
	    QUERY "\x20" "EGFCEFEECACACACACACACACACACACAC@" "\x00" NB),
	DATAGRAM("a name that leads to itself", DISSECT_BAD, "",
	    QUERY Q NB),
	DATAGRAM("nothing", DISSECT_SHORT, "", ""),
};
/* clang-format on */

static void
test_cases(void **state)
{
	(void)state;
	DATAGRAM_CASES(nbns_dissector, cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

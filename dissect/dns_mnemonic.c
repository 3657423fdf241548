/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IANA's registry "Domain Name System (DNS) Parameters": the mnemonics of
 * types and response codes.  255, "*" there, is ANY, as everybody writes it.
 */
#include "dissect/dns_parse.h"

#include <string.h>

static const char types[][DNS_MNEMONIC] = { "", "A", "NS", "MD", "MF", "CNAME",
	"SOA", "MB", "MG", "MR", "NULL", "WKS", "PTR", "HINFO", "MINFO", "MX",
	"TXT", "RP", "AFSDB", "X25", "ISDN", "RT", "NSAP", "NSAP-PTR", "SIG",
	"KEY", "PX", "GPOS", "AAAA", "LOC", "NXT", "EID", "NIMLOC", "SRV",
	"ATMA", "NAPTR", "KX", "CERT", "A6", "DNAME", "SINK", "OPT", "APL",
	"DS", "SSHFP", "IPSECKEY", "RRSIG", "NSEC", "DNSKEY", "DHCID", "NSEC3",
	"NSEC3PARAM", "TLSA", "SMIMEA", "", "HIP", "NINFO", "RKEY", "TALINK",
	"CDS", "CDNSKEY", "OPENPGPKEY", "CSYNC", "ZONEMD", "SVCB", "HTTPS",
	"DSYNC" };

static const struct {
	uint16_t type;
	char text[DNS_MNEMONIC - 2];
} high_types[] = {
	{ 99, "SPF" },
	{ 100, "UINFO" },
	{ 101, "UID" },
	{ 102, "GID" },
	{ 103, "UNSPEC" },
	{ 104, "NID" },
	{ 105, "L32" },
	{ 106, "L64" },
	{ 107, "LP" },
	{ 108, "EUI48" },
	{ 109, "EUI64" },
	{ 128, "NXNAME" },
	{ 249, "TKEY" },
	{ 250, "TSIG" },
	{ DNS_IXFR, "IXFR" },
	{ DNS_AXFR, "AXFR" },
	{ 253, "MAILB" },
	{ 254, "MAILA" },
	{ 255, "ANY" },
	{ 256, "URI" },
	{ 257, "CAA" },
	{ 258, "AVC" },
	{ 259, "DOA" },
	{ 260, "AMTRELAY" },
	{ 261, "RESINFO" },
	{ 262, "WALLET" },
	{ 32768, "TA" },
	{ 32769, "DLV" },
};

/* 16 is also BADSIG, but only in the data of a TSIG record (RFC 8945). */
static const char rcodes[][DNS_MNEMONIC] = { "NOERROR", "FORMERR", "SERVFAIL",
	"NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
	"NOTAUTH", "NOTZONE", "DSOTYPENI", "", "", "", "", "BADVERS", "BADKEY",
	"BADTIME", "BADMODE", "BADNAME", "BADALG", "BADTRUNC", "BADCOOKIE" };

enum {
	N_TYPES = sizeof(types) / sizeof(types[0]),
	N_HIGH = sizeof(high_types) / sizeof(high_types[0]),
	N_RCODES = sizeof(rcodes) / sizeof(rcodes[0])
};

static const char *
numbered(char *out, const char *word, uint16_t value)
{
	size_t n = strlen(word);
	char digits[5];
	unsigned k = 0;

	memcpy(out, word, n);
	do {
		digits[k++] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	while (k > 0)
		out[n++] = digits[--k];
	out[n] = '\0';
	return out;
}

const char *
dns_type_text(char out[DNS_MNEMONIC], uint16_t type)
{
	const char *found = type < N_TYPES ? types[type] : "";

	for (unsigned i = 0; type >= N_TYPES && i < N_HIGH; i++)
		if (high_types[i].type == type)
			found = high_types[i].text;
	if (found[0] == '\0')
		return numbered(out, "TYPE", type);
	memcpy(out, found, strlen(found) + 1);
	return out;
}

const char *
dns_rcode_text(char out[DNS_MNEMONIC], uint16_t rcode)
{
	if (rcode >= N_RCODES || rcodes[rcode][0] == '\0')
		return numbered(out, "RCODE", rcode);
	memcpy(out, rcodes[rcode], DNS_MNEMONIC);
	return out;
}

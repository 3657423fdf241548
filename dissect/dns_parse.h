/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces that messages of DNS and its relatives are made of: names and
 * records (RFC 1035, section 4.1), numbers and their mnemonics.
 *
 * Pointers must lead strictly backwards, at most DNS_JUMPS_MAX of them, so a
 * name is read in bounded time whatever the message is; and to skip one takes
 * no more than its own bytes.
 */
#ifndef DISSECT_DNS_PARSE_H
#define DISSECT_DNS_PARSE_H

#include "dissect/cur.h"
#include "dissect/pkt.h"

enum {
	DNS_HEADER = 12,
	DNS_NAME_WIRE = 255, /* section 2.3.4, with lengths and the root */
	DNS_JUMPS_MAX = 16,
	DNS_MNEMONIC = 16 /* bytes of the longest, with its NUL */
};

/* The types that are more than a number to somebody here. */
enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_AAAA = 28,
	DNS_OPT = 41,
	DNS_IXFR = 251,
	DNS_AXFR = 252
};

/*
 * A name in text, without the final dot; the root is ".".  Bytes are as they
 * came, so a dot may also be one inside a label.
 */
struct dns_name {
	size_t len;
	uint8_t bytes[DNS_NAME_WIRE];
};

struct dns_record {
	struct cur owner; /* its name begins here, for dns_name_read */
	uint16_t type;
	uint16_t class;
	uint32_t ttl;
	struct cur data;
};

/* Reads the name at c of the message that begins at msg; c moves past it. */
MUST_CHECK
enum verdict dns_name_read(struct dns_name *name, struct cur *c,
    const uint8_t *msg);

/* Moves c past a name, without a look at where its pointer leads. */
MUST_CHECK
enum verdict dns_name_skip(struct cur *c);

/* Reads the record at c, which moves past it. */
MUST_CHECK
enum verdict dns_record_read(struct dns_record *record, struct cur *c);

/*
 * Whether the name is an address backwards, below in-addr.arpa (RFC 1035,
 * section 3.5) or ip6.arpa (RFC 3596, section 2.5); writes it if so, as in
 * struct tuple.
 */
bool dns_name_addr(const struct dns_name *name, uint8_t addr[16], bool *is_v6);

/*
 * Write the mnemonic of a type or response code, or TYPE or RCODE and its
 * number (RFC 3597, section 5); they return out.
 */
const char *dns_type_text(char out[DNS_MNEMONIC], uint16_t type);
const char *dns_rcode_text(char out[DNS_MNEMONIC], uint16_t rcode);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS by its content.  Whoever sends datagrams that nobody knows passes here,
 * so the first comparison turns almost all of them away.
 */
#include "dissect/dns_message.h"

#include <string.h>

#include "dissect/dns_parse.h"

enum {
	FLAG_QR = 0x8000,
	FLAGS_QUERY = 0x0170, /* RD, Z, AD, CD: what a query may set */
	FLAGS_RESPONSE = 0x87ff, /* all but the operation and TC */
	RCODE = 0x000f,
	ADDITIONAL_MAX = 2 /* of a query: OPT, TSIG */
};

static bool
is_header(const uint8_t *h)
{
	unsigned flags = be16(h + 2);

	if (be16(h + 4) != 1)
		return false;
	if ((flags & FLAG_QR) != 0)
		return (flags & ~(unsigned)FLAGS_RESPONSE) == 0 &&
		    (flags & RCODE) <= 10;
	return (flags & ~(unsigned)FLAGS_QUERY) == 0 && be32(h + 6) == 0 &&
	    be16(h + 10) <= ADDITIONAL_MAX;
}

static bool
is_printable(const struct dns_name *name)
{
	for (size_t i = 0; i < name->len; i++)
		if (name->bytes[i] <= ' ' || name->bytes[i] > '~')
			return false;
	return true;
}

static bool
is_question(struct cur *c, const uint8_t *msg)
{
	char mnemonic[DNS_MNEMONIC];
	struct dns_name name;
	const uint8_t *p;

	if (dns_name_read(&name, c, msg) != DISSECT_OK || !is_printable(&name))
		return false;
	p = cur_take(c, 4);
	return p != NULL && be16(p + 2) == 1 &&
	    memcmp(dns_type_text(mnemonic, be16(p)), "TYPE", 4) != 0;
}

bool
dns_message_probe(const struct cur *data)
{
	struct cur c = *data;
	const uint8_t *h = cur_take(&c, DNS_HEADER);
	struct dns_record record;
	unsigned n;

	if (h == NULL || !is_header(h) || !is_question(&c, h))
		return false;
	n = (unsigned)be16(h + 6) + be16(h + 8) + be16(h + 10);
	for (unsigned i = 0; i < n; i++)
		if (dns_record_read(&record, &c) != DISSECT_OK)
			return false;
	return cur_len(&c) == 0;
}

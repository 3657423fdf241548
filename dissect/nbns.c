/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NetBIOS name service (RFC 1002, section 4.2): messages as of DNS, whose
 * names are 16 bytes in disguise (RFC 1001, section 14.1), the last of them a
 * suffix that tells what the name is used for.
 *
 * An address is named by what a host registers for itself, by a positive
 * response, and by a node's status; never by a group's name.
 */
#include "dissect/dissect.h"

#include <string.h>

#include "dissect/dns_parse.h"

enum { TYPE_NB = 0x20, TYPE_NBSTAT = 0x21 };

enum { OPCODE_QUERY = 0, OPCODE_REGISTRATION = 5, OPCODE_MULTIHOMED = 15 };

/* Section 4.2.1.3: of NB_FLAGS; and section 4.2.18: of NAME_FLAGS. */
enum { FLAG_GROUP = 0x8000 };

/* Unique names with other suffixes are users' or those of domains. */
enum { SUFFIX_WORKSTATION = 0x00, SUFFIX_SERVER = 0x20 };

enum {
	NAME_LEN = 15, /* without the suffix */
	QUESTIONS_MAX = 25,
	NAMES_MAX = 32, /* of records that are read */
	ADDRS_MAX = 32
};

struct reader {
	const uint8_t *msg;
	struct cur rest;
	const struct tuple *tuple;
	struct message_list *out;
	bool is_response;
	unsigned opcode;
	unsigned rcode;
	unsigned n_names, n_addrs;
};

struct netbios {
	uint8_t bytes[NAME_LEN];
	uint8_t suffix;
	size_t len; /* without the filling behind it */
};

static void
trim(struct netbios *name)
{
	name->len = NAME_LEN;
	while (name->len > 0 &&
	    (name->bytes[name->len - 1] == ' ' ||
		name->bytes[name->len - 1] == '\0'))
		name->len--;
}

/*
 * Reads the name at c, which moves past it: a letter from A to P for each half
 * byte of the first label.  The labels behind it are a scope, seldom seen.
 */
static enum verdict
read_netbios(struct netbios *name, struct cur *c, const uint8_t *msg)
{
	struct dns_name wire;
	enum verdict v = dns_name_read(&wire, c, msg);

	if (v != DISSECT_OK)
		return v;
	if (wire.len < 32 || (wire.len > 32 && wire.bytes[32] != '.'))
		return DISSECT_BAD;
	for (unsigned i = 0; i < 16; i++) {
		unsigned high = wire.bytes[2 * i] - (unsigned)'A';
		unsigned low = wire.bytes[2 * i + 1] - (unsigned)'A';
		uint8_t byte = (uint8_t)(high << 4 | low);

		if (high > 15 || low > 15)
			return DISSECT_BAD;
		if (i < NAME_LEN)
			name->bytes[i] = byte;
		else
			name->suffix = byte;
	}
	trim(name);
	return DISSECT_OK;
}

static void
say_request(struct reader *r, const struct netbios *name)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t text[NAME_LEN + 4];
	size_t n = name->len;

	memcpy(text, name->bytes, n);
	text[n++] = '<';
	text[n++] = (uint8_t)hex[name->suffix >> 4];
	text[n++] = (uint8_t)hex[name->suffix & 15];
	text[n++] = '>';
	message_add(r->out, MESSAGE_DNS_NBNS, text, n, false);
}

static enum verdict
read_questions(struct reader *r, unsigned n)
{
	struct netbios name;
	bool is_said = false;

	for (unsigned i = 0; i < n; i++) {
		enum verdict v = i < QUESTIONS_MAX
		    ? read_netbios(&name, &r->rest, r->msg)
		    : dns_name_skip(&r->rest);

		if (v != DISSECT_OK)
			return v;
		if (cur_take(&r->rest, 4) == NULL) /* type and class */
			return DISSECT_SHORT;
		if (!is_said && !r->is_response)
			say_request(r, &name);
		else if (!is_said)
			message_text(r->out, MESSAGE_DNS_NBNS, "");
		is_said = true;
	}
	if (!is_said)
		message_text(r->out, MESSAGE_DNS_NBNS, "");
	return DISSECT_OK;
}

static void
say_addr(struct reader *r, const uint8_t *addr, const struct netbios *name)
{
	struct message *m;

	if (be32(addr) == 0 || be32(addr) == 0xffffffff || name->len == 0 ||
	    name->bytes[0] == '*' || r->n_addrs == ADDRS_MAX ||
	    (name->suffix != SUFFIX_WORKSTATION &&
		name->suffix != SUFFIX_SERVER))
		return;
	r->n_addrs++;
	m = message_add(r->out, MESSAGE_ADDR_NAME, name->bytes, name->len,
	    true);
	m->value = NAME_NBNS;
	memset(m->addr, 0, sizeof(m->addr));
	memcpy(m->addr, addr, 4);
}

/* Section 4.2.1.3 and others: flags and an address for each owner. */
static void
name_owners(struct reader *r, const struct dns_record *record)
{
	struct cur at = record->owner, data = record->data;
	struct netbios name;
	const uint8_t *p;

	if (r->n_names++ >= NAMES_MAX ||
	    read_netbios(&name, &at, r->msg) != DISSECT_OK)
		return;
	while (r->n_addrs < ADDRS_MAX && (p = cur_take(&data, 6)) != NULL)
		if ((be16(p) & FLAG_GROUP) == 0)
			say_addr(r, p + 2, &name);
}

/* Section 4.2.18: all names of the node that sends this. */
static void
name_node(struct reader *r, struct cur data)
{
	struct netbios name;
	const uint8_t *p;
	uint8_t n;

	if ((r->tuple->flags & TUPLE_V6) != 0 || !cur_u8(&data, &n))
		return;
	for (unsigned i = 0; i < n; i++) {
		p = cur_take(&data, 18);
		if (p == NULL)
			return;
		memcpy(name.bytes, p, NAME_LEN);
		name.suffix = p[NAME_LEN];
		trim(&name);
		if ((be16(p + 16) & FLAG_GROUP) != 0 ||
		    name.suffix != SUFFIX_WORKSTATION)
			continue;
		say_addr(r, r->tuple->src, &name);
		return;
	}
}

/* Whether the records of a request or response claim what is so. */
static bool
is_claim(const struct reader *r)
{
	bool is_registration = r->opcode == OPCODE_REGISTRATION ||
	    r->opcode == 8 || r->opcode == 9 /* refresh */ ||
	    r->opcode == OPCODE_MULTIHOMED;

	if (!r->is_response)
		return is_registration;
	return r->rcode == 0 && (is_registration || r->opcode == OPCODE_QUERY);
}

static enum verdict
read_records(struct reader *r, unsigned n)
{
	struct dns_record record;

	for (unsigned i = 0; i < n; i++) {
		enum verdict v = dns_record_read(&record, &r->rest);

		if (v != DISSECT_OK)
			return v;
		if (!is_claim(r))
			continue;
		if (record.type == TYPE_NB)
			name_owners(r, &record);
		else if (record.type == TYPE_NBSTAT && r->is_response)
			name_node(r, record.data);
	}
	return DISSECT_OK;
}

static enum verdict
nbns(struct layer *layer, struct pkt *pkt)
{
	struct reader r = { .rest = layer->cur,
		.tuple = &pkt->tuple,
		.out = &pkt->messages };
	const uint8_t *h = cur_take(&r.rest, DNS_HEADER);
	enum verdict v;

	if (h == NULL)
		return DISSECT_SHORT;
	r.msg = h;
	r.is_response = (h[2] & 0x80) != 0;
	r.opcode = h[2] >> 3 & 15;
	r.rcode = h[3] & 15;
	v = read_questions(&r, be16(h + 4));
	if (v != DISSECT_OK)
		return v;
	return read_records(&r,
	    (unsigned)be16(h + 6) + be16(h + 8) + be16(h + 10));
}

const struct dissector nbns_dissector = {
	.name = "nbns",
	.by = BY_UDP_PORT,
	KEYS(137),
	.is_app = true,
	.dissect = nbns,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message is read once from front to back.  Names are only read where they
 * are told: the first questions, and at most NAMES_MAX others.  The zone of an
 * update or notification is a question like any other.
 */
#include "dissect/dns_message.h"

#include <string.h>

#include "dissect/dns_parse.h"
#include "dissect/text.h"

enum {
	QUESTIONS_MAX = 25,
	NAMES_MAX = 64, /* names of records that are read */
	ADDRS_MAX = 32 /* addresses that one message names */
};

enum {
	FLAG_QR = 0x8000,
	FLAG_OPCODE = 0x7800,
	FLAG_AA = 0x0400,
	FLAG_TC = 0x0200,
	FLAG_RCODE = 0x000f
};

enum {
	RCODE_NOERROR = 0,
	RCODE_SERVFAIL = 2,
	RCODE_NXDOMAIN = 3,
	RCODE_REFUSED = 5
};

/* RFC 7871, section 6 */
enum { OPTION_CLIENT_SUBNET = 8 };

enum { CLASS_IN = 1, CLASS_FLUSH = 0x8000 /* RFC 6762, section 10.2 */ };

enum section { ANSWERS, AUTHORITY, ADDITIONAL };

struct reader {
	const uint8_t *msg;
	struct cur rest;
	struct message_list *out;
	const struct tuple *tuple;
	enum dns_way way;
	unsigned flags;
	unsigned n[4]; /* questions, and the records of each section */
	uint16_t qtype; /* of the first question, like name and text */
	bool has_question;
	bool has_ns, has_soa; /* in the authority section */
	unsigned extended; /* upper bits of the response code, by OPT */
	unsigned n_names; /* of NAMES_MAX */
	unsigned n_addrs;
	struct dns_name name;
	bool cut;
	char text[TEXT_MAX + 4]; /* the name as clean text in lower case */
};

static bool
is_response(const struct reader *r)
{
	return (r->flags & FLAG_QR) != 0;
}

/* Over one of the two ways of which transactions and failures are counted. */
static bool
is_unicast(const struct reader *r)
{
	return r->way == DNS_OVER_UDP || r->way == DNS_OVER_TCP;
}

static void
say(struct reader *r, enum message_kind kind, uint64_t value)
{
	struct message *m = message_text(r->out, kind, r->text);

	m->cut = r->cut;
	m->value = value;
}

/* The first message of the list tells what kind of DNS the others are. */
static void
say_way(struct reader *r)
{
	static const enum message_kind kinds[] = { [DNS_OVER_TCP] =
						       MESSAGE_DNS_TCP,
		[DNS_MULTICAST] = MESSAGE_DNS_MULTICAST,
		[DNS_LLMNR] = MESSAGE_DNS_LLMNR };

	if (r->way != DNS_OVER_UDP)
		message_text(r->out, kinds[r->way], "");
}

static void
clean(struct reader *r)
{
	size_t n = text_clean(r->text, r->name.bytes, r->name.len, &r->cut);

	for (size_t i = 0; i < n; i++)
		if (r->text[i] >= 'A' && r->text[i] <= 'Z')
			r->text[i] = (char)(r->text[i] | 0x20);
}

static void
say_query(struct reader *r, const struct dns_name *name, uint16_t qtype)
{
	char mnemonic[DNS_MNEMONIC];
	uint64_t value =
	    message_dns(be16(r->msg), qtype, r->way == DNS_OVER_TCP);

	if (name == &r->name)
		say(r, MESSAGE_DNS_QUERY, value);
	else
		message_add(r->out, MESSAGE_DNS_QUERY, name->bytes, name->len,
		    true)
		    ->value = value;
	message_text(r->out, MESSAGE_DNS_QTYPE, dns_type_text(mnemonic, qtype));
}

static enum verdict
read_question(struct reader *r, struct dns_name *name)
{
	enum verdict v = dns_name_read(name, &r->rest, r->msg);
	const uint8_t *p;

	if (v != DISSECT_OK)
		return v;
	p = cur_take(&r->rest, 4); /* type and class */
	if (p == NULL)
		return DISSECT_SHORT;
	if (name == &r->name) {
		r->has_question = true;
		r->qtype = be16(p);
		clean(r);
		say_way(r);
	}
	if (!is_response(r))
		say_query(r, name, be16(p));
	return DISSECT_OK;
}

static enum verdict
read_questions(struct reader *r)
{
	enum verdict v = DISSECT_OK;
	struct dns_name other;

	for (unsigned i = 0; i < r->n[0] && v == DISSECT_OK; i++) {
		if (i < QUESTIONS_MAX && (i == 0 || !is_response(r))) {
			v = read_question(r, i == 0 ? &r->name : &other);
			continue;
		}
		v = dns_name_skip(&r->rest);
		if (v == DISSECT_OK && cur_take(&r->rest, 4) == NULL)
			v = DISSECT_SHORT;
	}
	return v;
}

/* RFC 7871, section 6; the family is an Address Family Number: 1, 2. */
static void
client_subnet(struct reader *r, struct cur c)
{
	const uint8_t *h = cur_take(&c, 4), *p;
	char text[TEXT_ADDR + 4];
	uint8_t addr[16] = { 0 };
	unsigned bits, family;
	size_t len;

	if (h == NULL)
		return;
	family = be16(h);
	bits = h[2];
	p = cur_take(&c, (bits + 7) / 8);
	if (p == NULL || (family != 1 && family != 2) ||
	    bits > (family == 1 ? 32 : 128))
		return;
	memcpy(addr, p, (bits + 7) / 8);
	if (bits % 8 != 0)
		addr[bits / 8] &= (uint8_t)(0xff00 >> bits % 8);
	len = text_addr(text, addr, family == 2);
	text[len++] = '/';
	if (bits >= 100)
		text[len++] = '1';
	if (bits >= 10)
		text[len++] = (char)('0' + bits / 10 % 10);
	text[len++] = (char)('0' + bits % 10);
	text[len] = '\0';
	message_text(r->out, MESSAGE_DNS_ECS, text);
}

/* RFC 6891, section 6.1 */
static void
edns(struct reader *r, const struct dns_record *record)
{
	struct cur c = record->data, data;
	bool has_subnet = false;
	uint16_t code;

	r->extended = record->ttl >> 24;
	if (!is_response(r))
		message_text(r->out, MESSAGE_DNS_EDNS, "")->value =
		    record->class;
	while (!has_subnet && cur_u16(&c, &code) && cur_vec16(&c, &data)) {
		if (code != OPTION_CLIENT_SUBNET)
			continue;
		client_subnet(r, data);
		has_subnet = true;
	}
}

static bool
is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

/* What is not one host's address has no name. */
static bool
is_host(const uint8_t addr[16], bool is_v6)
{
	if (is_zero(addr, is_v6 ? 16 : 4))
		return false;
	return is_v6 || be32(addr) != 0xffffffff;
}

/* Says that addr is called name, or if that is NULL as the question is. */
static void
say_addr(struct reader *r, const uint8_t addr[16], bool is_v6,
    const struct dns_name *name)
{
	struct message *m;

	if (!is_host(addr, is_v6) ||
	    (name != NULL ? name : &r->name)->bytes[0] == '.')
		return;
	r->n_addrs++;
	if (name == NULL) {
		m = message_text(r->out, MESSAGE_ADDR_NAME, r->text);
		m->cut = r->cut;
	} else {
		m = message_add(r->out, MESSAGE_ADDR_NAME, name->bytes,
		    name->len, true);
	}
	m->value = is_unicast(r) ? NAME_DNS : NAME_MDNS;
	m->addr_is_v6 = is_v6;
	memcpy(m->addr, addr, 16);
}

static bool
read_other(struct reader *r, struct cur at, struct dns_name *name)
{
	if (r->n_names == NAMES_MAX)
		return false;
	r->n_names++;
	return dns_name_read(name, &at, r->msg) == DISSECT_OK;
}

/*
 * An address is called what the client asked for, wherever aliases led from
 * there (RFC 2317 has them for PTR).  Nobody asked for the owner in multicast
 * DNS, in a zone transfer (RFC 5936), or where there is no question.
 */
static void
name_addr(struct reader *r, const struct dns_record *record)
{
	bool by_owner = r->way == DNS_MULTICAST || !r->has_question ||
	    r->qtype == DNS_AXFR || r->qtype == DNS_IXFR;
	bool is_v6 = record->type == DNS_AAAA;
	struct dns_name owner, target;
	size_t len = cur_len(&record->data);
	uint8_t addr[16] = { 0 };

	if (r->n_addrs == ADDRS_MAX)
		return;
	if (record->type == DNS_PTR) {
		if (by_owner && !read_other(r, record->owner, &owner))
			return;
		if (dns_name_addr(by_owner ? &owner : &r->name, addr, &is_v6) &&
		    read_other(r, record->data, &target))
			say_addr(r, addr, is_v6, &target);
		return;
	}
	if (len != (is_v6 ? 16 : 4) ||
	    (by_owner && !read_other(r, record->owner, &owner)))
		return;
	memcpy(addr, record->data.p, len);
	say_addr(r, addr, is_v6, by_owner ? &owner : NULL);
}

static void
note_record(struct reader *r, enum section section,
    const struct dns_record *record)
{
	switch (record->type) {
	case DNS_NS:
		r->has_ns |= section == AUTHORITY;
		return;
	case DNS_SOA:
		r->has_soa |= section == AUTHORITY;
		return;
	case DNS_OPT:
		if (section == ADDITIONAL && is_unicast(r))
			edns(r, record);
		return;
	case DNS_A:
	case DNS_AAAA:
	case DNS_PTR:
		if (is_response(r) && (r->flags & FLAG_OPCODE) == 0 &&
		    (section == ANSWERS ||
			(section == ADDITIONAL && r->way == DNS_MULTICAST)) &&
		    (record->class & ~(unsigned)CLASS_FLUSH) == CLASS_IN)
			name_addr(r, record);
		return;
	default:
		return;
	}
}

static enum verdict
read_records(struct reader *r)
{
	struct dns_record record;

	for (enum section s = ANSWERS; s <= ADDITIONAL; s++) {
		for (unsigned i = 0; i < r->n[1 + s]; i++) {
			enum verdict v = dns_record_read(&record, &r->rest);

			if (v != DISSECT_OK)
				return v;
			note_record(r, s, &record);
		}
	}
	return DISSECT_OK;
}

/*
 * No such data (RFC 2308, section 2.2), which is told from a referral by the
 * authority section: if is_whole says that it was read.
 */
static bool
is_nodata(const struct reader *r, bool is_whole)
{
	if (r->n[1 + ANSWERS] > 0 || !r->has_question ||
	    (r->flags & (FLAG_TC | FLAG_OPCODE)) != 0)
		return false;
	if ((r->flags & FLAG_AA) != 0 || r->n[1 + AUTHORITY] == 0)
		return true;
	return is_whole && (r->has_soa || !r->has_ns);
}

static void
say_outcome(struct reader *r, unsigned rcode, bool is_whole)
{
	const struct tuple *t = r->tuple;
	bool is_v6 = (t->flags & TUPLE_V6) != 0;

	switch (rcode) {
	case RCODE_NOERROR:
		say(r, MESSAGE_DNS_NOERROR, 0);
		if (is_nodata(r, is_whole))
			say(r, MESSAGE_DNS_NODATA, 0);
		return;
	case RCODE_NXDOMAIN:
		say(r, MESSAGE_DNS_NXDOMAIN, 0);
		message_host(r->out, MESSAGE_DNS_NXDOMAIN_CLIENT, t->dst,
		    is_v6);
		return;
	case RCODE_SERVFAIL:
		say(r, MESSAGE_DNS_SERVFAIL, 0);
		message_host(r->out, MESSAGE_DNS_SERVFAIL_CLIENT, t->dst,
		    is_v6);
		return;
	case RCODE_REFUSED:
		say(r, MESSAGE_DNS_REFUSED, 0);
		return;
	default:
		return;
	}
}

/* What a response says, beside its records. */
static void
say_response(struct reader *r, bool is_whole)
{
	unsigned rcode = r->extended << 4 | (r->flags & FLAG_RCODE);
	char mnemonic[DNS_MNEMONIC];

	say(r, MESSAGE_DNS_RESPONSE,
	    message_dns(be16(r->msg), r->qtype, r->way == DNS_OVER_TCP));
	message_text(r->out, MESSAGE_DNS_RCODE,
	    dns_rcode_text(mnemonic, (uint16_t)rcode));
	if ((r->flags & FLAG_TC) != 0)
		message_text(r->out, MESSAGE_DNS_TRUNCATED, "");
	say_outcome(r, rcode, is_whole);
}

enum verdict
dns_message_read(const struct cur *data, enum dns_way way,
    const struct tuple *tuple, struct message_list *out)
{
	struct reader r = { .rest = *data,
		.out = out,
		.tuple = tuple,
		.way = way };
	const uint8_t *h = cur_take(&r.rest, DNS_HEADER);
	enum verdict v;

	if (h == NULL)
		return DISSECT_SHORT;
	r.msg = h;
	r.flags = be16(h + 2);
	for (unsigned i = 0; i < 4; i++)
		r.n[i] = be16(h + 4 + 2 * i);
	v = read_questions(&r);
	if (v != DISSECT_OK && !r.has_question)
		return v;
	if (r.n[0] == 0)
		say_way(&r);
	if (v == DISSECT_OK)
		v = read_records(&r);
	if (is_response(&r) && is_unicast(&r))
		say_response(&r, v == DISSECT_OK);
	return v;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DHCP for IPv6 (RFC 8415): how clients call themselves (RFC 4704), their
 * vendors' classes, and the addresses that they have.
 *
 * A message that relays have wrapped is unwrapped in a loop, at most RELAYS_MAX
 * times (HOP_COUNT_LIMIT, section 7.6).
 */
#include "dissect/dissect.h"

#include <string.h>

enum {
	TYPE_SOLICIT = 1,
	TYPE_ADVERTISE = 2,
	TYPE_REQUEST = 3,
	TYPE_CONFIRM = 4,
	TYPE_RENEW = 5,
	TYPE_REBIND = 6,
	TYPE_REPLY = 7,
	TYPE_RELEASE = 8,
	TYPE_DECLINE = 9,
	TYPE_INFORMATION = 11,
	TYPE_RELAY_FORW = 12,
	TYPE_RELAY_REPL = 13,
	TYPE_LAST = 36 /* IANA's registry */
};

enum {
	OPTION_IA_NA = 3,
	OPTION_IA_TA = 4,
	OPTION_IAADDR = 5,
	OPTION_RELAY_MSG = 9,
	OPTION_VENDOR_CLASS = 16,
	OPTION_FQDN = 39
};

enum {
	RELAYS_MAX = 8,
	ADDRS_MAX = 16 /* that one message names */
};

struct reader {
	struct cur fqdn, vendor;
	const uint8_t *addrs[ADDRS_MAX];
	unsigned n_addrs;
};

MUST_CHECK
static bool
read_option(struct cur *c, uint16_t *code, struct cur *data)
{
	struct cur t = *c;

	if (!cur_u16(&t, code) || !cur_vec16(&t, data))
		return false;
	*c = t;
	return true;
}

/* The addresses of an identity association: sections 21.4 to 21.6. */
static void
read_association(struct reader *r, struct cur c, size_t head)
{
	struct cur data;
	uint16_t code;

	if (cur_take(&c, head) == NULL)
		return;
	while (r->n_addrs < ADDRS_MAX && read_option(&c, &code, &data))
		if (code == OPTION_IAADDR && cur_len(&data) >= 24)
			r->addrs[r->n_addrs++] = data.p;
}

static enum verdict
read_options(struct reader *r, struct cur c)
{
	struct cur data;
	uint16_t code;

	while (cur_len(&c) > 0) {
		if (!read_option(&c, &code, &data))
			return DISSECT_SHORT;
		if (code == OPTION_IA_NA)
			read_association(r, data, 12);
		else if (code == OPTION_IA_TA)
			read_association(r, data, 4);
		else if (code == OPTION_VENDOR_CLASS && r->vendor.p == NULL)
			r->vendor = data;
		else if (code == OPTION_FQDN && r->fqdn.p == NULL)
			r->fqdn = data;
	}
	return DISSECT_OK;
}

/* RFC 4704, section 4: flags, then labels, perhaps without the root. */
static size_t
client_name(uint8_t text[255], struct cur c)
{
	struct cur label;
	size_t n = 0, len;

	if (c.p == NULL || cur_take(&c, 1) == NULL)
		return 0;
	while (cur_vec8(&c, &label) && cur_len(&label) > 0) {
		len = cur_len(&label);
		if (len > 63 || n + 1 + len > 255)
			return n;
		if (n > 0)
			text[n++] = '.';
		memcpy(text + n, label.p, len);
		n += len;
	}
	return n;
}

static bool
is_client(uint8_t type)
{
	return type == TYPE_INFORMATION ||
	    (type <= TYPE_DECLINE && type != TYPE_ADVERTISE &&
		type != TYPE_REPLY);
}

/* Whether the client has the addresses in a message of this type. */
static bool
is_claim(uint8_t type)
{
	return type >= TYPE_REQUEST && type <= TYPE_REPLY;
}

static void
say(struct message_list *out, uint8_t type, struct reader *r)
{
	uint8_t name[255];
	size_t n = client_name(name, r->fqdn);
	struct cur class;

	if (is_client(type)) {
		message_add(out, MESSAGE_DHCP, name, n, false);
		/* Section 21.16: enterprise number, then strings. */
		if (r->vendor.p != NULL && cur_take(&r->vendor, 4) != NULL &&
		    cur_vec16(&r->vendor, &class))
			message_add(out, MESSAGE_DHCP_VENDOR, class.p,
			    cur_len(&class), false);
	}
	for (unsigned i = 0; n > 0 && is_claim(type) && i < r->n_addrs; i++) {
		static const uint8_t none[16];
		struct message *m;

		if (memcmp(r->addrs[i], none, 16) == 0)
			continue;
		m = message_add(out, MESSAGE_ADDR_NAME, name, n, true);
		m->value = NAME_DHCP;
		m->addr_is_v6 = true;
		memcpy(m->addr, r->addrs[i], 16);
	}
}

/* Leaves in c the message that the relays' headers in it are around. */
static enum verdict
unwrap(struct cur *c)
{
	struct cur rest, data;
	uint16_t code = 0;

	for (unsigned i = 0; cur_len(c) > 0; i++) {
		if (c->p[0] != TYPE_RELAY_FORW && c->p[0] != TYPE_RELAY_REPL)
			return DISSECT_OK;
		rest = *c;
		if (i == RELAYS_MAX)
			return DISSECT_BAD;
		/* Section 9: type, hops, link's and peer's address. */
		if (cur_take(&rest, 34) == NULL)
			return DISSECT_SHORT;
		do {
			if (!read_option(&rest, &code, &data))
				return DISSECT_SHORT;
		} while (code != OPTION_RELAY_MSG);
		*c = data;
	}
	return DISSECT_SHORT;
}

static enum verdict
dhcpv6(struct layer *layer, struct pkt *pkt)
{
	struct reader r = { .n_addrs = 0 };
	struct cur c = layer->cur;
	enum verdict v = unwrap(&c);
	const uint8_t *h;

	if (v != DISSECT_OK)
		return v;
	if (c.p[0] == 0 || c.p[0] > TYPE_LAST)
		return DISSECT_OTHER;
	h = cur_take(&c, 4); /* type, transaction */
	if (h == NULL)
		return DISSECT_SHORT;
	if (h[0] > TYPE_INFORMATION)
		return DISSECT_OK;
	v = read_options(&r, c);
	say(&pkt->messages, h[0], &r);
	return v;
}

const struct dissector dhcpv6_dissector = {
	.name = "dhcpv6",
	.by = BY_UDP_PORT,
	KEYS(546, 547),
	.is_app = true,
	.dissect = dhcpv6,
};

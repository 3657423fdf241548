/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DHCP for IPv4 (RFC 2131; options RFC 2132) and the BOOTP below it (RFC 951):
 * how clients call themselves, and the addresses that they have.
 *
 * An address is named where a client asks for it or uses it, and where the
 * server that gives it repeats the name.  Options that are split into several
 * (RFC 3396) are read as far as the first of them.
 */
#include "dissect/dissect.h"

#include <string.h>

enum { REQUEST = 1, REPLY = 2 };

enum {
	FIXED = 236, /* bytes before the options */
	AT_CIADDR = 12, /* the address that the client has */
	AT_YIADDR = 16, /* the address that it gets */
	AT_SNAME = 44,
	AT_FILE = 108,
	COOKIE = 0x63825363
};

enum {
	OPTION_PAD = 0,
	OPTION_HOST_NAME = 12,
	OPTION_REQUESTED = 50,
	OPTION_OVERLOAD = 52,
	OPTION_TYPE = 53,
	OPTION_VENDOR = 60,
	OPTION_FQDN = 81, /* RFC 4702 */
	OPTION_END = 255
};

enum { TYPE_REQUEST = 3, TYPE_ACK = 5, TYPE_INFORM = 8 };

enum { OVERLOAD_FILE = 1, OVERLOAD_SNAME = 2 };

enum { FQDN_ENCODED = 0x04 /* in DNS's format, not in text */ };

/* The options that are looked at, each its first occurrence. */
struct options {
	struct cur name, fqdn, vendor;
	const uint8_t *requested;
	uint8_t type;
	uint8_t overload;
};

static void
keep(struct cur *kept, const struct cur *data)
{
	if (kept->p == NULL)
		*kept = *data;
}

static void
note_option(struct options *o, uint8_t code, const struct cur *data)
{
	size_t len = cur_len(data);

	switch (code) {
	case OPTION_HOST_NAME:
		keep(&o->name, data);
		return;
	case OPTION_FQDN:
		keep(&o->fqdn, data);
		return;
	case OPTION_VENDOR:
		keep(&o->vendor, data);
		return;
	case OPTION_REQUESTED:
		if (len == 4 && o->requested == NULL)
			o->requested = data->p;
		return;
	case OPTION_TYPE:
		if (len == 1 && o->type == 0)
			o->type = data->p[0];
		return;
	case OPTION_OVERLOAD:
		if (len == 1 && o->overload == 0)
			o->overload = data->p[0];
		return;
	default:
		return;
	}
}

static enum verdict
read_options(struct options *o, struct cur c)
{
	struct cur data;
	uint8_t code;

	while (cur_u8(&c, &code) && code != OPTION_END) {
		if (code == OPTION_PAD)
			continue;
		if (!cur_vec8(&c, &data))
			return DISSECT_SHORT;
		note_option(o, code, &data);
	}
	return DISSECT_OK;
}

/* RFC 2132, section 9.3: first the file's field, then the server's name. */
static enum verdict
read_all(struct options *o, const uint8_t *h, struct cur c)
{
	enum verdict v = read_options(o, c);
	uint8_t overload = o->overload;

	if (v != DISSECT_OK)
		return v;
	if ((overload & OVERLOAD_FILE) != 0 &&
	    read_options(o, (struct cur){ h + AT_FILE, h + FIXED }) !=
		DISSECT_OK)
		return DISSECT_BAD;
	if ((overload & OVERLOAD_SNAME) != 0 &&
	    read_options(o, (struct cur){ h + AT_SNAME, h + AT_FILE }) !=
		DISSECT_OK)
		return DISSECT_BAD;
	return DISSECT_OK;
}

/* Labels become text; what comes behind them is left out. */
static size_t
decode(uint8_t *text, struct cur c)
{
	struct cur label;
	size_t n = 0;

	while (cur_vec8(&c, &label) && cur_len(&label) > 0) {
		if (n > 0)
			text[n++] = '.';
		memcpy(text + n, label.p, cur_len(&label));
		n += cur_len(&label);
	}
	return n;
}

/* Writes what the client calls itself, at most 255 bytes; returns how many. */
static size_t
client_name(uint8_t *text, const struct options *o)
{
	struct cur c = o->name;
	const uint8_t *h;
	size_t n;

	if (c.p == NULL) {
		c = o->fqdn;
		h = c.p != NULL ? cur_take(&c, 3) : NULL;
		if (h == NULL)
			return 0;
		if ((h[0] & FQDN_ENCODED) != 0)
			return decode(text, c);
	}
	n = cur_len(&c);
	memcpy(text, c.p, n);
	while (n > 0 && (text[n - 1] == '\0' || text[n - 1] == '.'))
		n--;
	return n;
}

/* The address that the client has, as far as this message tells; or NULL. */
static const uint8_t *
client_addr(const uint8_t *h, const struct options *o)
{
	if (h[0] == REPLY)
		return o->type == TYPE_ACK ? h + AT_YIADDR : NULL;
	if (o->type == TYPE_REQUEST && o->requested != NULL)
		return o->requested;
	if (o->type == TYPE_REQUEST || o->type == TYPE_INFORM)
		return h + AT_CIADDR;
	return NULL;
}

static void
say(struct message_list *out, const uint8_t *h, const struct options *o)
{
	const uint8_t *addr = client_addr(h, o);
	struct message *m;
	uint8_t name[256] = { 0 };
	size_t n = client_name(name, o);

	if (h[0] == REQUEST) {
		message_add(out, MESSAGE_DHCP, name, n, false);
		if (o->vendor.p != NULL)
			message_add(out, MESSAGE_DHCP_VENDOR, o->vendor.p,
			    cur_len(&o->vendor), false);
	}
	if (n == 0 || addr == NULL || be32(addr) == 0 ||
	    be32(addr) == 0xffffffff)
		return;
	m = message_add(out, MESSAGE_ADDR_NAME, name, n, true);
	m->value = NAME_DHCP;
	memset(m->addr, 0, sizeof(m->addr));
	memcpy(m->addr, addr, 4);
}

static enum verdict
dhcp(struct layer *layer, struct pkt *pkt)
{
	struct cur c = layer->cur;
	const uint8_t *h = cur_take(&c, FIXED);
	struct options o = { .type = 0 };
	enum verdict v = DISSECT_OK;
	uint32_t cookie;

	if (cur_len(&layer->cur) > 0 && layer->cur.p[0] != REQUEST &&
	    layer->cur.p[0] != REPLY)
		return DISSECT_OTHER;
	if (h == NULL)
		return DISSECT_SHORT;
	/* RFC 1497: without the cookie it is plain BOOTP. */
	if (cur_u32(&c, &cookie) && cookie == COOKIE)
		v = read_all(&o, h, c);
	say(&pkt->messages, h, &o);
	return v;
}

const struct dissector dhcp_dissector = {
	.name = "dhcp",
	.by = BY_UDP_PORT,
	KEYS(67, 68),
	.is_app = true,
	.dissect = dhcp,
};

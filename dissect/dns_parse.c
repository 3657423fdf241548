/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "dissect/dns_parse.h"

#include <string.h>

/* Appends the label of n bytes at at.  wire counts what the name takes. */
static enum verdict
label(struct dns_name *name, struct cur *at, size_t n, size_t *wire)
{
	const uint8_t *p = cur_take(at, n);

	*wire += n + 1;
	if (*wire > DNS_NAME_WIRE)
		return DISSECT_BAD;
	if (p == NULL)
		return DISSECT_SHORT;
	if (name->len > 0)
		name->bytes[name->len++] = '.';
	memcpy(name->bytes + name->len, p, n);
	name->len += n;
	return DISSECT_OK;
}

enum verdict
dns_name_read(struct dns_name *name, struct cur *c, const uint8_t *msg)
{
	struct cur at = *c;
	size_t limit = (size_t)(c->p - msg), wire = 1;
	unsigned n_jumps = 0;
	uint8_t n, low;

	name->len = 0;
	while (cur_u8(&at, &n)) {
		if (n == 0) {
			if (n_jumps == 0)
				*c = at;
			if (name->len == 0)
				name->bytes[name->len++] = '.';
			return DISSECT_OK;
		}
		if (n < 0x40) {
			enum verdict v = label(name, &at, n, &wire);

			if (v != DISSECT_OK)
				return v;
			continue;
		}
		if (n < 0xc0)
			return DISSECT_BAD; /* reserved, RFC 6891 section 5 */
		if (!cur_u8(&at, &low))
			return DISSECT_SHORT;
		if (n_jumps++ == 0)
			*c = at;
		if (n_jumps > DNS_JUMPS_MAX ||
		    ((n & 0x3fu) << 8 | low) >= limit)
			return DISSECT_BAD;
		limit = (n & 0x3fu) << 8 | low;
		at.p = msg + limit;
	}
	return DISSECT_SHORT;
}

enum verdict
dns_name_skip(struct cur *c)
{
	size_t wire = 1;
	uint8_t n;

	while (cur_u8(c, &n)) {
		if (n == 0)
			return DISSECT_OK;
		if (n >= 0xc0)
			return cur_take(c, 1) != NULL ? DISSECT_OK
						      : DISSECT_SHORT;
		wire += n + 1u;
		if (n >= 0x40 || wire > DNS_NAME_WIRE)
			return DISSECT_BAD;
		if (cur_take(c, n) == NULL)
			return DISSECT_SHORT;
	}
	return DISSECT_SHORT;
}

enum verdict
dns_record_read(struct dns_record *record, struct cur *c)
{
	enum verdict v;
	const uint8_t *h;

	record->owner = *c;
	v = dns_name_skip(c);
	if (v != DISSECT_OK)
		return v;
	h = cur_take(c, 8);
	if (h == NULL || !cur_vec16(c, &record->data))
		return DISSECT_SHORT;
	record->type = be16(h);
	record->class = be16(h + 2);
	record->ttl = be32(h + 4);
	return DISSECT_OK;
}

/* Whether the name ends in the n bytes of end, in whatever case. */
static bool
ends_in(const struct dns_name *name, const char *end, size_t n)
{
	const uint8_t *p;

	if (name->len < n)
		return false;
	p = name->bytes + name->len - n;
	for (size_t i = 0; i < n; i++)
		if ((p[i] | 0x20) != (end[i] | 0x20))
			return false;
	return true;
}

/* Reads the n bytes at p, "1.2.0.192", backwards into addr. */
static bool
read_quad(const uint8_t *p, size_t n, uint8_t *addr)
{
	unsigned i = 4, value = 0, digits = 0;

	for (size_t k = 0; k <= n; k++) {
		if (k < n && p[k] >= '0' && p[k] <= '9' && digits < 3) {
			value = value * 10 + p[k] - '0';
			digits++;
			continue;
		}
		if ((k < n && p[k] != '.') || digits == 0 || value > 255 ||
		    i == 0)
			return false;
		addr[--i] = (uint8_t)value;
		value = digits = 0;
	}
	return i == 0;
}

static int
nibble(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
read_nibbles(const uint8_t *p, size_t n, uint8_t *addr)
{
	if (n != 63)
		return false;
	for (size_t i = 0; i < 32; i++) {
		int value = nibble(p[2 * i]);

		if (value < 0 || (i < 31 && p[2 * i + 1] != '.'))
			return false;
		addr[15 - i / 2] |= (uint8_t)(i % 2 == 0 ? value : value << 4);
	}
	return true;
}

bool
dns_name_addr(const struct dns_name *name, uint8_t addr[16], bool *is_v6)
{
	static const char v4[] = ".in-addr.arpa", v6[] = ".ip6.arpa";
	const size_t n4 = sizeof(v4) - 1, n6 = sizeof(v6) - 1;

	memset(addr, 0, 16);
	*is_v6 = ends_in(name, v6, n6);
	if (*is_v6)
		return read_nibbles(name->bytes, name->len - n6, addr);
	return ends_in(name, v4, n4) &&
	    read_quad(name->bytes, name->len - n4, addr);
}

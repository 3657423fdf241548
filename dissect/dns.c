/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS (RFC 1035, section 4.1), multicast DNS (RFC 6762) and LLMNR (RFC 4795):
 * the names that a query asks for.
 *
 * Pointers must lead strictly backwards, at most JUMPS_MAX of them, so a name
 * is read in bounded time whatever the message is.
 */
#include "dissect/dissect.h"

#include <string.h>

enum {
	NAME_WIRE_MAX = 255, /* section 2.3.4, with lengths and the root */
	JUMPS_MAX = 16,
	QUESTIONS_MAX = PKT_MESSAGES
};

/* A name in text, without the final dot; the root is ".". */
struct name {
	uint8_t bytes[NAME_WIRE_MAX];
	size_t len;
};

/* Appends the label of n bytes at at.  wire counts what the name takes. */
static enum verdict
label(struct name *name, struct cur *at, size_t n, size_t *wire)
{
	const uint8_t *p = cur_take(at, n);

	*wire += n + 1;
	if (*wire > NAME_WIRE_MAX)
		return DISSECT_BAD;
	if (p == NULL)
		return DISSECT_SHORT;
	if (name->len > 0)
		name->bytes[name->len++] = '.';
	memcpy(name->bytes + name->len, p, n);
	name->len += n;
	return DISSECT_OK;
}

/* Reads the name at c of the message that begins at msg; c moves past it. */
static enum verdict
read_name(struct name *name, struct cur *c, const uint8_t *msg)
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
		if (n_jumps > JUMPS_MAX || ((n & 0x3fu) << 8 | low) >= limit)
			return DISSECT_BAD;
		limit = (n & 0x3fu) << 8 | low;
		at.p = msg + limit;
	}
	return DISSECT_SHORT;
}

static enum verdict
dns(struct layer *layer, struct pkt *pkt)
{
	struct cur c = layer->cur;
	const uint8_t *h = cur_take(&c, 12);
	unsigned n_questions;
	struct name name;
	bool is_query;

	if (h == NULL)
		return DISSECT_SHORT;
	is_query = (h[2] & 0x80) == 0;
	n_questions = be16(h + 4);
	for (unsigned i = 0; i < n_questions && i < QUESTIONS_MAX; i++) {
		enum verdict v = read_name(&name, &c, h);

		if (v != DISSECT_OK)
			return v;
		if (cur_take(&c, 4) == NULL) /* type and class */
			return DISSECT_SHORT;
		if (is_query)
			pkt_message(pkt, MESSAGE_DNS_QUERY, name.bytes,
			    name.len, true);
	}
	return DISSECT_OK;
}

const struct dissector dns_dissector = {
	.name = "dns",
	.by = BY_UDP_PORT,
	KEYS(53, 5353, 5355),
	.dissect = dns,
};

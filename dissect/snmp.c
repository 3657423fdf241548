/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SNMP (RFC 1157, RFC 3416; version 3 RFC 3412, section 6): recognised by the
 * BER (ITU-T X.690) of its beginning: a sequence that begins with the version,
 * before a string (the community) or a sequence (version 3).
 */
#include "dissect/dissect.h"

enum { BER_INTEGER = 0x02, BER_STRING = 0x04, BER_SEQUENCE = 0x30 };

enum { VERSION_1 = 0, VERSION_2C = 1, VERSION_3 = 3 };

/* Reads a length of up to four bytes (X.690, 8.1.3). */
MUST_CHECK
static bool
read_length(struct cur *c, uint32_t *length)
{
	uint8_t first, byte;

	if (!cur_u8(c, &first))
		return false;
	*length = first;
	if (first < 0x80)
		return true;
	*length = 0;
	if (first == 0x80 || first > 0x84)
		return false;
	for (unsigned i = 0x80; i < first; i++) {
		if (!cur_u8(c, &byte))
			return false;
		*length = *length << 8 | byte;
	}
	return true;
}

static enum verdict
snmp(struct layer *layer, struct pkt *pkt)
{
	struct cur c = layer->cur;
	const uint8_t *p;
	uint32_t length, head;
	uint8_t tag;

	(void)pkt;
	if (!cur_u8(&c, &tag))
		return DISSECT_SHORT;
	if (tag != BER_SEQUENCE || !read_length(&c, &length))
		return DISSECT_OTHER;
	p = cur_take(&c, 4);
	if (p == NULL || p[0] != BER_INTEGER || p[1] != 1 ||
	    (p[2] != VERSION_1 && p[2] != VERSION_2C && p[2] != VERSION_3) ||
	    p[3] != (p[2] == VERSION_3 ? BER_SEQUENCE : BER_STRING))
		return DISSECT_OTHER;
	/* What says that it is longer than the datagram is SNMP, but damaged. */
	head = (uint32_t)(p - layer->cur.p);
	if (length < 4 || length > layer->wire_left - head)
		return DISSECT_BAD;
	return DISSECT_OK;
}

const struct dissector snmp_dissector = {
	.name = "snmp",
	.by = BY_UDP_PORT,
	KEYS(161, 162),
	.is_app = true,
	.dissect = snmp,
};

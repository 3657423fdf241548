/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TFTP (RFC 1350, section 5; options RFC 2347): recognised on the port where
 * transfers begin; the rest of one takes other ports.
 */
#include "dissect/dissect.h"

#include <string.h>

enum { READ = 1, WRITE = 2, DATA = 3, ERROR = 5, OPTIONS = 6 };

/* A string of printable characters and its NUL. */
MUST_CHECK
static bool
read_string(struct cur *c)
{
	const uint8_t *start = c->p, *end;

	if (cur_len(c) == 0)
		return false;
	end = memchr(start, '\0', cur_len(c));
	if (end == NULL || end == start)
		return false;
	for (const uint8_t *p = start; p < end; p++)
		if (*p < ' ' || *p == 0x7f)
			return false;
	c->p = end + 1;
	return true;
}

static enum verdict
tftp(struct layer *layer, struct pkt *pkt)
{
	struct cur c = layer->cur;
	uint16_t opcode;

	(void)pkt;
	if (!cur_u16(&c, &opcode))
		return DISSECT_OTHER;
	if (opcode == READ || opcode == WRITE) {
		/* The file's name and the mode. */
		if (read_string(&c) && read_string(&c))
			return DISSECT_OK;
		return layer->cut ? DISSECT_SHORT : DISSECT_OTHER;
	}
	if (opcode < DATA || opcode > OPTIONS ||
	    layer->wire_left < (opcode == ERROR ? 5 : 4))
		return DISSECT_OTHER;
	return DISSECT_OK;
}

const struct dissector tftp_dissector = {
	.name = "tftp",
	.by = BY_UDP_PORT,
	KEYS(69),
	.is_app = true,
	.dissect = tftp,
};

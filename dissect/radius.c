/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RADIUS (RFC 2865, section 3; accounting RFC 2866; changes of authorization
 * RFC 5176): recognised by code, length and the first attribute.
 */
#include "dissect/dissect.h"

enum { HEADER = 20, LENGTH_MAX = 4096 };

static bool
is_code(uint8_t code)
{
	return (code >= 1 && code <= 5) || (code >= 11 && code <= 13) ||
	    (code >= 40 && code <= 45);
}

static enum verdict
radius(struct layer *layer, struct pkt *pkt)
{
	struct cur c = layer->cur;
	const uint8_t *h = cur_take(&c, HEADER), *attribute;
	unsigned length;

	(void)pkt;
	if (h == NULL)
		return layer->cut ? DISSECT_SHORT : DISSECT_OTHER;
	length = be16(h + 2);
	if (!is_code(h[0]) || length < HEADER || length > LENGTH_MAX)
		return DISSECT_OTHER;
	/* Section 3: a datagram that is shorter than it says is dropped. */
	if (length > layer->wire_left)
		return DISSECT_BAD;
	cur_shrink(&c, length - HEADER);
	attribute = cur_take(&c, 2);
	if (attribute != NULL &&
	    (attribute[1] < 2 || attribute[1] > length - HEADER))
		return DISSECT_BAD;
	return DISSECT_OK;
}

const struct dissector radius_dissector = {
	.name = "radius",
	.by = BY_UDP_PORT,
	KEYS(1812, 1813, 1645, 1646, 3799),
	.is_app = true,
	.dissect = radius,
};

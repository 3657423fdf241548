/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSDP (UPnP Device Architecture 2.0, section 1): recognised by its first
 * line.  It looks like HTTP, but is no request for a page.
 */
#include "dissect/dissect.h"

#include <string.h>

static bool
begins(const struct cur *c, const char *text, size_t n)
{
	return cur_len(c) >= n && memcmp(c->p, text, n) == 0;
}

#define BEGINS(c, text) begins(c, text, sizeof(text) - 1)

static enum verdict
ssdp(struct layer *layer, struct pkt *pkt)
{
	const struct cur *c = &layer->cur;

	(void)pkt;
	if (BEGINS(c, "M-SEARCH * HTTP/") || BEGINS(c, "NOTIFY * HTTP/") ||
	    BEGINS(c, "HTTP/1."))
		return DISSECT_OK;
	return layer->cut && cur_len(c) < 16 ? DISSECT_SHORT : DISSECT_OTHER;
}

const struct dissector ssdp_dissector = {
	.name = "ssdp",
	.by = BY_UDP_PORT,
	KEYS(1900),
	.is_app = true,
	.dissect = ssdp,
};

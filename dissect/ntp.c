/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NTP (RFC 5905, section 7.3; control messages RFC 9327): recognised by
 * version, mode and length.
 */
#include "dissect/dissect.h"

enum { MODE_SYMMETRIC = 1, MODE_BROADCAST = 5, MODE_CONTROL = 6 };

enum {
	LEN_TIME = 48, /* without extensions */
	LEN_CONTROL = 12,
	LEN_PRIVATE = 8 /* mode 7 of ntpd, which no RFC has */
};

static enum verdict
ntp(struct layer *layer, struct pkt *pkt)
{
	struct cur c = layer->cur;
	unsigned version, mode;
	uint8_t first;
	size_t need;

	(void)pkt;
	if (!cur_u8(&c, &first))
		return DISSECT_SHORT;
	version = first >> 3 & 7;
	mode = first & 7;
	if (version < 1 || version > 4 || mode < MODE_SYMMETRIC)
		return DISSECT_OTHER;
	need = mode <= MODE_BROADCAST ? LEN_TIME
	    : mode == MODE_CONTROL    ? LEN_CONTROL
				      : LEN_PRIVATE;
	if (layer->wire_left < need)
		return DISSECT_OTHER;
	return DISSECT_OK;
}

const struct dissector ntp_dissector = {
	.name = "ntp",
	.by = BY_UDP_PORT,
	KEYS(123),
	.is_app = true,
	.dissect = ntp,
};

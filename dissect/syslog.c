/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syslog (RFC 5424, section 6.2.1; RFC 3164) over UDP (RFC 5426) and TCP
 * (RFC 6587, where a length may come first): recognised by "<PRI>".
 */
#include "dissect/dissect.h"

enum { PRI_MAX = 191, LENGTH_DIGITS = 6 };

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Whether c begins with "<", a number up to PRI_MAX, and ">". */
static enum probe
probe_pri(struct cur c)
{
	unsigned pri = 0, n_digits = 0;
	uint8_t byte;

	if (!cur_u8(&c, &byte))
		return PROBE_MORE;
	if (byte != '<')
		return PROBE_NO;
	while (cur_u8(&c, &byte)) {
		if (byte == '>' && n_digits > 0)
			return PROBE_CLIENT;
		if (!is_digit(byte) || n_digits == 3)
			return PROBE_NO;
		pri = pri * 10 + byte - '0';
		n_digits++;
		if (pri > PRI_MAX)
			return PROBE_NO;
	}
	return PROBE_MORE;
}

static enum verdict
syslog(struct layer *layer, struct pkt *pkt)
{
	(void)pkt;
	switch (probe_pri(layer->cur)) {
	case PROBE_CLIENT:
		return DISSECT_OK;
	case PROBE_MORE:
		return layer->cut ? DISSECT_SHORT : DISSECT_OTHER;
	default:
		return DISSECT_OTHER;
	}
}

static enum probe
probe(const struct cur *data)
{
	struct cur c = *data, t = c;
	unsigned n_digits = 0;
	uint8_t byte;

	while (cur_u8(&t, &byte) && is_digit(byte) && n_digits < LENGTH_DIGITS)
		n_digits++;
	if (n_digits == 0)
		return probe_pri(c);
	if (n_digits == cur_len(&c))
		return PROBE_MORE;
	return byte == ' ' ? probe_pri(t) : PROBE_NO;
}

/* To know it is enough. */
static enum stream_verdict
stream(struct stream *s)
{
	s->data.p = s->data.end;
	return STREAM_DONE;
}

const struct dissector syslog_dissector = {
	.name = "syslog",
	.by = BY_UDP_PORT,
	KEYS(514),
	.is_app = true,
	.dissect = syslog,
};

const struct dissector syslog_tcp_dissector = {
	.name = "syslog",
	.by = BY_TCP_PORT,
	KEYS(514, 601),
	.is_app = true,
	.probe = probe,
	.stream = stream,
};

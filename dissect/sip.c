/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIP (RFC 3261) over UDP and TCP on any port: the request line's method and
 * URI.  What follows is not read: over TCP each segment that begins with a
 * message gives it.
 */
#include "dissect/recognise.h"

static const char *const methods[] = { "INVITE", "ACK", "OPTIONS", "BYE",
	"CANCEL", "REGISTER", "PRACK", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO",
	"REFER", "MESSAGE", "UPDATE" };

/* The URI of a request line that has lost its method; else nothing. */
static struct cur
request_uri(const struct cur *data, size_t method)
{
	static const char version[] = " SIP/2.0";
	struct cur none = { data->p, data->p };
	size_t max = cur_len(data), at = method + 1;

	if (max > 1024)
		max = 1024;
	while (at < max && data->p[at] != ' ' && data->p[at] != '\n')
		at++;
	if (at + sizeof(version) - 1 > max ||
	    memcmp(data->p + at, version, sizeof(version) - 1) != 0)
		return none;
	return (struct cur){ data->p, data->p + at };
}

/* "METHOD uri", or nothing where it is no request. */
static struct cur
request(const struct cur *data)
{
	struct cur none = { data->p, data->p };
	size_t n;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		n = strnlen(methods[i], 16);
		if (cur_len(data) > n && data->p[n] == ' ' &&
		    memcmp(data->p, methods[i], n) == 0)
			return request_uri(data, n);
	}
	return none;
}

static enum probe
probe(const struct cur *data)
{
	struct cur line = request(data);

	if (cur_len(&line) > 0)
		return PROBE_CLIENT;
	return recognise_word(data, "SIP/2.0 ", PROBE_SERVER) == PROBE_SERVER
	    ? PROBE_SERVER
	    : PROBE_NO;
}

static void
emit(struct message_list *list, const struct cur *data)
{
	struct cur line = request(data);

	if (cur_len(&line) > 0)
		message_add(list, MESSAGE_SIP, line.p, cur_len(&line), false);
}

static enum verdict
sip(struct layer *layer, struct pkt *pkt)
{
	emit(&pkt->messages, &layer->cur);
	return DISSECT_OK;
}

static enum stream_verdict
sip_stream(struct stream *s)
{
	emit(s->messages, &s->data);
	return recognise_stream(s);
}

const struct dissector sip_dissector = {
	.name = "sip",
	.by = BY_UDP_DATA,
	.is_app = true,
	.first = "IAOBCRPSNMU",
	.n_first = 11,
	.probe = probe,
	.dissect = sip,
};

const struct dissector sip_tcp_dissector = {
	.name = "sip",
	.by = BY_TCP_DATA,
	.is_app = true,
	.first = "IAOBCRPSNMU",
	.n_first = 11,
	.probe = probe,
	.stream = sip_stream,
};

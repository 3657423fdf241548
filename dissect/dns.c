/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS over UDP and TCP (RFC 1035, section 4.2; RFC 7766), multicast DNS
 * (RFC 6762) and LLMNR (RFC 4795).
 *
 * Over TCP each message follows its length of two bytes.  A message that
 * contradicts its format takes none of the later ones along.
 */
#include "dissect/dissect.h"

#include "dissect/dns_message.h"
#include "dissect/dns_parse.h"

/* The message that is being waited for; 0: its length is. */
struct own {
	uint32_t len;
};

static enum verdict
dns(struct layer *layer, struct pkt *pkt)
{
	return dns_message_read(&layer->cur, DNS_OVER_UDP, &pkt->tuple,
	    &pkt->messages);
}

static enum verdict
mdns(struct layer *layer, struct pkt *pkt)
{
	return dns_message_read(&layer->cur, DNS_MULTICAST, &pkt->tuple,
	    &pkt->messages);
}

static enum verdict
llmnr(struct layer *layer, struct pkt *pkt)
{
	return dns_message_read(&layer->cur, DNS_LLMNR, &pkt->tuple,
	    &pkt->messages);
}

/* Whether there is an operation of this number (IANA's registry). */
static bool
is_opcode(unsigned opcode)
{
	return opcode <= 6 && opcode != 3;
}

/* A length, a header, and no more records than the length has room for. */
static enum probe
probe(const struct cur *data)
{
	const uint8_t *p = data->p;
	size_t have = cur_len(data), records;
	unsigned len;

	if (have < 2)
		return PROBE_MORE;
	len = be16(p);
	if (len < DNS_HEADER || (have > 4 && !is_opcode(p[4] >> 3 & 15)))
		return PROBE_NO;
	if (have < 2 + DNS_HEADER)
		return PROBE_MORE;
	records = (size_t)be16(p + 8) + be16(p + 10) + be16(p + 12);
	if (be16(p + 6) * (size_t)5 + records * 11 > len - DNS_HEADER)
		return PROBE_NO;
	return (p[4] & 0x80) != 0 ? PROBE_SERVER : PROBE_CLIENT;
}

static enum probe
probe_data(const struct cur *data)
{
	if (!dns_message_probe(data))
		return PROBE_NO;
	return (data->p[2] & 0x80) != 0 ? PROBE_SERVER : PROBE_CLIENT;
}

/* Many send the length by itself. */
static enum probe
probe_tcp_data(const struct cur *data)
{
	struct cur c = *data, message;
	uint16_t len;

	if (!cur_u16(&c, &len))
		return PROBE_NO;
	if (cur_len(&c) == 0 && len > DNS_HEADER)
		return PROBE_MORE;
	return cur_sub(&c, len, &message) ? probe_data(&message) : PROBE_NO;
}

static enum stream_verdict
stream(struct stream *s, enum dns_way way)
{
	struct own *own = s->own;
	struct cur message;
	uint16_t len;

	if (own->len == 0) {
		if (!cur_u16(&s->data, &len))
			return STREAM_MORE;
		if (len < DNS_HEADER)
			return STREAM_BAD;
		own->len = len;
	}
	if (!cur_sub(&s->data, own->len, &message)) {
		if (!s->is_end)
			return STREAM_MORE;
		/* The rest will not come. */
		message = s->data;
		s->data.p = s->data.end;
	}
	own->len = 0;
	(void)dns_message_read(&message, way, s->tuple, s->messages);
	return cur_len(&s->data) > 0 ? STREAM_AGAIN : STREAM_MORE;
}

static enum stream_verdict
dns_tcp(struct stream *s)
{
	return stream(s, DNS_OVER_TCP);
}

static enum stream_verdict
llmnr_tcp(struct stream *s)
{
	return stream(s, DNS_LLMNR);
}

const struct dissector dns_dissector = {
	.name = "dns",
	.by = BY_UDP_PORT,
	KEYS(53),
	.is_app = true,
	.dissect = dns,
};

const struct dissector dns_tcp_dissector = {
	.name = "dns",
	.by = BY_TCP_PORT,
	KEYS(53),
	.is_app = true,
	.probe = probe,
	.stream = dns_tcp,
};

/* On other ports than its own. */
const struct dissector dns_any_dissector = {
	.name = "dns",
	.by = BY_UDP_DATA,
	.is_app = true,
	.probe = probe_data,
	.dissect = dns,
};

/* Short messages only: the length of most begins with a zero. */
const struct dissector dns_tcpany_dissector = {
	.name = "dns",
	.by = BY_TCP_DATA,
	.is_app = true,
	.first = "\0",
	.n_first = 1,
	.probe = probe_tcp_data,
	.stream = dns_tcp,
};

const struct dissector mdns_dissector = {
	.name = "mdns",
	.by = BY_UDP_PORT,
	KEYS(5353),
	.is_app = true,
	.dissect = mdns,
};

const struct dissector llmnr_dissector = {
	.name = "llmnr",
	.by = BY_UDP_PORT,
	KEYS(5355),
	.is_app = true,
	.dissect = llmnr,
};

const struct dissector llmnr_tcp_dissector = {
	.name = "llmnr",
	.by = BY_TCP_PORT,
	KEYS(5355),
	.is_app = true,
	.probe = probe,
	.stream = llmnr_tcp,
};

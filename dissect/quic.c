/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QUIC on any port, up to where only its two ends can read it: the Initial
 * packets of versions 1 and 2 and of late drafts, and in their CRYPTO frames
 * the hellos of TLS (RFC 9000, sections 17.2 and 19; RFC 9001; RFC 9369).
 * Google's versions before those are recognised only.
 *
 * A hello may come in several packets and in any order.  What is read of a
 * connection is bounded: DATAGRAMS_MAX of each direction.  After a Retry the
 * client goes on with another connection ID.  After a Version Negotiation, or
 * when the ports are used again, it begins afresh: its hello counts again.
 */
#include "dissect/dissect.h"

#include <string.h>

#include "dissect/quic_keys.h"
#include "dissect/tls_hello.h"

enum {
	LONG = 0x80,
	CID_MAX = 20, /* RFC 9000, section 17.2 */
	PACKETS_MAX = 4, /* opened of one datagram */
	DATAGRAMS_MAX = 10,
	BEGINS_MAX = 4,
	MESSAGE_HEAD = 4,
	CLIENT_MAX = 4608, /* bytes of a side's hellos */
	SERVER_MAX = 2208
};

enum frame {
	FRAME_PADDING = 0x00,
	FRAME_PING = 0x01,
	FRAME_ACK = 0x02,
	FRAME_ACK_ECN = 0x03,
	FRAME_CRYPTO = 0x06,
	FRAME_CLOSE = 0x1c
};

/* At stream->assembly: bytes, and a bit for each that is there. */
struct assembly {
	uint8_t client[CLIENT_MAX], client_has[CLIENT_MAX / 8];
	uint8_t server[SERVER_MAX], server_has[SERVER_MAX / 8];
};

/* One side, but for what is lost when it starts afresh. */
struct half {
	uint16_t have; /* bytes without a hole */
	uint16_t begin; /* of the next message */
	uint8_t n_datagrams;
	uint8_t n_hellos;
	bool is_named; /* the hello that comes */
};

struct shared {
	struct tls_session tls;
	struct half half[2]; /* client, server */
	uint8_t n_begins; /* keys of the client that were right; 0: none */
	bool is_swapped; /* the client is the other side */
	uint8_t n_dcid;
	uint8_t dcid[CID_MAX]; /* what the keys come from */
};

_Static_assert(sizeof(struct shared) <= STREAM_SHARED, "it is kept there");

/* What keys are of; the keys are right if it fits. */
struct side {
	uint32_t version; /* 0: none yet */
	uint8_t n_begins;
	struct quic_keys keys;
};

_Static_assert(sizeof(struct side) <= STREAM_OWN, "it is kept there");

struct packet {
	struct cur bytes; /* all of it */
	size_t pn; /* where the number begins */
	uint32_t number; /* of the version */
	const struct quic_version *version;
	enum quic_type type;
	struct cur dcid, token;
};

/* RFC 9000, section 16. */
static bool
varint(struct cur *c, uint64_t *out)
{
	const uint8_t *p;
	uint64_t v;
	size_t n;

	if (cur_len(c) == 0)
		return false;
	n = (size_t)1 << (c->p[0] >> 6);
	p = cur_take(c, n);
	if (p == NULL)
		return false;
	v = p[0] & 0x3f;
	for (size_t i = 1; i < n; i++)
		v = v << 8 | p[i];
	*out = v;
	return true;
}

/* Q043: public flags, connection ID, version; Q046: a long header. */
static bool
is_google(const uint8_t *p, size_t n)
{
	const uint8_t *v;

	if (n < 13)
		return false;
	if (!(p[0] & LONG) && ((p[0] & 0x09) != 0x09 || p[0] & 0x40))
		return false;
	v = p + (p[0] & LONG ? 1 : 9);
	return v[0] == 'Q' && v[1] == '0' && v[2] >= '0' && v[2] <= '9' &&
	    v[3] >= '0' && v[3] <= '9';
}

/* A list of versions, some of which are known or reserved ones (0x?a?a?a?a). */
static bool
is_negotiation(struct cur c)
{
	bool is_known = false;
	uint32_t version;

	if (cur_len(&c) == 0 || cur_len(&c) % 4 != 0)
		return false;
	for (unsigned i = 0; i < 16 && cur_u32(&c, &version); i++)
		is_known |= quic_version_find(version) != NULL ||
		    (version & 0x0f0f0f0f) == 0x0a0a0a0a;
	return is_known;
}

/* The fixed bit may be anything (RFC 9287). */
static enum probe
probe(const struct cur *data)
{
	struct cur c = *data, cid;
	const uint8_t *p = data->p;
	uint32_t version;
	uint8_t first;

	if (is_google(p, cur_len(data)))
		return PROBE_EITHER;
	if (!cur_u8(&c, &first) || !(first & LONG) || !cur_u32(&c, &version) ||
	    (version != 0 && quic_version_find(version) == NULL) ||
	    !cur_vec8(&c, &cid) || cur_len(&cid) > CID_MAX ||
	    !cur_vec8(&c, &cid) || cur_len(&cid) > CID_MAX)
		return PROBE_NO;
	if (version == 0)
		return is_negotiation(c) ? PROBE_SERVER : PROBE_NO;
	return PROBE_EITHER;
}

/* Cuts one packet off the datagram (RFC 9000, section 12.2). */
static bool
read_packet(struct packet *packet, struct cur *data)
{
	struct cur c = *data, skipped;
	const uint8_t *begin = data->p;
	uint64_t len;
	uint8_t first;

	if (!cur_u8(&c, &first) || !(first & LONG) ||
	    !cur_u32(&c, &packet->number) || !cur_vec8(&c, &packet->dcid) ||
	    !cur_vec8(&c, &skipped) || cur_len(&packet->dcid) > CID_MAX)
		return false;
	packet->version = quic_version_find(packet->number);
	if (packet->version == NULL)
		return false;
	packet->type = quic_packet_type(packet->version, first);
	if (packet->type == QUIC_RETRY)
		return false;
	if (packet->type == QUIC_INITIAL &&
	    (!varint(&c, &len) || len > cur_len(&c) ||
		!cur_sub(&c, (size_t)len, &packet->token)))
		return false;
	if (!varint(&c, &len))
		return false;
	packet->pn = (size_t)(c.p - begin);
	if (len > cur_len(&c) || cur_take(&c, (size_t)len) == NULL)
		return false;
	packet->bytes = (struct cur){ begin, c.p };
	*data = c;
	return true;
}

/* With a token, after a Retry, the client sends the same hello again. */
static void
begin_afresh(struct shared *shared, struct assembly *assembly,
    const struct packet *packet)
{
	const struct cur *dcid = &packet->dcid;

	if (shared->n_begins > 0 && cur_len(&packet->token) == 0) {
		for (unsigned i = 0; i < 2; i++) {
			uint8_t n = shared->half[i].n_datagrams;

			shared->half[i] = (struct half){ .n_datagrams = n };
		}
		memset(assembly, 0, sizeof(*assembly));
	}
	shared->n_begins++;
	shared->n_dcid = (uint8_t)cur_len(dcid);
	if (shared->n_dcid > 0)
		memcpy(shared->dcid, dcid->p, shared->n_dcid);
}

/* Opens a packet with the keys that the connection has. */
static bool
open_known(struct stream *s, const struct packet *packet, bool is_server,
    uint8_t out[QUIC_PACKET_MAX], size_t *n)
{
	const struct shared *shared = s->shared;
	struct side *side = s->own;

	if (side->version != packet->number ||
	    side->n_begins != shared->n_begins) {
		quic_keys_derive(&side->keys, packet->version, shared->dcid,
		    shared->n_dcid, is_server, s->codecs);
		side->version = packet->number;
		side->n_begins = shared->n_begins;
	}
	return quic_open(out, n, &side->keys, &packet->bytes, packet->pn,
	    s->codecs);
}

/* Opens what may be the client's first packet. */
static bool
open_first(struct stream *s, const struct packet *packet,
    uint8_t out[QUIC_PACKET_MAX], size_t *n)
{
	struct shared *shared = s->shared;
	struct side *side = s->own;
	struct quic_keys keys;

	if (shared->n_begins == BEGINS_MAX ||
	    (shared->n_begins > 0 && cur_len(&packet->dcid) == shared->n_dcid &&
		memcmp(packet->dcid.p, shared->dcid, shared->n_dcid) == 0))
		return false;
	quic_keys_derive(&keys, packet->version, packet->dcid.p,
	    cur_len(&packet->dcid), false, s->codecs);
	if (!quic_open(out, n, &keys, &packet->bytes, packet->pn, s->codecs))
		return false;
	if (shared->n_begins == 0)
		shared->is_swapped = s->is_server;
	begin_afresh(shared, (struct assembly *)(void *)s->assembly, packet);
	side->keys = keys;
	side->version = packet->number;
	side->n_begins = shared->n_begins;
	return true;
}

/* What a side has sent so far. */
struct flow {
	struct half *half;
	uint8_t *bytes, *has;
	size_t max;
	bool is_server;
};

static struct flow
flow_of(struct stream *s)
{
	struct assembly *a = (struct assembly *)(void *)s->assembly;
	struct shared *shared = s->shared;
	bool is_server = s->is_server != shared->is_swapped;
	struct half *half = &shared->half[is_server];

	if (is_server)
		return (struct flow){ half, a->server, a->server_has,
			SERVER_MAX, true };
	return (
	    struct flow){ half, a->client, a->client_has, CLIENT_MAX, false };
}

/* The first bytes win, as with TCP. */
static void
put(struct flow *f, uint64_t offset, const struct cur *data)
{
	size_t n = cur_len(data), at;

	if (offset >= f->max)
		return;
	at = (size_t)offset;
	if (n > f->max - at)
		n = f->max - at;
	for (size_t i = 0; i < n; i++, at++) {
		uint8_t bit = (uint8_t)(1u << at % 8);

		if (f->has[at / 8] & bit)
			continue;
		f->has[at / 8] |= bit;
		f->bytes[at] = data->p[i];
	}
	while (f->half->have < f->max &&
	    f->has[f->half->have / 8] & 1u << f->half->have % 8)
		f->half->have++;
}

/* RFC 9000, section 19.3. */
static bool
skip_ack(struct cur *c, bool has_ecn)
{
	uint64_t n, v;

	if (!varint(c, &v) || !varint(c, &v) || !varint(c, &n) ||
	    !varint(c, &v))
		return false;
	if (n > cur_len(c))
		return false;
	for (n = 2 * n + (has_ecn ? 3 : 0); n > 0; n--)
		if (!varint(c, &v))
			return false;
	return true;
}

/* Section 12.4 says which frames an Initial packet may have. */
static bool
read_frames(struct flow *f, struct cur c)
{
	while (cur_len(&c) > 0) {
		uint64_t type, offset, n;
		struct cur data;

		if (!varint(&c, &type))
			return false;
		switch (type) {
		case FRAME_PADDING:
		case FRAME_PING:
			break;
		case FRAME_ACK:
		case FRAME_ACK_ECN:
			if (!skip_ack(&c, type == FRAME_ACK_ECN))
				return false;
			break;
		case FRAME_CRYPTO:
			if (!varint(&c, &offset) || !varint(&c, &n) ||
			    n > cur_len(&c) || !cur_sub(&c, (size_t)n, &data))
				return false;
			put(f, offset, &data);
			break;
		default:
			/* The end, and why. */
			return type == FRAME_CLOSE;
		}
	}
	return true;
}

static bool
client_hello(struct stream *s, struct flow *f, const struct cur *body,
    bool is_whole)
{
	struct shared *shared = s->shared;
	struct tls_client h;
	bool ok = tls_client_read(&h, body, TLS_OVER_QUIC);

	if (!f->half->is_named && ((ok && is_whole) || cur_len(&h.name) > 0)) {
		message_text(s->messages, MESSAGE_QUIC_CLIENT_HELLO, "");
		tls_client_name(&h, &shared->tls, s);
		f->half->is_named = true;
	}
	if (!is_whole)
		return false;
	if (ok)
		tls_client_rest(&h, &shared->tls, s, TLS_OVER_QUIC);
	f->half->is_named = false;
	f->half->n_hellos++;
	return true;
}

/* Reads the messages that are whole; true if more may follow. */
static bool
read_messages(struct stream *s, struct flow *f)
{
	struct half *half = f->half;
	struct shared *shared = s->shared;
	uint16_t version;

	while (half->have - half->begin >= MESSAGE_HEAD) {
		const uint8_t *p = f->bytes + half->begin;
		size_t need = MESSAGE_HEAD + be24(p + 1);
		size_t have = (size_t)half->have - half->begin;
		bool is_whole = have >= need;
		struct cur body = { p + MESSAGE_HEAD,
			p + (is_whole ? need : have) };

		if (p[0] !=
			(f->is_server ? TLS_SERVER_HELLO : TLS_CLIENT_HELLO) ||
		    need > f->max - half->begin || half->n_hellos == 2)
			return false;
		if (!f->is_server && !client_hello(s, f, &body, is_whole))
			return true;
		if (!is_whole)
			return true;
		if (f->is_server) {
			half->n_hellos++;
			if (tls_server_hello(&version, &body, &shared->tls,
				s) != DISSECT_OTHER)
				return false;
		}
		half->begin = (uint16_t)(half->begin + need);
	}
	return true;
}

static enum stream_verdict
initial(struct stream *s, const struct packet *packet)
{
	const struct shared *shared = s->shared;
	uint8_t payload[QUIC_PACKET_MAX];
	struct flow f = flow_of(s);
	bool is_open = false;
	size_t n = 0;

	if (cur_len(&packet->bytes) > QUIC_PACKET_MAX)
		return STREAM_MORE;
	if (shared->n_begins > 0)
		is_open = open_known(s, packet, f.is_server, payload, &n);
	if (!is_open && (shared->n_begins == 0 || !f.is_server))
		is_open = open_first(s, packet, payload, &n);
	/* Without the client's, a server's packet has keys not known. */
	if (!is_open)
		return shared->n_begins > 0 ? STREAM_BAD : STREAM_MORE;
	f = flow_of(s);
	if (!read_frames(&f, (struct cur){ payload, payload + n }))
		return STREAM_BAD;
	return read_messages(s, &f) ? STREAM_MORE : STREAM_DONE;
}

static enum stream_verdict
stream(struct stream *s)
{
	enum stream_verdict verdict = STREAM_MORE;
	struct half *half = flow_of(s).half;
	struct cur data = s->data;
	struct packet packet;

	if (s->assembly == NULL || !quic_is_able(s->codecs) ||
	    is_google(data.p, cur_len(&data)))
		return STREAM_DONE;
	for (unsigned i = 0; i < PACKETS_MAX && verdict == STREAM_MORE &&
	     read_packet(&packet, &data);
	     i++) {
		if (packet.type == QUIC_INITIAL)
			verdict = initial(s, &packet);
		else if (packet.type == QUIC_HANDSHAKE && half->n_hellos > 0)
			verdict = STREAM_DONE;
	}
	half = flow_of(s).half;
	if (verdict != STREAM_DONE && ++half->n_datagrams >= DATAGRAMS_MAX)
		return STREAM_DONE;
	return verdict;
}

/* 0x80 to 0xff: long headers; the others: Google's flags. */
const struct dissector quic_dissector = {
	.name = "quic",
	.by = BY_UDP_DATA,
	.is_app = true,
	.assembly = sizeof(struct assembly),
	.first = "\x09\x0d\x19\x1d\x29\x2d\x39\x3d"
		 "\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e"
		 "\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98\x99\x9a\x9b\x9c\x9d"
		 "\x9e\x9f\xa0\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xab\xac"
		 "\xad\xae\xaf\xb0\xb1\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba\xbb"
		 "\xbc\xbd\xbe\xbf\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca"
		 "\xcb\xcc\xcd\xce\xcf\xd0\xd1\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9"
		 "\xda\xdb\xdc\xdd\xde\xdf\xe0\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8"
		 "\xe9\xea\xeb\xec\xed\xee\xef\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7"
		 "\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff",
	.n_first = 8 + 128,
	.probe = probe,
	.stream = stream,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DTLS on any port, up to where it is encrypted: the hellos of both sides
 * (RFC 6347, section 4; RFC 9147, sections 4 and 5; and the version before
 * 1.0 that OpenSSL had).
 *
 * Fragments of a hello are put together as long as they come in order.  A
 * hello that is sent again with a cookie counts again; a retransmission, which
 * has the number of the message before, does not.
 */
#include "dissect/dissect.h"

#include <string.h>

#include "dissect/tls_hello.h"

enum {
	RECORD_HANDSHAKE = 22,
	RECORD_ALERT = 21,
	RECORD_HEAD = 13,
	RECORDS_MAX = 8, /* read of one datagram */
	FRAGMENT_HEAD = 12,
	HELLO_VERIFY_REQUEST = 3,
	MESSAGE_MAX = 3840, /* of several fragments */
	HELLOS_MAX = 4,
	DATAGRAMS_MAX = 20
};

/* At stream->assembly. */
struct assembly {
	uint8_t message[2][MESSAGE_MAX];
};

struct shared {
	struct tls_session tls;
	uint8_t n_datagrams[2];
};

_Static_assert(sizeof(struct shared) <= STREAM_SHARED, "it is kept there");

struct side {
	uint16_t expected; /* number of the message that comes next */
	uint16_t have; /* bytes of it */
	uint8_t n_hellos;
};

_Static_assert(sizeof(struct side) <= STREAM_OWN, "it is kept there");

/* A fragment of a handshake message (RFC 6347, section 4.2.2). */
struct fragment_head {
	uint8_t type;
	uint16_t number;
	uint32_t total, offset;
	struct cur bytes;
};

static bool
is_version(uint16_t version)
{
	return version == 0xfeff || version == 0xfefd || version == 0x0100;
}

/* Cuts one off a record of epoch 0. */
static bool
read_fragment(struct fragment_head *f, struct cur *c)
{
	const uint8_t *h = cur_take(c, FRAGMENT_HEAD);

	if (h == NULL)
		return false;
	f->type = h[0];
	f->total = be24(h + 1);
	f->number = be16(h + 4);
	f->offset = be24(h + 6);
	return f->offset <= f->total && be24(h + 9) <= f->total - f->offset &&
	    cur_sub(c, be24(h + 9), &f->bytes);
}

/* Cuts a record off; its bytes are what the capture has of them. */
static const uint8_t *
read_record(struct cur *c, struct cur *bytes)
{
	const uint8_t *h = cur_take(c, RECORD_HEAD);
	size_t n;

	if (h == NULL || !is_version(be16(h + 1)))
		return NULL;
	n = be16(h + 11) < cur_len(c) ? be16(h + 11) : cur_len(c);
	return cur_sub(c, n, bytes) ? h : NULL;
}

static enum probe
probe(const struct cur *data)
{
	struct cur c = *data, bytes;
	const uint8_t *h = read_record(&c, &bytes);
	struct fragment_head f;

	if (h == NULL || h[0] != RECORD_HANDSHAKE || be16(h + 3) != 0 ||
	    cur_len(&bytes) < be16(h + 11) || !read_fragment(&f, &bytes))
		return PROBE_NO;
	switch (f.type) {
	case TLS_CLIENT_HELLO:
		return PROBE_CLIENT;
	case TLS_SERVER_HELLO:
	case HELLO_VERIFY_REQUEST:
		return PROBE_SERVER;
	default:
		return PROBE_NO;
	}
}

static enum stream_verdict
message(struct stream *s, struct side *side, uint8_t type,
    const struct cur *body)
{
	struct shared *shared = s->shared;
	struct tls_client h;
	uint16_t version;

	switch (type) {
	case TLS_CLIENT_HELLO:
		if (++side->n_hellos > HELLOS_MAX)
			return STREAM_DONE;
		if (!tls_client_read(&h, body, TLS_OVER_DTLS))
			return STREAM_BAD;
		tls_client_name(&h, &shared->tls, s);
		tls_client_rest(&h, &shared->tls, s, TLS_OVER_DTLS);
		return STREAM_MORE;
	case TLS_SERVER_HELLO:
		switch (tls_server_hello(&version, body, &shared->tls, s)) {
		case DISSECT_OK:
			return STREAM_DONE;
		case DISSECT_OTHER:
			return STREAM_MORE;
		default:
			return STREAM_BAD;
		}
	case TLS_HELLO_REQUEST:
	case HELLO_VERIFY_REQUEST:
		return STREAM_MORE;
	default:
		return STREAM_DONE;
	}
}

static enum stream_verdict
fragment(struct stream *s, struct side *side, const struct fragment_head *f)
{
	struct assembly *a = (struct assembly *)(void *)s->assembly;
	uint8_t *out = a->message[s->is_server];
	size_t n = cur_len(&f->bytes);
	struct cur body = f->bytes;

	/* After a gap, or a packet out of order, the next is expected. */
	if (f->number < side->expected)
		return STREAM_MORE;
	if (f->number > side->expected) {
		side->expected = f->number;
		side->have = 0;
	}
	if (n < f->total) {
		if (f->total > MESSAGE_MAX)
			return STREAM_DONE;
		if (f->offset != side->have)
			return STREAM_MORE;
		memcpy(out + side->have, body.p, n);
		side->have = (uint16_t)(side->have + n);
		if (side->have < f->total)
			return STREAM_MORE;
		body = (struct cur){ out, out + f->total };
	}
	side->have = 0;
	side->expected++;
	return message(s, side, f->type, &body);
}

static enum stream_verdict
record(struct stream *s, struct side *side, struct cur *c)
{
	enum stream_verdict verdict = STREAM_MORE;
	struct fragment_head f;
	struct cur bytes;
	const uint8_t *h = read_record(c, &bytes);

	if (h == NULL) {
		*c = (struct cur){ c->end, c->end };
		return STREAM_MORE;
	}
	if (h[0] == RECORD_ALERT && be16(h + 3) == 0)
		return STREAM_MORE;
	/* Behind the change of keys all is encrypted. */
	if (h[0] != RECORD_HANDSHAKE || be16(h + 3) != 0)
		return STREAM_DONE;
	for (unsigned i = 0; i < RECORDS_MAX && verdict == STREAM_MORE &&
	     read_fragment(&f, &bytes);
	     i++)
		verdict = fragment(s, side, &f);
	return verdict;
}

static enum stream_verdict
stream(struct stream *s)
{
	enum stream_verdict verdict = STREAM_MORE;
	struct shared *shared = s->shared;
	struct cur c = s->data;

	if (s->assembly == NULL)
		return STREAM_DONE;
	for (unsigned i = 0;
	     i < RECORDS_MAX && verdict == STREAM_MORE && cur_len(&c) > 0; i++)
		verdict = record(s, s->own, &c);
	if (verdict != STREAM_DONE &&
	    ++shared->n_datagrams[s->is_server] >= DATAGRAMS_MAX)
		return STREAM_DONE;
	return verdict;
}

const struct dissector dtls_dissector = {
	.name = "dtls",
	.by = BY_UDP_DATA,
	.is_app = true,
	.assembly = sizeof(struct assembly),
	.first = "\x16",
	.n_first = 1,
	.probe = probe,
	.stream = stream,
};

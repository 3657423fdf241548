/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS over TCP on any port, up to where it is encrypted: the hellos of both
 * sides and, before TLS 1.3, the server's certificate (RFC 8446, sections 4
 * and 5; RFC 5246, sections 6.2 and 7.4; SSL 3.0, RFC 6101; the hello that is
 * compatible with SSL 2.0, RFC 5246, appendix E.2).
 *
 * A handshake message stays in the stream until it is whole, over any number
 * of records.  The server's name counts as soon as it is there, so a hello that
 * the capture cuts off behind it counts too.  A hello that is sent again, after
 * a HelloRetryRequest, counts again.  Renegotiation is encrypted: not read.
 */
#include "dissect/dissect.h"

#include <string.h>

#include "dissect/tls_cert.h"
#include "dissect/tls_hello.h"

enum {
	RECORD_CHANGE_CIPHER_SPEC = 0x14,
	RECORD_ALERT = 0x15,
	RECORD_HANDSHAKE = 0x16,
	RECORD_MAX = 16384 + 2048, /* RFC 5246, section 6.2.3 */
	RECORD_HEAD = 5,
	MESSAGE_HEAD = 4,
	MESSAGE_MAX = 32768,
	CERTIFICATE_HEAD = MESSAGE_HEAD + 3 + 3, /* list's and first's length */
	V2_HEAD = 11,
	VERSION_1_3 = 0x0304,
	HELLOS_MAX = 2
};

/* One direction. */
struct side {
	uint32_t off; /* where the message begins in the first record */
	uint32_t at; /* the next record whose bytes are not in have */
	uint32_t have; /* bytes of the message in whole records */
	uint16_t looked; /* bytes of a hello that were read in vain */
	uint8_t n_hellos; /* that were whole */
	uint8_t n_retries;
	bool is_named; /* the name of the hello that comes was emitted */
	bool is_changed; /* what follows may be encrypted */
};

_Static_assert(sizeof(struct side) <= STREAM_OWN, "it is kept there");
_Static_assert(sizeof(struct tls_session) <= STREAM_SHARED, "it is kept there");

static bool
is_record(const uint8_t *h)
{
	return h[0] >= RECORD_CHANGE_CIPHER_SPEC && h[0] <= 0x18 && h[1] == 3 &&
	    h[2] <= 4 && be16(h + 3) <= RECORD_MAX;
}

/* Whether the first bytes are a prefix of a hello compatible with SSL 2.0. */
static enum probe
probe_v2(const uint8_t *p, size_t n)
{
	uint16_t suites, session, challenge;

	if (p[0] != 0x80 || (n > 2 && p[2] != TLS_CLIENT_HELLO) ||
	    (n > 3 && p[3] != 0 && p[3] != 3) ||
	    (n > 4 && (p[3] == 0 ? p[4] != 2 : p[4] > 4)))
		return PROBE_NO;
	if (n < V2_HEAD)
		return PROBE_MORE;
	suites = be16(p + 5);
	session = be16(p + 7);
	challenge = be16(p + 9);
	if (suites == 0 || suites % 3 != 0 || (session != 0 && session != 16) ||
	    challenge < 16 || challenge > 32 ||
	    9 + suites + session + challenge != p[1])
		return PROBE_NO;
	return PROBE_CLIENT;
}

/* The beginning of a hello, behind the record's header. */
static enum probe
probe_hello(const uint8_t *p, size_t n)
{
	if (n == 0)
		return PROBE_MORE;
	if (p[0] != TLS_CLIENT_HELLO && p[0] != TLS_SERVER_HELLO)
		return PROBE_NO;
	/* 64 KiB, and the version: 3.x, or a draft's. */
	if ((n > 1 && p[1] != 0) || (n > 4 && p[4] != 3 && p[4] != 0x7f))
		return PROBE_NO;
	return p[0] == TLS_CLIENT_HELLO ? PROBE_CLIENT : PROBE_SERVER;
}

static enum probe
probe(const struct cur *data)
{
	const uint8_t *p = data->p;
	size_t n = cur_len(data);

	/* What PostgreSQL's server says before. */
	if (p[0] == 'S') {
		if (n == 1 || p[1] != RECORD_HANDSHAKE)
			return n == 1 ? PROBE_MORE : PROBE_NO;
		p++;
		n--;
	}
	if (p[0] == 0x80)
		return probe_v2(p, n);
	if (p[0] < RECORD_CHANGE_CIPHER_SPEC || p[0] > RECORD_HANDSHAKE ||
	    (n > 1 && p[1] != 3) || (n > 2 && p[2] > 4))
		return PROBE_NO;
	if (n < RECORD_HEAD)
		return PROBE_MORE;
	if (be16(p + 3) == 0 || be16(p + 3) > RECORD_MAX)
		return PROBE_NO;
	if (p[0] == RECORD_HANDSHAKE) {
		n -= RECORD_HEAD;
		if (n > be16(p + 3))
			n = be16(p + 3);
		return probe_hello(p + RECORD_HEAD, n);
	}
	/* Before a hello: a dummy (RFC 8446, appendix D.4), or a warning. */
	if (be16(p + 3) != (p[0] == RECORD_ALERT ? 2 : 1) ||
	    (n > 5 && p[5] != 1 && (p[0] != RECORD_ALERT || p[5] != 2)))
		return PROBE_NO;
	return n > 5 ? PROBE_EITHER : PROBE_MORE;
}

/*
 * Writes how many bytes of the message are there, need at most; false if a
 * record of something else stands among them.  Whole records are counted once.
 */
static bool
count(const struct stream *s, struct side *side, size_t need, size_t *have)
{
	while (side->have < need) {
		struct cur c = { s->data.p + side->at, s->data.end };
		const uint8_t *h = cur_take(&c, RECORD_HEAD);
		size_t len, here;

		*have = side->have;
		if (h == NULL)
			return true;
		if (!is_record(h) || h[0] != RECORD_HANDSHAKE)
			return false;
		len = be16(h + 3);
		here = cur_len(&c) < len ? cur_len(&c) : len;
		if (side->at == 0) {
			len -= side->off;
			here -= side->off;
		}
		if (here < len || side->have + here >= need) {
			*have += here;
			if (*have > need)
				*have = need;
			return true;
		}
		side->have += (uint32_t)len;
		side->at += RECORD_HEAD + be16(h + 3);
	}
	*have = need;
	return true;
}

/* Copies the first n bytes of the message, which are there; at least one. */
static void
join(const struct stream *s, const struct side *side, uint8_t *out, size_t n)
{
	const uint8_t *h = s->data.p;
	size_t off = side->off;

	do {
		size_t len = be16(h + 3) - off;

		if (len > n)
			len = n;
		memcpy(out, h + RECORD_HEAD + off, len);
		out += len;
		n -= len;
		h += RECORD_HEAD + be16(h + 3);
		off = 0;
	} while (n > 0);
}

/* Moves the stream behind n bytes of the message. */
static void
consume(struct stream *s, struct side *side, size_t n)
{
	side->at = side->have = 0;
	while (n > 0) {
		size_t len = be16(s->data.p + 3);

		if (n < len - side->off) {
			side->off += (uint32_t)n;
			return;
		}
		n -= len - side->off;
		s->data.p += RECORD_HEAD + len;
		side->off = 0;
	}
}

static enum stream_verdict
client_hello(struct stream *s, struct side *side, const struct cur *body,
    bool is_whole)
{
	struct tls_client h;
	size_t have = cur_len(body);
	bool ok;

	if (!is_whole && !s->is_cut && have < side->looked + side->looked / 2u)
		return STREAM_MORE;
	side->looked = is_whole ? 0 : (uint16_t)have;
	ok = tls_client_read(&h, body, TLS_OVER_TCP);
	if (!side->is_named && ((ok && is_whole) || cur_len(&h.name) > 0)) {
		tls_client_name(&h, s->shared, s);
		side->is_named = true;
	}
	if (!is_whole)
		return STREAM_MORE;
	if (!ok)
		return STREAM_BAD;
	tls_client_rest(&h, s->shared, s, TLS_OVER_TCP);
	side->is_named = false;
	side->n_hellos++;
	return STREAM_AGAIN;
}

static enum stream_verdict
server_hello(struct stream *s, struct side *side, const struct cur *body)
{
	uint16_t version;

	switch (tls_server_hello(&version, body, s->shared, s)) {
	case DISSECT_OK:
		side->n_hellos = HELLOS_MAX;
		return version >= VERSION_1_3 ? STREAM_DONE : STREAM_AGAIN;
	case DISSECT_OTHER:
		return ++side->n_retries < HELLOS_MAX ? STREAM_AGAIN
						      : STREAM_BAD;
	default:
		return STREAM_BAD;
	}
}

static enum stream_verdict
certificate(struct stream *s, const struct cur *body)
{
	struct cur c = *body, first;
	uint8_t subject[TLS_SUBJECT_MAX];
	uint32_t total, len;
	size_t n;

	if (!cur_u24(&c, &total) || !cur_u24(&c, &len) ||
	    !cur_sub(&c, len, &first) || !tls_cert_subject(subject, &n, &first))
		return STREAM_BAD;
	if (n > 0)
		message_add(s->messages, MESSAGE_TLS_CERT, subject, n, false);
	return STREAM_DONE;
}

/* Writes how many bytes a message has that is wanted; false: it isn't. */
static bool
is_wanted(const struct side *side, const uint8_t *head, size_t have,
    size_t *need)
{
	*need = MESSAGE_HEAD + be24(head + 1);
	switch (head[0]) {
	case TLS_HELLO_REQUEST:
		return !side->is_changed && *need == MESSAGE_HEAD;
	case TLS_CLIENT_HELLO:
	case TLS_SERVER_HELLO:
		if (side->n_hellos == HELLOS_MAX)
			return false;
		/* Encrypted bytes are hardly a version. */
		return !side->is_changed || have < MESSAGE_HEAD + 2 ||
		    (be16(head + 4) & 0xfff8) == 0x0300;
	case TLS_CERTIFICATE:
		/* The first one is enough. */
		*need = CERTIFICATE_HEAD;
		if (have == CERTIFICATE_HEAD)
			*need += be24(head + 7);
		return side->n_hellos == HELLOS_MAX && !side->is_changed;
	default:
		return false;
	}
}

static enum stream_verdict
message(struct stream *s, struct side *side, const uint8_t *p, size_t have,
    size_t need)
{
	struct cur body = { p + MESSAGE_HEAD, p + have };
	enum stream_verdict verdict = STREAM_AGAIN;
	uint8_t type = p[0];

	if (type == TLS_CLIENT_HELLO)
		verdict = client_hello(s, side, &body, have == need);
	else if (have < need)
		verdict = STREAM_MORE;
	else if (type == TLS_SERVER_HELLO)
		verdict = server_hello(s, side, &body);
	else if (type == TLS_CERTIFICATE)
		verdict = certificate(s, &body);
	if (verdict == STREAM_AGAIN)
		consume(s, side, need);
	return verdict;
}

/* As message, of one in several records. */
static enum stream_verdict
joined(struct stream *s, struct side *side, size_t have, size_t need)
{
	uint8_t bytes[MESSAGE_MAX];

	join(s, side, bytes, have);
	return message(s, side, bytes, have, need);
}

/* The message that begins in the first record. */
static enum stream_verdict
handshake(struct stream *s, struct side *side)
{
	const uint8_t *h = s->data.p;
	uint8_t head[CERTIFICATE_HEAD];
	size_t have, need;

	if (!count(s, side, sizeof(head), &have) && have < MESSAGE_HEAD)
		return STREAM_BAD;
	if (have < MESSAGE_HEAD)
		return STREAM_MORE;
	join(s, side, head, have);
	if (!is_wanted(side, head, have, &need))
		return STREAM_DONE;
	if (need > MESSAGE_MAX)
		return STREAM_BAD;
	if (!count(s, side, need, &have))
		return STREAM_BAD;
	if (side->off + have <= be16(h + 3))
		return message(s, side, h + RECORD_HEAD + side->off, have,
		    need);
	/* What grows record by record is joined once. */
	return have == need ? joined(s, side, have, need) : STREAM_MORE;
}

static enum stream_verdict
v2_hello(struct stream *s, struct side *side)
{
	static const struct tls_client none;
	const uint8_t *p = s->data.p;
	struct tls_session *session = s->shared;

	if (cur_len(&s->data) < 2 || cur_len(&s->data) < 2 + (size_t)p[1])
		return STREAM_MORE;
	if (probe_v2(p, cur_len(&s->data)) != PROBE_CLIENT)
		return STREAM_BAD;
	tls_client_name(&none, session, s);
	session->client_ns = s->ts_ns;
	session->waits = true;
	side->n_hellos = 1;
	s->data.p += 2 + p[1];
	return STREAM_AGAIN;
}

static enum stream_verdict
record(struct stream *s, struct side *side)
{
	const uint8_t *h = s->data.p;
	size_t len;

	if (cur_len(&s->data) > 0 && h[0] == 0x80 && side->n_hellos == 0)
		return v2_hello(s, side);
	if (cur_len(&s->data) < RECORD_HEAD)
		return STREAM_MORE;
	if (!is_record(h))
		return side->n_hellos > 0 ? STREAM_DONE : STREAM_BAD;
	if (h[0] == RECORD_HANDSHAKE)
		return handshake(s, side);
	len = be16(h + 3);
	if (cur_len(&s->data) < RECORD_HEAD + 1)
		return STREAM_MORE;
	/* All alerts but a warning end it (RFC 5246, section 7.2). */
	if (h[0] == RECORD_ALERT
		? len != 2 || h[RECORD_HEAD] != 1
		: h[0] != RECORD_CHANGE_CIPHER_SPEC || len != 1)
		return STREAM_DONE;
	if (cur_len(&s->data) < RECORD_HEAD + len)
		return STREAM_MORE;
	side->is_changed |= h[0] == RECORD_CHANGE_CIPHER_SPEC;
	s->data.p += RECORD_HEAD + len;
	return STREAM_AGAIN;
}

static enum stream_verdict
stream(struct stream *s)
{
	struct side *side = s->own;
	enum stream_verdict verdict;

	if (s->is_fresh && cur_len(&s->data) > 0 && s->data.p[0] == 'S')
		s->data.p++;
	do
		verdict = record(s, side);
	while (verdict == STREAM_AGAIN);
	/* Encrypted bytes may look like anything. */
	if (verdict == STREAM_BAD && side->n_hellos > 0)
		verdict = STREAM_DONE;
	return verdict;
}

const struct dissector tls_dissector = {
	.name = "tls",
	.by = BY_TCP_DATA,
	.is_app = true,
	.first = "\x14\x15\x16\x80S",
	.n_first = 5,
	.probe = probe,
	.stream = stream,
};

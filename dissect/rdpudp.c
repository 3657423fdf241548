/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Remote desktop over UDP ([MS-RDPEUDP2]): the TLS ClientHello that its first
 * data packet carries.  The header before it has optional parts in an order of
 * their own; a hello that fills the datagram to its last byte is not mistaken.
 */
#include "dissect/dissect.h"

#include "dissect/tls_hello.h"

enum {
	HEADER_MAX = 48,
	RECORD_HEAD = 5,
	HANDSHAKE_HEAD = 4,
	RECORD_HANDSHAKE = 22,
	DATAGRAMS_MAX = 16 /* of one side, before the hello */
};

_Static_assert(sizeof(struct tls_session) <= STREAM_SHARED, "it is kept there");

/* Cuts the body of a hello out of a datagram. */
static bool
find_hello(const struct cur *data, struct cur *body)
{
	const size_t heads = RECORD_HEAD + HANDSHAKE_HEAD;

	for (size_t i = 0; i < HEADER_MAX && i + heads < cur_len(data); i++) {
		const uint8_t *p = data->p + i;
		size_t left = cur_len(data) - i;

		if (p[0] == RECORD_HANDSHAKE && p[1] == 3 && p[2] <= 4 &&
		    be16(p + 3) == left - RECORD_HEAD &&
		    p[5] == TLS_CLIENT_HELLO && be24(p + 6) == left - heads) {
			*body = (struct cur){ p + heads, data->end };
			return true;
		}
	}
	return false;
}

static enum probe
probe(const struct cur *data)
{
	struct cur body;

	return find_hello(data, &body) ? PROBE_CLIENT : PROBE_NO;
}

static enum stream_verdict
stream(struct stream *s)
{
	struct tls_session *session = s->shared;
	uint8_t *n_datagrams = s->own;
	struct tls_client h;
	struct cur body;

	if (!find_hello(&s->data, &body))
		return ++*n_datagrams < DATAGRAMS_MAX ? STREAM_MORE
						      : STREAM_DONE;
	if (!tls_client_read(&h, &body, TLS_OVER_TCP))
		return STREAM_BAD;
	tls_client_name(&h, session, s);
	tls_client_rest(&h, session, s, TLS_OVER_TCP);
	return STREAM_DONE;
}

const struct dissector rdpudp_dissector = {
	.name = "rdp",
	.by = BY_UDP_PORT,
	KEYS(3389),
	.is_app = true,
	.probe = probe,
	.stream = stream,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hellos of TLS, whatever carries them: TCP's records, QUIC, DTLS
 * (RFC 8446, sections 4.1.2 and 4.1.3; RFC 5246, sections 7.4.1.2 and 7.4.1.3;
 * RFC 6066, section 3; RFC 7301; RFC 9147, section 5.3).
 */
#ifndef DISSECT_TLS_HELLO_H
#define DISSECT_TLS_HELLO_H

#include "dissect/cur.h"
#include "dissect/pkt.h"
#include "dissect/stream.h"

/* How JA4 writes it. */
enum tls_over { TLS_OVER_TCP = 't', TLS_OVER_QUIC = 'q', TLS_OVER_DTLS = 'd' };

enum tls_handshake {
	TLS_HELLO_REQUEST = 0,
	TLS_CLIENT_HELLO = 1,
	TLS_SERVER_HELLO = 2,
	TLS_CERTIFICATE = 11
};

/* A client's hello: all of it points into its bytes. */
struct tls_client {
	uint16_t version; /* the legacy one */
	bool is_cut; /* its extensions go on behind the bytes */
	bool has_name; /* the extension is there, if only an empty one */
	struct cur suites;
	struct cur extensions;
	struct cur name; /* the server's; empty: none */
	struct cur alpn; /* the first protocol; empty: none */
	struct cur versions; /* supported ones */
	struct cur signatures; /* algorithms */
};

/*
 * What both sides of a connection need to know; somewhere in stream->shared.
 * The name may be cut: it is for TLS_TIME only.
 */
struct tls_session {
	int64_t client_ns; /* when the client's hello was whole */
	bool waits; /* for the server's */
	uint8_t n_name;
	uint8_t name[UINT8_MAX];
};

/*
 * Reads the body of a handshake message, which may be the beginning only.
 * Returns whether it was whole and right; members that were read are valid in
 * any case, the others are empty.
 */
MUST_CHECK
bool tls_client_read(struct tls_client *h, const struct cur *body,
    enum tls_over over);

/* Emits TLS_CLIENT_HELLO and ADDR_NAME, as soon as the name is known. */
void tls_client_name(const struct tls_client *h, struct tls_session *session,
    struct stream *s);

/* Emits TLS_ALPN and TLS_JA4 of a hello that is whole. */
void tls_client_rest(const struct tls_client *h, struct tls_session *session,
    struct stream *s, enum tls_over over);

/*
 * Reads the body of a server's hello.  Emits TLS_SERVER_HELLO, TLS_VERSION,
 * TLS_CIPHER and TLS_TIME, and writes the version agreed on; but nothing for
 * a HelloRetryRequest (RFC 8446, section 4.1.4): that is DISSECT_OTHER.
 */
MUST_CHECK
enum verdict tls_server_hello(uint16_t *version, const struct cur *body,
    struct tls_session *session, struct stream *s);

/* Reserved to be ignored (RFC 8701): 0x0a0a, 0x1a1a … 0xfafa. */
static inline bool
tls_is_grease(uint16_t value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

#endif

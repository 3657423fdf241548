/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS for outputs: OpenSSL under a libevent bufferevent, as a client.
 *
 * The server must show a certificate that a known authority signed for the
 * host's name or address; before that nothing is sent to it.  TLS 1.2 or
 * later.  Certificates are read once; new files want a new struct tls.
 */
#ifndef DAEMON_OUTPUT_TLS_H
#define DAEMON_OUTPUT_TLS_H

#include <stdbool.h>
#include <stddef.h>

struct bufferevent;
struct event_base;
struct tls;

/* Paths of PEM files; NULL and "" are none. */
struct tls_config {
	const char *ca_file; /* authorities; none: the system's */
	const char *cert_file; /* our certificate and those above it */
	const char *key_file; /* its key; none: it is in cert_file */
};

/*
 * Where the system's authorities may be, and what OpenSSL itself reads: files
 * and folders, NULL at the end.  Not all are there.
 */
const char *const *tls_system_paths(void);

/* Reads the files; NULL after a reason in err. */
struct tls *tls_new(const struct tls_config *config, char *err,
    size_t err_size);
/* Connections that were made with it go on.  NULL is fine. */
void tls_free(struct tls *t);

/*
 * A bufferevent that isn't connected yet: bufferevent_socket_connect and
 * bufferevent_socket_connect_hostname do that, and BEV_EVENT_CONNECTED comes
 * when the server has shown that it is host, a name or an address.
 * bufferevent_free closes it.  NULL if it can't be made.
 */
struct bufferevent *tls_bufferevent(struct tls *t, struct event_base *base,
    const char *host);

/*
 * What a BEV_EVENT_ERROR or _EOF of such a bufferevent was about, in one line;
 * to be asked within that callback.  Empty if TLS has nothing to say about it:
 * the socket has.  True if a certificate was refused, theirs or ours, or TLS as
 * it is configured: somebody has to change something.
 */
bool tls_reason(struct bufferevent *bev, char *out, size_t size);

#endif

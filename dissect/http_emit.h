/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages of HTTP, whatever its version: how a request's target becomes
 * a host and a path, and a response's status a class.
 */
#ifndef DISSECT_HTTP_EMIT_H
#define DISSECT_HTTP_EMIT_H

#include "dissect/cur.h"
#include "dissect/message.h"
#include "dissect/pkt.h"

/* Views of what a request asks for. */
struct http_target {
	struct cur authority; /* host and port as sent, or empty */
	struct cur path; /* with the query; "*" */
	bool is_proxy; /* its server is another than the one it is sent to */
};

/*
 * Cuts a request's target up (RFC 9112, section 3.2): in absolute form and in
 * authority form (CONNECT) it names the host itself, and the request is one to
 * a proxy.
 */
void http_target_read(struct http_target *t, struct cur target,
    bool is_connect);

/*
 * A host in lower case, without port, brackets and final dot; where there is
 * no authority, the address that tuple's packet goes to.
 */
enum { HTTP_HOST_MAX = 260 }; /* one more than text is kept of */
struct http_host {
	uint8_t bytes[HTTP_HOST_MAX];
	size_t len;
	bool is_name; /* neither an address nor anything odd */
};
void http_host_read(struct http_host *host, const struct cur *authority,
    const struct tuple *tuple);

/*
 * HTTP_REQUEST, HTTP_HOST, HTTP_METHOD and ADDR_NAME, of a request in tuple's
 * packet.  host is what http_host_read made of the target's authority.
 */
void http_emit_request(struct message_list *list, const struct cur *method,
    const struct http_target *target, const struct http_host *host,
    const struct tuple *tuple);

/* HTTP_RESPONSE, HTTP_STATUS and its class. */
void http_emit_status(struct message_list *list, unsigned status);

/* HTTP_TYPE, of a Content-Type field's value: without its parameters. */
void http_emit_type(struct message_list *list, const struct cur *value);

/* Whether c is this lower-case word, in either case. */
bool http_is(const struct cur *c, const char *word);

/* Cuts spaces and tabs off both ends. */
void http_trim(struct cur *c);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The requests of a connection that have no response yet: when they were
 * made, of which host, and what the response's reader must know of them.
 *
 * Zero is empty.  What does not fit is counted, so that no response is ever
 * matched with another's request: such ones have no time, and no flags.
 */
#ifndef DISSECT_HTTP_PENDING_H
#define DISSECT_HTTP_PENDING_H

#include "dissect/cur.h"
#include "dissect/message.h"

enum {
	HTTP_PENDING = 16,
	HTTP_PENDING_HOSTS = 2, /* different ones at a time */
	HTTP_PENDING_HOST = 71 /* bytes of one */
};

enum http_flags {
	HTTP_IS_HEAD = 1, /* the response has no body */
	HTTP_IS_CONNECT = 2,
	HTTP_IS_WEBSOCKET = 4 /* extended CONNECT (RFC 8441) */
};

struct http_pending {
	int64_t sent_ns[HTTP_PENDING]; /* the oldest first */
	uint32_t id[HTTP_PENDING];
	uint8_t flags[HTTP_PENDING]; /* enum http_flags; host << 4 */
	uint8_t n;
	uint32_t n_more; /* behind these */
	uint8_t host_len[HTTP_PENDING_HOSTS];
	uint8_t host[HTTP_PENDING_HOSTS][HTTP_PENDING_HOST];
};

/*
 * Appends a request, complete at ts_ns, of a host in lower case.  False if it
 * is only counted.
 */
bool http_pending_add(struct http_pending *p, uint32_t id, int64_t ts_ns,
    unsigned flags, const struct cur *host);

/* The index of the request of this id; -1: none. */
int http_pending_find(const struct http_pending *p, uint32_t id);

/*
 * Removes the request of an index from http_pending_find, or the oldest (0).
 * Returns its flags and, unless messages is NULL, appends HTTP_TIME: from when
 * it was complete to ts_ns, at least 1.
 */
unsigned http_pending_take(struct http_pending *p, unsigned index,
    int64_t ts_ns, struct message_list *messages);

/* Makes room at the cost of the oldest, for who looks them up by id. */
void http_pending_make_room(struct http_pending *p);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long the body of an HTTP/1 message is (RFC 9112, section 6): what its
 * Content-Length and Transfer-Encoding fields say together.  What two readers
 * could take for two different lengths is no length at all.
 */
#ifndef DISSECT_HTTP_BODY_H
#define DISSECT_HTTP_BODY_H

#include "dissect/cur.h"

/* Zero before the first field. */
struct http_body {
	uint64_t length;
	bool has_length;
	bool has_coding;
	bool is_chunked; /* the last coding is that */
	bool is_bad; /* its end can't be told */
	uint8_t field; /* what a folded line goes on with */
};

enum http_field_kind {
	HTTP_FIELD_OTHER, /* says nothing of the body */
	HTTP_FIELD_BODY
};

/* A field of the header.  is_spaced: white space before its colon. */
enum http_field_kind http_body_field(struct http_body *b,
    const struct cur *name, const struct cur *value, bool is_spaced,
    bool is_server);

/* A line that begins with white space: the field before goes on. */
void http_body_fold(struct http_body *b, const struct cur *line);

enum http_body_end {
	HTTP_BODY_LENGTH, /* of b->length bytes, perhaps 0 */
	HTTP_BODY_CHUNKS,
	HTTP_BODY_CLOSE, /* ends with the connection */
	HTTP_BODY_BAD
};

/* By the header alone: some responses have no body whatever it says. */
enum http_body_end http_body_end(const struct http_body *b, bool is_server);

/*
 * Reads a chunk's size, below 2^62, whatever extensions follow it (section
 * 7.1).
 */
bool http_chunk_size(const struct cur *line, uint64_t *n);

#endif

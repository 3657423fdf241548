/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of HTTP/1 (RFC 9112): request line, status line, field, and what
 * the first bytes of a stream must look like to be one of the first two.
 */
#ifndef DISSECT_HTTP_LINE_H
#define DISSECT_HTTP_LINE_H

#include "dissect/cur.h"
#include "dissect/stream.h"

enum { HTTP_HEADER_MAX = 16384 };

/* What a stream can begin with: a method, HTTP, ICY or an empty line. */
#define HTTP_FIRST "\r\nABCDGHILMNOPQRSTUV"

/* Whether a stream that begins so is one of HTTP/1, and whose. */
enum probe http_probe(const struct cur *data);

/*
 * Cuts a request line up: a token, one space, a word, one space and a version
 * (section 3).  A target with spaces, which many an attack has, is its first
 * word.  What isn't so is RTSP, SIP or a text that happens to begin with a
 * method's name: false.
 */
bool http_request_line(const struct cur *line, struct cur *method,
    struct cur *target);

/* Reads a status line (section 4), also Shoutcast's "ICY 200 OK". */
bool http_status_line(const struct cur *line, unsigned *status);

/*
 * Cuts a field line at its colon, with the white space around both; false if
 * it has none.  is_spaced: there is some before the colon.
 */
bool http_field(const struct cur *line, struct cur *name, struct cur *value,
    bool *is_spaced);

#endif

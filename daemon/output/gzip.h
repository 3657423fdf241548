/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body for HTTP, compressed: zlib's home among the outputs.
 */
#ifndef DAEMON_OUTPUT_GZIP_H
#define DAEMON_OUTPUT_GZIP_H

#include <stddef.h>

struct gzip;

/* For inputs of at most max bytes; NULL when out of memory. */
struct gzip *gzip_new(size_t max);
void gzip_free(struct gzip *g);

/*
 * Compresses n bytes into a gzip member (RFC 1952) of its own.  Returns it, and
 * its length in *len; it is valid until the next call.
 */
const void *gzip_pack(struct gzip *g, const void *in, size_t n, size_t *len);

#endif

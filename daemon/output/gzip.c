/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/gzip.h"

#include <assert.h>
#include <stdlib.h>

#include <zlib.h>

enum {
	/* Lines repeat themselves so much that more effort gains little. */
	LEVEL = 1,
	GZIP_BITS = 15 + 16,
	MEMORY_LEVEL = 8,
};

struct gzip {
	z_stream z;
	size_t max, size;
	unsigned char *out;
};

struct gzip *
gzip_new(size_t max)
{
	struct gzip *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	if (deflateInit2(&g->z, LEVEL, Z_DEFLATED, GZIP_BITS, MEMORY_LEVEL,
		Z_DEFAULT_STRATEGY) != Z_OK) {
		free(g);
		return NULL;
	}
	g->max = max;
	g->size = deflateBound(&g->z, max);
	g->out = malloc(g->size);
	if (g->out == NULL) {
		gzip_free(g);
		return NULL;
	}
	return g;
}

void
gzip_free(struct gzip *g)
{
	if (g == NULL)
		return;
	deflateEnd(&g->z);
	free(g->out);
	free(g);
}

const void *
gzip_pack(struct gzip *g, const void *in, size_t n, size_t *len)
{
	/* zlib leaves its input alone, but doesn't say so. */
	union {
		const void *in;
		unsigned char *z;
	} input = { in };

	assert(n <= g->max);
	deflateReset(&g->z);
	g->z.next_in = input.z;
	g->z.avail_in = (unsigned)n;
	g->z.next_out = g->out;
	g->z.avail_out = (unsigned)g->size;
	int code = deflate(&g->z, Z_FINISH);
	assert(code == Z_STREAM_END);
	*len = g->z.total_out;
	return g->out;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes for the reader in pieces, each of which goes as soon as the next one
 * has been given: under ASan nothing may be borrowed for longer, and none is
 * read beyond.
 */
#ifndef TESTS_LIB_FEED_READER_H
#define TESTS_LIB_FEED_READER_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/capture/reader.h"

struct feed_reader {
	uint8_t *last;
	size_t before; /* what the reader may write to in front of a piece */
};

/* Gives n bytes, of value 0 if bytes is NULL. */
static inline bool
feed_reader(struct feed_reader *f, struct reader *r, const uint8_t *bytes,
    size_t n)
{
	uint8_t *piece = malloc(f->before + n + (f->before + n == 0));
	bool ok;

	assert(piece != NULL);
	if (bytes == NULL)
		memset(piece + f->before, 0, n);
	else if (n > 0)
		memcpy(piece + f->before, bytes, n);
	ok = reader_feed(r, piece + f->before, n, f->before);
	free(f->last);
	f->last = piece;
	return ok;
}

/* After reader_reset or reader_fini. */
static inline void
feed_reader_end(struct feed_reader *f)
{
	free(f->last);
	f->last = NULL;
}

#endif

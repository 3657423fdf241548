/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection for tests of stream dissectors: gives them bytes as the tracker
 * does, in pieces of any size, each before an unmapped page.
 */
#ifndef TESTS_LIB_FEED_H
#define TESTS_LIB_FEED_H

#include <stdint.h>

#include "dissect/dissect.h"

enum { FEED_LOG = 65536 };

struct feed_side {
	uint8_t own[STREAM_OWN] __attribute__((aligned(8)));
	uint8_t rest[STREAM_BUFFER];
	size_t n_rest;
	uint64_t skip;
	bool is_begun;
	enum stream_verdict verdict; /* the last one */
};

struct feed {
	const struct dissector *dissector;
	const struct codecs *codecs;
	struct tuple tuple;
	int64_t ts_ns; /* of the next bytes; the test sets it */
	uint8_t shared[STREAM_SHARED] __attribute__((aligned(8)));
	uint8_t *assembly;
	bool is_datagram; /* the test sets it: each piece is a datagram */
	struct feed_side sides[2]; /* client, server */
	struct message_list messages;
	/* Every message as a line "KIND name" or "KIND name value". */
	char log[FEED_LOG];
	size_t n_log;
};

/* A connection from 192.0.2.1:40000 to 198.51.100.1:80. */
void feed_init(struct feed *f, const struct dissector *dissector,
    const struct codecs *codecs);

/* Calls the dissector's close, gives the memory back. */
void feed_fini(struct feed *f);

/*
 * Gives n bytes of a side in pieces of at most piece bytes (0: whole), then,
 * if is_end, the end.  Until a piece is recognised by the dissector's probe it
 * is kept and asked for again, as the tracker does.
 */
void feed(struct feed *f, bool is_server, const void *bytes, size_t n,
    size_t piece, bool is_end);

/* What follows was not captured: the dissector may use what it has left. */
void feed_cut(struct feed *f, bool is_server);

/* Bytes are missing: the side starts afresh. */
void feed_gap(struct feed *f, bool is_server);

#endif

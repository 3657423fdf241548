/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Header compression of HTTP/2 (HPACK, RFC 7541), by libnghttp2: what struct
 * library lends of it.
 *
 * All contexts together stay within two bounds, a number and the bytes that
 * the library holds for them; behind either, a new one or a block is refused
 * and counted.  One thread's.
 */
#ifndef DAEMON_CODEC_HPACK_H
#define DAEMON_CODEC_HPACK_H

#include "dissect/codecs.h"

enum {
	HPACK_CONTEXTS = 4096, /* unless hpack_limit says otherwise */
	HPACK_BYTES = 8 << 20,
	/*
	 * The largest table that an encoder may ask for.  It begins with 4096
	 * bytes and says when it uses more, as its peer's settings allow.
	 */
	HPACK_TABLE = 65536,
	HPACK_FIELDS = 256 /* of a block, that are given on */
};

struct hpack_stats {
	unsigned n; /* contexts now */
	size_t bytes; /* that they hold now */
	uint64_t refused; /* contexts for want of a place or of memory */
	uint64_t bad; /* blocks that contradict RFC 7541 */
	uint64_t full; /* blocks for want of memory */
};

/* From now on; what there is already stays. */
void hpack_limit(unsigned n_contexts, size_t bytes);

/* See struct codecs. */
struct hpack *hpack_new(void);
void hpack_free(struct hpack *h);
bool hpack_read(struct hpack *h, const struct cur *bytes, bool is_last,
    void (*field)(void *arg, const struct cur *name, const struct cur *value),
    void *arg);

const struct hpack_stats *hpack_stats(void);

#endif

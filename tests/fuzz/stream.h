/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection for the fuzzers of stream dissectors, and what must hold of
 * such a dissector whatever it is given.
 *
 * The input is a list of segments: a byte of flags, two with the length of the
 * data, which follow.  What has no such head is the client's last segment.
 */
#ifndef TESTS_FUZZ_STREAM_H
#define TESTS_FUZZ_STREAM_H

#include "tests/fuzz/fuzz.h"

enum {
	FUZZ_SERVER = 1, /* sent by the server */
	FUZZ_GAP = 2, /* something is missing before it */
	FUZZ_END = 4, /* nothing follows */
	FUZZ_BYTES = 8 /* its bytes come one by one */
};

enum { FUZZ_GUARD = 256 /* bytes behind an assembly that must not change */ };

struct fuzz_side {
	uint64_t own[STREAM_OWN / 8 + 1]; /* the last must not change */
	uint8_t rest[STREAM_BUFFER];
	size_t n_rest;
	uint64_t skip;
	bool is_begun, is_done;
};

struct fuzz_stream {
	const struct dissector *dissector;
	const struct codecs *codecs;
	uint64_t shared[STREAM_SHARED / 8 + 1];
	uint8_t assembly[8192];
	struct fuzz_side side[2];
	struct message_list messages;
	struct tuple tuple[2];
	int64_t ts_ns;
};

static inline void
fuzz_stream_reset(struct fuzz_side *side)
{
	memset(side->own, 0, sizeof(side->own));
	side->own[STREAM_OWN / 8] = 1;
	side->n_rest = 0;
	side->skip = 0;
	side->is_begun = side->is_done = false;
}

static inline void
fuzz_stream_messages(struct fuzz_stream *f)
{
	MUST(f->messages.n <= MESSAGES_MAX && !f->messages.exceeded);
	for (unsigned i = 0; i < f->messages.n; i++) {
		const struct message *m = &f->messages.m[i];

		MUST(m->kind < MESSAGE_N);
		fuzz_text(m->name, m->len, m->cut);
	}
	f->messages.n = 0;
}

static inline bool
fuzz_stream_begin(struct fuzz_stream *f, struct fuzz_side *side,
    const struct cur *data)
{
	enum probe said = f->dissector->probe(data);

	MUST(said <= PROBE_EITHER);
	if (said > PROBE_MORE)
		side->is_begun = true;
	else if (said == PROBE_NO)
		side->n_rest = 0;
	return side->is_begun;
}

static inline void
fuzz_stream_call(struct fuzz_stream *f, bool is_server, bool is_end)
{
	struct fuzz_side *side = &f->side[is_server];
	size_t n = side->n_rest, n_calls = 0, left;
	uint8_t *copy = malloc(n + (n == 0));
	struct stream s = { .data = { copy, copy + n },
		.is_server = is_server,
		.is_fresh = !side->is_begun,
		.is_end = is_end,
		.ts_ns = f->ts_ns,
		.tuple = &f->tuple[is_server],
		.own = side->own,
		.shared = f->shared,
		.is_datagram = f->dissector->by == BY_UDP_DATA,
		.messages = &f->messages,
		.codecs = f->codecs };
	enum stream_verdict verdict = STREAM_MORE;

	if (f->dissector->assembly > 0)
		s.assembly = f->assembly;
	/* Nothing has no place in memory. */
	if (n == 0)
		s.data = (struct cur){ NULL, NULL };
	MUST(copy != NULL);
	memcpy(copy, side->rest, n);
	if (side->is_begun || (n > 0 && fuzz_stream_begin(f, side, &s.data)))
		do {
			s.skip = 0;
			verdict = f->dissector->stream(&s);
			MUST(n == 0 || s.data.p >= copy);
			MUST(s.data.p <= s.data.end && n_calls++ <= n);
			MUST(n == 0 || s.data.end == copy + n);
			fuzz_stream_messages(f);
			s.is_fresh = false;
		} while (verdict == STREAM_AGAIN);
	left = side->n_rest == 0 ? 0 : cur_len(&s.data);
	MUST(s.skip == 0 || left == 0);
	memmove(side->rest, copy + n - left, left);
	side->n_rest = left;
	side->skip = s.skip;
	side->is_done = verdict != STREAM_MORE || is_end;
	if (s.is_datagram)
		side->n_rest = 0;
	if (verdict == STREAM_BAD)
		fuzz_stream_reset(side);
	else if (verdict == STREAM_LEAVE)
		f->side[!is_server].is_done = true;
	free(copy);
	MUST(side->own[STREAM_OWN / 8] == 1);
	MUST(f->shared[STREAM_SHARED / 8] == 1);
}

static inline void
fuzz_stream_segment(struct fuzz_stream *f, unsigned flags, const uint8_t *p,
    size_t n)
{
	struct fuzz_side *side = &f->side[flags & FUZZ_SERVER];
	size_t piece = flags & FUZZ_BYTES && n < 1000 ? 1 : n;

	if (flags & FUZZ_GAP)
		fuzz_stream_reset(side);
	for (; n > 0 && !side->is_done; p += piece, n -= piece) {
		size_t skip = side->skip < piece ? (size_t)side->skip : piece;

		side->skip -= skip;
		if (side->n_rest + piece - skip > STREAM_BUFFER)
			side->is_done = true;
		if (skip == piece || side->is_done)
			continue;
		memcpy(side->rest + side->n_rest, p + skip, piece - skip);
		side->n_rest += piece - skip;
		fuzz_stream_call(f, flags & FUZZ_SERVER, false);
	}
	if (flags & FUZZ_END && !side->is_done)
		fuzz_stream_call(f, flags & FUZZ_SERVER, true);
}

/* Plays the input to a connection of this dissector. */
static inline void
fuzz_stream(const struct dissector *dissector, const struct codecs *codecs,
    const uint8_t *data, size_t n)
{
	static const struct codecs none;
	static struct fuzz_stream f;
	void *own[2] = { f.side[0].own, f.side[1].own };
	const uint8_t *behind;

	memset(f.shared, 0, sizeof(f.shared));
	f.shared[STREAM_SHARED / 8] = 1;
	memset(f.assembly, 0, sizeof(f.assembly));
	memset(f.assembly + dissector->assembly, 0xa5, FUZZ_GUARD + 1);
	fuzz_stream_reset(&f.side[0]);
	fuzz_stream_reset(&f.side[1]);
	f.dissector = dissector;
	f.codecs = codecs != NULL ? codecs : &none;
	f.tuple[0] = (struct tuple){ .src = { 192, 0, 2, 1 },
		.dst = { 198, 51, 100, 1 },
		.sport = 40000,
		.dport = 80,
		.proto = 6,
		.flags = TUPLE_PORTS };
	f.tuple[1] = (struct tuple){ .src = { 198, 51, 100, 1 },
		.dst = { 192, 0, 2, 1 },
		.sport = 80,
		.dport = 40000,
		.proto = 6,
		.flags = TUPLE_PORTS };
	while (n > 0) {
		unsigned flags = 0;
		size_t len = n;

		if (n >= 3 && (data[0] & 0xf0) == 0xf0) {
			flags = data[0];
			len = (size_t)data[1] << 8 | data[2];
			data += 3;
			n -= 3;
		}
		if (len > n)
			len = n;
		f.ts_ns += 1000;
		fuzz_stream_segment(&f, flags, data, len);
		data += len;
		n -= len;
	}
	behind = f.assembly + dissector->assembly;
	MUST(behind[0] == 0xa5 && memcmp(behind, behind + 1, FUZZ_GUARD) == 0);
	if (dissector->close != NULL)
		dissector->close(own, f.shared, f.codecs);
}

#endif

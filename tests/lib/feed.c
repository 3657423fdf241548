/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/feed.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {
#define X_NAME(kind) #kind,
	MESSAGE_KINDS(X_NAME)
#undef X_NAME
};

void
feed_init(struct feed *f, const struct dissector *dissector,
    const struct codecs *codecs)
{
	static const struct codecs none;

	memset(f, 0, sizeof(*f));
	f->dissector = dissector;
	f->codecs = codecs != NULL ? codecs : &none;
	if (dissector->assembly > 0)
		f->assembly = calloc(1, dissector->assembly);
	memcpy(f->tuple.src, (const uint8_t[]){ 192, 0, 2, 1 }, 4);
	memcpy(f->tuple.dst, (const uint8_t[]){ 198, 51, 100, 1 }, 4);
	f->tuple.sport = 40000;
	f->tuple.dport = 80;
	f->tuple.proto = 6;
	f->tuple.flags = TUPLE_PORTS;
}

void
feed_fini(struct feed *f)
{
	void *own[2] = { f->sides[0].own, f->sides[1].own };

	if (f->dissector->close != NULL)
		f->dissector->close(own, f->shared, f->codecs);
	free(f->assembly);
}

static void
take_messages(struct feed *f)
{
	for (unsigned i = 0; i < f->messages.n; i++) {
		const struct message *m = &f->messages.m[i];
		size_t room = FEED_LOG - f->n_log;
		int n;

		assert(strlen(m->name) == m->len);
		n = snprintf(f->log + f->n_log, room, "%s%s%s", kinds[m->kind],
		    m->len > 0 ? " " : "", m->name);
		f->n_log += (size_t)n;
		if (m->value != 0)
			f->n_log += (size_t)snprintf(f->log + f->n_log,
			    FEED_LOG - f->n_log, " %llu",
			    (unsigned long long)m->value);
		f->n_log += (size_t)snprintf(f->log + f->n_log,
		    FEED_LOG - f->n_log, "\n");
		assert(f->n_log < FEED_LOG);
	}
	f->messages.n = 0;
}

static struct tuple
turned(const struct tuple *t)
{
	struct tuple r = *t;

	memcpy(r.src, t->dst, sizeof(r.src));
	memcpy(r.dst, t->src, sizeof(r.dst));
	r.sport = t->dport;
	r.dport = t->sport;
	return r;
}

/* What the dissector is told of the bytes that follow. */
enum following { BYTES, END, CUT };

static void
call(struct feed *f, bool is_server, enum following following)
{
	struct feed_side *side = &f->sides[is_server];
	struct tuple tuple = is_server ? turned(&f->tuple) : f->tuple;
	uint8_t *copy = malloc(side->n_rest + 1);
	struct stream s = { .is_server = is_server,
		.is_fresh = !side->is_begun,
		.is_end = following == END,
		.is_cut = following == CUT,
		.ts_ns = f->ts_ns,
		.tuple = &tuple,
		.own = side->own,
		.shared = f->shared,
		.assembly = f->assembly,
		.is_datagram = f->is_datagram,
		.messages = &f->messages,
		.codecs = f->codecs };
	size_t left;

	memcpy(copy, side->rest, side->n_rest);
	s.data = (struct cur){ copy, copy + side->n_rest };
	if (!side->is_begun && cur_len(&s.data) > 0) {
		enum probe said = f->dissector->probe(&s.data);

		if (said == PROBE_MORE && following == BYTES) {
			free(copy);
			return;
		}
		side->is_begun = true;
		if (said <= PROBE_MORE) {
			side->verdict = STREAM_DONE;
			free(copy);
			return;
		}
	}
	do {
		s.skip = 0;
		side->verdict = f->dissector->stream(&s);
		assert(s.data.p >= copy && s.data.p <= s.data.end);
		take_messages(f);
		s.is_fresh = false;
	} while (side->verdict == STREAM_AGAIN);
	left = cur_len(&s.data);
	assert(s.skip == 0 || left == 0);
	memmove(side->rest, s.data.p, left);
	side->n_rest =
	    side->verdict == STREAM_MORE && !f->is_datagram ? left : 0;
	side->skip = s.skip;
	free(copy);
}

void
feed(struct feed *f, bool is_server, const void *bytes, size_t n, size_t piece,
    bool is_end)
{
	struct feed_side *side = &f->sides[is_server];
	const uint8_t *p = bytes;

	while (n > 0 && side->verdict == STREAM_MORE) {
		size_t now = piece == 0 || piece > n ? n : piece;
		size_t skip = side->skip < now ? (size_t)side->skip : now;

		side->skip -= skip;
		assert(side->n_rest + now - skip <= STREAM_BUFFER);
		memcpy(side->rest + side->n_rest, p + skip, now - skip);
		side->n_rest += now - skip;
		p += now;
		n -= now;
		if (now > skip)
			call(f, is_server, BYTES);
	}
	if (is_end && side->verdict == STREAM_MORE)
		call(f, is_server, END);
}

void
feed_cut(struct feed *f, bool is_server)
{
	struct feed_side *side = &f->sides[is_server];
	enum stream_verdict verdict = side->verdict;

	if (side->is_begun && side->n_rest > 0)
		call(f, is_server, CUT);
	side->verdict = verdict;
}

void
feed_gap(struct feed *f, bool is_server)
{
	struct feed_side *side = &f->sides[is_server];

	memset(side, 0, sizeof(*side));
}

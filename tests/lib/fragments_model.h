/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fragments.h promises, in the plainest way: every piece is compared with
 * every other.  For its unit test and its fuzzer, which have few datagrams, never
 * fill the memory, and keep the fragments' bytes where they are.
 */
#ifndef TESTS_LIB_FRAGMENTS_MODEL_H
#define TESTS_LIB_FRAGMENTS_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/track/fragments.h"
#include "tests/lib/wide.h"

enum { MODEL_DATAGRAMS = 36 };
enum model_state { MODEL_FREE, MODEL_WAITING, MODEL_WHOLE, MODEL_GIVEN_UP };

struct model_piece {
	uint32_t offset, len;
	bool is_last;
	const uint8_t *bytes;
};

struct model_datagram {
	enum model_state state;
	struct fragment key;
	int64_t ts_ns;
	uint64_t since; /* number of the step that brought it into its state */
	unsigned n;
	struct model_piece pieces[FRAGMENTS_PIECES];
};

struct model {
	struct model_datagram datagrams[MODEL_DATAGRAMS];
	struct fragments_stats stats;
	uint64_t step;
	uint8_t whole[FRAGMENTS_BYTES];
	uint32_t whole_len;
	uint8_t whole_proto;
};

static inline bool
model_is_old(const struct model_datagram *d, int64_t now_ns)
{
	wide age = (wide)now_ns - d->ts_ns;

	return age > (wide)30 * 1000000000 || age < -(wide)30 * 1000000000;
}

static inline void
model_forget_old(struct model *m, struct model_datagram *d)
{
	if (d->state == MODEL_WAITING) {
		m->stats.given_up[FRAGMENTS_TIMEOUT]++;
		m->stats.waiting--;
	}
	d->n = 0;
	d->state = MODEL_FREE;
}

/*
 * Of each state up to four, those first that came into it first: while they
 * are old.  (With time that jumps, others behind may be old, too.)
 */
static inline void
model_expire(struct model *m, int64_t now_ns)
{
	for (unsigned state = MODEL_WAITING; state <= MODEL_GIVEN_UP; state++)
		for (unsigned n = 0; n < 4; n++) {
			struct model_datagram *first = NULL, *d;

			for (d = m->datagrams;
			     d < m->datagrams + MODEL_DATAGRAMS; d++)
				if (d->state == state &&
				    (first == NULL || d->since < first->since))
					first = d;
			if (first == NULL || !model_is_old(first, now_ns))
				break;
			model_forget_old(m, first);
		}
}

static inline bool
model_same_key(const struct fragment *a, const struct fragment *b)
{
	return a->is_v6 == b->is_v6 && a->id == b->id &&
	    memcmp(a->src, b->src, 16) == 0 &&
	    memcmp(a->dst, b->dst, 16) == 0 &&
	    (a->is_v6 || a->proto == b->proto);
}

/* The datagram of f; a free one if there is none. */
static inline struct model_datagram *
model_find(struct model *m, const struct fragment *f)
{
	struct model_datagram *found = NULL;

	for (unsigned i = 0; i < MODEL_DATAGRAMS; i++) {
		struct model_datagram *d = &m->datagrams[i];

		if (d->state != MODEL_FREE && model_same_key(&d->key, f))
			return d;
		if (d->state == MODEL_FREE)
			found = d;
	}
	if (found == NULL)
		abort();
	return found;
}

static inline bool
model_is_copy(const struct model_datagram *d, const struct fragment *f)
{
	for (unsigned i = 0; i < d->n; i++) {
		const struct model_piece *p = &d->pieces[i];

		if (p->offset == f->offset && p->len == f->len &&
		    f->caplen == f->len && p->is_last == f->is_last &&
		    memcmp(p->bytes, f->data, f->len) == 0)
			return true;
	}
	return false;
}

static inline bool
model_contradicts(const struct model_datagram *d, const struct fragment *f)
{
	uint32_t from = f->offset, to = from + f->len;

	for (unsigned i = 0; i < d->n; i++) {
		const struct model_piece *p = &d->pieces[i];

		if (from < p->offset + p->len && p->offset < to)
			return true;
		if (f->is_last && (p->is_last || p->offset > from))
			return true;
		if (p->is_last && from > p->offset)
			return true;
	}
	return false;
}

/* Why the datagram can't take f; FRAGMENTS_ENDS if it can. */
static inline enum fragments_end
model_judge(const struct model_datagram *d, const struct fragment *f)
{
	if (f->len == 0 || (uint64_t)f->offset + f->len > 65535 ||
	    f->offset % 8 != 0 || (!f->is_last && f->len % 8 != 0) ||
	    d->n == FRAGMENTS_PIECES)
		return FRAGMENTS_BAD;
	if (model_contradicts(d, f))
		return FRAGMENTS_OVERLAP;
	return f->caplen < f->len ? FRAGMENTS_CUT : FRAGMENTS_ENDS;
}

/* Follows the pieces from byte 0 to the last one, copying. */
static inline bool
model_complete(struct model *m, const struct model_datagram *d)
{
	uint32_t at = 0;
	bool found = true, is_last = false;

	while (found && !is_last) {
		found = false;
		for (unsigned i = 0; !found && i < d->n; i++) {
			const struct model_piece *p = &d->pieces[i];

			if (p->offset != at)
				continue;
			memcpy(m->whole + at, p->bytes, p->len);
			at += p->len;
			is_last = p->is_last;
			found = true;
		}
	}
	m->whole_len = at;
	return is_last;
}

/* Takes a fragment; true if the datagram is whole. */
static inline bool
model_add(struct model *m, const struct fragment *f, int64_t ts_ns)
{
	struct model_datagram *d;
	enum fragments_end end;

	m->stats.fragments++;
	model_expire(m, ts_ns);
	m->step++;
	d = model_find(m, f);
	if (d->state != MODEL_FREE && model_is_old(d, ts_ns))
		model_forget_old(m, d);
	if (d->state != MODEL_FREE && model_is_copy(d, f)) {
		m->stats.copies++;
		return false;
	}
	if (d->state == MODEL_GIVEN_UP) {
		m->stats.late++;
		return false;
	}
	if (d->state != MODEL_WAITING) {
		d->n = 0;
		d->state = MODEL_WAITING;
		d->key = *f;
		d->ts_ns = ts_ns;
		d->since = m->step;
		m->stats.begun++;
		m->stats.waiting++;
	}
	end = model_judge(d, f);
	if (end != FRAGMENTS_ENDS) {
		m->stats.given_up[end]++;
		m->stats.waiting--;
		d->n = 0;
		d->state = MODEL_GIVEN_UP;
		d->since = m->step;
		return false;
	}
	d->pieces[d->n++] =
	    (struct model_piece){ f->offset, f->len, f->is_last, f->data };
	if (f->offset == 0)
		d->key.proto = f->proto;
	if (!model_complete(m, d))
		return false;
	m->whole_proto = d->key.proto;
	m->stats.whole++;
	m->stats.waiting--;
	d->state = MODEL_WHOLE;
	d->since = m->step;
	return true;
}

#endif

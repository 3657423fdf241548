/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reading half.  A reader goes through the journal from old to new and
 * knows, for each stream, which record it wants next; going back for one
 * stream, it passes over what it already has of the others.
 */
#include "daemon/spool/spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/spool/state.h"

enum { SKIP = 1 << 20 /* bytes passed over in one turn */ };

struct spool_reader *
spool_reader(struct spool *sp, const char *name)
{
	if (sp->n_readers == SPOOL_READERS || sp->is_open)
		return NULL;
	struct spool_reader *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	r->sp = sp;
	snprintf(r->name, sizeof(r->name), "%s", name);
	sp->readers[sp->n_readers++] = r;
	return r;
}

uint64_t
spool_run(const struct spool *sp)
{
	return sp->n_runs > 0 ? sp->runs[sp->n_runs - 1].id : 0;
}

bool
spool_has_run(const struct spool *sp, uint64_t run)
{
	for (unsigned i = 0; i < sp->n_runs; i++) {
		if (sp->runs[i].id == run)
			return true;
	}
	for (unsigned i = 0; i < sp->n_segments; i++) {
		if (sp->segments[i]->run == run)
			return true;
	}
	return false;
}

uint64_t
spool_first(const struct spool *sp, unsigned stream)
{
	for (unsigned i = 0; i < sp->n_segments; i++) {
		if (sp->segments[i]->has[stream].first > 0)
			return sp->segments[i]->has[stream].first;
	}
	if (sp->batch_has[stream].first > 0)
		return sp->batch_has[stream].first;
	return (sp->is_open ? sp->made[stream] : sp->committed[stream]) + 1;
}

int64_t
spool_first_ns(const struct spool *sp, unsigned stream)
{
	for (unsigned i = 0; i < sp->n_segments; i++) {
		if (sp->segments[i]->has[stream].first > 0)
			return sp->segments[i]->has[stream].first_ns;
	}
	return sp->batch_has[stream].first_ns;
}

struct spool_mark
spool_before_first(const struct spool *sp, unsigned stream)
{
	struct spool_mark mark = { .k = spool_first(sp, stream) - 1 };

	for (unsigned i = 0; i < sp->n_segments; i++) {
		if (sp->segments[i]->has[stream].first > 0) {
			mark.sum = sp->segments[i]->has[stream].before;
			return mark;
		}
	}
	if (sp->batch_has[stream].first > 0)
		mark.sum = sp->batch_has[stream].before;
	else
		mark.sum = sp->is_open ? sp->made_sum[stream]
				       : sp->committed_sum[stream];
	return mark;
}

bool
spool_is_new(const struct spool *sp)
{
	return sp->n_runs < 2;
}

uint64_t
spool_last(const struct spool *sp, unsigned stream)
{
	return sp->committed[stream];
}

bool
spool_find(const struct spool *sp, unsigned stream, uint64_t run, uint64_t n,
    uint64_t *k)
{
	uint64_t base = 0, end = 0;
	bool found = false;

	for (unsigned i = 0; i < sp->n_runs && !found; i++) {
		if (sp->runs[i].id != run)
			continue;
		base = sp->runs[i].base[stream];
		end = i + 1 < sp->n_runs ? sp->runs[i + 1].base[stream]
					 : sp->committed[stream];
		found = true;
	}
	for (unsigned i = 0; i < sp->n_segments && !found; i++) {
		if (sp->segments[i]->run != run)
			continue;
		base = sp->segments[i]->base[stream];
		end = sp->runs[0].base[stream];
		found = true;
	}
	*k = end < base || n >= end - base ? end : base + n + 1;
	return found;
}

bool
spool_base(const struct spool *sp, unsigned stream, uint64_t run,
    struct spool_mark *base)
{
	for (unsigned i = 0; i < sp->n_runs; i++) {
		if (sp->runs[i].id != run)
			continue;
		*base = (struct spool_mark){ .k = sp->runs[i].base[stream],
			.sum = sp->runs[i].base_sum[stream] };
		return true;
	}
	return false;
}

bool
spool_name(const struct spool *sp, unsigned stream, uint64_t k, uint64_t *run,
    uint64_t *n, uint64_t *end)
{
	for (unsigned i = sp->n_runs; i-- > 0;) {
		uint64_t base = sp->runs[i].base[stream];

		if (k <= base)
			continue;
		*run = sp->runs[i].id;
		*n = k - base - 1;
		*end = i + 1 < sp->n_runs ? sp->runs[i + 1].base[stream]
					  : sp->made[stream];
		return true;
	}
	return false;
}

/* The segment at or after the reader's place. */
static const struct segment *
place(struct spool_reader *r, unsigned *i)
{
	const struct spool *sp = r->sp;

	/* Nearly always one of the last. */
	*i = sp->n_segments;
	while (*i > 0 && sp->segments[*i - 1]->number >= r->segment)
		--*i;
	if (*i == sp->n_segments)
		return NULL;
	const struct segment *s = sp->segments[*i];
	if (s->number != r->segment || r->offset < s->start) {
		r->segment = s->number;
		r->offset = s->start;
	}
	return s;
}

static void
next_segment(struct spool_reader *r, const struct segment *s)
{
	r->segment = s->number + 1;
	r->offset = 0;
	view_forget(&r->view);
}

static void
count_damage(struct spool_reader *r, uint64_t bytes)
{
	if (r->sp->bad_bytes == 0)
		log_error("spool %s: what was written can't be read again",
		    r->sp->dir);
	r->sp->bad_bytes += bytes;
}

/* Whether the frame is a record that the reader wants; it is in rec then. */
static bool
take(struct spool_reader *r, const struct segment *s, const struct frame *f,
    struct spool_record *rec)
{
	struct spool_data d;

	if (f->type != FRAME_DATA || !spool_unpack_data(&d, s, f->body, f->len))
		return false;
	unsigned i = s->map[d.stream];
	if (i == SEGMENT_FOREIGN || r->paused[i] || d.k < r->next[i] ||
	    d.k > s->has[i].last || d.k <= s->base[i])
		return false;
	r->next[i] = d.k + 1;
	*rec = (struct spool_record){ .stream = i,
		.k = d.k,
		.run = s->run,
		.n = d.k - s->base[i] - 1,
		.id = d.id,
		.ts_ns = d.ts_ns,
		.base = s->base_sum[i],
		.before = d.before,
		.through = d.through,
		.payload = d.payload,
		.len = d.len };
	return true;
}

enum spool_next
spool_next(struct spool_reader *r, struct spool_record *rec)
{
	const struct spool *sp = r->sp;
	const struct segment *s;
	uint64_t skipped = 0;
	struct frame f;
	unsigned i;

	while ((s = place(r, &i)) != NULL && s->number <= sp->end_segment) {
		bool is_end = s->number == sp->end_segment;
		uint64_t limit = is_end ? sp->end_offset : s->len;

		if (skipped > SKIP)
			return SPOOL_LATER;
		if (r->offset >= limit) {
			if (is_end)
				return SPOOL_END;
			next_segment(r, s);
			continue;
		}
		if (view_frame(&r->view, s, sp->dirfd, r->offset, limit, &f) !=
		    FRAME_OK) {
			if (r->view.error != 0)
				return SPOOL_STUCK;
			count_damage(r, limit - r->offset);
			r->offset = limit;
			continue;
		}
		r->offset += FRAME_OVERHEAD + f.len;
		if (take(r, s, &f, rec))
			return SPOOL_RECORD;
		skipped += FRAME_OVERHEAD + f.len;
	}
	return SPOOL_END;
}

void
spool_seek(struct spool_reader *r, unsigned stream, uint64_t k)
{
	const struct spool *sp = r->sp;
	bool is_ahead = !r->paused[stream] && k >= r->next[stream];

	r->next[stream] = k;
	r->paused[stream] = false;
	for (unsigned i = 0; i < sp->n_segments && !is_ahead; i++) {
		const struct segment *s = sp->segments[i];

		if (s->has[stream].last < k)
			continue;
		if (s->number <= r->segment) {
			r->segment = s->number;
			r->offset = 0;
		}
		return;
	}
}

void
spool_pause(struct spool_reader *r, unsigned stream)
{
	r->paused[stream] = true;
}

void
spool_settle(struct spool_reader *r, unsigned stream,
    const struct spool_mark *mark)
{
	r->settled[stream] = mark->k;
	r->settled_ns[stream] = mark->ts_ns;
	r->settled_sum[stream] = mark->sum;
	r->is_dirty = true;
}

uint64_t
spool_settled(const struct spool_reader *r, unsigned stream)
{
	return r->settled[stream];
}

uint64_t
spool_begun(const struct spool_reader *r, unsigned stream)
{
	return r->begun[stream];
}

struct spool_mark
spool_settled_mark(const struct spool_reader *r, unsigned stream)
{
	return (struct spool_mark){ .k = r->settled[stream],
		.ts_ns = r->settled_ns[stream],
		.sum = r->settled_sum[stream] };
}

uint64_t
spool_backlog(const struct spool_reader *r)
{
	const struct spool *sp = r->sp;
	uint64_t bytes = sp->batch_len;
	bool found = false;

	for (unsigned k = 0; k < sp->n_segments; k++) {
		const struct segment *s = sp->segments[k];

		for (unsigned i = 0; i < sp->config.n_streams && !found; i++)
			found = s->has[i].last > r->settled[i];
		if (found)
			bytes += s->len;
	}
	return bytes;
}

/* Room for one more: the oldest whose telling is settled is forgotten. */
static bool
forget_told(struct spool_reader *r)
{
	for (unsigned i = 0; i < r->n_losses; i++) {
		const struct spool_loss *l = &r->losses[i];

		if (!l->is_told || l->told_k > r->settled[l->told_stream])
			continue;
		r->n_losses--;
		memmove(&r->losses[i], &r->losses[i + 1],
		    (r->n_losses - i) * sizeof(r->losses[0]));
		memmove(&r->telling[i], &r->telling[i + 1],
		    (r->n_losses - i) * sizeof(r->telling[0]));
		return true;
	}
	return false;
}

static unsigned
n_told(const struct spool_reader *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->n_losses; i++)
		n += r->losses[i].is_told;
	return n;
}

/* What was told by records that are lost now is to be told again. */
static void
untell(struct spool_reader *r, const struct spool_loss *loss)
{
	for (unsigned i = 0; i < r->n_losses; i++) {
		struct spool_loss *l = &r->losses[i];

		if ((!l->is_told && !r->telling[i]) ||
		    l->told_stream != loss->stream || l->told_k < loss->from ||
		    l->told_k > loss->to)
			continue;
		l->is_told = r->telling[i] = false;
	}
}

/* Whether a loss goes on where an untold one has ended, in the same run. */
static bool
is_continued(const struct spool_reader *r, unsigned i,
    const struct spool_loss *loss)
{
	const struct spool_loss *l = &r->losses[i];
	uint64_t run, n, end;

	return l->stream == loss->stream && l->reason == loss->reason &&
	    spool_is_untold(r, i) && l->to + 1 == loss->from &&
	    (!spool_name(r->sp, l->stream, l->from, &run, &n, &end) ||
		end >= loss->to);
}

void
spool_lose(struct spool_reader *r, const struct spool_loss *loss)
{
	r->is_dirty = true;
	untell(r, loss);
	for (unsigned i = 0; i < r->n_losses; i++) {
		struct spool_loss *l = &r->losses[i];

		if (!is_continued(r, i, loss))
			continue;
		l->to = loss->to;
		l->through = loss->through;
		l->before_ns = loss->before_ns;
		return;
	}
	if (n_told(r) > SPOOL_TOLD)
		forget_told(r);
	if (r->n_losses == SPOOL_LOSSES && !forget_told(r)) {
		log_error("spool: too many losses to tell each");
		return;
	}
	r->telling[r->n_losses] = false;
	r->losses[r->n_losses++] = *loss;
}

const struct spool_loss *
spool_losses(const struct spool_reader *r, unsigned *n)
{
	*n = r->n_losses;
	return r->losses;
}

void
spool_told(struct spool_reader *r, unsigned i, unsigned stream)
{
	r->telling[i] = true;
	r->losses[i].told_stream = (uint8_t)stream;
	r->losses[i].told_k = r->sp->made[stream];
	r->is_dirty = true;
}

bool
spool_is_untold(const struct spool_reader *r, unsigned i)
{
	return !r->losses[i].is_told && !r->telling[i];
}

bool
spool_has_untold(const struct spool_reader *r)
{
	for (unsigned i = 0; i < r->n_losses; i++) {
		if (spool_is_untold(r, i))
			return true;
	}
	return false;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums: each record of a counted stream carries what those before it have
 * told, so what is lost can be summed up without being there.
 */
#include "daemon/spool/state.h"

bool
spool_is_counted(const struct spool *sp, unsigned stream)
{
	return sp->config.streams[stream].is_counted;
}

struct spool_sum
spool_between(const struct spool_sum *from, const struct spool_sum *to,
    uint64_t n)
{
	struct spool_sum sum = { to->packets - from->packets,
		to->bytes - from->bytes, to->unknown - from->unknown };

	if (to->packets < from->packets || to->bytes < from->bytes ||
	    sum.unknown > n)
		return (struct spool_sum){ .unknown = n };
	return sum;
}

/* The sum at which n records before sum are all that lies in between. */
static struct spool_sum
less_unknown(struct spool_sum sum, uint64_t n)
{
	sum.unknown -= n;
	return sum;
}

/* Of the first record from k on that a segment has; false if it has none. */
static bool
read_sum(const struct spool *sp, const struct segment *s, unsigned stream,
    uint64_t k, struct spool_sum *sum)
{
	uint64_t offset = s->start;
	struct view v = { 0 };
	bool found = false;
	struct spool_data d;
	struct frame f;

	while (!found &&
	    view_frame(&v, s, sp->dirfd, offset, s->len, &f) == FRAME_OK) {
		offset += FRAME_OVERHEAD + f.len;
		if (f.type != FRAME_DATA ||
		    !spool_unpack_data(&d, s, f.body, f.len) ||
		    s->map[d.stream] != stream || d.k < k)
			continue;
		*sum =
		    d.k == k ? d.through : less_unknown(d.before, d.k - 1 - k);
		found = true;
	}
	view_fini(&v);
	return found;
}

struct spool_sum
spool_sum_at(const struct spool_reader *r, unsigned stream, uint64_t k)
{
	const struct spool *sp = r->sp;
	struct spool_mark before = spool_before_first(sp, stream);
	struct spool_sum sum = { 0 };

	if (k == 0 || !spool_is_counted(sp, stream))
		return sum;
	if (k == r->settled[stream])
		return r->settled_sum[stream];
	if (k == r->begun[stream])
		return r->begun_sum[stream];
	if (k >= sp->committed[stream])
		return sp->committed_sum[stream];
	for (unsigned i = 0; i < sp->n_runs; i++) {
		if (sp->runs[i].base[stream] == k)
			return sp->runs[i].base_sum[stream];
	}
	for (unsigned i = 0; i < sp->n_segments && k > before.k; i++) {
		const struct segment *s = sp->segments[i];

		if (s->has[stream].last >= k &&
		    read_sum(sp, s, stream, k, &sum))
			return sum;
	}
	if (k > before.k) /* a hole, up to the newest */
		return less_unknown(sp->committed_sum[stream],
		    sp->committed[stream] - k);
	return less_unknown(before.sum, before.k - k);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State in frames: a segment's head has all of it, so that the newest segment
 * alone says where everything stands.
 *
 * TAPSPL1 knew of no sums of what records have told; what it has is read as
 * before, and its records' amounts are unknown.  Up to TAPSPL2 frames had zlib's
 * CRC-32, and readers were not known to have begun anywhere.
 */
#include "daemon/spool/state.h"

#include <assert.h>
#include <string.h>

enum { MAGIC = 8 };

static const struct format {
	char magic[MAGIC];
	enum frame_sum sum;
	bool has_sums, has_begun;
} formats[] = {
	{ "TAPSPL3", FRAME_CRC32C, true, true }, /* what is written */
	{ "TAPSPL2", FRAME_CRC32, true, false },
	{ "TAPSPL1", FRAME_CRC32, false, false },
};

/* Sums of all that can be in a head, so that it always fits a frame. */
enum {
	SUM = 3 * 8,
	HEAD_STREAMS = SPOOL_STREAMS * (2 + SPOOL_NAME + 4 * 8 + 1 + SUM),
	HEAD_RUNS = 1 + SPOOL_RUNS * (8 + SPOOL_STREAMS * (8 + SUM)),
	LOSS = 5 + 5 * 8 + 2 * SUM,
	HEAD_READER = 2 + SPOOL_READER_NAME + 1 +
	    SPOOL_STREAMS * (1 + 3 * 8 + 2 * SUM) + 2 + SPOOL_LOSSES * LOSS,
};
static_assert(2 + MAGIC + 1 + HEAD_STREAMS + HEAD_RUNS + 1 +
	    SPOOL_READERS * HEAD_READER + 2 + SPOOL_BLOB <=
	FRAME_BODY,
    "a head fits into a frame");

/* Numbers of streams that this process has; the rest of an array is unused. */
#define EACH_STREAM(sp, i) for (unsigned i = 0; i < (sp)->config.n_streams; i++)

static bool
is_counted(const struct spool *sp, unsigned stream)
{
	return sp->config.streams[stream].is_counted;
}

/* Only of streams that are counted. */
static void
pack_sum(struct pack *o, const struct spool *sp, unsigned stream,
    const struct spool_sum *sum)
{
	if (!is_counted(sp, stream))
		return;
	pack_u64(o, sum->packets);
	pack_u64(o, sum->bytes);
	pack_u64(o, sum->unknown);
}

/* Up to k, of a stream by the segment's number. */
static struct spool_sum
unpack_sum(struct unpack *in, const struct segment *s, unsigned stream,
    uint64_t k)
{
	struct spool_sum sum = { .unknown = k };

	if (stream >= SPOOL_STREAMS || (s->counted >> stream & 1) == 0)
		return sum;
	sum.packets = unpack_u64(in);
	sum.bytes = unpack_u64(in);
	sum.unknown = unpack_u64(in);
	return sum;
}

static void
pack_loss(struct pack *o, const struct spool *sp, const struct spool_loss *l,
    bool is_told)
{
	pack_u8(o, l->stream);
	pack_u8(o, l->reason);
	pack_u8(o, is_told);
	pack_u64(o, l->from);
	pack_u64(o, l->to);
	pack_u64(o, (uint64_t)l->after_ns);
	pack_u64(o, (uint64_t)l->before_ns);
	pack_u8(o, l->told_stream);
	pack_u64(o, l->told_k);
	pack_sum(o, sp, l->stream, &l->before);
	pack_sum(o, sp, l->stream, &l->through);
}

static void
pack_reader(struct pack *o, const struct spool_reader *r, bool is_commit)
{
	unsigned n = 0;

	pack_bytes(o, r->name, strlen(r->name));
	EACH_STREAM(r->sp, i)
	n += r->settled[i] > 0;
	pack_u8(o, (uint8_t)n);
	EACH_STREAM(r->sp, i)
	{
		if (r->settled[i] == 0)
			continue;
		pack_u8(o, (uint8_t)i);
		pack_u64(o, r->settled[i]);
		pack_u64(o, (uint64_t)r->settled_ns[i]);
		pack_sum(o, r->sp, i, &r->settled_sum[i]);
	}
	pack_u16(o, (uint16_t)r->n_losses);
	for (unsigned i = 0; i < r->n_losses; i++)
		pack_loss(o, r->sp, &r->losses[i],
		    r->losses[i].is_told || (is_commit && r->telling[i]));
}

size_t
spool_pack_reader(const struct spool_reader *r, uint8_t *out, size_t cap)
{
	struct pack o = { out, out + cap, false };

	pack_reader(&o, r, true);
	return o.full ? 0 : (size_t)(o.p - out);
}

/* It never changes, so that heads alone have it. */
static void
pack_begun(struct pack *o, const struct spool_reader *r)
{
	EACH_STREAM(r->sp, i)
	{
		pack_u64(o, r->begun[i]);
		pack_sum(o, r->sp, i, &r->begun_sum[i]);
	}
}

size_t
spool_pack_head(const struct spool *sp, uint8_t *out, size_t cap)
{
	struct pack o = { out, out + cap, false };

	pack_bytes(&o, formats[0].magic, MAGIC);
	pack_u8(&o, (uint8_t)sp->config.n_streams);
	EACH_STREAM(sp, i)
	{
		const struct spool_stream *s = &sp->config.streams[i];

		pack_bytes(&o, s->name, strlen(s->name));
		pack_u64(&o, s->fingerprint);
		pack_u64(&o, sp->committed[i]);
		pack_u64(&o, sp->last_id[i].ms);
		pack_u64(&o, sp->last_id[i].seq);
		pack_u8(&o, is_counted(sp, i));
		pack_sum(&o, sp, i, &sp->committed_sum[i]);
	}
	pack_u8(&o, (uint8_t)sp->n_runs);
	for (unsigned k = 0; k < sp->n_runs; k++) {
		pack_u64(&o, sp->runs[k].id);
		EACH_STREAM(sp, i)
		{
			pack_u64(&o, sp->runs[k].base[i]);
			pack_sum(&o, sp, i, &sp->runs[k].base_sum[i]);
		}
	}
	pack_u8(&o, (uint8_t)sp->n_readers);
	for (unsigned k = 0; k < sp->n_readers; k++)
		pack_reader(&o, sp->readers[k], false);
	pack_bytes(&o, sp->blob, sp->blob_len);
	for (unsigned k = 0; k < sp->n_readers; k++)
		pack_begun(&o, sp->readers[k]);
	return o.full ? 0 : (size_t)(o.p - out);
}

/* A stream of the same name goes on counting, however it is read. */
static unsigned
find_stream(const struct spool *sp, const uint8_t *name, size_t n)
{
	EACH_STREAM(sp, i)
	{
		if (strlen(sp->config.streams[i].name) == n &&
		    memcmp(sp->config.streams[i].name, name, n) == 0)
			return i;
	}
	return SEGMENT_FOREIGN;
}

static unsigned
unpack_streams(struct unpack *in, struct spool *sp, struct segment *s,
    bool has_sums)
{
	unsigned n = unpack_u8(in);

	if (n > SPOOL_STREAMS)
		in->bad = true;
	for (unsigned k = 0; k < n && !in->bad; k++) {
		size_t len;
		const uint8_t *name = unpack_bytes(in, &len);
		uint64_t fingerprint = unpack_u64(in);
		uint64_t committed = unpack_u64(in);
		struct stream_id id = { unpack_u64(in), 0 };

		id.seq = unpack_u64(in);
		if (has_sums && unpack_u8(in) != 0)
			s->counted |= UINT32_C(1) << k;
		struct spool_sum sum = unpack_sum(in, s, k, committed);
		if (in->bad || committed > SPOOL_K_MAX) {
			in->bad = true;
			break;
		}
		unsigned i = find_stream(sp, name, len);
		s->by_name[k] = (uint8_t)i;
		s->map[k] = SEGMENT_FOREIGN;
		if (i == SEGMENT_FOREIGN)
			continue;
		if (sp->config.streams[i].fingerprint == fingerprint)
			s->map[k] = (uint8_t)i;
		if (committed > sp->committed[i]) {
			sp->committed[i] = committed;
			sp->committed_sum[i] = sum;
		}
		if (stream_id_cmp(id, sp->last_id[i]) > 0)
			sp->last_id[i] = id;
	}
	return n;
}

static void
unpack_runs(struct unpack *in, struct spool *sp, struct segment *s,
    unsigned n_streams)
{
	unsigned n = unpack_u8(in);

	if (n == 0 || n > SPOOL_RUNS)
		in->bad = true;
	for (unsigned k = 0; k < n && !in->bad; k++) {
		struct spool_run run = { .id = unpack_u64(in) };

		for (unsigned i = 0; i < n_streams; i++) {
			uint64_t base = unpack_u64(in);
			struct spool_sum sum = unpack_sum(in, s, i, base);

			if (base > SPOOL_K_MAX)
				in->bad = true;
			if (s->by_name[i] == SEGMENT_FOREIGN)
				continue;
			run.base[s->by_name[i]] = base;
			run.base_sum[s->by_name[i]] = sum;
		}
		if (in->bad)
			break;
		sp->runs[k] = run;
		sp->n_runs = k + 1;
	}
	if (in->bad)
		return;
	/* The last is the run that wrote this segment. */
	s->run = sp->runs[n - 1].id;
	memcpy(s->base, sp->runs[n - 1].base, sizeof(s->base));
	memcpy(s->base_sum, sp->runs[n - 1].base_sum, sizeof(s->base_sum));
}

static void
unpack_loss(struct unpack *in, struct spool_reader *r, const struct segment *s)
{
	const uint8_t *map = s->by_name;
	struct spool_loss l = { 0 };

	l.stream = unpack_u8(in);
	l.reason = unpack_u8(in);
	l.is_told = unpack_u8(in) != 0;
	l.from = unpack_u64(in);
	l.to = unpack_u64(in);
	l.after_ns = (int64_t)unpack_u64(in);
	l.before_ns = (int64_t)unpack_u64(in);
	l.told_stream = unpack_u8(in);
	l.told_k = unpack_u64(in);
	l.before = unpack_sum(in, s, l.stream, l.from - 1);
	l.through = unpack_sum(in, s, l.stream, l.to);
	if (in->bad || r == NULL || l.stream >= SPOOL_STREAMS ||
	    map[l.stream] == SEGMENT_FOREIGN || l.from == 0 || l.to < l.from ||
	    l.to > SPOOL_K_MAX || r->n_losses == SPOOL_LOSSES)
		return;
	l.stream = map[l.stream];
	if (l.told_stream >= SPOOL_STREAMS ||
	    map[l.told_stream] == SEGMENT_FOREIGN)
		l.told_k = 0;
	else
		l.told_stream = map[l.told_stream];
	l.told_stream %= SPOOL_STREAMS;
	r->losses[r->n_losses++] = l;
}

/*
 * Takes over what it says of a reader that this process has too, and returns
 * that; else NULL.
 */
static struct spool_reader *
unpack_reader(struct unpack *in, struct spool *sp, const struct segment *s)
{
	const uint8_t *map = s->by_name;
	size_t len;
	const uint8_t *name = unpack_bytes(in, &len);
	struct spool_reader *r = NULL;

	for (unsigned i = 0; i < sp->n_readers && !in->bad; i++) {
		if (strlen(sp->readers[i]->name) == len &&
		    memcmp(sp->readers[i]->name, name, len) == 0)
			r = sp->readers[i];
	}
	if (r != NULL) {
		r->is_known = true;
		r->n_losses = 0;
	}
	unsigned n = unpack_u8(in);
	for (unsigned k = 0; k < n && !in->bad; k++) {
		unsigned i = unpack_u8(in);
		uint64_t settled = unpack_u64(in);
		int64_t ts_ns = (int64_t)unpack_u64(in);
		struct spool_sum sum = unpack_sum(in, s, i, settled);

		if (in->bad || r == NULL || i >= SPOOL_STREAMS ||
		    map[i] == SEGMENT_FOREIGN)
			continue;
		r->settled[map[i]] = settled;
		r->settled_ns[map[i]] = ts_ns;
		r->settled_sum[map[i]] = sum;
	}
	n = unpack_u16(in);
	for (unsigned k = 0; k < n && !in->bad; k++)
		unpack_loss(in, r, s);
	return r;
}

/* Returns their number; NULL stands for those that this process hasn't. */
static unsigned
unpack_readers(struct unpack *in, struct spool *sp, const struct segment *s,
    struct spool_reader *readers[UINT8_MAX])
{
	unsigned n = unpack_u8(in);

	for (unsigned i = 0; i < n && !in->bad; i++)
		readers[i] = unpack_reader(in, sp, s);
	return n;
}

static void
unpack_begun(struct unpack *in, struct spool_reader *r, const struct segment *s,
    unsigned n_streams)
{
	for (unsigned k = 0; k < n_streams && !in->bad; k++) {
		uint64_t begun = unpack_u64(in);
		struct spool_sum sum = unpack_sum(in, s, k, begun);
		unsigned i = s->by_name[k];

		if (in->bad || r == NULL || i == SEGMENT_FOREIGN)
			continue;
		r->begun[i] = begun;
		r->begun_sum[i] = sum;
	}
}

/* NULL if it is none that is known, or not with such frames. */
static const struct format *
find_format(const uint8_t *magic, size_t n, enum frame_sum sum)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (n == MAGIC && memcmp(magic, formats[i].magic, n) == 0 &&
		    formats[i].sum == sum)
			return &formats[i];
	}
	return NULL;
}

bool
spool_unpack_head(struct spool *sp, struct segment *s, const uint8_t *body,
    size_t len)
{
	struct spool_reader *readers[UINT8_MAX] = { NULL };
	struct unpack in = { body, body + len, false };
	size_t n;
	const uint8_t *text = unpack_bytes(&in, &n);

	const struct format *format = find_format(text, n, s->sum);
	if (in.bad || format == NULL)
		return false;
	unsigned n_streams = unpack_streams(&in, sp, s, format->has_sums);
	if (!in.bad)
		unpack_runs(&in, sp, s, n_streams);
	unsigned n_readers = unpack_readers(&in, sp, s, readers);
	text = unpack_bytes(&in, &n);
	for (unsigned i = 0; i < n_readers && format->has_begun; i++)
		unpack_begun(&in, readers[i], s, n_streams);
	if (in.bad || in.p != in.end || !spool_set_blob(sp, text, n))
		return false;
	spool_take_blob(sp);
	return true;
}

bool
spool_unpack_reader(struct spool *sp, const struct segment *s,
    const uint8_t *body, size_t len)
{
	struct unpack in = { body, body + len, false };

	unpack_reader(&in, sp, s);
	return !in.bad && in.p == in.end;
}

void
spool_pack_data(struct pack *o, const struct spool_data *d, bool with_sum)
{
	pack_u8(o, d->stream);
	pack_u64(o, d->k);
	pack_u64(o, d->id.ms);
	pack_u64(o, d->id.seq);
	pack_u64(o, (uint64_t)d->ts_ns);
	pack_bytes(o, d->payload, d->len);
	if (!with_sum)
		return;
	pack_u64(o, d->before.packets);
	pack_u64(o, d->before.bytes);
	pack_u64(o, d->before.unknown);
	pack_u64(o, d->through.packets - d->before.packets);
	pack_u64(o, d->through.bytes - d->before.bytes);
}

bool
spool_unpack_data(struct spool_data *d, const struct segment *s,
    const uint8_t *body, size_t len)
{
	struct unpack in = { body, body + len, false };

	d->stream = unpack_u8(&in);
	d->k = unpack_u64(&in);
	d->id.ms = unpack_u64(&in);
	d->id.seq = unpack_u64(&in);
	d->ts_ns = (int64_t)unpack_u64(&in);
	d->payload = unpack_bytes(&in, &d->len);
	d->before = unpack_sum(&in, s, d->stream, d->k - 1);
	d->through = d->before;
	if (d->stream >= SPOOL_STREAMS || (s->counted >> d->stream & 1) == 0) {
		d->through.unknown++;
	} else {
		d->through.packets += unpack_u64(&in);
		d->through.bytes += unpack_u64(&in);
	}
	return !in.bad && in.p == in.end && d->stream < SPOOL_STREAMS &&
	    d->k > 0 && d->k <= SPOOL_K_MAX;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writing half.  A batch is collected, and written when it is long or
 * committed; segments are begun and removed only here.
 */
#include "daemon/spool/spool.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/spool/state.h"
#include "daemon/spool/sync.h"

enum {
	BATCH = 64 << 10, /* is written when it is so long */
	SEGMENTS = 16, /* that the room is divided into */
	SEGMENT_MIN = 16 << 10,
	SEGMENT_MAX = 4 << 20,
	SETTLED_PART = 4 /* of memory may hold what is settled */
};

static const int64_t save_ns = 1000000000, sync_ns = 1000000000;

static uint64_t
segment_limit(uint64_t room)
{
	uint64_t limit = room / SEGMENTS;

	return limit < SEGMENT_MIN ? SEGMENT_MIN
	    : limit > SEGMENT_MAX  ? SEGMENT_MAX
				   : limit;
}

bool
spool_add_segment(struct spool *sp, struct segment *s)
{
	if (sp->n_segments == sp->cap_segments) {
		unsigned cap =
		    sp->cap_segments == 0 ? 32 : sp->cap_segments * 2;
		struct segment **grown =
		    realloc(sp->segments, cap * sizeof(struct segment *));

		if (grown == NULL)
			return false;
		sp->segments = grown;
		sp->cap_segments = cap;
	}
	sp->segments[sp->n_segments++] = s;
	*(s->is_on_disk ? &sp->disk_bytes : &sp->memory_bytes) += s->len;
	return true;
}

void
spool_remove(struct spool *sp, unsigned i)
{
	struct segment *s = sp->segments[i];
	char name[SEGMENT_NAME];

	if (s->is_on_disk) {
		segment_name(name, s->number);
		(void)unlinkat(sp->dirfd, name, 0);
	}
	*(s->is_on_disk ? &sp->disk_bytes : &sp->memory_bytes) -= s->len;
	segment_free(s);
	sp->n_segments--;
	memmove(&sp->segments[i], &sp->segments[i + 1],
	    (sp->n_segments - i) * sizeof(sp->segments[0]));
}

static bool
is_settled(const struct spool *sp, const struct segment *s)
{
	for (unsigned k = 0; k < sp->n_readers; k++) {
		for (unsigned i = 0; i < sp->config.n_streams; i++) {
			if (s->has[i].last > sp->readers[k]->settled[i])
				return false;
		}
	}
	return true;
}

/* Never the one that is written to. */
bool
spool_remove_settled(struct spool *sp)
{
	if (sp->n_segments < 2 || !is_settled(sp, sp->segments[0]))
		return false;
	spool_remove(sp, 0);
	return true;
}

static void
remove_excess(struct spool *sp)
{
	while (sp->n_segments > 1 && sp->disk_bytes > sp->config.size)
		spool_remove(sp, 0);
	for (unsigned i = 0;
	     i + 1 < sp->n_segments && sp->memory_bytes > sp->config.memory;) {
		if (sp->segments[i]->is_on_disk)
			i++;
		else
			spool_remove(sp, i);
	}
}

static void
remove_old(struct spool *sp)
{
	int64_t since_ns = sp->mono_ns - sp->config.keep_ns;

	while (sp->n_segments > 1 &&
	    (sp->segments[0]->closed_ns < since_ns ||
		(!sp->segments[0]->is_on_disk &&
		    sp->memory_bytes > sp->config.memory / SETTLED_PART)) &&
	    spool_remove_settled(sp))
		;
}

/* A segment that has nothing but its head says nothing that ours doesn't. */
static void
remove_empty(struct spool *sp)
{
	for (unsigned i = 0; i + 1 < sp->n_segments;) {
		if (sp->segments[i]->len == sp->segments[i]->start)
			spool_remove(sp, i);
		else
			i++;
	}
}

static bool
write_head(struct spool *sp, struct segment *s)
{
	const struct spool_run *run = &sp->runs[sp->n_runs - 1];
	uint8_t *frame = malloc(FRAME_SIZE);
	bool ok = false;

	if (frame == NULL)
		return false;
	size_t len = spool_pack_head(sp, frame + FRAME_OVERHEAD, FRAME_BODY);
	assert(len > 0);
	len = frame_seal(frame, FRAME_HEAD, len);
	ok = segment_append(s, frame, len);
	free(frame);
	s->start = s->len;
	s->run = run->id;
	memcpy(s->base, run->base, sizeof(s->base));
	memcpy(s->base_sum, run->base_sum, sizeof(s->base_sum));
	for (unsigned i = 0; i < sp->config.n_streams; i++) {
		s->map[i] = s->by_name[i] = (uint8_t)i;
		if (sp->config.streams[i].is_counted)
			s->counted |= UINT32_C(1) << i;
	}
	return ok;
}

bool
spool_rotate(struct spool *sp)
{
	struct segment *last = spool_newest(sp);
	struct segment *s = segment_new(sp->next_number);

	if (s == NULL || !write_head(sp, s))
		goto fail;
	if (sp->dirfd >= 0 && !sp->is_failing)
		spool_to_disk(sp, s, false);
	if (!spool_add_segment(sp, s))
		goto fail;
	sp->next_number++;
	if (last != NULL && sp->n_segments > 1) {
		spool_close_segment(sp, last);
		last->closed_ns = sp->mono_ns;
	}
	remove_empty(sp);
	return true;
fail:
	segment_free(s);
	return false;
}

static bool
is_full(const struct spool *sp, const struct segment *s)
{
	uint64_t room = s->is_on_disk ? sp->config.size : sp->config.memory;

	return s->len > s->start &&
	    s->len + sp->batch_len > segment_limit(room);
}

static void
count_batch(struct spool *sp, struct segment *s)
{
	for (unsigned i = 0; i < sp->config.n_streams; i++) {
		if (sp->batch_has[i].last == 0)
			continue;
		if (s->has[i].first == 0) {
			s->has[i].first = sp->batch_has[i].first;
			s->has[i].first_ns = sp->batch_has[i].first_ns;
			s->has[i].before = sp->batch_has[i].before;
		}
		s->has[i].last = sp->batch_has[i].last;
	}
}

static bool
append_batch(struct spool *sp)
{
	struct segment *s = spool_newest(sp);

	/* One of an earlier process, or whose disk failed, is left as it is. */
	if (s == NULL || (s->is_on_disk && s->fd < 0) || is_full(sp, s)) {
		if (!spool_rotate(sp))
			return false;
		s = spool_newest(sp);
	}
	while (!segment_append(s, sp->batch, sp->batch_len)) {
		if (!s->is_on_disk)
			return false;
		spool_fail(sp, errno);
		if (!spool_rotate(sp))
			return false;
		s = spool_newest(sp);
	}
	*(s->is_on_disk ? &sp->disk_bytes : &sp->memory_bytes) += sp->batch_len;
	count_batch(sp, s);
	return true;
}

/* What can't even be kept in memory is a hole, which readers see. */
static void
flush(struct spool *sp)
{
	if (sp->batch_len > 0 && !append_batch(sp))
		log_warn("spool: out of memory: records are lost");
	sp->batch_len = 0;
	memset(sp->batch_has, 0, sizeof(sp->batch_has));
	remove_excess(sp);
}

/* Room for one more frame at the batch's end; NULL when out of memory. */
static uint8_t *
batch_room(struct spool *sp)
{
	if (sp->batch_len >= BATCH ||
	    sp->batch_len >= segment_limit(spool_room(sp)))
		flush(sp);
	if (sp->batch == NULL) {
		sp->batch = malloc(BATCH + FRAME_SIZE);
		sp->batch_cap = BATCH + FRAME_SIZE;
	}
	return sp->batch == NULL ? NULL : sp->batch + sp->batch_len;
}

bool
spool_append(struct spool *sp, unsigned stream, int64_t ts_ns,
    const struct spool_sum *amount, const uint8_t *payload, size_t len)
{
	uint64_t ms = ts_ns > 0 ? (uint64_t)ts_ns / 1000000 : 0;
	struct spool_data d = { .stream = (uint8_t)stream,
		.k = sp->made[stream] + 1,
		.ts_ns = ts_ns,
		.payload = payload,
		.len = len,
		.before = sp->made_sum[stream],
		.through = sp->made_sum[stream] };
	uint8_t *frame = batch_room(sp);

	assert(sp->is_open && stream < sp->config.n_streams);
	if (frame == NULL || len > SPOOL_PAYLOAD || d.k > SPOOL_K_MAX ||
	    !stream_id_next(&d.id, sp->last_id[stream], ms))
		return false;
	bool is_counted = sp->config.streams[stream].is_counted;
	if (is_counted) {
		d.through.packets += amount->packets;
		d.through.bytes += amount->bytes;
	}
	struct pack o = { frame + FRAME_OVERHEAD, frame + FRAME_SIZE, false };
	spool_pack_data(&o, &d, is_counted);
	assert(!o.full);
	sp->batch_len += frame_seal(frame, FRAME_DATA,
	    (size_t)(o.p - frame) - FRAME_OVERHEAD);
	sp->made[stream] = d.k;
	sp->made_sum[stream] = d.through;
	sp->last_id[stream] = d.id;
	if (sp->batch_has[stream].first == 0) {
		sp->batch_has[stream].first = d.k;
		sp->batch_has[stream].first_ns = ts_ns;
		sp->batch_has[stream].before = d.before;
	}
	sp->batch_has[stream].last = d.k;
	sp->has_open_batch = true;
	return true;
}

bool
spool_is_open_batch(const struct spool *sp)
{
	return sp->has_open_batch;
}

bool
spool_set_blob(struct spool *sp, const void *blob, size_t len)
{
	if (len > SPOOL_BLOB)
		return false;
	if (sp->next_blob == NULL && len == sp->blob_len &&
	    (len == 0 || memcmp(blob, sp->blob, len) == 0))
		return true;
	uint8_t *copy = malloc(len + 1);
	if (copy == NULL)
		return false;
	if (len > 0)
		memcpy(copy, blob, len);
	free(sp->next_blob);
	sp->next_blob = copy;
	sp->next_blob_len = len;
	return true;
}

/* Only from the commit on may a segment's head have it. */
void
spool_take_blob(struct spool *sp)
{
	if (sp->next_blob == NULL)
		return;
	free(sp->blob);
	sp->blob = sp->next_blob;
	sp->blob_len = sp->next_blob_len;
	sp->next_blob = NULL;
}

const uint8_t *
spool_blob(const struct spool *sp, size_t *len)
{
	*len = sp->blob_len;
	return sp->blob != NULL ? sp->blob : (const uint8_t *)"";
}

static bool
has_telling(const struct spool_reader *r)
{
	for (unsigned i = 0; i < r->n_losses; i++) {
		if (r->telling[i])
			return true;
	}
	return false;
}

static void
add_reader(struct spool *sp, struct spool_reader *r)
{
	uint8_t *frame = batch_room(sp);

	if (frame == NULL)
		return;
	size_t len = spool_pack_reader(r, frame + FRAME_OVERHEAD, FRAME_BODY);
	assert(len > 0);
	sp->batch_len += frame_seal(frame, FRAME_READER, len);
	r->is_dirty = false;
}

static void
add_commit(struct spool *sp)
{
	uint8_t *frame = batch_room(sp);

	if (frame == NULL)
		return;
	struct pack o = { frame + FRAME_OVERHEAD, frame + FRAME_SIZE, false };
	pack_u8(&o, sp->next_blob != NULL);
	if (sp->next_blob != NULL)
		pack_bytes(&o, sp->next_blob, sp->next_blob_len);
	sp->batch_len += frame_seal(frame, FRAME_COMMIT,
	    (size_t)(o.p - frame) - FRAME_OVERHEAD);
}

/* In memory nobody will ask how far readers were, or for the blob. */
static bool
add_state(struct spool *sp)
{
	bool is_due = sp->mono_ns - sp->saved_ns >= save_ns;
	bool added = false;

	if (sp->dir[0] == '\0') {
		for (unsigned i = 0; i < sp->n_readers; i++)
			sp->readers[i]->is_dirty = false;
		return sp->next_blob != NULL;
	}
	for (unsigned i = 0; i < sp->n_readers; i++) {
		struct spool_reader *r = sp->readers[i];

		if (!r->is_dirty || !(is_due || has_telling(r)))
			continue;
		add_reader(sp, r);
		added = true;
	}
	if (added && is_due)
		sp->saved_ns = sp->mono_ns;
	return added || sp->next_blob != NULL;
}

static void
tell(struct spool_reader *r)
{
	for (unsigned i = 0; i < r->n_losses; i++) {
		r->losses[i].is_told = r->losses[i].is_told || r->telling[i];
		r->telling[i] = false;
	}
}

static void
sync_to_disk(struct spool *sp)
{
	if (sp->mono_ns - sp->synced_ns < sync_ns)
		return;
	sp->synced_ns = sp->mono_ns;
	spool_sync_segment(sp, spool_newest(sp));
}

void
spool_commit(struct spool *sp, int64_t mono_ns)
{
	assert(sp->is_open);
	sp->mono_ns = mono_ns;
	spool_heal(sp);
	if (add_state(sp) || sp->has_open_batch) {
		add_commit(sp);
		flush(sp);
		spool_take_blob(sp);
		sp->has_open_batch = false;
		memcpy(sp->committed, sp->made, sizeof(sp->committed));
		memcpy(sp->committed_sum, sp->made_sum,
		    sizeof(sp->committed_sum));
		for (unsigned i = 0; i < sp->n_readers; i++)
			tell(sp->readers[i]);
		spool_show(sp);
		sync_to_disk(sp);
	}
	remove_old(sp);
}

struct spool *
spool_new(const struct spool_config *c)
{
	struct spool *sp = calloc(1, sizeof(*sp));
	const char *dir = c->dir != NULL ? c->dir : "";

	assert(c->n_streams <= SPOOL_STREAMS);
	if (sp == NULL || strlen(dir) >= sizeof(sp->dir)) {
		free(sp);
		return NULL;
	}
	sp->config = *c;
	snprintf(sp->dir, sizeof(sp->dir), "%s", dir);
	sp->config.dir = sp->dir;
	sp->dirfd = -1;
	sp->next_number = 1;
	return sp;
}

void
spool_free(struct spool *sp)
{
	if (sp == NULL)
		return;
	/* What has no commit isn't made whole by an end. */
	if (sp->is_open && !sp->has_open_batch) {
		sp->saved_ns = sp->mono_ns - save_ns;
		spool_commit(sp, sp->mono_ns);
		spool_sync_segment(sp, spool_newest(sp));
	}
	spool_sync_free(sp->sync);
	for (unsigned i = 0; i < sp->n_segments; i++)
		segment_free(sp->segments[i]);
	free(sp->segments);
	for (unsigned i = 0; i < sp->n_readers; i++) {
		view_fini(&sp->readers[i]->view);
		free(sp->readers[i]);
	}
	if (sp->dirfd >= 0)
		close(sp->dirfd);
	free(sp->blob);
	free(sp->next_blob);
	free(sp->batch);
	free(sp);
}

void
spool_stats(const struct spool *sp, struct spool_stats *s)
{
	*s = (struct spool_stats){ .disk_bytes = sp->disk_bytes,
		.memory_bytes = sp->memory_bytes,
		.disk_errors = sp->disk_errors,
		.cut_bytes = sp->cut_bytes,
		.bad_bytes = sp->bad_bytes,
		.is_failing = sp->is_failing };
}

uint64_t
spool_room(const struct spool *sp)
{
	return sp->dir[0] != '\0' && !sp->is_failing ? sp->config.size
						     : sp->config.memory;
}

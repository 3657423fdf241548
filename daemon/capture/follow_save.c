/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a restart needs, as bytes: a header, records of one size, a checksum
 * over both; numbers in little-endian.
 *
 *  0       4         8                16        24
 *  | magic | version | last bin's end | records | ...  | checksum |
 *
 * A record is of a capture: its mark, its file as it was, and three places in
 * it.  It has been read up to `read`; from `again` on it has packets in bins
 * that were open.
 */
#include <string.h>

#include "daemon/capture/follow_inside.h"

enum {
	VERSION = 1,
	HEADER = 24,
	RECORD = 88,
	CHECKSUM = 8,
	IS_BAD = 1,
	IS_COMPLETE = 2,
	IS_PACKED = 4
};

static const uint32_t magic = 0x46504c54; /* "TLPF" */

static void
put(uint8_t **p, uint64_t v, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		*(*p)++ = (uint8_t)(v >> 8 * i);
}

static uint64_t
get(const uint8_t **p, unsigned size)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < size; i++)
		v |= (uint64_t) * (*p)++ << 8 * i;
	return v;
}

static uint64_t
checksum(const uint8_t *p, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* Where a bin that is not closed begins in a capture, or what follows it. */
static uint64_t
again_from(const struct follow *f, const struct follow_file *file)
{
	uint64_t from = file->position;

	for (unsigned i = 0; i < SET_BINS; i++) {
		const struct follow_bin *b = &file->bins[i];

		if (b->at != 0 && b->at < from &&
		    b->bin * f->config->bin_ns >= f->closed_ns)
			from = b->at;
	}
	return from;
}

static uint64_t
read_to(const struct follow_file *file)
{
	return file->position > file->again_to ? file->position
					       : file->again_to;
}

static int64_t
read_ns(const struct follow_file *file)
{
	return file->position >= file->again_to ? file->last_ns
						: file->again_ns;
}

static void
put_file(uint8_t **p, const struct follow *f, const struct follow_file *file)
{
	const struct stat *st = &file->st;
	unsigned flags = 0;

	if (file->is == FOLLOW_BAD)
		flags |= IS_BAD;
	if (file->is_complete)
		flags |= IS_COMPLETE;
	if (file->file_position != file->position)
		flags |= IS_PACKED;
	put(p, file->mark.hash, 8);
	put(p, file->mark.at, 8);
	put(p, file->mark.len, 4);
	put(p, flags, 4);
	put(p, st->st_dev, 8);
	put(p, st->st_ino, 8);
	put(p, (uint64_t)st->st_size, 8);
	put(p,
	    (uint64_t)st->st_mtim.tv_sec * 1000000000 +
		(uint64_t)st->st_mtim.tv_nsec,
	    8);
	put(p, again_from(f, file), 8);
	put(p, read_to(file), 8);
	put(p, (uint64_t)read_ns(file), 8);
	put(p, file->file_position, 8);
}

/* Whether all that was read of it is in closed bins, and it is not open. */
static bool
is_done(const struct follow *f, const struct follow_file *file)
{
	return (file->is == FOLLOW_DONE || file->is == FOLLOW_BAD) &&
	    file->in == NULL && again_from(f, file) == read_to(file);
}

static bool
is_wanted(const struct follow_file *file, bool of_settled)
{
	if (of_settled)
		return file->is_settled;
	return file->is_marked && !file->is_kept &&
	    (file->is == FOLLOW_BAD || read_to(file) > 0);
}

static size_t
save(const struct follow *f, void *out, size_t size, bool of_settled)
{
	const struct follow_file *file;
	uint8_t *p = out;
	uint64_t n = 0;
	size_t wanted;

	for (file = f->set.first; file != NULL; file = file->next)
		n += is_wanted(file, of_settled);
	wanted = HEADER + n * RECORD + CHECKSUM;
	if (wanted > size)
		return wanted;
	put(&p, magic, 4);
	put(&p, VERSION, 4);
	put(&p, (uint64_t)f->closed_ns, 8);
	put(&p, n, 8);
	for (file = f->set.first; file != NULL; file = file->next)
		if (is_wanted(file, of_settled))
			put_file(&p, f, file);
	put(&p, checksum(out, wanted - CHECKSUM), 8);
	return wanted;
}

size_t
follow_state(struct follow *f, void *out, size_t size)
{
	for (struct follow_file *file = f->set.first; file != NULL;
	     file = file->next)
		file->is_given = is_wanted(file, false) && is_done(f, file);
	return save(f, out, size, false);
}

void
follow_state_saved(struct follow *f)
{
	f->n_unsettled = 0;
	for (struct follow_file *file = f->set.first; file != NULL;
	     file = file->next) {
		file->is_settled |= file->is_given;
		file->is_given = false;
		f->n_unsettled += file->is_settled && !file->is_kept;
	}
}

size_t
follow_settled(const struct follow *f, void *out, size_t size)
{
	return save(f, out, size, true);
}

void
follow_settled_saved(struct follow *f)
{
	for (struct follow_file *file = f->set.first; file != NULL;
	     file = file->next)
		file->is_kept = file->is_settled;
	f->n_unsettled = 0;
}

unsigned
follow_n_unsettled(const struct follow *f)
{
	return f->n_unsettled;
}

/* Takes a record back: a capture whose file has not been found yet. */
static void
restore_file(struct follow *f, const uint8_t *p)
{
	struct follow_mark m = { 0 };
	struct follow_file *file;
	struct stat st = { 0 };
	unsigned flags;
	uint64_t mtime, position;

	m.hash = get(&p, 8);
	m.at = get(&p, 8);
	m.len = (uint32_t)get(&p, 4);
	flags = (unsigned)get(&p, 4);
	st.st_dev = (dev_t)get(&p, 8);
	st.st_ino = (ino_t)get(&p, 8);
	st.st_size = (off_t)get(&p, 8);
	mtime = get(&p, 8);
	st.st_mtim.tv_sec = (time_t)(mtime / 1000000000);
	st.st_mtim.tv_nsec = (long)(mtime % 1000000000);
	file = set_find_mark(&f->set, &m);
	if (file == NULL)
		file = set_add_gone(&f->set, &m);
	if (file == NULL)
		return;
	file->is_given = file->is_settled = file->is_kept = false;
	file->is = flags & IS_BAD ? FOLLOW_BAD : FOLLOW_DONE;
	file->was_logged = flags & IS_BAD;
	file->is_complete = flags & IS_COMPLETE;
	file->st = st;
	file->position = get(&p, 8);
	file->again_to = get(&p, 8);
	file->again_ns = (int64_t)get(&p, 8);
	file->last_ns = file->again_ns;
	file->near_ns = f->floor_ns;
	position = get(&p, 8);
	file->file_position = flags & IS_PACKED ? position : file->position;
	file->lost = 0;
	if (!file->is_complete && (uint64_t)st.st_size > file->file_position)
		file->lost = (uint64_t)st.st_size - file->file_position;
}

int64_t
follow_state_end(const void *bytes, size_t n)
{
	const uint8_t *p = bytes, *end;
	int64_t closed_ns;

	if (n < HEADER + CHECKSUM || (n - HEADER - CHECKSUM) % RECORD != 0 ||
	    get(&p, 4) != magic || get(&p, 4) != VERSION)
		return -1;
	closed_ns = (int64_t)get(&p, 8);
	end = (const uint8_t *)bytes + n - CHECKSUM;
	if (get(&p, 8) != (n - HEADER - CHECKSUM) / RECORD || closed_ns < 0 ||
	    get(&end, 8) != checksum(bytes, n - CHECKSUM))
		return -1;
	return closed_ns;
}

bool
follow_restore(struct follow *f, const void *bytes, size_t n)
{
	int64_t closed_ns = follow_state_end(bytes, n);

	if (closed_ns < 0)
		return false;
	if (closed_ns > f->closed_ns)
		f->closed_ns = closed_ns;
	f->floor_ns = f->closed_ns;
	for (size_t at = HEADER; at + CHECKSUM < n; at += RECORD)
		restore_file(f, (const uint8_t *)bytes + at);
	return true;
}

bool
follow_restore_settled(struct follow *f, const void *bytes, size_t n)
{
	if (!follow_restore(f, bytes, n))
		return false;
	/* As they are in no state now, they are in none until they change. */
	follow_state(f, NULL, 0);
	follow_state_saved(f);
	follow_settled_saved(f);
	return true;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening: what a process that died at any byte has left behind becomes a
 * journal again.
 *
 * First every segment is read as far as its frames are good, to find the last
 * commit; what stands behind that is cut off.  Then what is left is read for
 * its meaning.  A segment that is damaged in its middle loses what is behind
 * the damage, no more: those after it have numbers of their own.
 */
#include "daemon/spool/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/spool/state.h"

static bool
is_disk_trouble(int error)
{
	return error == ENOSPC || error == EROFS || error == EIO ||
	    error == EDQUOT;
}

static int
compare_numbers(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The numbers of the segments' files, to be freed; false with errno. */
static bool
list_numbers(int dirfd, uint64_t **list, size_t *n)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	uint64_t *numbers = NULL, number;
	const struct dirent *entry;
	size_t cap = 0;

	*n = 0;
	*list = NULL;
	if (dir == NULL) {
		int error = errno;

		if (fd >= 0)
			close(fd);
		errno = error;
		return false;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (!segment_number(entry->d_name, &number))
			continue;
		if (*n == cap) {
			cap = cap == 0 ? 64 : cap * 2;
			uint64_t *grown =
			    realloc(numbers, cap * sizeof(*numbers));

			if (grown == NULL) {
				closedir(dir);
				free(numbers);
				errno = ENOMEM;
				return false;
			}
			numbers = grown;
		}
		numbers[(*n)++] = number;
	}
	closedir(dir);
	if (*n > 0)
		qsort(numbers, *n, sizeof(*numbers), compare_numbers);
	*list = numbers;
	return true;
}

/* Where the last commit ends, and how much is good behind it. */
struct end {
	unsigned segment;
	uint64_t offset;
	uint64_t n_records; /* whole ones behind it */
	bool found;
};

/* Returns the length of its good part. */
static uint64_t
measure(struct spool *sp, struct view *v, unsigned i, struct end *end)
{
	const struct segment *s = sp->segments[i];
	uint64_t offset = s->start;
	struct frame f;

	while (view_frame(v, s, sp->dirfd, offset, s->len, &f) == FRAME_OK &&
	    f.type != FRAME_HEAD) {
		offset += FRAME_OVERHEAD + f.len;
		if (f.type == FRAME_DATA)
			end->n_records++;
		if (f.type != FRAME_COMMIT)
			continue;
		end->found = true;
		end->segment = i;
		end->offset = offset;
		end->n_records = 0;
	}
	return offset;
}

/* Whichever sum its head has, its other frames have. */
static bool
read_head(const struct spool *sp, struct view *v, struct segment *s,
    struct frame *f)
{
	static const enum frame_sum sums[] = { FRAME_CRC32C, FRAME_CRC32 };

	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		s->sum = sums[i];
		if (view_frame(v, s, sp->dirfd, 0, s->len, f) == FRAME_OK)
			return f->type == FRAME_HEAD;
		if (v->error != 0)
			return false;
	}
	return false;
}

/*
 * A file that doesn't begin with a head is no use to anybody.  False with
 * errno if there is no telling.
 */
static bool
load(struct spool *sp, struct view *v, uint64_t number)
{
	struct segment *s = segment_new(number);
	char name[SEGMENT_NAME];
	struct frame f;
	struct stat st;

	segment_name(name, number);
	if (s == NULL) {
		errno = ENOMEM;
		return false;
	}
	if (fstatat(sp->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode)) {
		segment_free(s);
		return true;
	}
	if (!spool_add_segment(sp, s)) {
		segment_free(s);
		errno = ENOMEM;
		return false;
	}
	s->is_on_disk = true;
	s->len = (uint64_t)st.st_size;
	sp->disk_bytes += s->len;
	if (read_head(sp, v, s, &f)) {
		s->start = FRAME_OVERHEAD + f.len;
		return true;
	}
	if (v->error != 0) {
		errno = v->error;
		return false;
	}
	sp->cut_bytes += s->len;
	spool_remove(sp, sp->n_segments - 1);
	return true;
}

static void
cut(struct spool *sp, unsigned i, uint64_t len)
{
	struct segment *s = sp->segments[i];

	if (len >= s->len)
		return;
	sp->disk_bytes -= s->len - len;
	segment_cut(s, sp->dirfd, len);
}

/* Nothing is cut off, and false with errno, if it can't be looked at. */
static bool
cut_all(struct spool *sp, struct view *v)
{
	struct end end = { 0 };

	for (unsigned i = 0; i < sp->n_segments; i++) {
		struct segment *s = sp->segments[i];
		uint64_t good = measure(sp, v, i, &end);

		if (v->error != 0) {
			errno = v->error;
			return false;
		}
		if (good < s->len && i + 1 < sp->n_segments)
			sp->bad_bytes += s->len - good;
		else
			sp->cut_bytes += s->len - good;
		/* What is damaged in the middle stays, and isn't read. */
		sp->disk_bytes -= s->len - good;
		s->len = good;
	}
	for (unsigned i = end.found ? end.segment : 0; i < sp->n_segments;
	     i++) {
		struct segment *s = sp->segments[i];
		uint64_t len =
		    end.found && i == end.segment ? end.offset : s->start;

		sp->cut_bytes += s->len - len;
		cut(sp, i, len);
		segment_cut(s, sp->dirfd, s->len);
	}
	if (sp->cut_bytes > 0)
		log_warn("spool %s: its end was not complete: %llu bytes with "
			 "%llu whole records are cut off",
		    sp->dir, (unsigned long long)sp->cut_bytes,
		    (unsigned long long)end.n_records);
	if (sp->bad_bytes > 0)
		log_error("spool %s: %llu bytes are damaged and left out",
		    sp->dir, (unsigned long long)sp->bad_bytes);
	return true;
}

static void
take_record(struct spool *sp, struct segment *s, const struct spool_data *d)
{
	unsigned name = s->by_name[d->stream], i = s->map[d->stream];

	if (name == SEGMENT_FOREIGN)
		return;
	if (d->k > sp->committed[name]) {
		sp->committed[name] = d->k;
		sp->committed_sum[name] = d->through;
	}
	if (stream_id_cmp(d->id, sp->last_id[name]) > 0)
		sp->last_id[name] = d->id;
	if (i == SEGMENT_FOREIGN || d->k <= s->has[i].last)
		return;
	if (s->has[i].first == 0) {
		s->has[i].first = d->k;
		s->has[i].first_ns = d->ts_ns;
		s->has[i].before = d->before;
	}
	s->has[i].last = d->k;
}

static void
take_commit(struct spool *sp, const struct frame *f)
{
	struct unpack in = { f->body, f->body + f->len, false };
	size_t len;

	if (unpack_u8(&in) == 0)
		return;
	const uint8_t *blob = unpack_bytes(&in, &len);
	if (!in.bad)
		spool_set_blob(sp, blob, len);
	spool_take_blob(sp);
}

static bool
understand(struct spool *sp, struct view *v, struct segment *s)
{
	uint64_t offset = 0;
	struct spool_data d;
	struct frame f;

	while (view_frame(v, s, sp->dirfd, offset, s->len, &f) == FRAME_OK) {
		switch (f.type) {
		case FRAME_HEAD:
			if (!spool_unpack_head(sp, s, f.body, f.len))
				return false;
			break;
		case FRAME_DATA:
			if (spool_unpack_data(&d, s, f.body, f.len))
				take_record(sp, s, &d);
			break;
		case FRAME_READER:
			spool_unpack_reader(sp, s, f.body, f.len);
			break;
		case FRAME_COMMIT:
			take_commit(sp, &f);
			break;
		case FRAME_TYPES:
			break;
		}
		offset += FRAME_OVERHEAD + f.len;
	}
	return true;
}

/* Puts the segments' frames in order; false with errno. */
static bool
load_all(struct spool *sp, struct view *v)
{
	uint64_t *numbers;
	size_t n;
	bool ok = list_numbers(sp->dirfd, &numbers, &n);

	for (size_t i = 0; i < n && ok; i++) {
		ok = load(sp, v, numbers[i]);
		if (numbers[i] >= sp->next_number && numbers[i] < UINT64_MAX)
			sp->next_number = numbers[i] + 1;
	}
	free(numbers);
	return ok && cut_all(sp, v);
}

/*
 * False with errno if memory or descriptors are wanting: then nothing is
 * removed that another start could read.
 */
static bool
read_segments(struct spool *sp)
{
	struct view v = { 0 };
	bool ok = load_all(sp, &v);

	for (unsigned i = 0; i < sp->n_segments && ok;) {
		bool is_good = understand(sp, &v, sp->segments[i]);

		if (v.error != 0) {
			errno = v.error;
			ok = false;
		} else if (is_good) {
			sp->segments[i]->closed_ns = sp->mono_ns;
			i++;
		} else {
			sp->bad_bytes += sp->segments[i]->len;
			spool_remove(sp, i);
		}
	}
	int error = errno;
	view_fini(&v);
	errno = error;
	if (!ok)
		return false;
	if (sp->n_segments > 0) {
		const struct segment *s = sp->segments[sp->n_segments - 1];

		sp->end_segment = s->number;
		sp->end_offset = s->len;
	}
	return true;
}

bool
spool_open_dir(struct spool *sp, char *err, size_t err_size)
{
	struct stat st;

	if (mkdir(sp->dir, 0700) != 0 && errno != EEXIST) {
		if (!is_disk_trouble(errno))
			goto fail;
		if (!sp->is_failing)
			log_warn("spool %s: %s: records are kept in memory",
			    sp->dir, strerror(errno));
		sp->is_failing = true;
		sp->disk_errors++;
		return true;
	}
	sp->dirfd = open(sp->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sp->dirfd < 0 || fstat(sp->dirfd, &st) != 0)
		goto fail;
	if ((st.st_mode & 022) != 0 ||
	    (st.st_uid != geteuid() && st.st_uid != 0)) {
		snprintf(err, err_size,
		    "spool %s: others may write there (it should be ours, with "
		    "mode 0700)",
		    sp->dir);
		return false;
	}
	if (flock(sp->dirfd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
		snprintf(err, err_size, "spool %s: another process uses it",
		    sp->dir);
		return false;
	}
	return true;
fail:
	snprintf(err, err_size, "spool %s: %s", sp->dir, strerror(errno));
	return false;
}

static void
begin_run(struct spool *sp)
{
	struct spool_run run = { 0 };

	/* 0 is no run's. */
	while (run.id == 0) {
		if (getrandom(&run.id, sizeof(run.id), 0) != sizeof(run.id))
			run.id = (uint64_t)sp->mono_ns | 1;
	}
	memcpy(run.base, sp->committed, sizeof(run.base));
	memcpy(run.base_sum, sp->committed_sum, sizeof(run.base_sum));
	if (sp->n_runs == SPOOL_RUNS) {
		sp->n_runs--;
		memmove(&sp->runs[0], &sp->runs[1],
		    sp->n_runs * sizeof(sp->runs[0]));
	}
	sp->runs[sp->n_runs++] = run;
	memcpy(sp->made, sp->committed, sizeof(sp->made));
	memcpy(sp->made_sum, sp->committed_sum, sizeof(sp->made_sum));
}

static void
begin_stream(struct spool_reader *r, unsigned i)
{
	const struct spool *sp = r->sp;
	const struct spool_mark begin = spool_before_first(sp, i);

	if (!r->is_known) {
		spool_settle(r, i, &begin);
		r->begun[i] = begin.k;
		r->begun_sum[i] = begin.sum;
	}
	if (r->settled[i] > sp->committed[i]) {
		r->settled[i] = sp->committed[i];
		r->settled_sum[i] = sp->committed_sum[i];
	}
	if (r->begun[i] > r->settled[i]) {
		r->begun[i] = r->settled[i];
		r->begun_sum[i] = r->settled_sum[i];
	}
	r->next[i] = r->settled[i] + 1;
}

static void
begin_readers(struct spool *sp)
{
	for (unsigned k = 0; k < sp->n_readers; k++) {
		for (unsigned i = 0; i < sp->config.n_streams; i++)
			begin_stream(sp->readers[k], i);
	}
}

bool
spool_open(struct spool *sp, int64_t mono_ns, char *err, size_t err_size)
{
	sp->mono_ns = sp->saved_ns = mono_ns;
	if (sp->dir[0] != '\0') {
		if (!spool_open_dir(sp, err, err_size))
			return false;
		if (sp->dirfd >= 0 && !read_segments(sp)) {
			snprintf(err, err_size, "spool %s: %s", sp->dir,
			    strerror(errno));
			return false;
		}
	}
	begin_run(sp);
	begin_readers(sp);
	sp->is_open = true;
	return true;
}

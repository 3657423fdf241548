/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/spool/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VIEW_SIZE = FRAME_SIZE + (128 << 10) };

void
segment_name(char name[SEGMENT_NAME], uint64_t number)
{
	snprintf(name, SEGMENT_NAME, "%016" PRIx64 ".seg", number);
}

bool
segment_number(const char *name, uint64_t *number)
{
	char again[SEGMENT_NAME];

	if (sscanf(name, "%16" SCNx64, number) != 1)
		return false;
	segment_name(again, *number);
	return strcmp(name, again) == 0;
}

struct segment *
segment_new(uint64_t number)
{
	struct segment *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->number = number;
	s->fd = -1;
	memset(s->map, SEGMENT_FOREIGN, sizeof(s->map));
	memset(s->by_name, SEGMENT_FOREIGN, sizeof(s->by_name));
	return s;
}

void
segment_close(struct segment *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void
segment_free(struct segment *s)
{
	if (s == NULL)
		return;
	segment_close(s);
	free(s->mem);
	free(s);
}

static bool
write_all(int fd, const uint8_t *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, bytes, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes += done;
		n -= (size_t)done;
	}
	return true;
}

bool
segment_to_disk(struct segment *s, int dirfd)
{
	char name[SEGMENT_NAME];
	int fd, error;

	segment_name(name, s->number);
	fd = openat(dirfd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd < 0)
		return false;
	if (!write_all(fd, s->mem, s->len)) {
		error = errno;
		close(fd);
		unlinkat(dirfd, name, 0);
		errno = error;
		return false;
	}
	free(s->mem);
	s->mem = NULL;
	s->cap = 0;
	s->fd = fd;
	s->is_on_disk = true;
	return true;
}

static bool
append_mem(struct segment *s, const uint8_t *bytes, size_t n)
{
	size_t cap = s->cap == 0 ? 16 << 10 : s->cap;

	while (cap < s->len + n)
		cap += cap / 2;
	if (cap > s->cap) {
		uint8_t *mem = realloc(s->mem, cap);

		if (mem == NULL) {
			errno = ENOMEM;
			return false;
		}
		s->mem = mem;
		s->cap = cap;
	}
	memcpy(s->mem + s->len, bytes, n);
	s->len += n;
	return true;
}

bool
segment_append(struct segment *s, const uint8_t *bytes, size_t n)
{
	if (!s->is_on_disk)
		return append_mem(s, bytes, n);
	if (!write_all(s->fd, bytes, n)) {
		int error = errno;

		/* What is there in part is no frame, if this fails too. */
		if (ftruncate(s->fd, (off_t)s->len) != 0)
			segment_close(s);
		errno = error;
		return false;
	}
	s->len += n;
	return true;
}

void
segment_cut(struct segment *s, int dirfd, uint64_t len)
{
	char name[SEGMENT_NAME];
	int fd;

	s->len = len;
	if (!s->is_on_disk)
		return;
	segment_name(name, s->number);
	fd = openat(dirfd, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	/*
	 * A file that can't be cut is cut again at the next opening.  What is
	 * cut off may not come back behind what is written from now on.
	 */
	if (ftruncate(fd, (off_t)len) == 0)
		(void)fdatasync(fd);
	close(fd);
}

void
view_forget(struct view *v)
{
	if (v->has_fd)
		close(v->fd);
	v->has_fd = false;
	v->n = 0;
}

void
view_fini(struct view *v)
{
	view_forget(v);
	free(v->buf);
	v->buf = NULL;
}

static bool
reach(struct view *v, const struct segment *s, int dirfd)
{
	char name[SEGMENT_NAME];

	if (v->buf == NULL && (v->buf = malloc(VIEW_SIZE)) == NULL) {
		v->error = ENOMEM;
		return false;
	}
	if (v->has_fd && v->number == s->number)
		return true;
	view_forget(v);
	segment_name(name, s->number);
	v->fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	v->has_fd = v->fd >= 0;
	if (!v->has_fd &&
	    (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
		v->error = errno;
	v->number = s->number;
	return v->has_fd;
}

static void
fill(struct view *v, uint64_t offset, uint64_t limit)
{
	size_t want = limit - offset < VIEW_SIZE ? limit - offset : VIEW_SIZE;

	v->offset = offset;
	v->n = 0;
	while (v->n < want) {
		ssize_t n = pread(v->fd, v->buf + v->n, want - v->n,
		    (off_t)(offset + v->n));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		v->n += (size_t)n;
	}
}

enum frame_verdict
view_frame(struct view *v, const struct segment *s, int dirfd, uint64_t offset,
    uint64_t limit, struct frame *f)
{
	enum frame_verdict verdict = FRAME_SHORT;

	v->error = 0;
	if (offset >= limit)
		return FRAME_SHORT;
	if (!s->is_on_disk)
		return frame_read(f, s->mem + offset, limit - offset, s->sum);
	if (!reach(v, s, dirfd))
		return FRAME_SHORT;
	if (offset >= v->offset && offset < v->offset + v->n)
		verdict = frame_read(f, v->buf + (offset - v->offset),
		    v->n - (offset - v->offset), s->sum);
	if (verdict == FRAME_SHORT) {
		fill(v, offset, limit);
		verdict = frame_read(f, v->buf, v->n, s->sum);
	}
	return verdict;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/follow_set.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static size_t
inode_bucket(dev_t dev, ino_t ino)
{
	uint64_t h = ((uint64_t)ino ^ (uint64_t)dev << 32) *
	    UINT64_C(0x9e3779b97f4a7c15);

	return (h >> 32) % SET_BUCKETS;
}

static size_t
mark_bucket(const struct follow_mark *m)
{
	return m->hash % SET_BUCKETS;
}

static void
enter_inode(struct follow_set *s, struct follow_file *f)
{
	struct follow_file **bucket =
	    &s->inodes[inode_bucket(f->st.st_dev, f->st.st_ino)];

	f->next_inode = *bucket;
	*bucket = f;
}

static struct follow_file *
add(struct follow_set *s)
{
	struct follow_file *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->next = s->first;
	if (s->first != NULL)
		s->first->prev = f;
	s->first = f;
	s->n++;
	return f;
}

struct follow_file *
set_add(struct follow_set *s, const char *path, const struct stat *st)
{
	char *copy = strdup(path);
	struct follow_file *f = copy != NULL ? add(s) : NULL;

	if (f == NULL)
		free(copy);
	else
		set_name(s, f, copy, st);
	return f;
}

struct follow_file *
set_add_gone(struct follow_set *s, const struct follow_mark *m)
{
	struct follow_file *f = add(s);

	if (f == NULL)
		return NULL;
	f->mark = *m;
	set_mark(s, f);
	return f;
}

char *
set_unname(struct follow_set *s, struct follow_file *f)
{
	struct follow_file **at =
	    &s->inodes[inode_bucket(f->st.st_dev, f->st.st_ino)];
	char *path = f->path;

	while (*at != f)
		at = &(*at)->next_inode;
	*at = f->next_inode;
	f->path = NULL;
	return path;
}

void
set_name(struct follow_set *s, struct follow_file *f, char *path,
    const struct stat *st)
{
	f->path = path;
	f->st = *st;
	enter_inode(s, f);
}

void
set_mark(struct follow_set *s, struct follow_file *f)
{
	struct follow_file **bucket = &s->marks[mark_bucket(&f->mark)];

	f->next_mark = *bucket;
	*bucket = f;
	f->is_marked = true;
}

void
set_remove(struct follow_set *s, struct follow_file *f)
{
	if (f->path != NULL)
		free(set_unname(s, f));
	if (f->is_marked) {
		struct follow_file **at = &s->marks[mark_bucket(&f->mark)];

		while (*at != f)
			at = &(*at)->next_mark;
		*at = f->next_mark;
	}
	if (f->prev != NULL)
		f->prev->next = f->next;
	else
		s->first = f->next;
	if (f->next != NULL)
		f->next->prev = f->prev;
	s->n--;
	free(f);
}

void
set_remove_all(struct follow_set *s)
{
	while (s->first != NULL) {
		assert(s->first->prev == NULL);
		set_remove(s, s->first);
	}
}

struct follow_file *
set_find_inode(const struct follow_set *s, dev_t dev, ino_t ino)
{
	struct follow_file *f = s->inodes[inode_bucket(dev, ino)];

	while (f != NULL && (f->st.st_dev != dev || f->st.st_ino != ino))
		f = f->next_inode;
	return f;
}

struct follow_file *
set_find_mark(const struct follow_set *s, const struct follow_mark *m)
{
	struct follow_file *f = s->marks[mark_bucket(m)];

	while (f != NULL &&
	    (f->mark.hash != m->hash || f->mark.at != m->at ||
		f->mark.len != m->len))
		f = f->next_mark;
	return f;
}

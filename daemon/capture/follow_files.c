/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file's life: seen, looked into for its first packet, which says what
 * capture it is and when it begins, opened when that is its turn, and closed
 * when it has rested at its end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/capture/follow_inside.h"
#include "daemon/log.h"

enum {
	LOOKS = 32, /* into files, in a turn */
	LOOK_READS = 64 /* of one that has no packet so far */
};

static const int64_t ns_per_s = 1000000000;
static const int64_t rest_s = 1; /* until what was not ready is looked at */
static const int64_t packed_rest_s = 2; /* it is not written to any more */
static const int64_t retry_s = 5; /* what was set aside, once changed */
static const int64_t gone_s = 600; /* in which a copy may turn up */

int64_t
files_age(const struct follow *f, const struct stat *st)
{
	return f->real_ns -
	    ((int64_t)st->st_mtim.tv_sec * ns_per_s + st->st_mtim.tv_nsec);
}

static bool
has_changed(const struct stat *a, const struct stat *b)
{
	return a->st_size != b->st_size ||
	    a->st_mtim.tv_sec != b->st_mtim.tv_sec ||
	    a->st_mtim.tv_nsec != b->st_mtim.tv_nsec;
}

static void
queue(struct follow *f, struct follow_file *file)
{
	file->is = FOLLOW_NEW;
	if (file->is_queued)
		return;
	file->is_queued = true;
	file->next_new = NULL;
	if (f->new_first == NULL)
		f->new_first = file;
	else
		f->new_last->next_new = file;
	f->new_last = file;
}

void
files_rest(struct follow *f, struct follow_file *file)
{
	file->is = FOLLOW_NEW;
	if (file->is_queued)
		return;
	file->is_queued = true;
	file->next_new = f->rest_first;
	f->rest_first = file;
}

/* Takes it out of the queues, which is seldom needed. */
static void
unqueue(struct follow *f, struct follow_file *file)
{
	struct follow_file **at = &f->rest_first;

	if (!file->is_queued)
		return;
	while (*at != NULL && *at != file)
		at = &(*at)->next_new;
	if (*at == file) {
		*at = file->next_new;
	} else {
		struct follow_file *last = NULL;

		for (at = &f->new_first; *at != file; at = &(*at)->next_new)
			last = *at;
		*at = file->next_new;
		if (f->new_last == file)
			f->new_last = last;
	}
	file->is_queued = false;
}

static void
forget(struct follow *f, struct follow_file *file)
{
	if (file->lost > 0) {
		f->stats.files_cut++;
		f->stats.lost_bytes += file->lost;
	}
	unqueue(f, file);
	set_remove(&f->set, file);
}

void
files_set_aside(struct follow *f, struct follow_file *file, const char *why)
{
	if (!file->was_logged)
		log_error("%s: %s; it is set aside",
		    file->path != NULL ? file->path : "a file that is gone",
		    why);
	file->was_logged = true;
	file->is = FOLLOW_BAD;
	file->retry_ns = f->mono_ns + retry_s * ns_per_s;
}

/* Reads on where it is known to have been read to. */
static void
resume(struct follow *f, struct follow_file *file)
{
	file->skip_to = file->position;
	if (file->position >= file->again_to) {
		file->again_to = file->position;
		file->again_ns = file->last_ns;
	}
	if (file->position < file->again_to)
		turn_wait(f, file, f->floor_ns);
	else
		turn_wait(f, file,
		    file->position > 0 ? file->last_ns : file->first_ns);
}

/*
 * The capture `file`, which has no file, is found to be in the one that
 * `found` stands for.  Nothing is read of it if nothing can be new.
 */
static void
adopt(struct follow *f, struct follow_file *file, struct follow_file *found)
{
	bool is_same_file = file->st.st_dev == found->st.st_dev &&
	    file->st.st_ino == found->st.st_ino;
	bool is_unchanged = is_same_file && !has_changed(&file->st, &found->st);
	struct stat st = found->st;

	unqueue(f, found);
	file->has_moved = !is_same_file;
	file->pass = found->pass;
	set_name(&f->set, file, set_unname(&f->set, found), &st);
	set_remove(&f->set, found);
	file->lost = 0;
	/* What was written down of it holds on, or not. */
	if (!is_unchanged)
		file->is_given = file->is_settled = file->is_kept = false;
	if (file->is == FOLLOW_BAD && is_same_file)
		return;
	if ((file->is_complete && file->position >= file->again_to) ||
	    (is_unchanged && file->position == file->again_to &&
		file->file_position >= (uint64_t)st.st_size)) {
		file->is = FOLLOW_DONE;
		file->file_position = (uint64_t)st.st_size;
		return;
	}
	resume(f, file);
}

/* A copy of a capture whose file is gone may take its place. */
static void
find_heir(struct follow *f, struct follow_file *file)
{
	const struct follow_mark *m = &file->mark;
	struct follow_file *c = f->n_copies > 0 ? f->set.first : NULL;

	for (; c != NULL; c = c->next) {
		if (c->is != FOLLOW_COPY || c->mark.hash != m->hash ||
		    c->mark.at != m->at || c->mark.len != m->len)
			continue;
		f->n_copies--;
		adopt(f, file, c);
		return;
	}
}

/* file, which is not open, is no more under its name. */
void
files_lose(struct follow *f, struct follow_file *file)
{
	uint64_t size = (uint64_t)file->st.st_size;

	if (file->is == FOLLOW_WAITING)
		turn_stop(f, file);
	f->n_copies -= file->is == FOLLOW_COPY;
	if (!file->is_marked) {
		forget(f, file);
		return;
	}
	unqueue(f, file);
	free(set_unname(&f->set, file));
	file->gone_ns = f->mono_ns;
	if (file->is != FOLLOW_BAD) {
		if (!file->is_complete && size > file->file_position)
			file->lost = size - file->file_position;
		file->is = FOLLOW_DONE;
	}
	find_heir(f, file);
}

/* Its name went while it was open: now it can go, too. */
static void
end_nameless(struct follow *f, struct follow_file *file)
{
	if (file->path != NULL)
		return;
	file->gone_ns = f->mono_ns;
	if (!file->is_marked)
		forget(f, file);
	else
		find_heir(f, file);
}

void
files_done(struct follow *f, struct follow_file *file)
{
	file->is_complete = file->path == NULL;
	if (file->in->unpack != NULL)
		file->file_position = (uint64_t)file->st.st_size;
	turn_close(f, file);
	end_nameless(f, file);
}

void
files_bad(struct follow *f, struct follow_file *file, const char *why)
{
	char text[sizeof(file->in->text)];

	snprintf(text, sizeof(text), "%s", why);
	turn_close(f, file);
	files_set_aside(f, file, text);
	end_nameless(f, file);
}

/* A copy may have been made before: it comes first, so it is looked for. */
void
files_changed(struct follow *f, struct follow_file *file)
{
	char *path = file->path != NULL ? strdup(file->path) : NULL;
	struct stat st;

	f->passes = watch_again(f->watch);

	turn_close(f, file);
	if (file->path != NULL)
		files_lose(f, file);
	else
		end_nameless(f, file);
	if (path != NULL && stat(path, &st) == 0)
		files_seen(f, path, &st);
	else if (path == NULL)
		watch_missed(f->watch);
	free(path);
}

void
files_again(struct follow *f, struct follow_file *file)
{
	turn_close(f, file);
	file->position = file->file_position = 0;
	file->skip_to = file->again_to = 0;
	file->again_ns = 0;
	memset(file->bins, 0, sizeof(file->bins));
	file->bin_end_ns = 0;
	if (file->path != NULL)
		turn_wait(f, file, file->first_ns);
	else
		end_nameless(f, file);
}

/* Whether a packed file may still be being made. */
static bool
may_grow(const struct follow *f, const struct follow_file *file,
    const struct follow_input *in)
{
	return input_is_packed(in) &&
	    files_age(f, &file->st) < packed_rest_s * ns_per_s;
}

/* Whether the file of a capture that is not open is where it was. */
static bool
is_there(const struct follow_file *file)
{
	struct stat st;

	return file->in != NULL ||
	    (file->path != NULL && stat(file->path, &st) == 0 &&
		st.st_dev == file->st.st_dev && st.st_ino == file->st.st_ino);
}

/* What a file that was looked into begins with has been found. */
static void
recognise(struct follow *f, struct follow_file *file,
    const struct follow_input *in)
{
	struct follow_file *known = set_find_mark(&f->set, &in->mark);
	bool was_short = file->was_short;

	file->was_short = false;
	if (known == file && (input_is_packed(in) || was_short)) {
		resume(f, file);
	} else if (known == file) {
		file->is = FOLLOW_BAD;
		file->retry_ns = f->mono_ns + retry_s * ns_per_s;
	} else if (file->is_marked) {
		/* Another capture has come into the file of one set aside. */
		char *path = strdup(file->path);
		struct stat st = file->st;

		files_lose(f, file);
		if (path != NULL)
			files_seen(f, path, &st);
		else
			watch_missed(f->watch);
		free(path);
	} else if (known == NULL && may_grow(f, file, in)) {
		files_rest(f, file);
	} else if (known == NULL) {
		file->mark = in->mark;
		set_mark(&f->set, file);
		turn_wait(f, file, in->packet.ts_ns);
	} else if (known->path != NULL || known->in != NULL) {
		file->is = FOLLOW_COPY;
		file->mark = in->mark;
		f->n_copies++;
		/* Which takes its place if that is not there any more. */
		if (!is_there(known))
			files_lose(f, known);
	} else {
		adopt(f, known, file);
	}
}

static void
settle_nothing(void *arg)
{
	(void)arg;
}

/* Looks into file for its first packet. */
static void
look_into(struct follow *f, struct follow_file *file)
{
	const struct follow_mark none = { .len = 0 };
	enum input_result result = INPUT_AGAIN;
	struct stat seen = file->st;
	struct follow_input in;

	if (S_ISFIFO(file->st.st_mode)) {
		turn_wait(f, file, 0);
		return;
	}
	file->is = FOLLOW_EMPTY;
	if (!input_open(&in, file->path, &file->st, &none)) {
		if (in.is_short) {
			file->was_short = true;
			files_rest(f, file);
		} else if (in.fault != NULL) {
			files_set_aside(f, file, in.fault);
		} else {
			/* It may have another name. */
			f->passes = watch_again(f->watch);
			files_lose(f, file);
		}
		input_close(&in);
		return;
	}
	/* It may not be what it was, and that be in a copy that is not known. */
	if (has_changed(&seen, &file->st))
		f->passes = watch_again(f->watch);
	for (unsigned i = 0; i < LOOK_READS && result == INPUT_AGAIN; i++)
		result = input_next(&in, settle_nothing, NULL);
	file->was_short |= in.is_short;
	if (result == INPUT_PACKET)
		recognise(f, file, &in);
	else if (in.is_short || result == INPUT_CHANGED ||
	    may_grow(f, file, &in))
		files_rest(f, file);
	else if (result == INPUT_BAD)
		files_set_aside(f, file, in.fault);
	else if (result == INPUT_AGAIN)
		files_set_aside(f, file, "it begins with no packet");
	input_close(&in);
}

void
files_look(struct follow *f)
{
	for (unsigned i = 0; i < LOOKS && f->new_first != NULL; i++) {
		struct follow_file *file = f->new_first;

		f->new_first = file->next_new;
		file->is_queued = false;
		look_into(f, file);
	}
}

void
files_wake(struct follow *f)
{
	struct follow_file *file = f->rest_first;

	if (file == NULL || f->mono_ns < f->rest_ns)
		return;
	f->rest_ns = f->mono_ns + rest_s * ns_per_s;
	f->rest_first = NULL;
	while (file != NULL) {
		struct follow_file *next = file->next_new;
		struct stat st;

		file->is_queued = false;
		if (stat(file->path, &st) == 0 &&
		    st.st_dev == file->st.st_dev &&
		    st.st_ino == file->st.st_ino)
			file->st = st;
		queue(f, file);
		file = next;
	}
}

/* The file at path is known: what it is now? */
static void
seen_again(struct follow *f, struct follow_file *file, const struct stat *st)
{
	bool is_changed = has_changed(&file->st, st) ||
	    file->st.st_ctim.tv_sec != st->st_ctim.tv_sec ||
	    file->st.st_ctim.tv_nsec != st->st_ctim.tv_nsec;
	bool has_grown = has_changed(&file->st, st);

	if (file->is == FOLLOW_OPEN) {
		file->has_more |= file->in->unpack == NULL;
		return;
	}
	if (!is_changed)
		return;
	if (file->is != FOLLOW_BAD || f->mono_ns >= file->retry_ns)
		file->st = *st;
	if (file->is == FOLLOW_COPY) {
		f->n_copies--;
		queue(f, file);
	} else if (file->is == FOLLOW_EMPTY ||
	    (file->is == FOLLOW_BAD && f->mono_ns >= file->retry_ns)) {
		queue(f, file);
	} else if (file->is == FOLLOW_DONE && has_grown && !file->is_queued) {
		resume(f, file);
	}
}

static void
rename_to(struct follow_file *file, const char *path)
{
	char *copy = strcmp(file->path, path) != 0 ? strdup(path) : NULL;

	if (copy == NULL)
		return;
	free(file->path);
	file->path = copy;
}

void
files_seen(void *arg, const char *path, const struct stat *st)
{
	struct follow *f = arg;
	struct follow_file *file =
	    set_find_inode(&f->set, st->st_dev, st->st_ino);

	if (file != NULL) {
		file->pass = f->pass;
		rename_to(file, path);
		seen_again(f, file, st);
		return;
	}
	if (f->set.n >= FOLLOW_FILES_MAX) {
		if (!f->is_full)
			log_error("more than %d files match: '%s' is left out",
			    FOLLOW_FILES_MAX, path);
		f->is_full = true;
		return;
	}
	file = set_add(&f->set, path, st);
	if (file == NULL) {
		watch_missed(f->watch);
		return;
	}
	file->pass = f->pass;
	queue(f, file);
}

/* Returns whether another file than this may have been removed. */
static bool
lose_name(struct follow *f, struct follow_file *file)
{
	bool has_heir = file->is_marked && f->n_copies > 0;

	files_lose(f, file);
	return has_heir;
}

void
files_passed(void *arg)
{
	struct follow *f = arg;
	struct follow_file *next;

	for (struct follow_file *file = f->set.first; file != NULL;
	     file = next) {
		bool is_again = false;

		next = file->next;
		if (file->path == NULL) {
			if (file->gone_ns == 0)
				file->gone_ns = f->mono_ns;
			if (file->in == NULL &&
			    f->mono_ns - file->gone_ns > gone_s * ns_per_s)
				forget(f, file);
		} else if (file->pass != f->pass) {
			/* A copy may have been next, and take this one's. */
			if (file->is == FOLLOW_OPEN)
				free(set_unname(&f->set, file));
			else
				is_again = lose_name(f, file);
			if (is_again)
				next = f->set.first;
		}
	}
	f->pass++;
	f->passes -= f->passes > 0;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn it is: files that wait are opened in the order of their packets'
 * times, as many as may be open.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/capture/follow_inside.h"

static bool
is_before(const struct follow_file *a, const struct follow_file *b)
{
	if (a->first_ns != b->first_ns)
		return a->first_ns < b->first_ns;
	return strcmp(a->path, b->path) < 0;
}

/* Puts file, which has a path, in its place among those that wait. */
void
turn_wait(struct follow *f, struct follow_file *file, int64_t first_ns)
{
	unsigned low = 0, high = f->n_waiting;

	file->first_ns = first_ns;
	if (f->n_waiting == f->size_waiting) {
		unsigned size = f->size_waiting == 0 ? 64 : f->size_waiting * 2;
		struct follow_file **more =
		    realloc(f->waiting, size * sizeof(*more));

		/* Then it is looked into again. */
		if (more == NULL) {
			file->was_short = true;
			files_rest(f, file);
			return;
		}
		f->waiting = more;
		f->size_waiting = size;
	}
	file->is = FOLLOW_WAITING;
	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (is_before(file, f->waiting[middle]))
			low = middle + 1;
		else
			high = middle;
	}
	memmove(&f->waiting[low + 1], &f->waiting[low],
	    (f->n_waiting - low) * sizeof(*f->waiting));
	f->waiting[low] = file;
	f->n_waiting++;
}

void
turn_stop(struct follow *f, struct follow_file *file)
{
	unsigned i = f->n_waiting;

	while (f->waiting[i - 1] != file)
		i--;
	memmove(&f->waiting[i - 1], &f->waiting[i],
	    (f->n_waiting - i) * sizeof(*f->waiting));
	f->n_waiting--;
}

/* Closes the input of file, which is open. */
void
turn_close(struct follow *f, struct follow_file *file)
{
	for (unsigned i = 0; i < f->n_open; i++)
		if (f->open[i] == file)
			f->open[i] = f->open[--f->n_open];
	input_close(file->in);
	free(file->in);
	file->in = NULL;
	file->has_packet = file->has_more = false;
	file->is = FOLLOW_DONE;
}

/* Makes room for one more: an idle one is closed, the oldest. */
static bool
make_room(struct follow *f)
{
	struct follow_file *oldest = NULL;

	if (f->n_open < FOLLOW_OPEN_MAX)
		return true;
	for (unsigned i = 0; i < f->n_open; i++) {
		struct follow_file *file = f->open[i];

		if (file->has_packet || file->has_more || file->in->is_fifo)
			continue;
		if (oldest == NULL ||
		    files_age(f, &file->st) > files_age(f, &oldest->st))
			oldest = file;
	}
	if (oldest == NULL)
		return false;
	files_done(f, oldest);
	return true;
}

static unsigned
n_packed(const struct follow *f)
{
	unsigned n = 0;

	for (unsigned i = 0; i < f->n_open; i++)
		n += f->open[i]->in->unpack != NULL;
	return n;
}

static void
open_one(struct follow *f, struct follow_file *file)
{
	struct follow_input *in = malloc(sizeof(*in));

	bool is_open;

	if (in == NULL)
		return;
	is_open = input_open(in, file->path, &file->st, &file->mark);
	if (!is_open && in->is_short) {
		input_close(in);
		free(in);
		return;
	}
	f->n_waiting--;
	if (!is_open) {
		file->is = FOLLOW_DONE;
		if (in->fault != NULL) {
			files_set_aside(f, file, in->fault);
		} else {
			/* It may have another name. */
			f->passes = watch_again(f->watch);
			files_lose(f, file);
		}
		input_close(in);
		free(in);
		return;
	}
	file->is = FOLLOW_OPEN;
	file->in = in;
	file->has_more = true;
	f->open[f->n_open++] = file;
}

void
turn_open(struct follow *f, int64_t ts_ns, bool is_idle)
{
	struct follow_file *file = f->waiting[f->n_waiting - 1];

	if ((!is_idle && file->first_ns > ts_ns) || !make_room(f) ||
	    n_packed(f) >= FOLLOW_PACKED_MAX)
		return;
	/* Closing one may have made another wait in front of it. */
	open_one(f, f->waiting[f->n_waiting - 1]);
}

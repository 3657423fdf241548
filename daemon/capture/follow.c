/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/capture/filter.h"
#include "daemon/capture/follow_inside.h"

/* A dispatch ends after so many packets or reads: others wait for their turn. */
enum { BATCH = 4096, READS = 16, ERR_SIZE = 256 };

static const int64_t idle_ns = INT64_C(60000000000);
static const int64_t patience_ns = INT64_C(5000000000);
static const int64_t fresh_ns = INT64_C(1000000000);
static const int64_t day_ns = INT64_C(86400000000000);

struct follow *
follow_new(const struct follow_config *c)
{
	struct follow *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->config = c;
	f->pass = f->passes = 1;
	f->watch_config = (struct watch_config){ .patterns = c->patterns,
		.n_patterns = c->n_patterns,
		.no_events = c->no_events,
		.on_file = files_seen,
		.on_pass = files_passed,
		.arg = f };
	f->watch = watch_new(&f->watch_config);
	if (c->filter[0] != '\0')
		f->filter = filter_new(c->filter);
	if (f->watch != NULL && (f->filter != NULL || c->filter[0] == '\0'))
		return f;
	follow_free(f);
	return NULL;
}

void
follow_free(struct follow *f)
{
	if (f == NULL)
		return;
	for (unsigned i = 0; i < f->n_open; i++) {
		input_close(f->open[i]->in);
		free(f->open[i]->in);
	}
	set_remove_all(&f->set);
	watch_free(f->watch);
	filter_free(f->filter);
	free(f->waiting);
	free(f);
}

static void
end_batch(void *arg)
{
	struct follow *f = arg;

	if (f->config->on_batch != NULL)
		f->config->on_batch(f->config->arg);
}

/* Whether an open file has grown, or may have; idle ones are closed. */
static void
look_at(struct follow *f, struct follow_file *file)
{
	struct follow_input *in = file->in;
	struct stat st;

	if (in->is_fifo || file->is_blocked) {
		file->has_more = true;
		return;
	}
	if (in->unpack != NULL || fstat(in->fd, &st) != 0)
		return;
	if (st.st_size != file->st.st_size ||
	    st.st_mtim.tv_sec != file->st.st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != file->st.st_mtim.tv_nsec ||
	    files_age(f, &st) < fresh_ns)
		file->has_more = true;
	else if (files_age(f, &st) > idle_ns)
		files_done(f, file);
}

bool
follow_tick(struct follow *f, int64_t mono_ns, int64_t real_ns)
{
	bool is_busy;

	if (f->start_ns == 0)
		f->start_ns = mono_ns;
	f->mono_ns = mono_ns;
	f->real_ns = real_ns;
	is_busy = watch_step(f->watch, mono_ns);
	files_wake(f);
	/* A file may leave, and the last take its place. */
	for (unsigned i = f->n_open; i > 0; i--) {
		struct follow_file *file = f->open[i - 1];

		if (!file->has_packet && !file->has_more)
			look_at(f, file);
	}
	for (unsigned i = 0; i < f->n_open; i++)
		is_busy |= f->open[i]->has_more || f->open[i]->has_packet;
	return is_busy || f->new_first != NULL || f->n_waiting > 0;
}

/* Whether it is the capture that it was taken for. */
static bool
is_marked(const struct follow_file *file)
{
	const struct follow_mark *a = &file->mark, *b = &file->in->mark;

	return !file->is_marked ||
	    (a->hash == b->hash && a->at == b->at && a->len == b->len);
}

/* What is read no further for now. */
static void
at_end(struct follow *f, struct follow_file *file)
{
	struct follow_input *in = file->in;
	struct stat st;

	file->has_more = false;
	file->is_blocked = in->has_no_room || in->is_short;
	if (in->is_fifo || file->is_blocked)
		return;
	/* Unpacked, it may be something without any packet. */
	if (in->unpack != NULL && !is_marked(file)) {
		files_changed(f, file);
		return;
	}
	if (in->unpack == NULL && fstat(in->fd, &st) == 0)
		file->st = st;
	if (in->unpack != NULL || files_age(f, &file->st) > idle_ns)
		files_done(f, file);
}

/* A time far ahead of the clock would make everything that follows late. */
static void
check_time(const struct follow *f, const struct follow_file *file,
    struct capture_packet *p)
{
	if (p->ts_ns <= f->real_ns + day_ns)
		return;
	p->ts_clamped = true;
	p->ts_ns = file->near_ns != 0 ? file->near_ns : f->real_ns;
}

/* Its packet is not given on. */
static void
pass_over(struct follow_file *file)
{
	file->position = file->in->to;
	file->file_position = input_position(file->in);
	file->last_ns = file->in->stated_ns;
	file->near_ns = file->in->packet.ts_ns;
	file->is_given = file->is_settled = file->is_kept = false;
}

/*
 * Whether a packet has been given on before this run, or before the capture
 * came to this file.  What was taken for known must end with the packet that
 * it ended with: else file is read from its beginning.
 */
static bool
is_known(struct follow *f, struct follow_file *file)
{
	struct follow_input *in = file->in;

	if (in->from >= file->again_to)
		return false;
	if (in->to > file->again_to ||
	    (in->to == file->again_to && file->again_ns != 0 &&
		in->stated_ns != file->again_ns)) {
		files_again(f, file);
		return true;
	}
	if (in->to > file->skip_to) {
		if (in->packet.ts_ns >= f->floor_ns)
			return false;
		pass_over(file);
	} else if (in->to < file->skip_to && !file->has_moved) {
		input_seek(in, file->skip_to);
	}
	return true;
}

static bool
passes(struct follow *f, struct follow_file *file)
{
	const struct reader *r = &file->in->reader;
	char err[ERR_SIZE];

	if (f->filter == NULL)
		return true;
	switch (filter_packet(f->filter, r->linktype, r->is_swapped,
	    &file->in->packet, err, sizeof(err))) {
	case FILTER_PASS:
		return true;
	case FILTER_DROP:
		pass_over(file);
		return false;
	case FILTER_BAD:
		break;
	}
	files_bad(f, file, err);
	return false;
}

/* Long records are read one at a time, that no heap of them comes together. */
static bool
has_long(const struct follow *f, const struct follow_file *but)
{
	for (unsigned i = 0; i < f->n_open; i++)
		if (f->open[i] != but && f->open[i]->in->size > INPUT_CHUNK)
			return true;
	return false;
}

/* Takes one step towards the next packet of a file. */
static void
fill(struct follow *f, struct follow_file *file)
{
	struct follow_input *in = file->in;
	uint64_t before = input_taken(in);

	in->has_no_room = has_long(f, file);
	switch (input_next(in, end_batch, f)) {
	case INPUT_PACKET:
		if (!is_marked(file)) {
			files_changed(f, file);
			return;
		}
		check_time(f, file, &in->packet);
		if (!is_known(f, file) && passes(f, file)) {
			file->has_packet = true;
			file->first_ns = in->packet.ts_ns;
		}
		return;
	case INPUT_AGAIN:
		f->n_reads++;
		f->stats.bytes += input_taken(in) - before;
		return;
	case INPUT_END:
		at_end(f, file);
		return;
	case INPUT_CHANGED:
		files_changed(f, file);
		return;
	case INPUT_BAD:
		files_bad(f, file, in->fault);
	}
}

/*
 * Makes each open file have its next packet, as long as there are bytes.  One
 * that is closed meanwhile makes way for another.
 */
static bool
fill_all(struct follow *f)
{
	for (unsigned i = 0; i < f->n_open;) {
		struct follow_file *file = f->open[i];

		if (file->has_packet || !file->has_more) {
			i++;
			continue;
		}
		if (f->n_reads >= READS)
			return false;
		fill(f, file);
	}
	return true;
}

static struct follow_file *
earliest(const struct follow *f)
{
	struct follow_file *best = NULL;

	for (unsigned i = 0; i < f->n_open; i++) {
		struct follow_file *file = f->open[i];

		if (file->has_packet &&
		    (best == NULL || file->first_ns < best->first_ns))
			best = file;
	}
	return best;
}

/* Notes where the bins that are open begin in a file. */
static void
note_bin(struct follow *f, struct follow_file *file, int64_t ts_ns)
{
	int64_t bin = ts_ns / f->config->bin_ns;
	struct follow_bin *at = NULL;

	if (ts_ns < f->closed_ns)
		return;
	for (unsigned i = 0; i < SET_BINS; i++) {
		struct follow_bin *b = &file->bins[i];

		if (b->at != 0 && b->bin * f->config->bin_ns < f->closed_ns)
			b->at = 0;
		if (b->at != 0 && b->bin == bin)
			return;
		if (at == NULL || (at->at != 0 && b->at == 0))
			at = b;
	}
	/* Should there be no room, it is read from further back. */
	if (at->at == 0)
		at->at = file->in->from > 0 ? file->in->from : 1;
	at->bin = bin;
	file->bin_start_ns = bin * f->config->bin_ns;
	file->bin_end_ns = file->bin_start_ns + f->config->bin_ns;
}

static void
deliver(struct follow *f, struct follow_file *file)
{
	struct follow_input *in = file->in;
	int64_t ts_ns = in->packet.ts_ns;

	/* A bin that this packet closes asks for the state up to here. */
	file->position = in->from;
	if (!input_is_packed(in))
		file->file_position = in->from;
	if (ts_ns < file->bin_start_ns || ts_ns >= file->bin_end_ns)
		note_bin(f, file, ts_ns);
	if (ts_ns > f->newest_ns)
		f->newest_ns = ts_ns;
	f->packets++;
	f->config->fn(f->config->arg, 0, &in->packet);
	pass_over(file);
	file->has_packet = false;
}

/*
 * Whether all files are known, and when each begins: only then is it known
 * which packet comes first.  Files that are being packed are waited for at the
 * start only, since somewhere there always might be one.
 */
static bool
is_ready(const struct follow *f)
{
	bool is_starting = f->mono_ns - f->start_ns < patience_ns;

	return f->passes == 0 && f->new_first == NULL &&
	    (f->rest_first == NULL || !is_starting);
}

static bool
dispatch(struct follow *f)
{
	f->n_reads = 0;
	f->yields = false;
	for (unsigned i = 0; i < BATCH && !f->yields; i++) {
		struct follow_file *file;

		if (!fill_all(f) || !is_ready(f))
			return true;
		file = earliest(f);
		if (f->n_waiting > 0) {
			unsigned n = f->n_waiting;

			turn_open(f, file != NULL ? file->first_ns : 0,
			    file == NULL);
			if (f->n_waiting != n)
				continue;
		}
		if (file == NULL)
			return false;
		deliver(f, file);
	}
	return true;
}

bool
follow_dispatch(struct follow *f)
{
	bool is_busy = f->passes > 0 && watch_step(f->watch, f->mono_ns);

	files_look(f);
	if (is_ready(f)) {
		is_busy = dispatch(f);
		end_batch(f);
	}
	return is_busy || f->new_first != NULL;
}

void
follow_yield(struct follow *f)
{
	f->yields = true;
}

void
follow_closed(struct follow *f, int64_t end_ns)
{
	if (end_ns > f->closed_ns)
		f->closed_ns = end_ns;
}

uint64_t
follow_packets(const struct follow *f)
{
	return f->packets;
}

int64_t
follow_newest(const struct follow *f)
{
	return f->newest_ns;
}

int64_t
follow_restored(const struct follow *f)
{
	return f->floor_ns;
}

bool
follow_reads_removed(const struct follow *f)
{
	for (const struct follow_file *file = f->set.first; file != NULL;
	     file = file->next) {
		if (file->path != NULL)
			continue;
		if (file->bin_end_ns > f->closed_ns)
			return true;
		if (file->in != NULL && !file->in->is_fifo &&
		    (file->has_packet || file->has_more))
			return true;
	}
	return false;
}

void
follow_stats(const struct follow *f, struct follow_stats *s)
{
	*s = f->stats;
	s->files_open = f->n_open;
	for (const struct follow_file *file = f->set.first; file != NULL;
	     file = file->next) {
		uint64_t size = (uint64_t)file->st.st_size;

		s->files += file->path != NULL;
		s->files_bad += file->path != NULL && file->is == FOLLOW_BAD;
		s->files_copied +=
		    file->path != NULL && file->is == FOLLOW_COPY;
		s->lost_bytes += file->lost;
		s->files_cut += file->lost > 0;
		if ((file->is == FOLLOW_WAITING || file->is == FOLLOW_OPEN ||
			file->is == FOLLOW_DONE) &&
		    (file->path != NULL || file->in != NULL) &&
		    size > file->file_position)
			s->lag_bytes += size - file->file_position;
	}
}

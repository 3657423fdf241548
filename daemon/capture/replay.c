/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/replay.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/capture/ahead.h"
#include "daemon/capture/filter.h"
#include "daemon/capture/reader.h"
#include "daemon/log.h"

/* A dispatch ends after so many packets or reads: others wait for their turn. */
enum { BATCH = 4096, READS = 16, ERR_SIZE = 512 };

struct replay {
	const struct replay_config *config;
	unsigned next_file;
	unsigned n_failed;
	uint64_t packets;
	uint64_t bytes_before; /* of the files read already */
	uint64_t bytes_total;
	/* For replay_progress, which another thread may ask for. */
	struct {
		_Atomic uint64_t bytes, packets;
		_Atomic(const char *) file;
	} shown;

	struct ahead *ahead;
	bool is_open; /* a file is being read */
	bool is_late; /* its next bytes are not there yet */
	struct reader reader;
	struct filter *filter; /* NULL: all packets pass */
	const char *path;
	uint64_t file_packets;

	/* Pacing: the packet that waits for its time. */
	bool has_begun;
	bool is_waiting;
	bool yields;
	int64_t first_ns, first_mono_ns;
	struct capture_packet waiting;
};

static const char *
name_of(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* The sizes of all files, for the progress; 0 if one has none. */
static uint64_t
total_size(const struct replay_config *c)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < c->n_files; i++) {
		struct stat st;

		if (stat(c->files[i], &st) != 0 || !S_ISREG(st.st_mode))
			return 0;
		total += (uint64_t)st.st_size;
	}
	return total;
}

struct replay *
replay_new(const struct replay_config *c)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->config = c;
	r->bytes_total = total_size(c);
	reader_init(&r->reader);
	r->ahead = ahead_new();
	if (c->filter[0] != '\0')
		r->filter = filter_new(c->filter);
	if (r->ahead != NULL && (r->filter != NULL || c->filter[0] == '\0'))
		return r;
	replay_free(r);
	return NULL;
}

static void
end_batch(struct replay *r)
{
	if (r->config->on_batch != NULL)
		r->config->on_batch(r->config->arg);
}

static void
close_file(struct replay *r)
{
	/* The next file's bytes come to where this one's are. */
	end_batch(r);
	r->bytes_before += ahead_position(r->ahead);
	ahead_close(r->ahead);
	r->is_open = false;
}

void
replay_free(struct replay *r)
{
	if (r == NULL)
		return;
	ahead_free(r->ahead);
	reader_fini(&r->reader);
	filter_free(r->filter);
	free(r);
}

static void
fail(struct replay *r, const char *reason)
{
	r->n_failed++;
	log_error("%s: %s", name_of(r->path), reason);
}

static void
open_file(struct replay *r)
{
	r->path = r->config->files[r->next_file++];
	r->file_packets = 0;
	reader_reset(&r->reader);
	ahead_open(r->ahead, r->path);
	r->is_open = true;
}

/* The file has ended: by itself, or with a fault that has one message. */
static void
end_file(struct replay *r)
{
	uint64_t near;
	const char *fault = reader_fault(&r->reader, &near), *unit = "";
	char reason[ERR_SIZE];

	if (ahead_fault(r->ahead) != NULL) {
		fault = ahead_fault(r->ahead);
		near = ahead_position(r->ahead);
	} else if (ahead_is_packed(r->ahead)) {
		unit = " of what it unpacks to";
	}
	if (fault != NULL && !r->reader.has_header) {
		fail(r, fault);
	} else if (fault != NULL) {
		snprintf(reason, sizeof(reason),
		    "damaged near byte %llu%s, after %llu packets: %s",
		    (unsigned long long)near, unit,
		    (unsigned long long)r->file_packets, fault);
		fail(r, reason);
	}
	close_file(r);
}

static void
show(struct replay *r)
{
	atomic_store_explicit(&r->shown.bytes,
	    r->bytes_before + (r->is_open ? ahead_position(r->ahead) : 0),
	    memory_order_relaxed);
	atomic_store_explicit(&r->shown.packets, r->packets,
	    memory_order_relaxed);
	atomic_store_explicit(&r->shown.file, r->is_open ? r->path : NULL,
	    memory_order_relaxed);
}

/* Takes more of the file, if it is there, or ends it. */
static void
read_more(struct replay *r)
{
	uint8_t *bytes;
	size_t n;

	switch (ahead_next(r->ahead, &bytes, &n)) {
	case AHEAD_BYTES:
		end_batch(r);
		if (reader_feed(&r->reader, bytes, n, AHEAD_BEFORE))
			ahead_release(r->ahead);
		else
			end_file(r);
		break;
	case AHEAD_LATER:
		r->is_late = true;
		break;
	case AHEAD_REFUSED:
	case AHEAD_END:
		end_file(r);
	}
}

/* Whether the filter lets the packet pass; the file ends if it can't say. */
static bool
passes(struct replay *r)
{
	char err[ERR_SIZE];

	switch (filter_packet(r->filter, r->reader.linktype,
	    r->reader.is_swapped, &r->waiting, err, sizeof(err))) {
	case FILTER_PASS:
		return true;
	case FILTER_DROP:
		return false;
	case FILTER_BAD:
		break;
	}
	fail(r, err);
	close_file(r);
	return false;
}

/* Reads the next packet; false if that took another step, *n_reads counts. */
static bool
read_packet(struct replay *r, unsigned *n_reads)
{
	switch (reader_next(&r->reader, &r->waiting)) {
	case READER_PACKET:
		/* The headers of the next come from another core's cache. */
		__builtin_prefetch(r->reader.at);
		__builtin_prefetch(r->reader.at + 64);
		if (r->filter != NULL && !passes(r))
			return false;
		r->packets++;
		r->file_packets++;
		return true;
	case READER_MORE:
		++*n_reads;
		read_more(r);
		return false;
	case READER_BAD:
		end_file(r);
	}
	return false;
}

/* How long the packet still has to wait for its time, in ns. */
static int64_t
due_in(struct replay *r, const struct capture_packet *p, int64_t mono_ns)
{
	double ahead;

	if (r->config->speed <= 0)
		return 0;
	if (!r->has_begun) {
		r->has_begun = true;
		r->first_ns = p->ts_ns;
		r->first_mono_ns = mono_ns;
	}
	ahead = (double)(p->ts_ns - r->first_ns) / r->config->speed -
	    (double)(mono_ns - r->first_mono_ns);
	if (ahead <= 0)
		return 0;
	return ahead > 1e18 ? INT64_C(1000000000000000000) : (int64_t)ahead + 1;
}

static int64_t
dispatch(struct replay *r, int64_t mono_ns)
{
	const struct replay_config *c = r->config;
	unsigned n_reads = 0;

	r->is_late = false;
	for (unsigned i = 0;
	     i < BATCH && n_reads < READS && !r->yields && !r->is_late; i++) {
		int64_t wait;

		if (!r->is_open) {
			if (r->next_file == c->n_files)
				return REPLAY_END;
			open_file(r);
			continue;
		}
		if (!r->is_waiting && !read_packet(r, &n_reads))
			continue;
		wait = due_in(r, &r->waiting, mono_ns);
		r->is_waiting = wait > 0;
		if (wait > 0)
			return wait;
		c->fn(c->arg, 0, &r->waiting);
	}
	return r->is_late ? REPLAY_LATER : 0;
}

int64_t
replay_dispatch(struct replay *r, int64_t mono_ns)
{
	int64_t wait;

	r->yields = false;
	wait = dispatch(r, mono_ns);
	end_batch(r);
	show(r);
	return wait;
}

int
replay_fd(const struct replay *r)
{
	return ahead_fd(r->ahead);
}

void
replay_yield(struct replay *r)
{
	r->yields = true;
}

unsigned
replay_n_failed(const struct replay *r)
{
	return r->n_failed;
}

void
replay_progress(struct replay *r, struct replay_progress *p)
{
	*p = (struct replay_progress){
		.bytes =
		    atomic_load_explicit(&r->shown.bytes, memory_order_relaxed),
		.bytes_total = r->bytes_total,
		.packets = atomic_load_explicit(&r->shown.packets,
		    memory_order_relaxed),
		.file =
		    atomic_load_explicit(&r->shown.file, memory_order_relaxed),
	};
	if (p->file != NULL)
		p->file = name_of(p->file);
}

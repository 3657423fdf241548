/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/source.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/output/journal.h"
#include "daemon/report/line.h"

struct mark {
	uint64_t k;
	int64_t ts_ns;
	unsigned stream;
};

struct source {
	struct output *o;
	struct spool *sp;
	unsigned n_streams;
	size_t held; /* of a line that was read and had no room */
	char line[LINE_SIZE];
	uint64_t first, n; /* of marks: the lines that are taken */
	struct mark marks[SOURCE_LINES + 1]; /* behind them: that of line */
};

struct source *
source_new(struct output *o, struct spool *sp, const char *name)
{
	struct spool_stream streams[SPOOL_STREAMS];
	struct source *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->o = o;
	s->sp = sp;
	s->n_streams = journal_streams(streams);
	o->reader = spool_reader(sp, name);
	if (o->reader != NULL)
		return s;
	free(s);
	return NULL;
}

void
source_free(struct source *s)
{
	free(s);
}

/* What made room before it could be taken is lost for good. */
static void
lose_front(struct source *s, unsigned stream)
{
	uint64_t first = spool_first(s->sp, stream);
	uint64_t last = spool_last(s->sp, stream);
	uint64_t done = spool_settled(s->o->reader, stream);

	if (first > last)
		first = last + 1;
	if (first <= done + 1)
		return;
	output_lose(s->o, stream, done + 1, first - 1, LOST_FULL,
	    spool_first_ns(s->sp, stream));
	spool_settle(s->o->reader, stream, first - 1, 0);
}

/* True if a line is held; what can't be had as a line is a hole. */
static bool
read_next(struct source *s)
{
	struct spool_record rec;
	struct point p;

	while (s->held == 0 && spool_next(s->o->reader, &rec) == SPOOL_RECORD) {
		if (output_is_lost(s->o, rec.stream, rec.k) ||
		    !journal_point(&p, &rec) ||
		    !line_write(s->line, sizeof(s->line), &p, &s->held))
			s->held = 0;
		s->marks[s->first + s->n] =
		    (struct mark){ rec.k, rec.ts_ns, rec.stream };
	}
	return s->held > 0;
}

size_t
source_take(struct source *s, char *out, size_t max_bytes, uint64_t max_lines,
    uint64_t *n_lines)
{
	size_t len = 0;

	assert(s->n == 0 && max_lines <= SOURCE_LINES);
	s->marks[0] = s->marks[s->first];
	s->first = 0;
	if (s->held == 0) {
		for (unsigned i = 0; i < s->n_streams; i++)
			lose_front(s, i);
	}
	for (*n_lines = 0; *n_lines < max_lines && read_next(s); ++*n_lines) {
		if (*n_lines > 0 && len + s->held > max_bytes)
			break;
		memcpy(out + len, s->line, s->held);
		len += s->held;
		s->held = 0;
		s->n++;
	}
	return len;
}

void
source_end(struct source *s, uint64_t n, bool is_stored)
{
	assert(n <= s->n);
	s->n -= n;
	for (; n > 0; n--) {
		const struct mark *m = &s->marks[s->first++];
		uint64_t done = spool_settled(s->o->reader, m->stream);

		if (m->k > done + 1)
			output_lose(s->o, m->stream, done + 1, m->k - 1,
			    LOST_SPOOL, m->ts_ns);
		if (!is_stored)
			output_lose(s->o, m->stream, m->k, m->k, LOST_ERROR, 0);
		spool_settle(s->o->reader, m->stream, m->k, m->ts_ns);
	}
}

bool
source_is_empty(const struct source *s)
{
	for (unsigned i = 0; i < s->n_streams; i++) {
		if (spool_settled(s->o->reader, i) < spool_last(s->sp, i))
			return false;
	}
	return true;
}

bool
source_is_congested(const struct source *s)
{
	return spool_backlog(s->o->reader) > spool_room(s->sp) / 2;
}

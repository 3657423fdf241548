/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/source.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/output/journal.h"
#include "daemon/report/line.h"

struct mark {
	struct spool_mark at;
	struct spool_sum before;
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
		    (struct mark){ { rec.k, rec.ts_ns, rec.through },
			    rec.before, rec.stream };
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
			output_lose_front(s->o, i);
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
		const struct spool_mark before = { .k = m->at.k - 1,
			.sum = m->before };

		output_lose_hole(s->o, m->stream, &before, m->at.ts_ns);
		if (!is_stored)
			output_lose(s->o, m->stream, &before, &m->at,
			    LOST_ERROR, 0);
		spool_settle(s->o->reader, m->stream, &m->at);
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

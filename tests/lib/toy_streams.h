/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Toy dissectors for the tests of streams: two protocols of lines, a log of
 * what they read, and the first numbers of the client's and the server's data.
 */
#ifndef TESTS_LIB_TOY_STREAMS_H
#define TESTS_LIB_TOY_STREAMS_H

#include "tests/lib/segments.h"

enum { MEMORY = 8 << 20 };

static const uint32_t A = UINT32_MAX - 50, B = 5000;

/*
 * A protocol of lines.  "ONE" begins the client's, "one" the server's.  Each
 * line is logged; a line may tell the dissector what to do.
 */
static char log_text[1 << 20];
static size_t n_log;
static unsigned n_calls, n_closed;

static inline void note(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static inline void
note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	n_log += (size_t)vsnprintf(log_text + n_log, sizeof(log_text) - n_log,
	    format, args);
	va_end(args);
	assert_in_range(n_log, 0, sizeof(log_text) - 1);
}

static inline void
logged(const char *expected)
{
	assert_string_equal(log_text, expected);
	n_log = 0;
	log_text[0] = '\0';
}

static inline enum probe
probe_for(const struct cur *data, const char *client, const char *server)
{
	size_t n = cur_len(data) < 3 ? cur_len(data) : 3;

	if (memcmp(data->p, client, n) == 0)
		return n < 3 ? PROBE_MORE : PROBE_CLIENT;
	if (memcmp(data->p, server, n) == 0)
		return n < 3 ? PROBE_MORE : PROBE_SERVER;
	return PROBE_NO;
}

static inline enum probe
one_probe(const struct cur *data)
{
	return probe_for(data, "ONE", "one");
}

static inline enum probe
two_probe(const struct cur *data)
{
	return probe_for(data, "TWO", "two");
}

static inline enum stream_verdict
do_line(struct stream *s, const char *line, int n)
{
	unsigned skip;

	note("%c%.*s\n", s->is_server ? '<' : '>', n, line);
	if (n == 4 && memcmp(line, "done", 4) == 0)
		return STREAM_DONE;
	if (n == 5 && memcmp(line, "leave", 5) == 0)
		return STREAM_LEAVE;
	if (n == 3 && memcmp(line, "bad", 3) == 0)
		return STREAM_BAD;
	if (n == 5 && memcmp(line, "again", 5) == 0)
		return STREAM_AGAIN;
	if (sscanf(line, "skip %u\n", &skip) == 1) {
		size_t here =
		    skip < cur_len(&s->data) ? skip : cur_len(&s->data);

		s->data.p += here;
		s->skip = skip - here;
	}
	return STREAM_MORE;
}

static inline enum stream_verdict
lines(struct stream *s)
{
	uint64_t *calls = s->own, *both = s->shared;

	n_calls++;
	if (s->is_fresh) {
		note("%s", s->is_server ? "<fresh\n" : ">fresh\n");
		assert_int_equal(*calls, 0);
	}
	++*calls;
	++*both;
	while (cur_len(&s->data) > 0) {
		const uint8_t *p = s->data.p;
		const uint8_t *lf = memchr(p, '\n', cur_len(&s->data));
		enum stream_verdict verdict;

		if (lf == NULL)
			break;
		s->data.p = lf + 1;
		verdict = do_line(s, (const char *)p, (int)(lf - p));
		if (verdict != STREAM_MORE)
			return verdict;
	}
	if (s->is_end)
		note("%s", s->is_server ? "<end\n" : ">end\n");
	return STREAM_MORE;
}

static inline void
lines_close(void *own[2], void *shared, const struct codecs *codecs)
{
	(void)own;
	(void)codecs;
	assert_int_not_equal(*(uint64_t *)shared, 0);
	n_closed++;
}

static const struct dissector one = { .name = "one",
	.by = BY_TCP_DATA,
	.probe = one_probe,
	.stream = lines,
	.close = lines_close };
static const struct dissector two = { .name = "two",
	.by = BY_TCP_DATA,
	.probe = two_probe,
	.stream = lines };
static const struct dissector *const list[] = { &one, &two };

static inline int
begin(void **state)
{
	(void)state;
	segments_begin(list, 2, MEMORY);
	n_log = n_calls = n_closed = 0;
	log_text[0] = '\0';
	return 0;
}

static inline int
end(void **state)
{
	(void)state;
	segments_end();
	return 0;
}

static inline const struct conns_stats *
stats(void)
{
	return conns_stats(conns);
}

#endif

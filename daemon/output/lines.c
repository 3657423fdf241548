/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A write may end inside a line; what is left of that line goes to a place of
 * its own and is always written next, so that the queue begins with a whole
 * line and whole lines can be dropped from it.
 *
 * Where a descriptor may block, poll(2) and writes of at most PIPE_BUF bytes
 * keep us from waiting.
 */
#include "daemon/output/lines.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/amount.h"
#include "daemon/report/line.h"

enum {
	QUEUE_MAX = 4 << 20,
	/* Room behind the queue, so that it is seldom moved to the front. */
	SLACK = 1 << 20,
	BATCH = 64 << 10,
	/* How long a replay that was interrupted waits for its reader. */
	PATIENCE_MS = 1000,
};

enum kind { PLAIN, SOCKET, NONBLOCKING, POLLED };

struct lines {
	struct output o;
	const struct output_env *env;
	char *path; /* NULL: standard output */
	int fd;
	bool own_fd;
	enum kind kind;
	struct loop_event *writable; /* NULL where it can't be waited for */
	char *buf; /* QUEUE_MAX + SLACK */
	size_t head, tail;
	size_t part_pos, part_len; /* the rest of a line half written */
	char part[LINE_SIZE];
	struct spool_sum part_sum; /* what that line tells */
	uint64_t n_queued; /* lines in buf */
	struct output_stats stats;
	bool failing, dropping; /* states that the log has been told of */
	bool failed_now; /* in this flush */
	/* In a replay: by a signal; of waiting. */
	bool interrupted, gave_up;
	bool closed;
};

static const char *
name(const struct lines *s)
{
	return s->path != NULL ? s->path : "standard output";
}

static uint64_t
count_lines(const char *p, size_t n)
{
	uint64_t count = 0;

	for (const char *end = p + n; (p = memchr(p, '\n', (size_t)(end - p)));
	     p++)
		count++;
	return count;
}

static void
lose_queue(struct lines *s)
{
	amount_add_lines(&s->stats.lost_sum, s->buf + s->head,
	    s->tail - s->head);
	s->stats.lost_error += s->n_queued;
	s->head = s->tail = s->n_queued = 0;
}

static void
lose_part(struct lines *s)
{
	if (s->part_len > 0) {
		s->stats.lost_error++;
		amount_add(&s->stats.lost_sum, &s->part_sum);
	}
	s->part_pos = s->part_len = 0;
}

static void
failed(struct lines *s, int error)
{
	if (error == EPIPE || error == ECONNRESET) {
		/* The reader won't see the rest of a line either. */
		lose_part(s);
		lose_queue(s);
		if (s->path == NULL && !s->closed) {
			s->closed = true;
			if (s->env->on_closed != NULL)
				s->env->on_closed(s->env->arg);
			return;
		}
	}
	/* The rest of a half-written line is kept: nothing else may follow. */
	lose_queue(s);
	if (!s->failing && !s->closed)
		log_error("%s: %s: lines are lost", name(s), strerror(error));
	s->failing = s->failed_now = true;
}

static bool
is_ready(const struct lines *s, int timeout_ms)
{
	struct pollfd p = { .fd = s->fd, .events = POLLOUT };

	return poll(&p, 1, timeout_ms) > 0;
}

/* Bytes written, or -1 and errno; never waits. */
static ssize_t
write_some(struct lines *s, const char *p, size_t n)
{
	switch (s->kind) {
	case SOCKET:
		return send(s->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	case POLLED:
		if (!is_ready(s, 0)) {
			errno = EAGAIN;
			return -1;
		}
		return write(s->fd, p, n < PIPE_BUF ? n : PIPE_BUF);
	case PLAIN:
	case NONBLOCKING:
		break;
	}
	return write(s->fd, p, n);
}

/* Takes n bytes, just written, off the queue; the rest of a line moves. */
static void
advance(struct lines *s, size_t n)
{
	const char *p = s->buf + s->head, *line = p + n;
	uint64_t whole = count_lines(p, n);

	s->stats.stored += whole;
	s->n_queued -= whole;
	s->head += n;
	if (p[n - 1] == '\n')
		return;
	char *rest = s->buf + s->head;
	char *end = memchr(rest, '\n', s->tail - s->head);
	s->part_len = (size_t)(end + 1 - rest);
	s->part_pos = 0;
	memcpy(s->part, rest, s->part_len);
	while (line > p && line[-1] != '\n')
		line--;
	s->part_sum = (struct spool_sum){ 0 };
	amount_add_lines(&s->part_sum, line, (size_t)(end + 1 - line));
	s->head += s->part_len;
	s->n_queued--;
}

/* One write; false if nothing more can be written now. */
static bool
step(struct lines *s)
{
	bool is_part = s->part_len > 0;
	const char *p = is_part ? s->part + s->part_pos : s->buf + s->head;
	size_t left = is_part ? s->part_len - s->part_pos : s->tail - s->head;
	ssize_t n;

	if (left == 0)
		return false;
	do
		n = write_some(s, p, left);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
		failed(s, errno);
	if (n <= 0)
		return false;
	s->gave_up = false;
	if (!is_part) {
		advance(s, (size_t)n);
		return true;
	}
	s->part_pos += (size_t)n;
	if (s->part_pos == s->part_len) {
		s->part_pos = s->part_len = 0;
		s->stats.stored++;
	}
	return true;
}

static bool
is_empty(const struct lines *s)
{
	return s->head == s->tail && s->part_len == 0;
}

static void
flush(struct lines *s)
{
	bool moved = false;

	s->failed_now = false;
	while (step(s))
		moved = true;
	if (s->head == s->tail)
		s->head = s->tail = 0;
	if (moved && s->failing && !s->failed_now) {
		s->failing = false;
		log_info("%s: takes lines again", name(s));
	}
	if (is_empty(s) && s->dropping) {
		s->dropping = false;
		log_info("%s: the reader has caught up", name(s));
	}
	if (s->writable == NULL)
		return;
	if (is_empty(s))
		loop_event_pause(s->writable);
	else
		loop_event_resume(s->writable);
}

static void
on_writable(void *arg)
{
	flush(arg);
}

/*
 * Waits, in a replay, until the reader has taken something.  A signal must
 * reach the loop even if the reader never does, so after one the waits are
 * short for good, and after one in vain there is none.
 */
static void
wait_for_reader(struct lines *s)
{
	if (s->gave_up)
		return;
	if (!is_ready(s, s->interrupted ? PATIENCE_MS : -1)) {
		s->gave_up = s->interrupted;
		s->interrupted = true;
	}
	flush(s);
}

/*
 * In a replay nothing is left in the queue, unless a signal came: its ledger
 * must not tell how fast the reader is, or two replays would differ.
 */
static void
put_out(struct lines *s)
{
	flush(s);
	while (!s->env->is_live && !s->interrupted && !s->closed &&
	    !s->failed_now && !is_empty(s))
		wait_for_reader(s);
}

static void
make_room(struct lines *s, size_t n)
{
	while (!s->env->is_live && !s->closed && !s->gave_up &&
	    s->tail - s->head + n > QUEUE_MAX)
		wait_for_reader(s);
	while (s->tail - s->head + n > QUEUE_MAX) {
		char *line = s->buf + s->head;
		char *end = memchr(line, '\n', s->tail - s->head);

		amount_add_lines(&s->stats.lost_sum, line,
		    (size_t)(end + 1 - line));
		s->head += (size_t)(end + 1 - line);
		s->n_queued--;
		s->stats.lost_full++;
		if (!s->dropping)
			log_warn("%s: the reader is too slow: the oldest "
				 "lines are lost",
			    name(s));
		s->dropping = true;
	}
	if (s->tail + n > QUEUE_MAX + SLACK) {
		memmove(s->buf, s->buf + s->head, s->tail - s->head);
		s->tail -= s->head;
		s->head = 0;
	}
}

void
lines_write(struct output *o, const struct point *p)
{
	struct lines *s = (struct lines *)o;
	char line[LINE_SIZE];
	size_t n;
	bool fits = line_write(line, sizeof(line), p, &n);

	if (fits && n == 0)
		return; /* a point without a field is no record */
	s->stats.records++;
	if (fits && !s->closed)
		make_room(s, n);
	if (!fits || s->closed) {
		s->stats.lost_error++;
		amount_add_point(&s->stats.lost_sum, p);
		return;
	}
	memcpy(s->buf + s->tail, line, n);
	s->tail += n;
	s->n_queued++;
	if (s->tail - s->head >= BATCH && s->tail - s->head - n < BATCH)
		put_out(s);
}

void
lines_commit(struct output *o)
{
	put_out((struct lines *)o);
}

bool
lines_congested(const struct output *o)
{
	const struct lines *s = (const struct lines *)o;

	return s->tail - s->head > QUEUE_MAX / 2;
}

bool
lines_drained(const struct output *o)
{
	const struct lines *s = (const struct lines *)o;

	/* A full disk is not waited for. */
	return is_empty(s) || s->failing;
}

void
lines_stats(const struct output *o, struct output_stats *stats)
{
	const struct lines *s = (const struct lines *)o;

	*stats = s->stats;
	stats->spooled = s->n_queued + (s->part_len > 0);
}

void
lines_close(struct output *o)
{
	struct lines *s = (struct lines *)o;

	loop_event_free(s->writable);
	if (s->own_fd)
		close(s->fd);
	free(s->buf);
	free(s->path);
	free(s);
}

struct lines *
lines_new(const struct output_ops *ops, const char *path,
    const struct output_env *env)
{
	struct lines *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->o.ops = ops;
	s->env = env;
	s->fd = -1;
	s->path = path != NULL ? strdup(path) : NULL;
	s->buf = malloc(QUEUE_MAX + SLACK);
	if (s->buf == NULL || (path != NULL && s->path == NULL)) {
		lines_close(&s->o);
		return NULL;
	}
	return s;
}

const char *
lines_path(const struct lines *s)
{
	return s->path;
}

bool
lines_use(struct lines *s, int fd, bool owned)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return false;
	if (s->own_fd)
		close(s->fd);
	loop_event_free(s->writable);
	s->fd = fd;
	s->own_fd = owned;
	s->kind = owned ? NONBLOCKING : POLLED;
	if (S_ISREG(st.st_mode))
		s->kind = PLAIN;
	else if (S_ISSOCK(st.st_mode))
		s->kind = SOCKET;
	s->writable = s->kind == PLAIN
	    ? NULL
	    : loop_writable(s->env->loop, fd, on_writable, s);
	return true;
}

bool
lines_switch(struct lines *s, int fd)
{
	flush(s);
	if (!lines_use(s, fd, true))
		return false;
	/* The rest of a half-written line doesn't belong into another file. */
	lose_part(s);
	flush(s);
	return true;
}

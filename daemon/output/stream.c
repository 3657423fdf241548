/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp:// and unix: give lines to a stream socket, as Telegraf's
 * socket_listener wants them.
 *
 * Lines leave the queue for a buffer of those in flight, where they stay until
 * the other end's kernel has them (TCP: acknowledged; unix: read).  When the
 * connection ends, those are stored; those that the kernel took and may not
 * have brought there are lost, since nobody knows whether they arrived; a line
 * that was not wholly given to the kernel, and all behind it, begin the next
 * connection.  So no line is torn and none comes twice.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/amount.h"
#include "daemon/output/dial.h"
#include "daemon/output/lineq.h"
#include "daemon/output/names.h"
#include "daemon/output/output.h"
#include "daemon/report/line.h"

extern const struct output_ops tcp_output, unix_output;

enum {
	QUEUE_MAX = 4 << 20,
	/*
	 * The kernel doubles the size of its buffer, for its own use; even so
	 * the flight holds all that can be in there and a line more.
	 */
	SNDBUF = 64 << 10,
	FLIGHT = 2 * SNDBUF + 4 * LINE_SIZE,
	BATCH = 64 << 10,
	READ_CHUNK = 4096,
	READS = 16, /* of what nobody asked for, at a time */
};

struct stream {
	struct output o;
	const struct output_env *env;
	char label[ADDRESS_LABEL];
	bool is_tcp;
	struct dial *dial;
	int fd; /* the dial's; -1: none */
	struct loop_event *writable, *readable;
	struct lineq queue;
	char flight[FLIGHT]; /* whole lines */
	size_t len, written, arrived; /* of flight, in bytes */
	uint64_t n_flight;
	struct output_stats stats;
	struct loop_event *greeting;
	int64_t opened_ns;
	bool is_greeting, dropping;
};

/*
 * One who accepts only to close at once, as a proxy without a server does,
 * is given that long before lines are trusted to the connection, and this long
 * before it counts as good.
 */
static const int64_t greeting_ns = 100000000, well_ns = 1000000000;

/* Bytes of flight that the kernel has given to the other end, or away. */
static size_t
ask_gone(const struct stream *s)
{
	int left = 0;

	/*
	 * What the kernel says of a unix socket includes its own overhead, so
	 * it is a bound.
	 */
	if (s->fd < 0 || ioctl(s->fd, SIOCOUTQ, &left) != 0 || left < 0 ||
	    (size_t)left > s->written - s->arrived)
		return s->arrived;
	return s->written - (size_t)left;
}

/*
 * Bytes of flight that the other end has.  A unix socket that is closed throws
 * away what it hasn't read, which looks the same until one asks whether it is
 * closed.
 */
static size_t
ask_arrived(const struct stream *s)
{
	struct pollfd p = { .fd = s->fd };
	size_t gone = ask_gone(s);

	if (s->is_tcp || gone == s->arrived)
		return gone;
	return poll(&p, 1, 0) == 0 ? gone : s->arrived;
}

/* The end of the last whole line in the first n bytes of flight. */
static size_t
last_line_end(const struct stream *s, size_t n)
{
	while (n > 0 && s->flight[n - 1] != '\n')
		n--;
	return n;
}

/* Takes n bytes, whole lines, off the front of the flight; counts them. */
static uint64_t
leave_flight(struct stream *s, size_t n)
{
	uint64_t lines = lineq_count(s->flight, n);

	memmove(s->flight, s->flight + n, s->len - n);
	s->len -= n;
	s->written -= n;
	s->arrived = s->arrived > n ? s->arrived - n : 0;
	s->n_flight -= lines;
	return lines;
}

/* Lines that have arrived are stored. */
static void
settle(struct stream *s)
{
	s->arrived = ask_arrived(s);
	size_t n = last_line_end(s, s->arrived);

	/* Moving the rest costs more than it gives while there is little. */
	if (n > FLIGHT / 8 || n == s->len)
		s->stats.stored += leave_flight(s, n);
}

static void
lost_socket(struct stream *s, bool is_known, const char *reason)
{
	if (is_known)
		s->arrived = ask_gone(s);
	s->stats.stored += leave_flight(s, last_line_end(s, s->arrived));
	size_t unsure = last_line_end(s, s->written);
	amount_add_lines(&s->stats.lost_sum, s->flight, unsure);
	s->stats.lost_error += leave_flight(s, unsure);
	s->written = s->arrived = 0;
	loop_event_free(s->readable);
	loop_event_free(s->writable);
	s->readable = s->writable = NULL;
	s->is_greeting = false;
	loop_event_pause(s->greeting);
	s->fd = -1;
	dial_again(s->dial, reason);
}

/*
 * A unix socket whose reader closed it with something unread has forgotten how
 * much that was; what had been read when it was asked last is known.
 */
static void
failed(struct stream *s, int error)
{
	int pending = 0;
	socklen_t len = sizeof(pending);

	getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &pending, &len);
	lost_socket(s,
	    s->is_tcp || (error != ECONNRESET && pending != ECONNRESET),
	    strerror(error));
}

/* One write; false if nothing more can be written now. */
static bool
step(struct stream *s)
{
	uint64_t n_lines;
	ssize_t n;

	if (s->written == s->len) {
		settle(s);
		if (s->queue.n == 0 || FLIGHT - s->len < LINE_SIZE)
			return false;
		s->len += lineq_take(&s->queue, s->flight + s->len,
		    FLIGHT - s->len, UINT64_MAX, &n_lines);
		s->n_flight += n_lines;
	}
	n = send(s->fd, s->flight + s->written, s->len - s->written,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0) {
		s->written += (size_t)n;
		return true;
	}
	if (errno == EINTR)
		return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS)
		failed(s, errno);
	return false;
}

static void
pump(struct stream *s)
{
	if (s->is_greeting)
		return;
	while (s->fd >= 0 && step(s))
		;
	if (s->queue.n == 0 && s->dropping) {
		s->dropping = false;
		log_info("%s: the reader has caught up", s->label);
	}
	if (s->fd < 0)
		return;
	settle(s);
	if (loop_mono_ns() - s->opened_ns > well_ns)
		dial_well(s->dial);
	if (s->written < s->len || s->queue.n > 0)
		loop_event_resume(s->writable);
	else
		loop_event_pause(s->writable);
}

static void
on_writable(void *arg)
{
	pump(arg);
}

static void
on_greeted(void *arg)
{
	struct stream *s = arg;

	s->is_greeting = false;
	pump(s);
}

/* The other end has nothing to say but that it is gone. */
static void
on_readable(void *arg)
{
	struct stream *s = arg;
	char buf[READ_CHUNK];

	for (unsigned i = 0; i < READS; i++) {
		ssize_t n = recv(s->fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (n == 0) {
			lost_socket(s, true,
			    "the reader closed the connection");
			return;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			failed(s, errno);
			return;
		}
		if (n < 0)
			return;
	}
}

static void
on_open(void *arg, int fd)
{
	struct stream *s = arg;
	int size = SNDBUF, one = 1;

	s->fd = fd;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (s->is_tcp) {
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	}
	s->readable = loop_readable(s->env->loop, fd, on_readable, s);
	s->writable = loop_writable(s->env->loop, fd, on_writable, s);
	s->opened_ns = loop_mono_ns();
	s->is_greeting = true;
	loop_timer_set(s->greeting, greeting_ns);
	if (s->readable == NULL || s->writable == NULL)
		lost_socket(s, true, strerror(ENOMEM));
}

static void
stream_write(struct output *o, const struct point *p)
{
	struct stream *s = (struct stream *)o;
	char line[LINE_SIZE];
	size_t n;
	bool fits = line_write(line, sizeof(line), p, &n);

	if (fits && n == 0)
		return; /* a point without a field is no record */
	s->stats.records++;
	if (!fits) {
		s->stats.lost_error++;
		amount_add_point(&s->stats.lost_sum, p);
		return;
	}
	uint64_t n_lost = lineq_append(&s->queue, line, n);
	s->stats.lost_full += n_lost;
	if (n_lost > 0 && !s->dropping) {
		log_warn("%s: the queue is full: the oldest lines are lost",
		    s->label);
		s->dropping = true;
	}
	if (lineq_bytes(&s->queue) >= BATCH &&
	    lineq_bytes(&s->queue) - n < BATCH)
		pump(s);
}

static void
stream_commit(struct output *o)
{
	pump((struct stream *)o);
}

/* A replay begins when it is known whether there is a reader. */
static bool
stream_congested(const struct output *o)
{
	const struct stream *s = (const struct stream *)o;

	return !dial_has_tried(s->dial) ||
	    lineq_bytes(&s->queue) > QUEUE_MAX / 2;
}

static bool
stream_drained(const struct output *o)
{
	const struct stream *s = (const struct stream *)o;

	return s->queue.n == 0 && (s->len == 0 || ask_arrived(s) == s->len);
}

static void
stream_stats(const struct output *o, struct output_stats *stats)
{
	const struct stream *s = (const struct stream *)o;
	uint64_t arrived =
	    lineq_count(s->flight, last_line_end(s, ask_arrived(s)));

	*stats = s->stats;
	amount_add(&stats->lost_sum, &s->queue.lost);
	stats->stored += arrived;
	stats->spooled = s->queue.n + s->n_flight - arrived;
	stats->connects = dial_connects(s->dial);
	stats->waiting = s->fd < 0;
}

static void
stream_close(struct output *o)
{
	struct stream *s = (struct stream *)o;

	loop_event_free(s->readable);
	loop_event_free(s->writable);
	loop_event_free(s->greeting);
	dial_free(s->dial);
	lineq_fini(&s->queue);
	free(s);
}

static struct output *
stream_open(const struct output_ops *ops, const struct address *address,
    const struct output_env *env, char *err, size_t err_size)
{
	struct stream *s = calloc(1, sizeof(*s));

	snprintf(err, err_size, "out of memory");
	if (s == NULL)
		return NULL;
	s->o.ops = ops;
	s->env = env;
	s->fd = -1;
	s->is_tcp = address->path[0] == '\0';
	address_label(address, ops->scheme, s->label);
	const struct dial_env dial_env = {
		.loop = env->loop,
		.label = s->label,
		.type = SOCK_STREAM,
		.on_open = on_open,
		.on_socket = env->on_socket,
		.socket_arg = env->arg,
		.arg = s,
	};
	s->greeting = loop_timer(env->loop, on_greeted, s);
	if (lineq_init(&s->queue, QUEUE_MAX) && s->greeting != NULL)
		s->dial = dial_new(address, &dial_env);
	if (s->dial == NULL) {
		stream_close(&s->o);
		return NULL;
	}
	return &s->o;
}

static bool
tcp_parse(struct address *a, const char *rest, char *err, size_t err_size)
{
	const char *why;

	if (address_parse(a, rest, strlen(rest), 0, &why))
		return true;
	snprintf(err, err_size, "tcp://HOST:PORT: %s", why);
	return false;
}

static bool
unix_parse(struct address *a, const char *rest, char *err, size_t err_size)
{
	const char *why;

	if (address_parse_path(a, rest, &why))
		return true;
	snprintf(err, err_size, "unix:PATH: %s", why);
	return false;
}

static bool
tcp_check(const char *rest, char *err, size_t err_size)
{
	struct address a;

	return tcp_parse(&a, rest, err, err_size);
}

static bool
unix_check(const char *rest, char *err, size_t err_size)
{
	struct address a;

	return unix_parse(&a, rest, err, err_size);
}

static void
tcp_needs(const char *rest, struct output_needs *n)
{
	struct address a;
	char err[256];

	if (!tcp_parse(&a, rest, err, sizeof(err)))
		return;
	n->internet = true;
	n->names = !names_is_address(a.at.host);
	n->tcp[n->n_tcp++] = a.at.port;
}

static struct output *
tcp_open(const char *rest, const struct output_env *env, char *err,
    size_t err_size)
{
	struct address a;

	if (!tcp_parse(&a, rest, err, err_size))
		return NULL;
	return stream_open(&tcp_output, &a, env, err, err_size);
}

static struct output *
unix_open(const char *rest, const struct output_env *env, char *err,
    size_t err_size)
{
	struct address a;

	if (!unix_parse(&a, rest, err, err_size))
		return NULL;
	return stream_open(&unix_output, &a, env, err, err_size);
}

const struct output_ops tcp_output = {
	.scheme = "tcp://",
	.check = tcp_check,
	.needs = tcp_needs,
	.open = tcp_open,
	.write = stream_write,
	.commit = stream_commit,
	.congested = stream_congested,
	.drained = stream_drained,
	.stats = stream_stats,
	.close = stream_close,
};

const struct output_ops unix_output = {
	.scheme = "unix:",
	.check = unix_check,
	.open = unix_open,
	.write = stream_write,
	.commit = stream_commit,
	.congested = stream_congested,
	.drained = stream_drained,
	.stats = stream_stats,
	.close = stream_close,
};

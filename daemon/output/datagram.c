/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * udp:// and unixgram: send lines as datagrams, each of as many whole lines as
 * fit into DATAGRAM bytes.
 *
 * Nobody answers a datagram, so stored means sent.  What is known to be lost
 * is counted: a datagram after which the other host said that nobody listens
 * there, and one that is too long for the network.  After such an answer the
 * rest waits, and one datagram at a time asks whether someone listens now.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/output/amount.h"
#include "daemon/output/dial.h"
#include "daemon/output/lineq.h"
#include "daemon/output/names.h"
#include "daemon/output/output.h"
#include "daemon/report/line.h"

extern const struct output_ops udp_output, unixgram_output;

enum {
	QUEUE_MAX = 4 << 20,
	/* Fits an Ethernet frame behind IPv6, UDP and a tunnel or two. */
	DATAGRAM = 1400,
	BATCH = 64 << 10,
};

/* How long a first datagram waits for the news that nobody listens. */
static const int64_t probe_ns = 100000000;

struct datagram {
	struct output o;
	const struct output_env *env;
	char label[ADDRESS_LABEL];
	bool is_udp;
	struct dial *dial;
	int fd; /* the dial's; -1: none */
	struct loop_event *writable, *readable, *probe;
	struct lineq queue;
	char gram[LINE_SIZE]; /* to be sent next */
	size_t len;
	uint64_t n_gram, n_last; /* lines in it; in the last that was sent */
	struct spool_sum last_sum; /* what those have told */
	struct output_stats stats;
	bool is_probing, has_probed;
	bool dropping, too_long; /* the log has been told */
};

static void
lost_socket(struct datagram *d, int error)
{
	loop_event_free(d->readable);
	loop_event_free(d->writable);
	d->readable = d->writable = NULL;
	loop_event_pause(d->probe);
	d->fd = -1;
	dial_again(d->dial, strerror(error));
}

/*
 * On UDP such an error is the answer to an earlier datagram, and the one that
 * was to be sent has stayed here; so it has on a unix socket.
 */
static void
failed(struct datagram *d, int error)
{
	if (d->is_udp && error == ECONNREFUSED) {
		d->stats.stored -= d->n_last;
		d->stats.lost_error += d->n_last;
		amount_add(&d->stats.lost_sum, &d->last_sum);
		d->n_last = 0;
	}
	lost_socket(d, error);
}

static void
sent(struct datagram *d)
{
	d->stats.stored += d->n_gram;
	d->n_last = d->n_gram;
	d->last_sum = (struct spool_sum){ 0 };
	amount_add_lines(&d->last_sum, d->gram, d->len);
	d->len = d->n_gram = 0;
	if (d->is_probing)
		d->has_probed = true;
	else
		dial_well(d->dial);
}

static void
too_long(struct datagram *d)
{
	d->stats.lost_error += d->n_gram;
	amount_add_lines(&d->stats.lost_sum, d->gram, d->len);
	if (!d->too_long)
		log_warn("%s: %zu bytes are too long for a datagram: lost",
		    d->label, d->len);
	d->too_long = true;
	d->len = d->n_gram = 0;
}

/* One datagram; false if no more can be sent now. */
static bool
step(struct datagram *d)
{
	if (d->is_probing && d->has_probed)
		return false;
	if (d->len == 0)
		d->len = lineq_take(&d->queue, d->gram, DATAGRAM, UINT64_MAX,
		    &d->n_gram);
	if (d->len == 0)
		return false;
	if (send(d->fd, d->gram, d->len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
		sent(d);
		return true;
	}
	switch (errno) {
	case EINTR:
		return true;
	case EMSGSIZE:
		too_long(d);
		return true;
	case EAGAIN:
	case ENOBUFS:
		loop_event_resume(d->writable);
		return false;
	default:
		failed(d, errno);
		return false;
	}
}

static void
pump(struct datagram *d)
{
	while (d->fd >= 0 && step(d))
		;
	if (d->queue.n == 0 && d->dropping) {
		d->dropping = false;
		log_info("%s: the reader has caught up", d->label);
	}
}

static void
on_writable(void *arg)
{
	struct datagram *d = arg;

	loop_event_pause(d->writable);
	pump(d);
}

/* What comes is an error, or of no interest. */
static void
on_readable(void *arg)
{
	struct datagram *d = arg;
	char buf[64];

	if (recv(d->fd, buf, sizeof(buf), MSG_DONTWAIT) < 0 &&
	    errno != EAGAIN && errno != EINTR)
		failed(d, errno);
}

static void
on_probed(void *arg)
{
	struct datagram *d = arg;

	if (!d->has_probed && d->len + d->queue.n > 0) {
		loop_timer_set(d->probe, probe_ns);
		return;
	}
	d->is_probing = false;
	dial_well(d->dial);
	pump(d);
}

static void
on_open(void *arg, int fd)
{
	struct datagram *d = arg;

	d->fd = fd;
	d->is_probing = d->is_udp;
	d->has_probed = false;
	d->n_last = 0;
	d->readable = loop_readable(d->env->loop, fd, on_readable, d);
	d->writable = loop_writable(d->env->loop, fd, on_writable, d);
	if (d->readable == NULL || d->writable == NULL) {
		lost_socket(d, ENOMEM);
		return;
	}
	if (d->is_probing)
		loop_timer_set(d->probe, probe_ns);
	pump(d);
}

static void
datagram_write(struct output *o, const struct point *p)
{
	struct datagram *d = (struct datagram *)o;
	char line[LINE_SIZE];
	size_t n;
	bool fits = line_write(line, sizeof(line), p, &n);

	if (fits && n == 0)
		return; /* a point without a field is no record */
	d->stats.records++;
	if (!fits) {
		d->stats.lost_error++;
		amount_add_point(&d->stats.lost_sum, p);
		return;
	}
	uint64_t n_lost = lineq_append(&d->queue, line, n);
	d->stats.lost_full += n_lost;
	if (n_lost > 0 && !d->dropping) {
		log_warn("%s: the queue is full: the oldest lines are lost",
		    d->label);
		d->dropping = true;
	}
	if (lineq_bytes(&d->queue) >= BATCH &&
	    lineq_bytes(&d->queue) - n < BATCH)
		pump(d);
}

static void
datagram_commit(struct output *o)
{
	pump((struct datagram *)o);
}

static bool
datagram_congested(const struct output *o)
{
	const struct datagram *d = (const struct datagram *)o;

	return !dial_has_tried(d->dial) ||
	    lineq_bytes(&d->queue) > QUEUE_MAX / 2;
}

static bool
datagram_drained(const struct output *o)
{
	const struct datagram *d = (const struct datagram *)o;

	/* While the first is out, the news of it may come. */
	return d->queue.n == 0 && d->len == 0 &&
	    !(d->fd >= 0 && d->is_probing && d->has_probed);
}

static void
datagram_stats(const struct output *o, struct output_stats *stats)
{
	const struct datagram *d = (const struct datagram *)o;

	*stats = d->stats;
	amount_add(&stats->lost_sum, &d->queue.lost);
	stats->spooled = d->queue.n + d->n_gram;
	stats->connects = dial_connects(d->dial);
	stats->waiting = d->fd < 0;
}

static void
datagram_close(struct output *o)
{
	struct datagram *d = (struct datagram *)o;

	loop_event_free(d->readable);
	loop_event_free(d->writable);
	loop_event_free(d->probe);
	dial_free(d->dial);
	lineq_fini(&d->queue);
	free(d);
}

static struct output *
datagram_open(const struct output_ops *ops, const struct address *address,
    const struct output_env *env, char *err, size_t err_size)
{
	struct datagram *d = calloc(1, sizeof(*d));

	snprintf(err, err_size, "out of memory");
	if (d == NULL)
		return NULL;
	d->o.ops = ops;
	d->env = env;
	d->fd = -1;
	d->is_udp = address->path[0] == '\0';
	address_label(address, ops->scheme, d->label);
	const struct dial_env dial_env = {
		.loop = env->loop,
		.label = d->label,
		.type = SOCK_DGRAM,
		.on_open = on_open,
		.on_socket = env->on_socket,
		.socket_arg = env->arg,
		.arg = d,
	};
	d->probe = loop_timer(env->loop, on_probed, d);
	if (lineq_init(&d->queue, QUEUE_MAX) && d->probe != NULL)
		d->dial = dial_new(address, &dial_env);
	if (d->dial == NULL) {
		datagram_close(&d->o);
		return NULL;
	}
	return &d->o;
}

static bool
udp_parse(struct address *a, const char *rest, char *err, size_t err_size)
{
	const char *why;

	if (address_parse(a, rest, strlen(rest), 0, &why))
		return true;
	snprintf(err, err_size, "udp://HOST:PORT: %s", why);
	return false;
}

static bool
unixgram_parse(struct address *a, const char *rest, char *err, size_t err_size)
{
	const char *why;

	if (address_parse_path(a, rest, &why))
		return true;
	snprintf(err, err_size, "unixgram:PATH: %s", why);
	return false;
}

static bool
udp_check(const char *rest, char *err, size_t err_size)
{
	struct address a;

	return udp_parse(&a, rest, err, err_size);
}

static bool
unixgram_check(const char *rest, char *err, size_t err_size)
{
	struct address a;

	return unixgram_parse(&a, rest, err, err_size);
}

static void
udp_needs(const char *rest, struct output_needs *n)
{
	struct address a;
	char err[256];

	if (!udp_parse(&a, rest, err, sizeof(err)))
		return;
	n->internet = true;
	n->names = !names_is_address(a.at.host);
}

static struct output *
udp_open(const char *rest, const struct output_env *env, char *err,
    size_t err_size)
{
	struct address a;

	if (!udp_parse(&a, rest, err, err_size))
		return NULL;
	return datagram_open(&udp_output, &a, env, err, err_size);
}

static struct output *
unixgram_open(const char *rest, const struct output_env *env, char *err,
    size_t err_size)
{
	struct address a;

	if (!unixgram_parse(&a, rest, err, err_size))
		return NULL;
	return datagram_open(&unixgram_output, &a, env, err, err_size);
}

const struct output_ops udp_output = {
	.scheme = "udp://",
	.check = udp_check,
	.needs = udp_needs,
	.open = udp_open,
	.write = datagram_write,
	.commit = datagram_commit,
	.congested = datagram_congested,
	.drained = datagram_drained,
	.stats = datagram_stats,
	.close = datagram_close,
};

const struct output_ops unixgram_output = {
	.scheme = "unixgram:",
	.check = unixgram_check,
	.open = unixgram_open,
	.write = datagram_write,
	.commit = datagram_commit,
	.congested = datagram_congested,
	.drained = datagram_drained,
	.stats = datagram_stats,
	.close = datagram_close,
};

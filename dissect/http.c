/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1 (RFC 9110, RFC 9112), on any port: requests and responses, one after
 * the other as their bodies' lengths say (RFC 9112, section 6.3).  Bodies are
 * skipped.
 *
 * A header block stays in the stream until it ends, but each line is read once,
 * as soon as it is there: a request counts with its Host field, so one that the
 * capture cuts off behind it counts too.  One that ends before, by a gap or
 * with its connection, does not.
 *
 * HTTP_TIME goes from the segment with the end of a request's header to the
 * one with the first byte of the final response, at least 1.
 */
#include "dissect/dissect.h"

#include <string.h>

#include "dissect/http_body.h"
#include "dissect/http_emit.h"
#include "dissect/http_line.h"
#include "dissect/http_pending.h"

enum { FIELDS_MAX = 100, TOGETHER_NS = 1000000 };

enum phase {
	PHASE_START, /* between messages */
	PHASE_HEAD,
	PHASE_CHUNK, /* before a chunk's size */
	PHASE_CHUNK_END, /* behind its bytes */
	PHASE_TRAILER,
	PHASE_N
};

/* What was seen of a header block. */
enum {
	HAS_START = 1, /* its first line */
	IS_EMITTED = 2,
	HAS_AGENT = 4, /* or content type: the first counts */
	HAS_UPGRADE = 8
};

/* One direction. */
struct side {
	uint8_t phase;
	uint8_t n_fields;
	uint8_t seen;
	uint16_t status;
	uint16_t line; /* where the line begins that is not read yet */
	uint16_t looked; /* before it there is no end of that line */
	uint16_t host_at, host_len; /* of a request's authority */
	int64_t begin_ns; /* when its first byte came */
	struct http_body body;
};

_Static_assert(sizeof(struct side) <= STREAM_OWN, "it is kept there");

struct shared {
	struct http_pending pending;
	int64_t ahead_ns; /* when the last response without a request came */
	bool is_ahead; /* there is one */
	bool is_client_known, is_server_known;
	bool connects; /* a CONNECT waits for its response */
};

_Static_assert(sizeof(struct shared) <= STREAM_SHARED, "it is kept there");

/*
 * Whether what is pending can be trusted when the server's side begins: it may
 * be behind a gap, which had responses.  Without pipelining one request waits
 * at most; with it, they come together.
 */
static bool
is_plausible(const struct shared *shared)
{
	const struct http_pending *p = &shared->pending;

	if (p->n + p->n_more <= 1)
		return true;
	return !shared->is_server_known &&
	    p->sent_ns[p->n - 1] < p->sent_ns[0] + TOGETHER_NS;
}

static void
begin(struct stream *s)
{
	struct shared *shared = s->shared;

	if (!s->is_server || !is_plausible(shared)) {
		memset(&shared->pending, 0, sizeof(shared->pending));
		shared->connects = false;
	}
	shared->is_ahead = false;
	shared->is_server_known |= s->is_server;
	shared->is_client_known |= !s->is_server;
}

/*
 * Cuts off the line that begins at side->line, without its CR LF.  False if it
 * does not end yet; side->line then is behind HTTP_HEADER_MAX if it won't.
 */
static bool
take_line(const struct stream *s, struct side *side, struct cur *line)
{
	struct cur c = s->data;
	const uint8_t *lf;

	cur_shrink(&c, HTTP_HEADER_MAX);
	lf = memchr(c.p + side->looked, '\n', cur_len(&c) - side->looked);
	if (lf == NULL) {
		side->looked = (uint16_t)cur_len(&c);
		return false;
	}
	line->p = c.p + side->line;
	line->end = lf > line->p && lf[-1] == '\r' ? lf - 1 : lf;
	side->line = side->looked = (uint16_t)(lf + 1 - c.p);
	return true;
}

/* What becomes of a stream whose line does not end. */
static enum stream_verdict
no_line(const struct stream *s)
{
	return s->is_end || cur_len(&s->data) >= HTTP_HEADER_MAX ? STREAM_BAD
								 : STREAM_MORE;
}

/* Gives back the lines read so far. */
static void
consume(struct stream *s, struct side *side)
{
	s->data.p += side->line;
	side->line = side->looked = 0;
}

static void
skip(struct stream *s, uint64_t n)
{
	size_t len = cur_len(&s->data);
	size_t here = n < len ? (size_t)n : len;

	s->data.p += here;
	s->skip = n - here;
}

/* Where the second word of a line ends that has been cut; or its beginning. */
static const uint8_t *
end_of_target(const struct cur *line)
{
	const uint8_t *p = memchr(line->p, ' ', cur_len(line));

	if (p == NULL)
		return line->p;
	p = memchr(p + 1, ' ', (size_t)(line->end - p) - 1);
	return p != NULL ? p : line->p;
}

/* The method, target and host of the request that the block begins with. */
static bool
read_request(const struct stream *s, const struct side *side,
    struct cur *method, struct http_target *target, struct http_host *host)
{
	struct cur line = s->data, word;
	const uint8_t *lf = memchr(line.p, '\n', cur_len(&line));

	if (lf == NULL && !s->is_cut)
		return false;
	if (lf == NULL)
		line.end = end_of_target(&line);
	else
		line.end = lf > line.p && lf[-1] == '\r' ? lf - 1 : lf;
	if (!http_request_line(&line, method, &word))
		return false;
	http_target_read(target, word, http_is(method, "connect"));
	if (!target->is_proxy) {
		target->authority.p = s->data.p + side->host_at;
		target->authority.end = target->authority.p + side->host_len;
	}
	http_host_read(host, &target->authority, s->tuple);
	return true;
}

static void
emit_request(struct stream *s, struct side *side)
{
	struct http_target target;
	struct http_host host;
	struct cur method;

	if (side->seen & IS_EMITTED ||
	    !read_request(s, side, &method, &target, &host))
		return;
	side->seen |= IS_EMITTED;
	http_emit_request(s->messages, &method, &target, &host, s->tuple);
}

static bool
start_line(struct stream *s, struct side *side, const struct cur *line)
{
	struct http_target target;
	struct cur method, word;
	unsigned status;

	side->seen |= HAS_START;
	if (s->is_server) {
		if (!http_status_line(line, &status))
			return false;
		side->status = (uint16_t)status;
		http_emit_status(s->messages, status);
		return true;
	}
	if (!http_request_line(line, &method, &word))
		return false;
	http_target_read(&target, word, http_is(&method, "connect"));
	if (target.is_proxy)
		emit_request(s, side);
	return true;
}

/* Those of a response that are neither length nor coding. */
static void
response_field(struct stream *s, struct side *side, const struct cur *name,
    const struct cur *value)
{
	struct cur word = *value;
	const uint8_t *comma;

	if (!(side->seen & HAS_AGENT) && http_is(name, "content-type")) {
		side->seen |= HAS_AGENT;
		http_emit_type(s->messages, value);
	}
	if (side->status != 101 || side->seen & HAS_UPGRADE ||
	    !http_is(name, "upgrade"))
		return;
	side->seen |= HAS_UPGRADE;
	comma = memchr(word.p, ',', cur_len(&word));
	if (comma != NULL)
		word.end = comma;
	http_trim(&word);
	if (cur_len(&word) > 0)
		message_add(s->messages, MESSAGE_HTTP_UPGRADE, word.p,
		    cur_len(&word), true);
}

static void
request_field(struct stream *s, struct side *side, const struct cur *name,
    const struct cur *value)
{
	if (!(side->seen & IS_EMITTED) && http_is(name, "host")) {
		side->host_at = (uint16_t)(value->p - s->data.p);
		side->host_len = (uint16_t)cur_len(value);
		emit_request(s, side);
	} else if (!(side->seen & HAS_AGENT) && http_is(name, "user-agent")) {
		side->seen |= HAS_AGENT;
		message_add(s->messages, MESSAGE_HTTP_USER_AGENT, value->p,
		    cur_len(value), false);
	}
}

/* One line of the block. */
static void
field_line(struct stream *s, struct side *side, const struct cur *line)
{
	struct cur name, value;
	bool is_spaced;

	if (line->p[0] == ' ' || line->p[0] == '\t') {
		http_body_fold(&side->body, line);
		return;
	}
	if (!http_field(line, &name, &value, &is_spaced) ||
	    http_body_field(&side->body, &name, &value, is_spaced,
		s->is_server) != HTTP_FIELD_OTHER)
		return;
	if (s->is_server)
		response_field(s, side, &name, &value);
	else
		request_field(s, side, &name, &value);
}

/*
 * What follows the header, which is consumed: where the body's end can't be
 * told, whatever looks like a message there is taken for one.
 */
static enum stream_verdict
body(struct stream *s, struct side *side)
{
	side->phase = PHASE_START;
	switch (http_body_end(&side->body, s->is_server)) {
	case HTTP_BODY_LENGTH:
		skip(s, side->body.length);
		return STREAM_AGAIN;
	case HTTP_BODY_CHUNKS:
		side->phase = PHASE_CHUNK;
		side->n_fields = 0;
		return STREAM_AGAIN;
	case HTTP_BODY_CLOSE:
		return STREAM_DONE;
	default:
		return STREAM_BAD;
	}
}

/*
 * A capture may have a response before its request, but not by much.  Such a
 * request is not pending, or each response would be taken for the one before.
 */
static void
add_pending(const struct stream *s, const struct side *side, unsigned flags,
    const struct http_host *host)
{
	struct shared *shared = s->shared;
	struct cur name = { host->bytes, host->bytes + host->len };
	bool was_ahead = shared->is_ahead;

	shared->is_ahead = false;
	if (was_ahead && side->begin_ns < shared->ahead_ns + TOGETHER_NS)
		return;
	if (http_pending_add(&shared->pending, 0, s->ts_ns, flags, &name))
		shared->connects = flags & HTTP_IS_CONNECT;
}

static enum stream_verdict
end_request(struct stream *s, struct side *side)
{
	struct http_target target;
	struct http_host host;
	struct cur method;
	unsigned flags = 0;

	emit_request(s, side);
	if (!read_request(s, side, &method, &target, &host))
		return STREAM_BAD;
	if (http_is(&method, "head"))
		flags = HTTP_IS_HEAD;
	else if (http_is(&method, "connect"))
		flags = HTTP_IS_CONNECT;
	add_pending(s, side, flags, &host);
	consume(s, side);
	if (flags != HTTP_IS_CONNECT)
		return body(s, side);
	side->phase = PHASE_START;
	return STREAM_AGAIN;
}

static enum stream_verdict
end_response(struct stream *s, struct side *side)
{
	struct shared *shared = s->shared;
	struct http_pending *p = &shared->pending;
	unsigned flags = 0, status = side->status;

	consume(s, side);
	side->phase = PHASE_START;
	/* RFC 9110, section 15.2: interim; the response follows. */
	if (status < 200 && status != 101)
		return STREAM_AGAIN;
	if (p->n + p->n_more > 0) {
		flags = http_pending_take(p, 0, side->begin_ns, s->messages);
	} else if (shared->is_client_known) {
		shared->is_ahead = true;
		shared->ahead_ns = side->begin_ns;
	}
	if (flags & HTTP_IS_CONNECT)
		shared->connects = false;
	if (status == 101)
		return STREAM_LEAVE;
	if (flags & HTTP_IS_CONNECT && status < 300) {
		message_text(s->messages, MESSAGE_HTTP_UPGRADE, "connect");
		return STREAM_LEAVE;
	}
	if (flags & HTTP_IS_HEAD || status == 204 || status == 304)
		return STREAM_AGAIN;
	return body(s, side);
}

/*
 * Behind a CONNECT the client waits for the response, which says whose bytes
 * follow.  Where there is none to be seen, those of another protocol.
 */
static enum stream_verdict
between(struct stream *s, struct side *side)
{
	const struct shared *shared = s->shared;

	if (!s->is_server && shared->connects && cur_len(&s->data) > 0)
		return s->is_end || cur_len(&s->data) > HTTP_HEADER_MAX
		    ? STREAM_LEAVE
		    : STREAM_MORE;
	/* Section 2.2: empty lines before a start line are ignored. */
	while (cur_len(&s->data) > 0 &&
	    (s->data.p[0] == '\r' || s->data.p[0] == '\n'))
		s->data.p++;
	if (cur_len(&s->data) == 0)
		return STREAM_MORE;
	*side = (struct side){ .phase = PHASE_HEAD, .begin_ns = s->ts_ns };
	return STREAM_AGAIN;
}

static enum stream_verdict
head(struct stream *s, struct side *side)
{
	struct cur line;

	while (take_line(s, side, &line)) {
		if (!(side->seen & HAS_START)) {
			if (!start_line(s, side, &line))
				return STREAM_BAD;
		} else if (cur_len(&line) == 0) {
			return s->is_server ? end_response(s, side)
					    : end_request(s, side);
		} else if (side->n_fields++ == FIELDS_MAX) {
			return STREAM_BAD;
		} else {
			field_line(s, side, &line);
		}
	}
	return no_line(s);
}

static enum stream_verdict
chunk(struct stream *s, struct side *side)
{
	struct cur line;
	uint64_t n;

	if (!take_line(s, side, &line))
		return no_line(s);
	if (!http_chunk_size(&line, &n))
		return STREAM_BAD;
	consume(s, side);
	side->phase = n > 0 ? PHASE_CHUNK_END : PHASE_TRAILER;
	skip(s, n);
	return STREAM_AGAIN;
}

static enum stream_verdict
chunk_end(struct stream *s, struct side *side)
{
	struct cur line;

	if (!take_line(s, side, &line))
		return cur_len(&s->data) < 2 ? no_line(s) : STREAM_BAD;
	if (cur_len(&line) > 0)
		return STREAM_BAD;
	consume(s, side);
	side->phase = PHASE_CHUNK;
	return STREAM_AGAIN;
}

static enum stream_verdict
trailer(struct stream *s, struct side *side)
{
	struct cur line;

	if (!take_line(s, side, &line))
		return no_line(s);
	if (cur_len(&line) == 0)
		side->phase = PHASE_START;
	else if (side->n_fields++ == FIELDS_MAX)
		return STREAM_BAD;
	consume(s, side);
	return STREAM_AGAIN;
}

static enum stream_verdict
stream(struct stream *s)
{
	static enum stream_verdict (*const steps[PHASE_N])(struct stream *,
	    struct side *) = {
		[PHASE_START] = between,
		[PHASE_HEAD] = head,
		[PHASE_CHUNK] = chunk,
		[PHASE_CHUNK_END] = chunk_end,
		[PHASE_TRAILER] = trailer,
	};
	struct side *side = s->own;
	unsigned n = s->messages->n;
	enum stream_verdict verdict;

	if (s->is_cut) {
		if (!s->is_server && side->phase == PHASE_HEAD)
			emit_request(s, side);
		return STREAM_DONE;
	}
	if (cur_len(&s->data) == 0)
		return s->is_end ? STREAM_DONE : STREAM_MORE;
	if (s->is_fresh)
		begin(s);
	/* Each step consumes, or goes on to the next phase. */
	do
		verdict = steps[side->phase](s, side);
	while (verdict == STREAM_AGAIN && s->skip == 0 && s->messages->n == n);
	return s->skip > 0 ? STREAM_MORE : verdict;
}

const struct dissector http_dissector = {
	.name = "http",
	.by = BY_TCP_DATA,
	.is_app = true,
	.first = HTTP_FIRST,
	.n_first = sizeof(HTTP_FIRST) - 1,
	.probe = http_probe,
	.stream = stream,
};

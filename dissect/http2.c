/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 (RFC 9113) in the clear: with prior knowledge, or behind an upgrade
 * from HTTP/1 (h2c).  Requests and responses become the messages of HTTP/1.
 *
 * Header compression (RFC 7541) has a state from the first block on: a
 * direction is read from its beginning or not at all, and after a gap no
 * more.  A block stays in the stream until it is whole, so it is STREAM_BUFFER
 * bytes with its frames at most.
 *
 * HTTP_TIME goes from the segment with the end of a request's block to the one
 * with the first byte of the final response's, at least 1.
 */
#include "dissect/dissect.h"

#include <string.h>

#include "dissect/http_emit.h"
#include "dissect/http_pending.h"
#include "dissect/text.h"

/* Section 6. */
enum {
	FRAME_HEADERS = 1,
	FRAME_RST_STREAM = 3,
	FRAME_SETTINGS = 4,
	FRAME_PUSH_PROMISE = 5,
	FRAME_CONTINUATION = 9
};
enum { FLAG_END_HEADERS = 4, FLAG_PADDED = 8, FLAG_PRIORITY = 0x20 };

enum {
	FRAME_HEAD = 9, /* section 4.1 */
	SETTING_LEN = 6,
	SETTINGS_MAX = 64, /* in the first frame; seven are defined */
	PARTS_MAX = 64 /* frames of one header block */
};

/* Section 3.4: what a client begins with. */
static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum { PREFACE_LEN = sizeof(preface) - 1 };

enum phase { PHASE_PREFACE, PHASE_SETTINGS, PHASE_FRAMES };

struct side {
	uint8_t phase;
	uint8_t n_parts; /* frames of the block that is not whole yet */
	uint32_t at; /* where the next of them begins */
	int64_t begin_ns; /* when its first byte came */
};

_Static_assert(sizeof(struct side) <= STREAM_OWN, "it is kept there");

struct shared {
	struct http_pending pending;
	struct hpack *hpack[2]; /* client, server; NULL before a block */
	bool begun[2];
};

_Static_assert(sizeof(struct shared) <= STREAM_SHARED, "it is kept there");

struct frame {
	uint32_t len;
	uint8_t type;
	uint8_t flags;
	uint32_t stream;
	const uint8_t *payload;
};

/* Reads the frame header at offset at, if it is there. */
static bool
read_frame(const struct cur *data, size_t at, struct frame *f)
{
	const uint8_t *p = data->p + at;

	if (cur_len(data) < at + FRAME_HEAD)
		return false;
	f->len = be24(p);
	f->type = p[3];
	f->flags = p[4];
	f->stream = be32(p + 5) & 0x7fffffff;
	f->payload = p + FRAME_HEAD;
	return true;
}

/* Section 6.5: of the connection, whole settings. */
static bool
is_settings(const struct frame *f)
{
	return f->type == FRAME_SETTINGS && f->stream == 0 &&
	    f->len % SETTING_LEN == 0 && f->len <= SETTINGS_MAX * SETTING_LEN;
}

static enum probe
probe(const struct cur *data)
{
	static const uint8_t settings[] = { 4, 0, 0, 0, 0, 0 };
	size_t n = cur_len(data);
	struct frame f;

	if (memcmp(data->p, preface, n < PREFACE_LEN ? n : PREFACE_LEN) == 0)
		return n < PREFACE_LEN ? PROBE_MORE : PROBE_CLIENT;
	if (read_frame(data, 0, &f))
		return is_settings(&f) && f.flags == 0 ? PROBE_SERVER
						       : PROBE_NO;
	if (data->p[0] != 0 || (n > 1 && data->p[1] > 1) ||
	    (n > 3 && memcmp(data->p + 3, settings, n - 3) != 0))
		return PROBE_NO;
	return PROBE_MORE;
}

/* What is kept of a field: no more than text_clean can look at. */
struct text {
	uint8_t bytes[TEXT_MAX + 4];
	size_t len;
	bool is_there;
};

struct fields {
	struct text method, authority, host, path, protocol, status, type,
	    agent;
};

static void
field(void *arg, const struct cur *name, const struct cur *value)
{
	struct fields *f = arg;
	const struct {
		const char *name;
		struct text *text;
	} wanted[] = {
		{ ":method", &f->method },
		{ ":authority", &f->authority },
		{ ":path", &f->path },
		{ ":protocol", &f->protocol },
		{ ":status", &f->status },
		{ "host", &f->host },
		{ "content-type", &f->type },
		{ "user-agent", &f->agent },
	};
	size_t n = cur_len(value);

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct text *text = wanted[i].text;

		if (!http_is(name, wanted[i].name) || text->is_there)
			continue;
		text->is_there = true;
		text->len = n < sizeof(text->bytes) ? n : sizeof(text->bytes);
		memcpy(text->bytes, value->p, text->len);
	}
}

static struct cur
view(const struct text *t)
{
	return (struct cur){ t->bytes, t->bytes + t->len };
}

/* Section 8.3.1.  Trailers have no method. */
static void
request(struct stream *s, uint32_t id, const struct fields *f)
{
	struct shared *shared = s->shared;
	struct cur method = view(&f->method), protocol = view(&f->protocol);
	struct http_target target = { .path = view(&f->path) };
	struct http_host host;
	struct cur name;
	unsigned flags = 0;

	if (!f->method.is_there)
		return;
	if (http_is(&method, "head"))
		flags = HTTP_IS_HEAD;
	else if (http_is(&method, "connect") && f->protocol.is_there)
		flags = http_is(&protocol, "websocket") ? HTTP_IS_WEBSOCKET : 0;
	else if (http_is(&method, "connect"))
		flags = HTTP_IS_CONNECT;
	target.authority =
	    view(f->authority.len > 0 ? &f->authority : &f->host);
	target.is_proxy = flags == HTTP_IS_CONNECT;
	http_host_read(&host, &target.authority, s->tuple);
	message_text(s->messages, MESSAGE_HTTP2_REQUEST, "");
	http_emit_request(s->messages, &method, &target, &host, s->tuple);
	if (f->agent.is_there)
		message_add(s->messages, MESSAGE_HTTP_USER_AGENT,
		    f->agent.bytes, f->agent.len, false);
	name = (struct cur){ host.bytes, host.bytes + host.len };
	http_pending_make_room(&shared->pending);
	http_pending_add(&shared->pending, id, s->ts_ns, flags, &name);
}

/* Section 8.3.2.  Trailers have no status. */
static void
response(struct stream *s, const struct side *side, uint32_t id,
    const struct fields *f)
{
	struct shared *shared = s->shared;
	int index = http_pending_find(&shared->pending, id);
	const uint8_t *p = f->status.bytes;
	struct cur type = view(&f->type);
	unsigned status, flags;

	if (f->status.len != 3)
		return;
	for (unsigned i = 0; i < 3; i++)
		if (p[i] < '0' || p[i] > '9')
			return;
	status = (p[0] - '0') * 100u + (p[1] - '0') * 10u + p[2] - '0';
	http_emit_status(s->messages, status);
	http_emit_type(s->messages, &type);
	if (status < 200 || index < 0)
		return;
	flags = http_pending_take(&shared->pending, (unsigned)index,
	    side->begin_ns, s->messages);
	if (status >= 300)
		return;
	if (flags & HTTP_IS_CONNECT)
		message_text(s->messages, MESSAGE_HTTP_UPGRADE, "connect");
	else if (flags & HTTP_IS_WEBSOCKET)
		message_text(s->messages, MESSAGE_HTTP_UPGRADE, "websocket");
}

/*
 * The part of a header block that a frame carries: without padding (section
 * 6.1), priority (6.2) and the promised stream (6.6).
 */
static bool
fragment(const struct frame *f, struct cur *part)
{
	uint8_t pad = 0;

	*part = (struct cur){ f->payload, f->payload + f->len };
	if (f->type == FRAME_CONTINUATION)
		return true;
	if (f->flags & FLAG_PADDED && !cur_u8(part, &pad))
		return false;
	if (f->type == FRAME_PUSH_PROMISE && cur_take(part, 4) == NULL)
		return false;
	if (f->type == FRAME_HEADERS && f->flags & FLAG_PRIORITY &&
	    cur_take(part, 5) == NULL)
		return false;
	if (cur_len(part) < pad)
		return false;
	part->end -= pad;
	return true;
}

/*
 * Puts the parts of a block together that is n bytes with its frames, and
 * reads it.
 */
static bool
read_parts(struct stream *s, struct hpack *h, size_t n, struct fields *fields)
{
	uint8_t bytes[STREAM_BUFFER];
	struct cur block = { bytes, bytes }, part;
	struct frame f;
	size_t len = 0;

	for (size_t at = 0; at < n && read_frame(&s->data, at, &f);
	     at += FRAME_HEAD + f.len) {
		if (!fragment(&f, &part))
			return false;
		memcpy(bytes + len, part.p, cur_len(&part));
		len += cur_len(&part);
	}
	block.end += len;
	return s->codecs->hpack_read(h, &block, field, fields);
}

/*
 * The block that begins with this frame is whole: its frames end at side->at.
 */
static enum stream_verdict
end_block(struct stream *s, struct side *side, const struct frame *f)
{
	struct shared *shared = s->shared;
	struct hpack **h = &shared->hpack[s->is_server];
	struct fields fields;
	struct cur block;
	bool is_good;

	if (*h == NULL && s->codecs->hpack_new != NULL)
		*h = s->codecs->hpack_new();
	if (*h == NULL)
		return STREAM_DONE;
	memset(&fields, 0, sizeof(fields));
	if (side->n_parts > 1)
		is_good = read_parts(s, *h, side->at, &fields);
	else
		is_good = fragment(f, &block) &&
		    s->codecs->hpack_read(*h, &block, field, &fields);
	if (!is_good) {
		s->codecs->hpack_free(*h);
		*h = NULL;
		return STREAM_BAD;
	}
	/* A promise is of what nobody has asked for. */
	if (f->type == FRAME_HEADERS && s->is_server)
		response(s, side, f->stream, &fields);
	else if (f->type == FRAME_HEADERS)
		request(s, f->stream, &fields);
	s->data.p += side->at;
	side->at = 0;
	side->n_parts = 0;
	return STREAM_AGAIN;
}

/*
 * Section 6.10: nothing may come between the frames of a block.  Each call
 * goes on with the first frame that was not whole at the last.
 */
static enum stream_verdict
block(struct stream *s, struct side *side, const struct frame *first)
{
	struct frame f;

	if (side->n_parts == 0) {
		side->begin_ns = s->ts_ns;
		side->n_parts = 1;
	}
	while (read_frame(&s->data, side->at, &f)) {
		size_t end = side->at + FRAME_HEAD + f.len;

		if (side->at > 0 &&
		    (f.type != FRAME_CONTINUATION || f.stream != first->stream))
			return STREAM_BAD;
		if (end > STREAM_BUFFER || side->n_parts > PARTS_MAX)
			return STREAM_BAD;
		if (cur_len(&s->data) < end)
			break;
		if (side->at > 0)
			side->n_parts++;
		side->at = (uint32_t)end;
		if (f.flags & FLAG_END_HEADERS)
			return end_block(s, side, first);
	}
	return s->is_end ? STREAM_BAD : STREAM_MORE;
}

static void
skip(struct stream *s, uint64_t n)
{
	size_t len = cur_len(&s->data);
	size_t here = n < len ? (size_t)n : len;

	s->data.p += here;
	s->skip = n - here;
}

static enum stream_verdict
frame(struct stream *s, struct side *side)
{
	struct shared *shared = s->shared;
	struct frame f;
	int index;

	if (!read_frame(&s->data, 0, &f))
		return STREAM_MORE;
	/* A client may acknowledge the server's before it sends its own. */
	if (side->phase == PHASE_SETTINGS && !is_settings(&f))
		return STREAM_BAD;
	side->phase = PHASE_FRAMES;
	switch (f.type) {
	case FRAME_HEADERS:
	case FRAME_PUSH_PROMISE:
		return f.stream != 0 ? block(s, side, &f) : STREAM_BAD;
	case FRAME_CONTINUATION:
		return STREAM_BAD;
	case FRAME_RST_STREAM:
		index = http_pending_find(&shared->pending, f.stream);
		if (index >= 0)
			http_pending_take(&shared->pending, (unsigned)index, 0,
			    NULL);
		break;
	default:
		break;
	}
	skip(s, FRAME_HEAD + (uint64_t)f.len);
	return STREAM_AGAIN;
}

static enum stream_verdict
begin(struct stream *s, struct side *side)
{
	if (s->is_server) {
		side->phase = PHASE_SETTINGS;
		return STREAM_AGAIN;
	}
	if (cur_len(&s->data) < PREFACE_LEN)
		return STREAM_MORE;
	if (memcmp(s->data.p, preface, PREFACE_LEN) != 0)
		return STREAM_BAD;
	s->data.p += PREFACE_LEN;
	side->phase = PHASE_SETTINGS;
	return STREAM_AGAIN;
}

static enum stream_verdict
stream(struct stream *s)
{
	struct shared *shared = s->shared;
	struct side *side = s->own;
	unsigned n = s->messages->n;
	enum stream_verdict verdict;

	if (cur_len(&s->data) == 0)
		return s->is_end ? STREAM_DONE : STREAM_MORE;
	if (s->is_fresh) {
		/* What is missing may have changed the compression's state. */
		if (shared->begun[s->is_server])
			return STREAM_BAD;
		shared->begun[s->is_server] = true;
	}
	do
		verdict = side->phase == PHASE_PREFACE ? begin(s, side)
						       : frame(s, side);
	while (verdict == STREAM_AGAIN && s->skip == 0 && s->messages->n == n);
	return s->skip > 0 ? STREAM_MORE : verdict;
}

static void
give_back(void *own[2], void *shared, const struct codecs *codecs)
{
	struct shared *sh = shared;

	(void)own;
	for (unsigned i = 0; i < 2; i++) {
		if (sh->hpack[i] != NULL)
			codecs->hpack_free(sh->hpack[i]);
		sh->hpack[i] = NULL;
	}
}

const struct dissector http2_dissector = {
	.name = "http2",
	.by = BY_TCP_DATA,
	.is_app = true,
	.first = "P\0",
	.n_first = 2,
	.probe = probe,
	.stream = stream,
	.close = give_back,
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 (RFC 9113) in the clear: with prior knowledge, or behind an upgrade
 * from HTTP/1 (h2c).  Requests and responses become the messages of HTTP/1.
 *
 * Header compression (RFC 7541) has a state from the first block on: a
 * direction is read from its beginning or not at all, and after a gap no
 * more.  A block is read as it comes, so that no segment costs more than its
 * own bytes; what is wanted of it is kept until it is whole.
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
	PARTS_MAX = 64, /* frames of one header block behind the first */
	BLOCK_MAX = 65536 /* bytes of one, with the frames' headers */
};

/* Section 3.4: what a client begins with. */
static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum { PREFACE_LEN = sizeof(preface) - 1 };

enum phase { PHASE_PREFACE, PHASE_SETTINGS, PHASE_FRAMES, PHASE_PART };

struct side {
	uint8_t phase;
	/* Of the block that is not whole yet: */
	uint8_t n_parts; /* frames so far */
	uint8_t type; /* of the first */
	bool is_last; /* there are no more */
	uint8_t pad; /* bytes behind the part that is being read */
	uint32_t left; /* bytes of that part */
	uint32_t n; /* bytes of all frames */
	uint32_t stream;
	int64_t begin_ns; /* when the first byte came; 0: there is none */
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
	uint16_t len;
	bool is_there;
	uint8_t bytes[TEXT_MAX + 4];
};

/* Of requests, then of responses: what is kept of a block of each side. */
enum {
	METHOD,
	AUTHORITY,
	HOST,
	PATH,
	PROTOCOL,
	AGENT,
	STATUS,
	TYPE,
	TEXTS,
	OF_REQUESTS = STATUS
};

static const char *const names[TEXTS] = { ":method", ":authority", "host",
	":path", ":protocol", "user-agent", ":status", "content-type" };

/* One block, while it is read. */
struct block {
	struct text *text;
	unsigned begin, end; /* of text: what is wanted */
};

static struct block
block_of(const struct stream *s)
{
	struct block b = { (struct text *)(void *)s->assembly, 0, OF_REQUESTS };

	if (s->is_server) {
		b.begin = OF_REQUESTS;
		b.end = TEXTS;
	}
	return b;
}

static void
field(void *arg, const struct cur *name, const struct cur *value)
{
	const struct block *b = arg;
	size_t n = cur_len(value);

	for (unsigned i = b->begin; i < b->end; i++) {
		struct text *text = &b->text[i];

		if (text->is_there || !http_is(name, names[i]))
			continue;
		text->is_there = true;
		if (n > sizeof(text->bytes))
			n = sizeof(text->bytes);
		text->len = (uint16_t)n;
		memcpy(text->bytes, value->p, n);
		return;
	}
}

static struct cur
view(const struct text *t)
{
	return (struct cur){ t->bytes, t->bytes + t->len };
}

/* Section 8.3.1.  Trailers have no method. */
static void
request(struct stream *s, uint32_t id, const struct text *text)
{
	struct shared *shared = s->shared;
	struct cur method = view(&text[METHOD]);
	struct cur protocol = view(&text[PROTOCOL]);
	struct http_target target = { .path = view(&text[PATH]) };
	struct http_host host;
	struct cur name;
	unsigned flags = 0;

	if (!text[METHOD].is_there)
		return;
	if (http_is(&method, "head"))
		flags = HTTP_IS_HEAD;
	else if (http_is(&method, "connect") && text[PROTOCOL].is_there)
		flags = http_is(&protocol, "websocket") ? HTTP_IS_WEBSOCKET : 0;
	else if (http_is(&method, "connect"))
		flags = HTTP_IS_CONNECT;
	target.authority =
	    view(&text[text[AUTHORITY].len > 0 ? AUTHORITY : HOST]);
	target.is_proxy = flags == HTTP_IS_CONNECT;
	http_host_read(&host, &target.authority, s->tuple);
	message_text(s->messages, MESSAGE_HTTP2_REQUEST, "");
	http_emit_request(s->messages, &method, &target, &host, s->tuple);
	if (text[AGENT].is_there)
		message_add(s->messages, MESSAGE_HTTP_USER_AGENT,
		    text[AGENT].bytes, text[AGENT].len, false);
	name = (struct cur){ host.bytes, host.bytes + host.len };
	http_pending_make_room(&shared->pending);
	http_pending_add(&shared->pending, id, s->ts_ns, flags, &name);
}

/* Section 8.3.2.  Trailers have no status. */
static void
response(struct stream *s, const struct side *side, uint32_t id,
    const struct text *text)
{
	struct shared *shared = s->shared;
	int index = http_pending_find(&shared->pending, id);
	const uint8_t *p = text[STATUS].bytes;
	struct cur type = view(&text[TYPE]);
	unsigned status, flags;

	if (text[STATUS].len != 3)
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

static void
skip(struct stream *s, uint64_t n)
{
	size_t len = cur_len(&s->data);
	size_t here = n < len ? (size_t)n : len;

	s->data.p += here;
	s->skip = n - here;
}

static enum stream_verdict
begin_block(struct stream *s, struct side *side, const struct frame *f)
{
	struct shared *shared = s->shared;
	struct hpack **h = &shared->hpack[s->is_server];
	struct block b = block_of(s);

	if (*h == NULL && s->codecs->hpack_new != NULL)
		*h = s->codecs->hpack_new();
	if (*h == NULL)
		return STREAM_DONE;
	memset(&b.text[b.begin], 0, (b.end - b.begin) * sizeof(*b.text));
	side->type = f->type;
	side->stream = f->stream;
	side->n = 0;
	return STREAM_AGAIN;
}

/*
 * A frame carries a part of a header block, without padding (section 6.1),
 * priority (6.2) and the promised stream (6.6).
 */
static enum stream_verdict
begin_part(struct stream *s, struct side *side, const struct frame *f)
{
	bool is_first = f->type != FRAME_CONTINUATION;
	bool is_padded = is_first && f->flags & FLAG_PADDED;
	uint32_t n = is_padded;

	if (side->begin_ns == 0)
		side->begin_ns = s->ts_ns;
	if (f->type == FRAME_PUSH_PROMISE)
		n += 4;
	else if (f->type == FRAME_HEADERS && f->flags & FLAG_PRIORITY)
		n += 5;
	if (f->len < n || FRAME_HEAD + f->len > BLOCK_MAX - side->n ||
	    side->n_parts > PARTS_MAX)
		return STREAM_BAD;
	if (cur_len(&s->data) < FRAME_HEAD + n)
		return s->is_end ? STREAM_BAD : STREAM_MORE;
	side->pad = is_padded ? f->payload[0] : 0;
	if (f->len - n < side->pad)
		return STREAM_BAD;
	side->left = f->len - n - side->pad;
	side->is_last = f->flags & FLAG_END_HEADERS;
	side->n += FRAME_HEAD + f->len;
	side->n_parts++;
	side->phase = PHASE_PART;
	s->data.p += FRAME_HEAD + n;
	return STREAM_AGAIN;
}

static void
end_block(struct stream *s, struct side *side)
{
	const struct text *text = block_of(s).text;

	/* A promise is of what nobody has asked for. */
	if (side->type == FRAME_HEADERS && s->is_server)
		response(s, side, side->stream, text);
	else if (side->type == FRAME_HEADERS)
		request(s, side->stream, text);
	side->n_parts = 0;
	side->begin_ns = 0;
}

/* As much of the part as there is. */
static enum stream_verdict
part(struct stream *s, struct side *side)
{
	struct shared *shared = s->shared;
	struct hpack **h = &shared->hpack[s->is_server];
	struct block b = block_of(s);
	struct cur bytes = s->data;

	if (cur_len(&bytes) > side->left)
		bytes.end = bytes.p + side->left;
	side->left -= (uint32_t)cur_len(&bytes);
	s->data.p = bytes.end;
	if (!s->codecs->hpack_read(*h, &bytes, side->left == 0 && side->is_last,
		field, &b)) {
		s->codecs->hpack_free(*h);
		*h = NULL;
		return STREAM_BAD;
	}
	if (side->left > 0)
		return s->is_end ? STREAM_BAD : STREAM_MORE;
	side->phase = PHASE_FRAMES;
	if (side->is_last)
		end_block(s, side);
	skip(s, side->pad);
	return STREAM_AGAIN;
}

/* Section 6.10: nothing may come between the frames of a block. */
static enum stream_verdict
block_frame(struct stream *s, struct side *side, const struct frame *f)
{
	enum stream_verdict verdict = STREAM_AGAIN;

	if (side->n_parts > 0) {
		if (f->type != FRAME_CONTINUATION || f->stream != side->stream)
			return STREAM_BAD;
	} else {
		if (f->type == FRAME_CONTINUATION || f->stream == 0)
			return STREAM_BAD;
		verdict = begin_block(s, side, f);
	}
	return verdict == STREAM_AGAIN ? begin_part(s, side, f) : verdict;
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
	if (side->n_parts > 0)
		return block_frame(s, side, &f);
	switch (f.type) {
	case FRAME_HEADERS:
	case FRAME_PUSH_PROMISE:
	case FRAME_CONTINUATION:
		return block_frame(s, side, &f);
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
	static enum stream_verdict (*const steps[])(struct stream *,
	    struct side *) = {
		[PHASE_PREFACE] = begin,
		[PHASE_SETTINGS] = frame,
		[PHASE_FRAMES] = frame,
		[PHASE_PART] = part,
	};
	struct shared *shared = s->shared;
	struct side *side = s->own;
	unsigned n = s->messages->n;
	enum stream_verdict verdict;

	if (cur_len(&s->data) == 0 && !s->is_end)
		return STREAM_MORE;
	if (cur_len(&s->data) == 0)
		return side->n_parts > 0 ? STREAM_BAD : STREAM_DONE;
	if (s->is_fresh) {
		/* What is missing may have changed the compression's state. */
		if (shared->begun[s->is_server])
			return STREAM_BAD;
		shared->begun[s->is_server] = true;
	}
	do
		verdict = steps[side->phase](s, side);
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
	.assembly = TEXTS * sizeof(struct text),
	.close = give_back,
};

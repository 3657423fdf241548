/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/follow_input.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/capture/unpack.h"

enum {
	FIRST_CHUNK = 16 * 1024, /* mostly enough for a first packet */
	MARK_HEADER = 16, /* of a record: in both formats its time, lengths */
	MARK_BYTES = 64 /* of its packet */
};

/* FNV-1a. */
static uint64_t
hash(const uint8_t *p, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static bool
fail(struct follow_input *in, const char *reason)
{
	snprintf(in->text, sizeof(in->text), "%s", reason);
	in->fault = in->text;
	return false;
}

/* What a call that gave fd says. */
static bool
is_shortage(int fd)
{
	return fd < 0 &&
	    (errno == EMFILE || errno == ENFILE || errno == ENOMEM);
}

static bool
is_packed(int fd)
{
	static const uint8_t gzip[] = { 0x1f, 0x8b };
	static const uint8_t zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };
	uint8_t magic[4];
	ssize_t n = pread(fd, magic, sizeof(magic), 0);

	return (n >= 2 && memcmp(magic, gzip, sizeof(gzip)) == 0) ||
	    (n == 4 && memcmp(magic, zstd, sizeof(zstd)) == 0);
}

static bool
resize(struct follow_input *in, size_t size)
{
	assert(size > 0);
	uint8_t *buffer = realloc(in->buffer, size);

	in->is_short |= buffer == NULL;
	if (buffer == NULL)
		return false;
	in->buffer = buffer;
	in->size = size;
	return true;
}

static bool
open_file(struct follow_input *in, const char *path, struct stat *st)
{
	struct stat now;

	in->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	in->is_short = is_shortage(in->fd);
	if (in->fd < 0)
		return errno == ENOENT || in->is_short
		    ? false
		    : fail(in, strerror(errno));
	if (fstat(in->fd, &now) != 0 || now.st_dev != st->st_dev ||
	    now.st_ino != st->st_ino)
		return false;
	*st = now;
	in->is_fifo = S_ISFIFO(now.st_mode);
	if (!in->is_fifo && !S_ISREG(now.st_mode))
		return fail(in, "neither a file nor a FIFO");
	return true;
}

bool
input_open(struct follow_input *in, const char *path, struct stat *st,
    const struct follow_mark *mark)
{
	char err[128];

	*in = (struct follow_input){ .fd = -1, .mark = *mark };
	reader_init(&in->reader);
	if (!open_file(in, path, st) || !resize(in, FIRST_CHUNK))
		return false;
	if (in->is_fifo || !is_packed(in->fd))
		return true;
	/* Of what it unpacks to, the caller compares the first packet. */
	in->mark.len = 0;
	errno = 0;
	in->unpack = unpack_open_fd(in->fd, err, sizeof(err));
	if (in->unpack != NULL)
		return true;
	in->is_short = errno == ENOMEM;
	in->fd = -1;
	return in->is_short ? false : fail(in, err);
}

void
input_close(struct follow_input *in)
{
	if (in->unpack != NULL)
		unpack_close(in->unpack);
	else if (in->fd >= 0)
		close(in->fd);
	in->unpack = NULL;
	in->fd = -1;
	reader_fini(&in->reader);
	free(in->buffer);
	in->buffer = NULL;
}

/* Whether the file still is what it was when its first packet was read. */
static bool
is_same(const struct follow_input *in)
{
	uint8_t bytes[MARK_HEADER + MARK_BYTES];
	const struct follow_mark *m = &in->mark;
	struct stat st;

	if (in->is_fifo || in->unpack != NULL)
		return true;
	if (m->len == 0)
		return fstat(in->fd, &st) == 0 &&
		    (uint64_t)st.st_size >= in->read_to;
	return m->len <= sizeof(bytes) &&
	    pread(in->fd, bytes, m->len, (off_t)m->at) == (ssize_t)m->len &&
	    hash(bytes, m->len) == m->hash;
}

/* Room for more behind what is left: for a whole record, once it is there. */
static bool
make_room(struct follow_input *in, size_t have)
{
	size_t wanted = in->reader.wanted;
	struct stat st;

	if (in->size < INPUT_CHUNK && in->read_to > 0 &&
	    !resize(in, INPUT_CHUNK))
		return false;
	if (have < in->size)
		return true;
	if (wanted <= have)
		wanted = have + INPUT_CHUNK;
	if (in->unpack != NULL || in->is_fifo)
		return resize(in, wanted < 2 * have ? wanted : 2 * have);
	/* None is made for a length that is only claimed. */
	if (in->has_no_room || fstat(in->fd, &st) != 0 ||
	    (uint64_t)st.st_size < in->read_to - have + wanted)
		return false;
	return resize(in, wanted);
}

static ssize_t
read_some(struct follow_input *in, uint8_t *to, size_t n)
{
	ssize_t got;

	if (in->unpack != NULL)
		return (ssize_t)unpack_read(in->unpack, to, n);
	do
		got = in->is_fifo ? read(in->fd, to, n)
				  : pread(in->fd, to, n, (off_t)in->read_to);
	while (got < 0 && errno == EINTR);
	return got;
}

/* The end, for now.  Who writes to a FIFO next begins a capture. */
static enum input_result
end(struct follow_input *in, bool is_hangup)
{
	if (in->unpack != NULL && unpack_fault(in->unpack) != NULL) {
		fail(in, unpack_fault(in->unpack));
		return INPUT_BAD;
	}
	if (is_hangup && in->read_to > 0) {
		reader_reset(&in->reader);
		in->read_to = 0;
		in->mark.len = 0;
	}
	return INPUT_END;
}

static enum input_result
read_more(struct follow_input *in)
{
	struct reader *r = &in->reader;
	size_t have = (size_t)(r->end - r->at);
	ssize_t n = -1;
	int error;

	if (have > 0 && r->at != in->buffer)
		memmove(in->buffer, r->at, have);
	in->is_short = false;
	/* The rest of a long record has been given on: back to what is usual. */
	if (in->size > INPUT_CHUNK && have < INPUT_CHUNK / 2 &&
	    r->wanted < INPUT_CHUNK)
		resize(in, INPUT_CHUNK);
	/* It is given again, together with what follows. */
	r->given -= have;
	r->at = r->end = in->buffer;
	errno = EAGAIN;
	if (make_room(in, have))
		n = read_some(in, in->buffer + have, in->size - have);
	error = in->is_short ? EAGAIN : errno;
	if (!is_same(in))
		return INPUT_CHANGED;
	if (n < 0 && error != EAGAIN) {
		fail(in, strerror(error));
		return INPUT_BAD;
	}
	reader_feed(r, in->buffer, have + (n > 0 ? (size_t)n : 0), 0);
	if (n <= 0)
		return end(in, in->is_fifo && n == 0);
	in->read_to += (uint64_t)n;
	return INPUT_AGAIN;
}

/* The first packet is in the buffer. */
static void
make_mark(struct follow_input *in)
{
	const struct capture_packet *p = &in->packet;
	size_t before = (size_t)(p->bytes - in->buffer);
	struct follow_mark *m = &in->mark;

	if (before > MARK_HEADER)
		before = MARK_HEADER;
	m->len = (uint32_t)before +
	    (p->caplen < MARK_BYTES ? p->caplen : MARK_BYTES);
	m->at =
	    in->reader.given - (uint64_t)(in->reader.end - (p->bytes - before));
	m->hash = hash(p->bytes - before, m->len);
}

static enum input_result
damaged(struct follow_input *in)
{
	uint64_t near;
	const char *fault = reader_fault(&in->reader, &near);

	if (in->reader.has_header)
		snprintf(in->text, sizeof(in->text),
		    "damaged near byte %llu%s: %s", (unsigned long long)near,
		    in->unpack != NULL ? " of what it unpacks to" : "", fault);
	else
		snprintf(in->text, sizeof(in->text), "%s", fault);
	in->fault = in->text;
	return INPUT_BAD;
}

enum input_result
input_next(struct follow_input *in, void (*settle)(void *arg), void *arg)
{
	uint64_t from = reader_position(&in->reader);

	switch (reader_next(&in->reader, &in->packet)) {
	case READER_PACKET:
		in->from = from;
		in->to = reader_position(&in->reader);
		in->stated_ns = in->packet.ts_ns;
		if (in->mark.len == 0)
			make_mark(in);
		return INPUT_PACKET;
	case READER_MORE:
		settle(arg);
		return read_more(in);
	case READER_BAD:
		break;
	}
	/* What looks damaged may be what has come in its place. */
	return is_same(in) ? damaged(in) : INPUT_CHANGED;
}

bool
input_seek(struct follow_input *in, uint64_t at)
{
	struct reader *r = &in->reader;

	if (in->unpack != NULL || in->is_fifo || r->is_pcapng || at < in->to)
		return false;
	r->at = r->end = in->buffer;
	r->given = in->read_to = at;
	return true;
}

bool
input_is_packed(const struct follow_input *in)
{
	return in->unpack != NULL;
}

uint64_t
input_taken(const struct follow_input *in)
{
	return in->unpack != NULL ? unpack_position(in->unpack) : in->read_to;
}

uint64_t
input_position(const struct follow_input *in)
{
	return in->unpack != NULL ? unpack_position(in->unpack) : in->to;
}

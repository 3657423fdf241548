/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/capture/reader_format.h"

enum { BUFFER_SIZE = 320 * 1024 }; /* at first */

static enum reader_result
stay_bad(struct reader *r, struct capture_packet *p)
{
	(void)r;
	(void)p;
	return READER_BAD;
}

enum reader_result
reader_bad(struct reader *r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(r->text, sizeof(r->text), format, ap);
	va_end(ap);
	r->fault = r->text;
	r->next = stay_bad;
	return READER_BAD;
}

static enum reader_result
begin(struct reader *r, struct capture_packet *p)
{
	const uint32_t section = 0x0a0d0d0a; /* the same in either order */
	uint32_t magic;

	if (reader_have(r) < sizeof(magic))
		return reader_more(r, sizeof(magic), sizeof(magic));
	memcpy(&magic, r->at, sizeof(magic));
	r->is_pcapng = magic == section;
	r->next = r->is_pcapng ? reader_pcapng : reader_pcap;
	return r->next(r, p);
}

void
reader_reset(struct reader *r)
{
	struct reader kept = *r;

	*r = (struct reader){ .buffer = kept.buffer,
		.size = kept.size,
		.next = begin };
	r->ng.faces = kept.ng.faces;
	r->ng.size = kept.ng.size;
}

void
reader_init(struct reader *r)
{
	*r = (struct reader){ .buffer = NULL };
	reader_reset(r);
}

void
reader_fini(struct reader *r)
{
	free(r->buffer);
	free(r->ng.faces);
	reader_init(r);
}

/* Makes the buffer hold so many bytes, doubling it with those that come. */
static bool
grow(struct reader *r, size_t wanted)
{
	size_t size = r->size == 0 ? BUFFER_SIZE : r->size;
	uint8_t *bigger;

	while (size < wanted)
		size *= 2;
	if (size == r->size)
		return true;
	bigger = realloc(r->buffer, size);
	if (bigger == NULL)
		return false;
	r->buffer = bigger;
	r->size = size;
	return true;
}

/* Moves what has not been read to the buffer's beginning, for n more bytes. */
static bool
hold(struct reader *r, size_t n)
{
	size_t have = reader_have(r);

	if (r->is_held && r->at != r->buffer)
		memmove(r->buffer, r->at, have);
	if (!grow(r, have + n))
		return false;
	if (!r->is_held)
		memcpy(r->buffer, r->at, have);
	r->is_held = true;
	r->at = r->buffer;
	r->end = r->buffer + have;
	return true;
}

bool
reader_feed(struct reader *r, uint8_t *bytes, size_t n, size_t before)
{
	size_t have = reader_have(r);

	/* Copying more than what came would not be linear. */
	if (have <= before && have <= n) {
		if (have > 0)
			memcpy(bytes - have, r->at, have);
		r->is_held = false;
		r->at = bytes - have;
		r->end = bytes + n;
	} else if (hold(r, n)) {
		memcpy(r->buffer + have, bytes, n);
		r->end += n;
	} else {
		reader_bad(r, "out of memory");
		return false;
	}
	r->given += n;
	return true;
}

void
reader_over(struct reader *r, const uint8_t *bytes, size_t n)
{
	r->at = bytes;
	r->end = bytes + n;
	r->given = n;
}

uint64_t
reader_position(const struct reader *r)
{
	if (r->ng.skip_size != 0)
		return r->ng.skip_from;
	return r->given - reader_have(r);
}

/* The bytes that are there of what follows, those passed over too. */
static const char *
cut(struct reader *r)
{
	size_t have = (size_t)(r->given - reader_position(r));
	const char *what = "captured bytes";
	size_t wanted = r->wanted;

	if (have == 0 && r->has_header) {
		if (!r->is_pcapng || r->ng.has_face)
			return NULL;
		return "it describes no interface";
	}
	if (!r->has_header) {
		what = "file header bytes";
	} else if (have < r->header) {
		what = "header bytes";
		wanted = r->header;
	} else if (r->is_pcapng) {
		what = "bytes of a block";
	} else {
		wanted -= r->header;
		have -= r->header;
	}
	snprintf(r->text, sizeof(r->text),
	    "truncated dump file; tried to read %zu %s, only got %zu", wanted,
	    what, have);
	return r->text;
}

const char *
reader_fault(struct reader *r, uint64_t *near)
{
	*near = r->fault != NULL ? reader_position(r) : r->given;
	return r->fault != NULL ? r->fault : cut(r);
}

int
reader_dlt(uint32_t linktype)
{
	/* Those whose DLT_ numbers differ between systems: Linux' here. */
	switch (linktype) {
	case 100: /* ATM, RFC 1483 */
		return 11;
	case 101: /* IP without a link layer */
		return 12;
	case 102: /* SLIP of BSD/OS */
		return 15;
	case 103: /* PPP of BSD/OS */
		return 16;
	case 106: /* ATM, classical IP */
		return 19;
	}
	return (int)linktype;
}

uint32_t
reader_caplen_max(int dlt)
{
	switch (dlt) {
	case 231: /* D-Bus: 128 MiB, but no record is that large here */
		return READER_RECORD_MAX - 64;
	case 249: /* USBPcap */
		return 1024 * 1024;
	case 279: /* Elektrobit's high-speed capture and replay */
		return 8 * 1024 * 1024;
	}
	return 262144;
}

uint32_t
reader_snaplen(int dlt, uint32_t stated)
{
	if (stated == 0 || stated > INT32_MAX)
		return reader_caplen_max(dlt);
	return stated;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng, draft-ietf-opsawg-pcapng: sections of blocks.  A section header
 * says the byte order, interface descriptions the link type, snapshot length
 * and time unit; packets name their interface by its place in the section.
 *
 *  0      4       8                        size - 4
 *  | type | size  | body, options ...      | size again |         a block
 */
#include <assert.h>
#include <stdlib.h>

#include "daemon/capture/reader_format.h"

enum {
	INTERFACE = 1,
	PACKET_OLD = 2, /* of drafts before 2009 */
	PACKET_SIMPLE = 3,
	PACKET = 6,
	SECTION = 0x0a0d0d0a,
	MAGIC = 0x1a2b3c4d,
	HEADER = 8,
	TRAILER = 4,
	FIRST_SECTION_MAX = 1024 * 1024 /* else it is a text that looks so */
};

struct reader_face {
	uint32_t linktype;
	int dlt;
	uint32_t snaplen;
	uint8_t exponent; /* a second has base^exponent units */
	bool is_binary;
	uint64_t per_s;
	uint64_t scale; /* between units and ns, in decimal */
	int64_t offset_s;
	/* The second that the last packet was in, and its first unit. */
	uint64_t last_s, last_start;
};

/* A block's body, its size without header and trailer. */
struct body {
	const uint8_t *p;
	size_t n;
};

/* Section 4.2: if_tsresol. */
static bool
set_unit(struct reader_face *f, unsigned value)
{
	f->is_binary = value & 0x80;
	f->exponent = value & 0x7f;
	if (f->exponent > (f->is_binary ? 63 : 19))
		return false;
	f->per_s = 1;
	f->scale = 1;
	for (unsigned i = 0; i < f->exponent; i++)
		f->per_s *= f->is_binary ? 2 : 10;
	for (unsigned i = f->exponent; i < 9; i++)
		f->scale *= 10;
	for (unsigned i = 9; i < f->exponent && !f->is_binary; i++)
		f->scale *= 10;
	return true;
}

/* units of 2^-exponent s, fewer than make a second, in whole ns. */
static uint64_t
binary_ns(uint64_t units, unsigned exponent)
{
	const uint64_t ns_per_s = 1000000000;

	if (exponent < 32)
		return units * ns_per_s >> exponent;
	/* By halves: the product has up to 93 bits. */
	return ((units >> 32) * ns_per_s +
		   ((units & UINT32_MAX) * ns_per_s >> 32)) >>
	    (exponent - 32);
}

static int64_t
time_of(struct reader_face *f, uint64_t t, bool *clamped)
{
	uint64_t units, ns;

	/* Mostly it is the same second, which saves the division. */
	if (t < f->last_start || t - f->last_start >= f->per_s) {
		assert(f->per_s > 0); /* set_unit */
		f->last_s = t / f->per_s;
		f->last_start = f->last_s * f->per_s;
	}
	units = t - f->last_start;
	if (f->is_binary)
		ns = binary_ns(units, f->exponent);
	else
		ns = f->exponent <= 9 ? units * f->scale : units / f->scale;
	return capture_time((int64_t)(f->last_s + (uint64_t)f->offset_s),
	    (int64_t)ns, clamped);
}

/* The options of an interface; false if they can't be relied on. */
static bool
read_options(struct reader *r, struct reader_face *f, struct body o)
{
	bool has_unit = false, has_offset = false;

	while (o.n > 0) {
		unsigned code, size, padded;

		if (o.n < 4)
			return false;
		code = reader_u16(r, o.p);
		size = reader_u16(r, o.p + 2);
		padded = (size + 3) / 4 * 4;
		if (o.n - 4 < padded)
			return false;
		switch (code) {
		case 0: /* opt_endofopt */
			return size == 0;
		case 9: /* if_tsresol */
			if (size != 1 || has_unit || !set_unit(f, o.p[4]))
				return false;
			has_unit = true;
			break;
		case 14: /* if_tsoffset */
			if (size != 8 || has_offset)
				return false;
			has_offset = true;
			f->offset_s = (int64_t)reader_u64(r, o.p + 4);
			break;
		}
		o.p += 4 + padded;
		o.n -= 4 + padded;
	}
	return true;
}

static struct reader_face *
add_face(struct reader *r)
{
	if (r->ng.n_faces == r->ng.size) {
		unsigned size = r->ng.size == 0 ? 4 : r->ng.size * 2;
		struct reader_face *more =
		    realloc(r->ng.faces, size * sizeof(*more));

		if (more == NULL)
			return NULL;
		r->ng.faces = more;
		r->ng.size = size;
	}
	r->ng.has_face = true;
	return &r->ng.faces[r->ng.n_faces++];
}

/* Section 4.2, Interface Description Block. */
static bool
read_interface(struct reader *r, struct body b)
{
	struct reader_face *f;

	if (b.n < 8) {
		reader_bad(r, "the description of an interface is too short");
		return false;
	}
	if (r->ng.n_faces == READER_FACES_MAX) {
		reader_bad(r, "a section describes more than %d interfaces",
		    READER_FACES_MAX);
		return false;
	}
	f = add_face(r);
	if (f == NULL) {
		reader_bad(r, "out of memory");
		return false;
	}
	*f = (struct reader_face){ .linktype = reader_u16(r, b.p) };
	f->dlt = reader_dlt(f->linktype);
	f->snaplen = reader_snaplen(f->dlt, reader_u32(r, b.p + 4));
	set_unit(f, 6);
	if (read_options(r, f, (struct body){ b.p + 8, b.n - 8 }))
		return true;
	reader_bad(r, "the description of interface %u has wrong options",
	    r->ng.n_faces - 1);
	return false;
}

/* Section 4.1, Section Header Block: forgets the interfaces before it. */
static bool
read_section(struct reader *r, struct body b)
{
	unsigned major = reader_u16(r, b.p + 4);
	unsigned minor = reader_u16(r, b.p + 6);

	/* 1.2 is 1.0 with blocks that we pass over. */
	if (major != 1 || (!r->has_header && minor != 0 && minor != 2)) {
		reader_bad(r, "pcapng of version %u.%u, which is unknown",
		    major, minor);
		return false;
	}
	r->has_header = true;
	r->ng.n_faces = 0;
	return true;
}

/*
 * Sections 4.3, 4.4 and appendix A.  A Simple Packet Block has neither an
 * interface nor a time nor its captured length.
 */
static bool
read_packet(struct reader *r, uint32_t type, struct body b,
    struct capture_packet *p)
{
	bool is_simple = type == PACKET_SIMPLE;
	size_t fixed = is_simple ? 4 : 20;
	uint32_t n = 0, caplen = 0;
	struct reader_face *f;
	uint64_t t = 0;

	if (b.n < fixed) {
		reader_bad(r, "a packet's block is too short");
		return false;
	}
	if (!is_simple) {
		n = type == PACKET ? reader_u32(r, b.p) : reader_u16(r, b.p);
		t = (uint64_t)reader_u32(r, b.p + 4) << 32 |
		    reader_u32(r, b.p + 8);
		caplen = reader_u32(r, b.p + 12);
	}
	if (n >= r->ng.n_faces) {
		reader_bad(r,
		    "a packet of interface %u, which the section does not "
		    "describe",
		    n);
		return false;
	}
	f = &r->ng.faces[n];
	p->len = reader_u32(r, b.p + fixed - 4);
	if (is_simple)
		caplen = p->len < f->snaplen ? p->len : f->snaplen;
	if (caplen > f->snaplen || caplen > b.n - fixed) {
		reader_bad(r,
		    "a packet of %u captured bytes, in a block for %zu, with "
		    "a snapshot length of %u",
		    caplen, b.n - fixed, f->snaplen);
		return false;
	}
	r->linktype = f->linktype;
	p->dlt = f->dlt;
	p->caplen = caplen;
	p->bytes = b.p + fixed;
	p->ts_ns = time_of(f, t, &p->ts_clamped);
	return true;
}

/*
 * A section header says in which byte order it is itself.  False if its magic
 * is wrong or not there yet, which is in *result.
 */
static bool
read_order(struct reader *r, enum reader_result *result)
{
	uint32_t magic;

	*result = reader_more(r, HEADER + 4, HEADER + 4);
	if (reader_have(r) < HEADER + 4)
		return false;
	memcpy(&magic, r->at + HEADER, sizeof(magic));
	if (magic == MAGIC || magic == __builtin_bswap32(MAGIC)) {
		r->is_swapped = magic != MAGIC;
		return true;
	}
	*result = r->has_header
	    ? reader_bad(r, "a section of unknown byte order")
	    : reader_bad(r, "unknown file format");
	return false;
}

/* Whether a block of this type can have this size; else it is bad. */
static bool
check_size(struct reader *r, uint32_t type, uint32_t size, bool is_known)
{
	uint32_t min = type == SECTION ? 28 : HEADER + TRAILER;
	uint32_t max = is_known ? READER_RECORD_MAX : UINT32_MAX;

	if (!r->has_header)
		max = FIRST_SECTION_MAX;
	if (size >= min && size <= max && (size % 4 == 0 || !r->has_header))
		return true;
	reader_bad(r, "a block of %u bytes, which none of type %u has", size,
	    type);
	return false;
}

static bool
check_trailer(struct reader *r, const uint8_t *end, uint32_t size)
{
	uint32_t again = reader_u32(r, end - TRAILER);

	if (again == size)
		return true;
	reader_bad(r, "a block of %u bytes, of %u by its end", size, again);
	return false;
}

/* Passes over a block, of which more may have to come. */
static bool
skip(struct reader *r, enum reader_result *result)
{
	size_t have = reader_have(r);
	size_t n = have < r->ng.skip ? have : r->ng.skip;

	r->at += n;
	r->ng.skip -= (uint32_t)n;
	*result = reader_more(r, r->ng.skip_size, HEADER);
	if (r->ng.skip > 0 || have - n < TRAILER)
		return false;
	*result = READER_BAD;
	if (!check_trailer(r, r->at + TRAILER, r->ng.skip_size))
		return false;
	r->at += TRAILER;
	r->ng.skip_size = 0;
	return true;
}

/* Reads a whole block.  *result is for when there is no more to read now. */
static bool
read_block(struct reader *r, struct capture_packet *p, uint32_t type,
    uint32_t size, enum reader_result *result)
{
	struct body b = { r->at + HEADER, size - HEADER - TRAILER };
	bool ok;

	*result = READER_BAD;
	/* libpcap does not look at the end of the first block either. */
	if (r->has_header && !check_trailer(r, r->at + size, size))
		return false;
	if (type == SECTION)
		ok = read_section(r, b);
	else if (type == INTERFACE)
		ok = read_interface(r, b);
	else
		ok = read_packet(r, type, b, p);
	if (!ok)
		return false;
	r->at += size;
	*result = READER_PACKET;
	return type == SECTION || type == INTERFACE;
}

/* Reads, or passes over, what follows; true if reading can go on. */
static bool
step(struct reader *r, struct capture_packet *p, enum reader_result *result)
{
	bool is_known;
	uint32_t type, size;

	if (r->ng.skip_size != 0 && !skip(r, result))
		return false;
	*result = reader_more(r, HEADER, HEADER);
	if (reader_have(r) < HEADER)
		return false;
	type = reader_u32(r, r->at);
	if (type == SECTION && !read_order(r, result))
		return false;
	size = reader_u32(r, r->at + 4);
	is_known = type == SECTION || type == INTERFACE || type == PACKET ||
	    type == PACKET_SIMPLE || type == PACKET_OLD;
	*result = READER_BAD;
	if (!check_size(r, type, size, is_known))
		return false;
	if (!is_known) {
		r->ng.skip_from = reader_position(r);
		r->ng.skip_size = size;
		r->ng.skip = size - HEADER - TRAILER;
		r->at += HEADER;
		return true;
	}
	*result = reader_more(r, size, HEADER);
	if (reader_have(r) < size)
		return false;
	return read_block(r, p, type, size, result);
}

enum reader_result
reader_pcapng(struct reader *r, struct capture_packet *p)
{
	enum reader_result result;

	while (step(r, p, &result))
		;
	return result;
}

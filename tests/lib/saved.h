/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saved captures, put together number by number in either byte order.
 *
 * A packet's bytes count up from its number, so that each can be told from
 * every other.
 */
#ifndef TESTS_LIB_SAVED_H
#define TESTS_LIB_SAVED_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct saved {
	bool is_big; /* the order of the numbers that follow */
	size_t n, block; /* bytes so far; where the open block begins */
	uint8_t bytes[1 << 16];
};

static inline void
saved_u8(struct saved *s, unsigned v)
{
	assert(s->n < sizeof(s->bytes));
	s->bytes[s->n++] = (uint8_t)v;
}

static inline void
saved_number(struct saved *s, uint64_t v, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		saved_u8(s, v >> 8 * (s->is_big ? size - 1 - i : i) & 0xff);
}

static inline void
saved_u16(struct saved *s, unsigned v)
{
	saved_number(s, v, 2);
}

static inline void
saved_u32(struct saved *s, uint32_t v)
{
	saved_number(s, v, 4);
}

static inline void
saved_data(struct saved *s, unsigned number, size_t n)
{
	for (size_t i = 0; i < n; i++)
		saved_u8(s, (unsigned)(number + i));
}

static inline bool
saved_is_data(const uint8_t *bytes, unsigned number, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != (uint8_t)(number + i))
			return false;
	}
	return true;
}

/* Begins a pcap file. */
static inline void
saved_pcap(struct saved *s, bool is_big, uint32_t magic, unsigned minor,
    uint32_t snaplen, uint32_t linktype)
{
	s->is_big = is_big;
	s->n = 0;
	saved_u32(s, magic);
	saved_u16(s, 2);
	saved_u16(s, minor);
	saved_u32(s, 0);
	saved_u32(s, 0);
	saved_u32(s, snaplen);
	saved_u32(s, linktype);
}

static inline void
saved_record(struct saved *s, uint32_t sec, uint32_t frac, uint32_t caplen,
    uint32_t len)
{
	saved_u32(s, sec);
	saved_u32(s, frac);
	saved_u32(s, caplen);
	saved_u32(s, len);
}

/* A block of pcapng: saved_block, its body, saved_end. */
static inline void
saved_block(struct saved *s, uint32_t type)
{
	s->block = s->n;
	saved_u32(s, type);
	saved_u32(s, 0);
}

static inline void
saved_end(struct saved *s)
{
	size_t end;

	while (s->n % 4 != 0)
		saved_u8(s, 0);
	saved_u32(s, (uint32_t)(s->n - s->block + 4));
	end = s->n;
	s->n = s->block + 4;
	saved_u32(s, (uint32_t)(end - s->block));
	s->n = end;
}

static inline void
saved_section(struct saved *s, bool is_big)
{
	s->is_big = is_big;
	saved_block(s, 0x0a0d0d0a);
	saved_u32(s, 0x1a2b3c4d);
	saved_u16(s, 1);
	saved_u16(s, 0);
	saved_number(s, UINT64_MAX, 8);
	saved_end(s);
}

/* if_tsresol and if_tsoffset where they are not 6 and 0, the defaults. */
static inline void
saved_face(struct saved *s, unsigned linktype, uint32_t snaplen, unsigned unit,
    int64_t offset)
{
	saved_block(s, 1);
	saved_u16(s, linktype);
	saved_u16(s, 0);
	saved_u32(s, snaplen);
	if (unit != 6) {
		saved_u16(s, 9);
		saved_u16(s, 1);
		saved_u8(s, unit);
		saved_data(s, 0, 3);
	}
	if (offset != 0) {
		saved_u16(s, 14);
		saved_u16(s, 8);
		saved_number(s, (uint64_t)offset, 8);
	}
	saved_end(s);
}

static inline void
saved_packet(struct saved *s, unsigned face, uint64_t t, unsigned number,
    uint32_t caplen, uint32_t len)
{
	saved_block(s, 6);
	saved_u32(s, face);
	saved_u32(s, (uint32_t)(t >> 32));
	saved_u32(s, (uint32_t)t);
	saved_u32(s, caplen);
	saved_u32(s, len);
	saved_data(s, number, caplen);
	saved_end(s);
}

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/spool/frame.h"

#include <assert.h>
#include <string.h>

#include <zlib.h>

#include "daemon/spool/crc32c.h"

static void
put(uint8_t *p, uint64_t value, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t
get(const uint8_t *p, unsigned n)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < n; i++)
		value |= (uint64_t)p[i] << 8 * i;
	return value;
}

/* The sum stands between the length and the type. */
static uint32_t
sum_of(const uint8_t *p, size_t len, enum frame_sum sum)
{
	if (sum == FRAME_CRC32)
		return (uint32_t)crc32(crc32(0, p, 4), p + 8, (uInt)(1 + len));
	return crc32c(crc32c(0, p, 4), p + 8, 1 + len);
}

enum frame_verdict
frame_read(struct frame *f, const uint8_t *p, size_t n, enum frame_sum sum)
{
	if (n < FRAME_OVERHEAD)
		return FRAME_SHORT;
	size_t len = get(p, 4);
	if (len > FRAME_BODY || p[8] == 0 || p[8] >= FRAME_TYPES)
		return FRAME_BAD;
	if (n - FRAME_OVERHEAD < len)
		return FRAME_SHORT;
	if (get(p + 4, 4) != sum_of(p, len, sum))
		return FRAME_BAD;
	f->type = p[8];
	f->body = p + FRAME_OVERHEAD;
	f->len = len;
	return FRAME_OK;
}

size_t
frame_seal(uint8_t *out, enum frame_type type, size_t len)
{
	assert(len <= FRAME_BODY);
	put(out, len, 4);
	out[8] = (uint8_t)type;
	put(out + 4, sum_of(out, len, FRAME_CRC32C), 4);
	return FRAME_OVERHEAD + len;
}

static void
pack_int(struct pack *o, uint64_t value, unsigned n)
{
	if (o->full || (size_t)(o->end - o->p) < n) {
		o->full = true;
		return;
	}
	put(o->p, value, n);
	o->p += n;
}

void
pack_u8(struct pack *o, uint8_t value)
{
	pack_int(o, value, 1);
}

void
pack_u16(struct pack *o, uint16_t value)
{
	pack_int(o, value, 2);
}

void
pack_u64(struct pack *o, uint64_t value)
{
	pack_int(o, value, 8);
}

void
pack_bytes(struct pack *o, const void *bytes, size_t n)
{
	if (o->full || n > UINT16_MAX || (size_t)(o->end - o->p) < n + 2) {
		o->full = true;
		return;
	}
	pack_u16(o, (uint16_t)n);
	if (n > 0)
		memcpy(o->p, bytes, n);
	o->p += n;
}

static uint64_t
unpack_int(struct unpack *in, unsigned n)
{
	if (in->bad || (size_t)(in->end - in->p) < n) {
		in->bad = true;
		return 0;
	}
	in->p += n;
	return get(in->p - n, n);
}

uint8_t
unpack_u8(struct unpack *in)
{
	return (uint8_t)unpack_int(in, 1);
}

uint16_t
unpack_u16(struct unpack *in)
{
	return (uint16_t)unpack_int(in, 2);
}

uint64_t
unpack_u64(struct unpack *in)
{
	return unpack_int(in, 8);
}

const uint8_t *
unpack_bytes(struct unpack *in, size_t *n)
{
	size_t len = unpack_u16(in);

	*n = 0;
	if (in->bad || (size_t)(in->end - in->p) < len) {
		in->bad = true;
		return NULL;
	}
	*n = len;
	in->p += len;
	return in->p - len;
}

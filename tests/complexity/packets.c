/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets in memory, one behind the other, and the headers around payloads.
 */
#include "tests/complexity/complexity.h"

#include <stdlib.h>
#include <string.h>

static void *
grown(void *p, size_t size)
{
	p = realloc(p, size);
	if (p == NULL)
		abort();
	return p;
}

uint8_t *
packets_room(struct packets *p)
{
	if (p->size - p->n_bytes < PACKET_MAX) {
		p->size = (p->size + PACKET_MAX) * 2;
		p->bytes = grown(p->bytes, p->size);
	}
	if (p->n == p->max) {
		p->max = (p->max + 64) * 2;
		p->list = grown(p->list, p->max * sizeof(*p->list));
	}
	return p->bytes + p->n_bytes;
}

void
packets_end(struct packets *p, size_t len, size_t patch)
{
	p->list[p->n++] = (struct packet){ (uint32_t)p->n_bytes, (uint32_t)len,
		(uint32_t)patch };
	p->n_bytes += len;
}

uint8_t *
put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

uint8_t *
put32(uint8_t *at, uint32_t value)
{
	return put16(put16(at, value >> 16), value & 0xffff);
}

uint8_t *
put_bytes(uint8_t *at, const void *bytes, size_t n)
{
	memcpy(at, bytes, n);
	return at + n;
}

uint8_t *
put_ip4(uint8_t *at, unsigned proto, size_t n)
{
	at = put16(PUT(at, "\x45\x00"), (unsigned)(20 + n));
	at = PUT(at, "\x00\x01\x00\x00\x40");
	*at++ = (uint8_t)proto;
	return PUT(at, "\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02");
}

uint8_t *
put_ip6(uint8_t *at, unsigned next, size_t n)
{
	at = put16(PUT(at, "\x60\x00\x00\x00"), (unsigned)n);
	*at++ = (uint8_t)next;
	*at++ = 64;
	for (unsigned i = 0; i < 32; i++)
		*at++ = (uint8_t)(i % 16 == 0 ? 0x20 : i);
	return at;
}

uint8_t *
put_udp(uint8_t *at, unsigned sport, unsigned dport, size_t n)
{
	at = put16(put16(at, sport), dport);
	return PUT(put16(at, (unsigned)(8 + n)), "\x00\x00");
}

void
packets_udp(struct packets *p, unsigned sport, unsigned dport,
    const void *payload, size_t n)
{
	uint8_t *room = packets_room(p), *at = put_ip4(room, 17, 8 + n);

	put16(room + 4, (unsigned)p->n);
	put_bytes(put_udp(at, sport, dport, n), payload, n);
	packets_end(p, 28 + n, 12);
}

void
packets_segment(struct packets *p, unsigned from, unsigned flags, uint32_t seq,
    uint32_t ack, const void *data, size_t n)
{
	uint8_t *room = packets_room(p), *at = put_ip4(room, 6, 20 + n);

	/* Numbered as hosts do: copies of packets are known by it. */
	put16(room + 4, (unsigned)p->n);
	if (from == SERVER)
		put_bytes(room + 12, "\x0a\x00\x00\x02\x0a\x00\x00\x01", 8);
	at = put16(put16(at, from == CLIENT ? p->sport : p->dport),
	    from == CLIENT ? p->dport : p->sport);
	at = put32(put32(at, seq), ack);
	*at++ = 0x50;
	*at++ = (uint8_t)flags;
	at = PUT(at, "\xff\xff\x00\x00\x00\x00");
	put_bytes(at, data, n);
	packets_end(p, 40 + n, from == CLIENT ? 12 : 16);
}

void
packets_open(struct packets *p, unsigned sport, unsigned dport)
{
	p->sport = sport;
	p->dport = dport;
	packets_segment(p, CLIENT, 0x02, p->seq[0] - 1, 0, "", 0);
	packets_segment(p, SERVER, 0x12, p->seq[1] - 1, p->seq[0], "", 0);
	packets_segment(p, CLIENT, 0x10, p->seq[0], p->seq[1], "", 0);
}

void
packets_data(struct packets *p, unsigned from, const void *data, size_t n)
{
	const uint8_t *bytes = data;

	while (n > 0) {
		size_t now = n < p->piece ? n : p->piece;

		packets_segment(p, from, 0x18, p->seq[from], p->seq[!from],
		    bytes, now);
		p->seq[from] += (uint32_t)now;
		bytes += now;
		n -= now;
	}
}

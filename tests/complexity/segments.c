/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments in an order that no stack would send, and many connections.
 */
#include "tests/complexity/complexity.h"

#include <string.h>

static uint8_t text[2 * PACKET_MAX + 1024];

/* A beginning, and something again and again, n bytes in all. */
static void
fill(const char *first, const char *what, size_t n)
{
	uint8_t *at = put_bytes(text, first, strlen(first));
	size_t len = strlen(what);

	while ((size_t)(at - text) + len <= n)
		at = put_bytes(at, what, len);
}

/*
 * Segments of one byte of an HTTP request that is n bytes long.  The order is
 * i * step modulo their number, from the end if is_back.
 */
static void
shuffled(struct packets *p, size_t n, size_t step, size_t len, bool is_back)
{
	size_t count;

	fill("GET /a HTTP/1.1\r\nx: ", "y", n + 8);
	packets_open(p, 40000, 80);
	for (count = n / 2; count > 3 &&
	     (count % 2 == 0 || count % 3 == 0 || count % 5 == 0 ||
		 count % 7 == 0);
	     count--)
		;
	for (size_t i = 0; i < count; i++) {
		size_t at = i * step % count;

		if (is_back)
			at = count - 1 - at;
		packets_segment(p, CLIENT, 0x10, p->seq[0] + (uint32_t)at,
		    p->seq[1], text + at, len);
	}
}

static void
reverse(struct packets *p, size_t n)
{
	shuffled(p, n, 1, 1, true);
}

static void
reverse_overlapping(struct packets *p, size_t n)
{
	shuffled(p, n, 1, 7, true);
}

static void
scattered(struct packets *p, size_t n)
{
	shuffled(p, n, 14, 1, false);
}

static void
scattered_overlapping(struct packets *p, size_t n)
{
	shuffled(p, n, 14, 60, false);
}

/* Every second byte, and the others never. */
static void
holes(struct packets *p, size_t n)
{
	fill("GET /a HTTP/1.1\r\nx: ", "y", 2 * n);
	packets_open(p, 40000, 80);
	for (size_t i = 0; i < n; i++)
		packets_segment(p, CLIENT, 0x10, p->seq[0] + (uint32_t)(2 * i),
		    p->seq[1], text + 2 * i, 1);
}

/* The same from the end, in parts that fit what may wait. */
static void
holes_reverse(struct packets *p, size_t n)
{
	fill("GET /a HTTP/1.1\r\nx: ", "y", 2 * n);
	packets_open(p, 40000, 80);
	for (size_t part = 0; part + 250 <= n; part += 250)
		for (size_t i = 250; i-- > 1;)
			packets_segment(p, CLIENT, 0x10,
			    p->seq[0] + (uint32_t)(2 * (part + i)), p->seq[1],
			    text + 2 * (part + i), 1);
}

/* Odd bytes first, then the even ones, which join them. */
static void
alternating(struct packets *p, size_t n)
{
	fill("GET /a HTTP/1.1\r\nx: ", "y", n + 512);
	packets_open(p, 40000, 80);
	for (size_t part = 0; part + 500 <= n; part += 500)
		for (size_t i = 0; i < 500; i++) {
			size_t at =
			    part + (i < 250 ? 2 * i + 1 : 2 * (i - 250));

			packets_segment(p, CLIENT, 0x10,
			    p->seq[0] + (uint32_t)at, p->seq[1], text + at, 1);
		}
}

/* The same byte again and again; and all bytes so far again, each time. */
static void
retransmitted(struct packets *p, size_t n)
{
	fill("GET /a HTTP/1.1\r\nx: ", "y", 2048);
	packets_open(p, 40000, 80);
	for (size_t i = 0; i < n / 16; i++)
		packets_segment(p, CLIENT, 0x10, p->seq[0], p->seq[1], text,
		    1 + i % 1400);
}

/* What waits is large: one segment lets it all go. */
static void
released(struct packets *p, size_t n)
{
	fill("", "GET / HTTP/1.1\n\n", n + SEGMENT);
	packets_open(p, 40000, 80);
	for (size_t at = 16; at < n; at += SEGMENT - 8)
		packets_segment(p, CLIENT, 0x10, p->seq[0] + (uint32_t)at,
		    p->seq[1], text + at, SEGMENT - 8);
	packets_segment(p, CLIENT, 0x10, p->seq[0], p->seq[1], text, 16);
}

/* A hole is given up, and what waits behind it is read. */
static void
given_up(struct packets *p, size_t n)
{
	fill("", "GET / HTTP/1.1\n\n", n + SEGMENT);
	packets_open(p, 40000, 80);
	packets_segment(p, CLIENT, 0x10, p->seq[0], p->seq[1], text, 16);
	for (size_t at = 32; at < n; at += SEGMENT - 8)
		packets_segment(p, CLIENT, 0x10, p->seq[0] + (uint32_t)at,
		    p->seq[1], text + at, SEGMENT - 8);
	packets_segment(p, CLIENT, 0x11, p->seq[0] + (uint32_t)n + 3000,
	    p->seq[1], "", 0);
	packets_segment(p, SERVER, 0x14, p->seq[1], p->seq[0] + (uint32_t)n, "",
	    0);
}

/* Holes that the receiver acknowledges: bytes that were lost. */
static void
lost(struct packets *p, size_t n)
{
	packets_open(p, 40000, 9999);
	for (size_t i = 1; i < n / 40; i++) {
		packets_segment(p, CLIENT, 0x10, p->seq[0] + (uint32_t)(20 * i),
		    p->seq[1], "z", 1);
		packets_segment(p, SERVER, 0x10, p->seq[1],
		    p->seq[0] + (uint32_t)(20 * i + 1), "", 0);
	}
}

/* Numbers that jump to and fro. */
static void
jumps(struct packets *p, size_t n)
{
	packets_open(p, 40000, 80);
	for (size_t i = 1; i < n / 40; i++)
		packets_segment(p, CLIENT, 0x10,
		    p->seq[0] + (uint32_t)(i % 4 / 3 * 0x20000000), p->seq[1],
		    "GET / HTTP/1.1\n", 15);
}

/* Connection attempts to one port after the other. */
static void
scan(struct packets *p, size_t n)
{
	for (size_t i = 0; i < n / 40; i++) {
		p->sport = 40000;
		p->dport = (unsigned)(1 + i);
		packets_segment(p, CLIENT, 0x02, 1, 0, "", 0);
	}
}

/* Connections that open, say something and are reset. */
static void
short_lived(struct packets *p, size_t n)
{
	for (size_t i = 0; i < n / 220; i++) {
		packets_open(p, (unsigned)(1024 + i), 80);
		packets_segment(p, CLIENT, 0x18, p->seq[0], p->seq[1],
		    "GET / HTTP/1.1\n\n", 16);
		packets_segment(p, SERVER, 0x14, p->seq[1], p->seq[0] + 16, "",
		    0);
	}
}

#define ONCE(name, make)                       \
	{                                      \
		name, make, LINK_RAW_, 0, 0, 0 \
	}

const struct scenario segment_scenarios[] = {
	ONCE("segments, reverse", reverse),
	ONCE("segments, reverse and overlapping", reverse_overlapping),
	ONCE("segments, scattered", scattered),
	ONCE("segments, scattered and overlapping", scattered_overlapping),
	ONCE("segments, every second byte", holes),
	ONCE("segments, every second byte, reverse", holes_reverse),
	ONCE("segments, odd then even", alternating),
	ONCE("segments, retransmitted", retransmitted),
	ONCE("segments, all released by one", released),
	ONCE("segments, all released by the end", given_up),
	ONCE("segments, lost", lost),
	ONCE("segments, jumping", jumps),
	ONCE("connections, scan", scan),
	ONCE("connections, short", short_lived),
	{ NULL, NULL, 0, 0, 0, 0 },
};

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The complexity gate: input that was made to cost much, in growing amounts,
 * and what it must not cost.
 *
 * A scenario makes packets, which take the program's own way (drive.h).  A job
 * calls one table.
 */
#ifndef TESTS_COMPLEXITY_H
#define TESTS_COMPLEXITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PACKET_MAX = 65535,
	FRAME_MAX = 1514,
	SEGMENT = 1448, /* bytes of data in a full one */
	LINK_ETHERNET_ = 1,
	LINK_RAW_ = 12,
	CLIENT = 0,
	SERVER = 1
};

/* One packet; at patch (0: nowhere) stand four bytes that differ in each run. */
struct packet {
	uint32_t at, len;
	uint32_t patch;
};

struct packets {
	int dlt;
	uint8_t *bytes;
	size_t n_bytes, size;
	struct packet *list;
	size_t n, max;
	/* Of the connection; seq: what follows from each side. */
	unsigned sport, dport;
	uint32_t seq[2];
	size_t piece; /* bytes in a segment */
};

struct scenario {
	const char *name;
	/* Makes packets whose payloads have about n bytes together. */
	void (*make)(struct packets *p, size_t n);
	int dlt;
	size_t piece; /* of streams: bytes in a segment; 0: a full one */
	size_t max; /* n at most; 0: 64 KiB */
	/*
	 * So many bytes of packets before (SIZE_MAX: all) may wait for one that
	 * completes them: it is charged with them as well as with its own.
	 */
	size_t holds;
};

/*
 * A table: run takes n of something, and is what is counted.  end, if there
 * is one, is counted instead, after run.
 */
struct job {
	const char *name;
	void *(*begin)(size_t n);
	void (*run)(void *state, size_t n);
	void (*end)(void *state, size_t n);
	void (*done)(void *state);
	size_t max; /* 0: 16384 */
	unsigned n_sizes; /* 0: all; fewer where small ones are of no use */
};

/* Room for PACKET_MAX bytes of a packet, for packets_end. */
uint8_t *packets_room(struct packets *p);
void packets_end(struct packets *p, size_t len, size_t patch);

/* Big-endian, and where they end. */
uint8_t *put16(uint8_t *at, unsigned value);
uint8_t *put32(uint8_t *at, uint32_t value);
uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t n);
#define PUT(at, literal) put_bytes(at, literal, sizeof(literal) - 1)

/* IP headers of what has n bytes. */
uint8_t *put_ip4(uint8_t *at, unsigned proto, size_t n);
uint8_t *put_ip6(uint8_t *at, unsigned next, size_t n);
uint8_t *put_udp(uint8_t *at, unsigned sport, unsigned dport, size_t n);

/* A datagram over IPv4 from the client. */
void packets_udp(struct packets *p, unsigned sport, unsigned dport,
    const void *payload, size_t n);

/* The handshake, and data that go on where the side has ended. */
void packets_open(struct packets *p, unsigned sport, unsigned dport);
void packets_data(struct packets *p, unsigned from, const void *data, size_t n);
/* A segment of any numbers. */
void packets_segment(struct packets *p, unsigned from, unsigned flags,
    uint32_t seq, uint32_t ack, const void *data, size_t n);

extern const struct scenario link_scenarios[], datagram_scenarios[],
    stream_scenarios[], segment_scenarios[], quic_scenarios[];
extern const struct job jobs[];

#endif

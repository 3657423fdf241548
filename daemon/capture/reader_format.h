/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the formats of reader.h share; for reader*.c only.
 */
#ifndef DAEMON_CAPTURE_READER_FORMAT_H
#define DAEMON_CAPTURE_READER_FORMAT_H

#include <string.h>

#include "daemon/capture/reader.h"

/* The first record of each format: r->next once the magic is known. */
enum reader_result reader_pcap(struct reader *r, struct capture_packet *p);
enum reader_result reader_pcapng(struct reader *r, struct capture_packet *p);

/* Both for r->next to return; reader_bad takes the text of the fault. */
enum reader_result reader_bad(struct reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The DLT_ number of libpcap for a LINKTYPE_ number of a file. */
int reader_dlt(uint32_t linktype);

/* The most bytes of a packet that anyone captures. */
uint32_t reader_caplen_max(int dlt);

/* The snapshot length that a stated one means. */
uint32_t reader_snaplen(int dlt, uint32_t stated);

static inline size_t
reader_have(const struct reader *r)
{
	return (size_t)(r->end - r->at);
}

/* wanted bytes would do, of which the first are a header. */
static inline enum reader_result
reader_more(struct reader *r, size_t wanted, size_t header)
{
	r->wanted = wanted;
	r->header = header;
	return READER_MORE;
}

static inline uint16_t
reader_u16(const struct reader *r, const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return r->is_swapped ? __builtin_bswap16(v) : v;
}

static inline uint32_t
reader_u32(const struct reader *r, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return r->is_swapped ? __builtin_bswap32(v) : v;
}

static inline uint64_t
reader_u64(const struct reader *r, const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return r->is_swapped ? __builtin_bswap64(v) : v;
}

#endif

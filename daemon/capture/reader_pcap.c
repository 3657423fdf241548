/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcap, draft-ietf-opsawg-pcap, and what was written in its name before: a
 * header of 24 bytes, then records.
 *
 *  0       4       8       12      16
 *  | magic | major | zone  | sigfigs| snaplen | link type |     the file
 *          | minor |
 *  | s     | us, ns| caplen| len   |                            a record
 */
#include "daemon/capture/reader_format.h"

enum { FILE_HEADER = 24, HEADER = 16, HEADER_MODIFIED = 24 };

/* Which of a record's lengths comes first: the captured one since 2.3. */
enum { LENGTHS_AS_NOW, LENGTHS_OLD, LENGTHS_EITHER };

static inline enum reader_result
record(struct reader *r, struct capture_packet *p, size_t header)
{
	const uint8_t *h = r->at;
	size_t have = reader_have(r);
	uint32_t sec, caplen, len;
	uint64_t frac;

	if (have < header)
		return reader_more(r, header, header);
	sec = reader_u32(r, h);
	frac = (uint64_t)reader_u32(r, h + 4) * r->pcap.unit_ns;
	caplen = reader_u32(r, h + 8);
	len = reader_u32(r, h + 12);
	/* Version 2.3 stands in files of either order. */
	if (r->pcap.lengths != LENGTHS_AS_NOW &&
	    (r->pcap.lengths == LENGTHS_OLD || caplen > len)) {
		uint32_t swap = caplen;

		caplen = len;
		len = swap;
	}
	if (caplen > r->pcap.caplen_max)
		return reader_bad(r,
		    "a packet of %u captured bytes, more than the %u that "
		    "there can be",
		    caplen, r->pcap.caplen_max);
	if (have - header < caplen)
		return reader_more(r, header + caplen, header);
	r->at = h + header + caplen;
	p->bytes = h + header;
	p->dlt = r->pcap.dlt;
	p->len = len;
	/* Some writers don't keep to the length that their header states. */
	p->caplen = caplen < r->pcap.snaplen ? caplen : r->pcap.snaplen;
	/* 2^32 s and 2^32 us are far from the end of 64 bits of ns. */
	p->ts_ns = (int64_t)(sec * UINT64_C(1000000000) + frac);
	p->ts_clamped = false;
	return READER_PACKET;
}

static enum reader_result
plain_record(struct reader *r, struct capture_packet *p)
{
	return record(r, p, HEADER);
}

static enum reader_result
modified_record(struct reader *r, struct capture_packet *p)
{
	return record(r, p, HEADER_MODIFIED);
}

/* Whether the magic is of pcap, and what it says. */
static bool
read_magic(struct reader *r)
{
	for (unsigned i = 0; i < 2; i++) {
		r->is_swapped = i == 1;
		r->pcap.unit_ns = 1000;
		r->next = plain_record;
		switch (reader_u32(r, r->at)) {
		case 0xa1b2c3d4:
			return true;
		case 0xa1b23c4d:
			r->pcap.unit_ns = 1;
			return true;
		case 0xa1b2cd34: /* patched for Linux 2.1: longer records */
			r->next = modified_record;
			return true;
		}
	}
	return false;
}

static bool
read_version(struct reader *r, unsigned major, unsigned minor)
{
	r->pcap.lengths = LENGTHS_AS_NOW;
	if (major == 543 && minor == 0) { /* tcpdump of DG/UX */
		r->pcap.lengths = LENGTHS_OLD;
		return true;
	}
	if (major != 2 || minor > 4)
		return false;
	if (minor <= 3)
		r->pcap.lengths = minor < 3 ? LENGTHS_OLD : LENGTHS_EITHER;
	return true;
}

enum reader_result
reader_pcap(struct reader *r, struct capture_packet *p)
{
	const uint8_t *h = r->at;
	unsigned major, minor;

	if (!read_magic(r))
		return reader_bad(r, "unknown file format");
	if (reader_have(r) < FILE_HEADER) {
		r->next = reader_pcap;
		return reader_more(r, FILE_HEADER, FILE_HEADER);
	}
	major = reader_u16(r, h + 4);
	minor = reader_u16(r, h + 6);
	if (!read_version(r, major, minor))
		return reader_bad(r, "pcap of version %u.%u, which is unknown",
		    major, minor);
	/* The upper bits hold the length of the frame check sequence. */
	r->linktype = reader_u32(r, h + 20) & 0x03ffffff;
	r->pcap.dlt = reader_dlt(r->linktype);
	r->pcap.caplen_max = reader_caplen_max(r->pcap.dlt);
	r->pcap.snaplen = reader_snaplen(r->pcap.dlt, reader_u32(r, h + 16));
	/* Captured "cooked", a packet got an Ethernet header on top. */
	if (r->next == modified_record && r->pcap.dlt == 1 &&
	    r->pcap.snaplen <= INT32_MAX)
		r->pcap.snaplen += 14;
	r->has_header = true;
	r->at += FILE_HEADER;
	return r->next(r, p);
}

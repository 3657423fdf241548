/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saved captures, from bytes to packets: pcap and pcapng, told by their first
 * bytes.
 *
 * It is given bytes as they come and gives whole packets only.  Half a record
 * at the end waits for the rest, so a file that still grows can be followed.
 * It opens and reads nothing itself.  Every byte is an attacker's: it never
 * holds more than one record of READER_RECORD_MAX bytes and what was given with
 * its end, and its work is linear in the bytes.
 */
#ifndef DAEMON_CAPTURE_READER_H
#define DAEMON_CAPTURE_READER_H

#include "daemon/capture/capture.h"

enum {
	READER_RECORD_MAX = 16 * 1024 * 1024, /* headers included */
	READER_FACES_MAX = 1024 /* interfaces in a section of a pcapng file */
};

enum reader_result {
	READER_PACKET, /* *p is one */
	READER_MORE, /* what follows is not there as a whole */
	READER_BAD /* damaged: there won't be any more packets */
};

struct reader_face;

struct reader {
	const uint8_t *at, *end; /* bytes not yet read */
	uint64_t given; /* bytes so far, up to end */
	uint8_t *buffer; /* for a record that came in pieces */
	size_t size; /* of buffer */
	bool is_held; /* the bytes not yet read are in buffer */
	enum reader_result (*next)(struct reader *r, struct capture_packet *p);
	const char *fault; /* once it is damaged */
	bool is_swapped; /* the numbers are in the other byte order */
	bool is_pcapng;
	bool has_header; /* a format's beginning was there, and right */
	uint32_t linktype; /* as the file states it, of the last packet */
	size_t wanted, header; /* of what follows: all of it, its header */

	struct {
		int dlt;
		uint32_t snaplen, caplen_max;
		uint32_t unit_ns; /* of a timestamp's fraction */
		uint8_t lengths;
	} pcap;
	struct {
		struct reader_face *faces; /* of this section */
		unsigned n_faces, size;
		bool has_face; /* one was described, in any section */
		/* A block that is passed over: what is left, and its place. */
		uint32_t skip_size; /* 0: there is none */
		uint32_t skip;
		uint64_t skip_from;
	} ng;
	char text[192];
};

void reader_init(struct reader *r);
void reader_fini(struct reader *r);

/* Begins another capture.  The buffer stays, and what it held is invalid. */
void reader_reset(struct reader *r);

/*
 * Gives the n bytes that follow those given before.  They are read where they
 * are, so they have to stay until the next call, or reader_reset; only half a
 * record that was left of those before is copied, to just in front of them if
 * that takes no more than `before` bytes.  What was given before is no longer
 * needed after that, and what packets borrowed is invalid.  False if memory is
 * out: reader_next says so.
 */
bool reader_feed(struct reader *r, uint8_t *bytes, size_t n, size_t before);

/* Gives bytes that are all there will be, and stay as they are. */
void reader_over(struct reader *r, const uint8_t *bytes, size_t n);

/*
 * Reads the next packet into *p.  Its bytes are borrowed until reader_feed,
 * reader_reset or reader_fini is called, not only until the next packet.
 */
static inline enum reader_result
reader_next(struct reader *r, struct capture_packet *p)
{
	return r->next(r, p);
}

/* Bytes up to the end of the last whole record. */
uint64_t reader_position(const struct reader *r);

/*
 * Why the capture is damaged if no byte follows, and near which byte; NULL if
 * it may end here.  The text is valid until the next call.
 */
const char *reader_fault(struct reader *r, uint64_t *near);

#endif

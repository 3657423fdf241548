/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One capture that is open and may still grow: a file, packed or not, or a
 * FIFO.
 *
 * It gives whole records only; half of one waits for the rest.  What was read
 * from a file is given on only if the file still begins as it did, looked at
 * after the reading: so no byte of another capture, which has come into the
 * same file, is ever taken for one of this.
 */
#ifndef DAEMON_CAPTURE_FOLLOW_INPUT_H
#define DAEMON_CAPTURE_FOLLOW_INPUT_H

#include <sys/stat.h>

#include "daemon/capture/reader.h"

/*
 * By this a capture is known under every name, copied and packed too: its
 * first packet's time, lengths and first bytes, and where they stand.
 */
struct follow_mark {
	uint64_t hash;
	uint64_t at; /* byte of the capture, unpacked */
	uint32_t len; /* 0: it has no packet yet */
};

enum input_result {
	INPUT_PACKET, /* packet, from, to */
	INPUT_AGAIN, /* bytes were read: ask again */
	INPUT_END, /* nothing more now */
	INPUT_CHANGED, /* it is another capture now, or none */
	INPUT_BAD /* input_fault: there won't be any more packets */
};

enum { INPUT_CHUNK = 128 * 1024 }; /* the buffer, but for longer records */

struct unpack;

struct follow_input {
	int fd;
	bool is_fifo;
	struct unpack *unpack; /* NULL: plain */
	struct reader reader;
	uint8_t *buffer;
	size_t size;
	bool
	    has_no_room; /* for a longer record of a plain file: by the caller */
	bool is_short; /* of memory or descriptors, which may pass */
	uint64_t read_to; /* bytes of the capture that were read */
	struct follow_mark mark;

	struct capture_packet packet;
	int64_t stated_ns; /* its time as it stands there */
	uint64_t from,
	    to; /* its record; what is passed over counts as before */
	const char *fault;
	char text[256];
};

/*
 * Opens path if it is still the file that st tells of, which is brought up to
 * date.  False after a reason in in->fault, or NULL there if it is another file
 * now; or if in->is_short, which says nothing of the file.  mark is what is known of it.  Needs input_close in either case.
 */
bool input_open(struct follow_input *in, const char *path, struct stat *st,
    const struct follow_mark *mark);
void input_close(struct follow_input *in);

/*
 * The next packet.  At most one read; before it settle is called, since bytes
 * of packets given before become invalid.
 */
enum input_result input_next(struct follow_input *in, void (*settle)(void *arg),
    void *arg);

/*
 * Goes on at byte `at`, where a record ends.  Only a plain pcap can, of which
 * a packet has been read: false for others, which have to be read from their
 * beginning.
 */
bool input_seek(struct follow_input *in, uint64_t at);

bool input_is_packed(const struct follow_input *in);

/* Bytes of the file, packed as they are there: read, and up to the packet. */
uint64_t input_taken(const struct follow_input *in);
uint64_t input_position(const struct follow_input *in);

#endif

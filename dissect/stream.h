/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a dissector sees of a connection: the bytes of one direction, in order.
 *
 * The tracker keeps what the dissector has left, and the little state between
 * calls; the dissector itself remembers nothing.  A direction whose bytes are
 * missing (dropped by the capture, or cut off by its snaplen) starts afresh at
 * the next segment that the probe recognises.
 */
#ifndef DISSECT_STREAM_H
#define DISSECT_STREAM_H

#include "dissect/cur.h"
#include "dissect/codecs.h"
#include "dissect/message.h"
#include "dissect/pkt.h"

enum {
	STREAM_OWN = 64, /* bytes of state for each direction */
	STREAM_SHARED = 384, /* bytes of state for both */
	STREAM_BUFFER = 65536 /* the most that a direction may leave */
};

/* What the first bytes of a direction look like. */
enum probe {
	PROBE_NO,
	PROBE_MORE, /* too few bytes to tell */
	PROBE_CLIENT, /* this protocol, sent by a client */
	PROBE_SERVER,
	PROBE_EITHER /* this protocol; both sides look alike */
};

struct stream {
	/*
	 * The bytes in order, from the first that was not consumed.  The
	 * dissector moves data.p behind what it is done with.
	 */
	struct cur data;
	/* Out: so many bytes behind data.end are of no interest. */
	uint64_t skip;
	bool is_server; /* these bytes are the server's */
	bool is_fresh; /* nothing came before, or it is missing */
	bool is_end; /* FIN: nothing follows */
	bool
	    is_cut; /* what follows was not captured: the last call for these */
	bool is_datagram; /* UDP: data is one datagram */
	int64_t ts_ns; /* when the last of them came */
	const struct tuple *tuple; /* of the packet that brought them */
	/*
	 * State, zero at first, aligned to 8.  own is zeroed again whenever a
	 * direction starts afresh, shared never is.
	 */
	void *own, *shared;
	/*
	 * For what does not come in order: as many bytes as the dissector's
	 * member of this name says, of both directions; zero at first, never
	 * zeroed again.  NULL if it says none.
	 */
	uint8_t *assembly;
	struct message_list *messages; /* out */
	const struct codecs *codecs;
};

enum stream_verdict {
	STREAM_MORE, /* call again when there are more bytes than data's rest */
	STREAM_AGAIN, /* call again at once: messages make room meanwhile */
	STREAM_DONE, /* no more of this direction */
	STREAM_LEAVE, /* what follows, in both, is another protocol's */
	STREAM_BAD /* the bytes contradict the format */
};

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A live interface through libpcap (TPACKET_V3).
 *
 * It knows how far it has seen: no packet from before live_watermark will
 * come any more, which is what lets bins close while the wire is silent and
 * keeps them open while the ring still holds their packets.
 */
#ifndef DAEMON_CAPTURE_LIVE_H
#define DAEMON_CAPTURE_LIVE_H

#include "daemon/capture/capture.h"
#include "daemon/capture/clock.h"

struct live_config {
	const char *interface;
	unsigned source;
	uint32_t snaplen;
	size_t ring; /* bytes */
	bool promiscuous;
	const char *filter;
	struct clock *clock; /* borrowed: packets' times are its */
	void (*note_clock)(void *arg); /* reads it anew */
	capture_fn fn;
	/* What fn was given so far is about to be overwritten. */
	void (*on_batch)(void *arg);
	void *arg;
};

struct live_stats {
	uint64_t received; /* accepted by the filter, dropped ones too */
	uint64_t dropped; /* by the kernel: the ring was full */
	uint64_t if_dropped; /* by the interface or its driver */
	uint64_t delivered; /* given on */
};

struct live;

/* Why an interface can't be captured from. */
enum live_fault {
	LIVE_REFUSED, /* waiting does not help */
	LIVE_ABSENT,
	LIVE_DOWN
};

/*
 * NULL after a reason in err, which names the interface, and its kind in
 * *fault.  c is copied.
 */
struct live *live_open(const struct live_config *c, enum live_fault *fault,
    char *err, size_t err_size);
void live_close(struct live *l);

/* The descriptor to wait on for reading. */
int live_fd(const struct live *l);

enum live_result { LIVE_MORE, LIVE_EMPTY, LIVE_GONE };

/*
 * The index of the interface that is captured from: -1 once that has been
 * removed, 0 where there is none (any, and what is no network device).
 */
int live_index(const struct live *l);

/*
 * Gives up to 256 packets on.  LIVE_GONE: reading failed, and the reason is in
 * err.  The ring of an interface that has disappeared can still be read: it is
 * empty once nothing has come for longer than the kernel keeps a block back.
 */
enum live_result live_dispatch(struct live *l, char *err, size_t err_size);

/* Whether the ring holds packets, and how many have been given on so far. */
bool live_has_packets(const struct live *l);
uint64_t live_delivered(const struct live *l);

/*
 * Returns the capture time, at most that at mono_ns (now), before which no
 * packet will come: the last packet's while the ring holds some, else now less
 * the kernel's delay.
 */
int64_t live_watermark(struct live *l, int64_t mono_ns);

/*
 * Brings the counters up to date, widened to 64 bits: call it more often than
 * 2^32 packets come.
 */
void live_stats(struct live *l, struct live_stats *s);

/* Lets no new packet into the ring; what is in it can still be read. */
void live_stop(struct live *l);

#endif

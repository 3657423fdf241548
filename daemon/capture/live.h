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

struct live_config {
	const char *interface;
	unsigned source;
	uint32_t snaplen;
	size_t ring; /* bytes */
	bool promiscuous;
	const char *filter;
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

/* NULL after a reason in err, which names the interface.  c is copied. */
struct live *live_open(const struct live_config *c, char *err, size_t err_size);
void live_close(struct live *l);

/* The descriptor to wait on for reading. */
int live_fd(const struct live *l);

enum live_result { LIVE_MORE, LIVE_EMPTY, LIVE_GONE };

/*
 * Gives up to 256 packets on.  LIVE_GONE: the interface has disappeared, or
 * reading failed for good; the reason is in err.
 */
enum live_result live_dispatch(struct live *l, char *err, size_t err_size);

/*
 * Returns the time, at most now_ns, before which no packet will come: the last
 * packet's while the ring holds some, else now less the kernel's delay.
 */
int64_t live_watermark(struct live *l, int64_t now_ns);

/*
 * Brings the counters up to date, widened to 64 bits: call it more often than
 * 2^32 packets come.  They go on counting when the interface is opened again.
 */
void live_stats(struct live *l, struct live_stats *s);

/* Lets no new packet into the ring; what is in it can still be read. */
void live_stop(struct live *l);

#endif

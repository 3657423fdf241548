/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both halves of the program in one thread: what the front passes is counted
 * at once.
 */
#ifndef TESTS_LIB_HALVES_H
#define TESTS_LIB_HALVES_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/meter/meter.h"
#include "daemon/pipe/front.h"

struct halves {
	struct front *front;
	struct meter *meter;
	struct batch batch;
};

static inline struct batch *
halves_pass(void *arg, struct batch *b)
{
	struct halves *h = arg;

	meter_batch(h->meter, b);
	batch_clear(b);
	return b;
}

/* memory: of the front; the meter's is in the config.  Never NULL. */
static inline struct halves *
halves_new(const struct meter_config *config, const struct dissect *dissect,
    size_t memory)
{
	struct halves *h = calloc(1, sizeof(*h));
	struct front_config c = { .memory = memory,
		.keys = &config->keys[METER_KEY_TUPLE],
		.dissect = dissect,
		.bin_ns = config->bin_ns,
		.pass = halves_pass,
		.arg = h };

	if (h == NULL)
		abort();
	batch_clear(&h->batch);
	h->meter = meter_new(config);
	h->front = front_new(&c, &h->batch);
	return h;
}

static inline void
halves_free(struct halves *h)
{
	front_free(h->front);
	meter_free(h->meter);
	free(h);
}

/* A packet that has been dissected. */
static inline void
halves_packet(struct halves *h, unsigned source, int64_t ts_ns, uint32_t len,
    const struct pkt *pkt)
{
	struct pkt *to = front_pkt(h->front);

	memcpy(to, pkt, offsetof(struct pkt, messages));
	to->messages.n = pkt->messages.n;
	to->messages.exceeded = pkt->messages.exceeded;
	for (unsigned i = 0; i < pkt->messages.n; i++)
		to->messages.m[i] = pkt->messages.m[i];
	front_packet(h->front, source, ts_ns, false, len);
}

/* Live: no packet from before now_ns will come. */
static inline void
halves_advance(struct halves *h, int64_t now_ns)
{
	front_advance(h->front, now_ns);
	front_flush(h->front);
	meter_advance(h->meter, now_ns);
}

static inline void
halves_finish(struct halves *h)
{
	front_finish(h->front);
	meter_finish(h->meter);
}

#endif

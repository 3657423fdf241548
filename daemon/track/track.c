/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/track/track.h"

#include "daemon/memory.h"

enum {
	/* Shares of the memory, in thirteenths. */
	SHARE_CONNS = 12,
	SHARE_FRAGMENTS = 1,
	SHARES = 13,
	NESTED = 4 /* datagrams within one another */
};

struct track {
	struct track_config config;
	struct conns *conns;
	struct fragments *fragments;
	struct pkt datagram; /* what fragments became */
};

struct track *
track_new(const struct track_config *config)
{
	struct track *t = memory_reserve(sizeof(*t));
	size_t share = config->memory / SHARES;
	struct conns_config conns = { .memory = share * SHARE_CONNS,
		.keys = &config->keys[0],
		.dissect = config->dissect,
		.emit = config->emit,
		.arg = config->arg };

	t->config = *config;
	t->conns = conns_new(&conns);
	t->fragments = fragments_new(share * SHARE_FRAGMENTS, &config->keys[2]);
	return t;
}

void
track_free(struct track *t)
{
	if (t == NULL)
		return;
	conns_free(t->conns);
	fragments_free(t->fragments);
	memory_release(t, sizeof(*t));
}

struct conns *
track_conns(struct track *t)
{
	return t->conns;
}

/* The index + 1 of what a dissector's flows are called. */
static uint8_t
app_of(const struct track *t, uint8_t found)
{
	return found == 0 ? 0 : t->config.dissect->app[found - 1];
}

uint8_t
track_segment(struct track *t, const struct track_packet *p,
    const struct segment *s)
{
	return app_of(t, conns_segment(t->conns, p, s));
}

uint8_t
track_datagram(struct track *t, const struct track_packet *p, uint8_t stream,
    const struct cur *data)
{
	return app_of(t, conns_datagram(t->conns, p, stream, data));
}

uint8_t
track_app(struct track *t, const struct tuple *tuple, uint64_t hash)
{
	return app_of(t, conns_app(t->conns, tuple, hash));
}

struct pkt *
track_fragment(struct track *t, const struct fragment *f, int64_t ts_ns)
{
	struct fragment whole;
	bool is_whole = fragments_add(t->fragments, &whole, f, ts_ns);

	/* In a tunnel may be a fragment again. */
	for (unsigned i = 0; is_whole; i++) {
		dissect_datagram(t->config.dissect, &t->datagram, &whole,
		    whole.data, whole.len);
		if (!t->datagram.has_fragment || i == NESTED)
			return &t->datagram;
		is_whole = fragments_add(t->fragments, &whole,
		    &t->datagram.fragment, ts_ns);
	}
	return NULL;
}

void
track_advance(struct track *t, int64_t now_ns,
    const struct track_context *context)
{
	conns_advance(t->conns, now_ns, context);
	fragments_advance(t->fragments, now_ns);
}

bool
track_is_behind(const struct track *t)
{
	return conns_is_behind(t->conns);
}

void
track_stats(const struct track *t, struct track_stats *stats)
{
	stats->conns = *conns_stats(t->conns);
	stats->fragments = *fragments_stats(t->fragments);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/pipe/front.h"

#include "daemon/memory.h"
#include "daemon/pipe/copies.h"

enum {
	WAITING = 16, /* packets whose records are being fetched from memory */
	WAITING_RECORD = 8, /* after so many packets a record is asked for */
	IP_PROTO_UDP = 17
};

struct waiting {
	struct track_context context;
	int64_t ts_ns;
	uint64_t hash;
	struct copies_mark mark;
	uint32_t len;
	bool ts_clamped;
	bool has_conn; /* the tracker has or may have a record */
	struct pkt pkt;
};

struct front {
	struct front_config config;
	struct track *track;
	struct conns *conns; /* track's */
	struct batch *batch;
	bool has_begun;
	/* The newest bin, and where it begins and ends. */
	int64_t newest, newest_start, newest_end;
	uint64_t in, out; /* of waiting */
	struct copies copies;
	struct waiting waiting[WAITING];
};

static void
pass(struct front *f)
{
	f->batch = f->config.pass(f->config.arg, f->batch);
}

/* The same, with what a report needs of the tracker. */
static void
pass_with_stats(struct front *f)
{
	track_stats(f->track, &f->batch->stats);
	f->batch->has_stats = true;
	pass(f);
}

static void
make_room(struct front *f)
{
	if (!batch_has_room(f->batch))
		pass(f);
}

/* track_config's. */
static void
on_messages(void *arg, const struct track_packet *p, struct message_list *list)
{
	struct front *f = arg;
	struct item *item;

	if (list->n == 0 && !list->exceeded)
		return;
	make_room(f);
	item = batch_add(f->batch, ITEM_MESSAGES);
	item->tuple = *p->tuple;
	item->ts_ns = p->ts_ns;
	item->ip_len = p->context->ip_len;
	item->slot = p->context->slot;
	batch_add_messages(f->batch, list);
}

struct front *
front_new(const struct front_config *config, struct batch *first)
{
	struct front *f = memory_reserve(sizeof(*f));
	struct track_config c = { .memory = config->memory,
		.keys = config->keys,
		.dissect = config->dissect,
		.emit = on_messages,
		.arg = f };

	f->config = *config;
	f->batch = first;
	f->track = track_new(&c);
	f->conns = track_conns(f->track);
	return f;
}

void
front_free(struct front *f)
{
	if (f == NULL)
		return;
	track_free(f->track);
	memory_release(f, sizeof(*f));
}

struct pkt *
front_pkt(struct front *f)
{
	return &f->waiting[f->in % WAITING].pkt;
}

static void
add_packet(struct front *f, struct waiting *w, bool is_copy, uint8_t app)
{
	const struct pkt *pkt = &w->pkt;
	struct item *item;

	make_room(f);
	item = batch_add(f->batch, ITEM_PACKET);
	item->tuple = pkt->tuple;
	item->ts_ns = f->batch->last_ns = w->ts_ns;
	item->hash = w->hash;
	item->len = w->len;
	item->ip_len = pkt->ip_len;
	item->net = pkt->net;
	item->verdict = pkt->verdict;
	item->failed = pkt->failed;
	item->app = app;
	item->flags = (uint8_t)((is_copy ? ITEM_COPY : 0) |
	    (pkt->is_fragment ? ITEM_FRAGMENT : 0) |
	    (pkt->layers_exceeded ? ITEM_LAYERS_EXCEEDED : 0) |
	    (w->ts_clamped ? ITEM_TIME_CLAMPED : 0));
	if (pkt->messages.n > 0)
		batch_add_messages(f->batch, &w->pkt.messages);
}

static void
add_tunnel(struct front *f, const struct waiting *w)
{
	struct item *item;

	make_room(f);
	item = batch_add(f->batch, ITEM_TUNNEL);
	item->tuple = w->pkt.outer;
	item->ts_ns = w->ts_ns;
	item->ip_len = w->pkt.outer_len;
	item->tunnel = w->pkt.tunnel;
}

/*
 * A datagram that is whole with this fragment: its packets are counted as they
 * come, its messages and its segment are not.
 */
static void
take_fragment(struct front *f, struct waiting *w)
{
	struct pkt *whole =
	    track_fragment(f->track, &w->pkt.fragment, w->ts_ns);
	struct track_context context = w->context;
	struct track_packet p = { .ts_ns = w->ts_ns, .context = &context };

	if (whole == NULL)
		return;
	context.ip_len = whole->ip_len;
	p.tuple = &whole->tuple;
	on_messages(f, &p, &whole->messages);
	if (!whole->has_segment && whole->stream == 0)
		return;
	p.hash = conns_hash(f->conns, p.tuple);
	if (whole->has_segment)
		track_segment(f->track, &p, &whole->segment);
	else
		track_datagram(f->track, &p, whole->stream, &whole->data);
}

/* Lets the tracker have a packet; returns what its flow was recognised as. */
static uint8_t
track(struct front *f, struct waiting *w, bool is_copy)
{
	struct track_packet p = { .tuple = &w->pkt.tuple,
		.hash = w->hash,
		.ts_ns = w->ts_ns,
		.is_copy = is_copy,
		.context = &w->context };
	uint8_t app = 0;

	if (w->pkt.has_segment)
		app = track_segment(f->track, &p, &w->pkt.segment);
	else if (w->pkt.stream != 0)
		app = track_datagram(f->track, &p, w->pkt.stream, &w->pkt.data);
	else if (w->has_conn)
		app = track_app(f->track, &w->pkt.tuple, w->hash);
	return app != 0 ? app : w->pkt.app;
}

static void
take(struct front *f, struct waiting *w)
{
	bool is_copy = w->pkt.ip_len > 0 && copies_seen(&f->copies, &w->mark);

	add_packet(f, w, is_copy, track(f, w, is_copy));
	if (w->pkt.ip_len == 0)
		return;
	if (w->pkt.n_ip > 1)
		add_tunnel(f, w);
	if (w->pkt.has_fragment)
		take_fragment(f, w);
}

void
front_settle(struct front *f)
{
	while (f->out < f->in)
		take(f, &f->waiting[f->out++ % WAITING]);
}

static uint8_t
slot_at(const struct front *f, int64_t ts_ns)
{
	if (ts_ns >= f->newest_start)
		return f->newest & 1 ? ITEM_ODD : ITEM_EVEN;
	if (ts_ns >= f->newest_start - f->config.bin_ns)
		return f->newest & 1 ? ITEM_EVEN : ITEM_ODD;
	return ITEM_LATE;
}

/* The tracker learns that time goes on before the bins that end are closed. */
static void
advance_track(struct front *f, int64_t now_ns)
{
	struct track_context context = { .slot = slot_at(f, f->newest_start) };

	front_settle(f);
	track_advance(f->track, now_ns, &context);
}

/* Makes number the newest bin. */
static void
roll(struct front *f, int64_t number)
{
	if (f->has_begun)
		advance_track(f, number * f->config.bin_ns);
	f->has_begun = true;
	f->newest = number;
	f->newest_start = number * f->config.bin_ns;
	f->newest_end = f->newest_start + f->config.bin_ns;
	f->batch->time_ns = f->newest_start;
	pass_with_stats(f);
}

/* Fetches what the tracker will need of a packet, and of one before it. */
static void
prefetch(struct front *f, struct waiting *w)
{
	const struct pkt *pkt = &w->pkt;
	const struct waiting *before =
	    &f->waiting[(f->in - WAITING_RECORD) % WAITING];

	w->hash = conns_hash(f->conns, &pkt->tuple);
	w->mark = copies_mark(&f->copies, pkt, w->hash, w->ts_ns);
	w->has_conn = pkt->has_segment || pkt->stream != 0 ||
	    (pkt->tuple.proto == IP_PROTO_UDP && pkt->app == 0);
	if (w->has_conn)
		conns_prefetch_slot(f->conns, w->hash);
	if (f->in - f->out >= WAITING_RECORD && before->has_conn)
		conns_prefetch_record(f->conns, before->hash);
}

void
front_packet(struct front *f, unsigned source, int64_t ts_ns, bool ts_clamped,
    uint32_t len)
{
	struct waiting *w = &f->waiting[f->in % WAITING];

	if (ts_ns >= f->newest_end || !f->has_begun)
		roll(f, ts_ns / f->config.bin_ns);
	w->pkt.tuple.source = (uint8_t)source;
	w->ts_ns = ts_ns;
	w->context = (struct track_context){ .ip_len = w->pkt.ip_len,
		.slot = slot_at(f, ts_ns) };
	w->len = len;
	w->ts_clamped = ts_clamped;
	w->hash = 0;
	w->has_conn = false;
	if (w->pkt.ip_len > 0)
		prefetch(f, w);
	f->in++;
	if (f->in - f->out == WAITING)
		take(f, &f->waiting[f->out++ % WAITING]);
}

void
front_flush(struct front *f)
{
	front_settle(f);
	if (f->batch->n > 0)
		pass_with_stats(f);
}

void
front_advance(struct front *f, int64_t now_ns)
{
	int64_t to = now_ns / f->config.bin_ns;

	if (!f->has_begun || to > f->newest)
		roll(f, to);
}

void
front_finish(struct front *f)
{
	if (f->has_begun)
		do
			advance_track(f, f->newest_end);
		while (track_is_behind(f->track));
	pass_with_stats(f);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches: what the front half of the program (dissection, tracker) hands to
 * the back half (meter, reports).
 *
 * A batch is a list of items in the packets' order and the messages that they
 * hold.  Nothing in it points to a packet's bytes or to a table, so the two
 * halves may run in two threads; a batch has one owner at a time.
 */
#ifndef DAEMON_PIPE_BATCH_H
#define DAEMON_PIPE_BATCH_H

#include "daemon/track/track.h"
#include "dissect/pkt.h"

enum {
	BATCH_ITEMS = 512,
	BATCH_TEXT = 64 * 1024,
	/* What one list of messages takes there at most. */
	BATCH_LIST = MESSAGES_MAX * (40 + NAME_MAX_BYTES)
};

enum item_kind {
	ITEM_PACKET, /* one delivered packet; its messages, if it has some */
	ITEM_TUNNEL, /* the outer addresses of the packet before */
	ITEM_MESSAGES /* of a stream, of a datagram from fragments, of silence */
};

/*
 * The open bin in which the messages of a stream count: that of the packet that
 * let them go, which may be long over when they are read.
 */
enum item_slot { ITEM_EVEN, ITEM_ODD, ITEM_LATE };

enum {
	ITEM_COPY = 1, /* of a packet seen just before */
	ITEM_FRAGMENT = 2,
	ITEM_LAYERS_EXCEEDED = 4,
	ITEM_MESSAGES_EXCEEDED = 8,
	ITEM_TIME_CLAMPED = 16
};

/* A tunnel and messages have a tuple, a time and ip_len; messages a slot. */
struct item {
	struct tuple tuple; /* as pkt->tuple; pkt->outer of a tunnel */
	int64_t ts_ns;
	uint64_t hash; /* tuple_hash, if ip_len > 0 */
	uint32_t len; /* bytes on the wire, as stated */
	uint32_t ip_len; /* pkt->ip_len, or pkt->outer_len of a tunnel */
	uint32_t text; /* where its messages begin */
	uint8_t kind; /* enum item_kind */
	uint8_t flags; /* ITEM_* */
	uint8_t n_messages;
	uint8_t net, verdict, failed, tunnel; /* as in struct pkt */
	uint8_t app; /* as in struct pkt, or what the tracker knows */
	uint8_t slot; /* of messages alone: enum item_slot */
};

/* A struct message without what it doesn't use. */
struct note {
	uint64_t value;
	uint16_t size; /* bytes of the whole note */
	uint16_t len; /* of the name */
	uint8_t kind;
	bool cut;
	bool addr_is_v6;
	uint8_t addr[16];
	char name[]; /* with a zero behind it */
};

struct batch {
	uint32_t n;
	uint32_t n_text;
	/*
	 * Time has come to here, after the items: bins before it may close.
	 * INT64_MIN: nothing is said.
	 */
	int64_t time_ns;
	int64_t last_ns; /* time of the last packet; INT64_MIN: there is none */
	/* Of the tracker, after the items; before a report there always are. */
	bool has_stats;
	struct track_stats stats;
	struct {
		uint64_t refused, full, bad;
	} hpack; /* of its HTTP/2 header tables; from who passes the batch */
	struct item items[BATCH_ITEMS];
	_Alignas(8) uint8_t text[BATCH_TEXT];
};

/* Makes b empty. */
void batch_clear(struct batch *b);

/* Whether one more item, with a full list of messages, has room. */
static inline bool
batch_has_room(const struct batch *b)
{
	return b->n < BATCH_ITEMS && b->n_text <= BATCH_TEXT - BATCH_LIST;
}

/* Appends an item, all zero but for its kind; there must be room. */
static inline struct item *
batch_add(struct batch *b, enum item_kind kind)
{
	struct item *item = &b->items[b->n++];

	item->kind = (uint8_t)kind;
	item->flags = 0;
	item->n_messages = 0;
	item->hash = 0;
	item->len = 0;
	return item;
}

/* Gives the last item these messages; the list is empty then. */
void batch_add_messages(struct batch *b, struct message_list *list);

/* The item's messages: the first, and the one behind another. */
static inline const struct note *
batch_notes(const struct batch *b, const struct item *item)
{
	return (const struct note *)(b->text + item->text);
}

static inline const struct note *
batch_next_note(const struct note *n)
{
	return (const struct note *)((const uint8_t *)n + n->size);
}

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages on their way through the meter: each counts in its window and its
 * ranking; some have a meaning for others, which is kept here: addresses get
 * names, responses find their queries.
 */
#include "daemon/meter/state.h"

#include <string.h>

enum { TOGETHER = 8 /* messages that are counted together */ };

static void
count_note(struct meter *m, unsigned slot, uint32_t ip_len,
    const struct note *note, const uint64_t hash[2])
{
	struct topk *t = m->by_message[note->kind];
	struct amounts amounts = { .packets = 1, .bytes = ip_len };

	messages_add(&m->messages, slot, note);
	if (t == NULL)
		return;
	m->ledger.names_cut += note->cut;
	if (t->ranking->unit != UNIT_PACKET_BYTES)
		amounts.bytes = note->value;
	if (note->len > 0)
		topk_add_name(t, slot, note->name, note->len, hash, amounts);
	else
		topk_add_rest(t, slot, amounts);
}

static void
hash_note(const struct meter *m, const struct note *note, uint64_t hash[2])
{
	const struct topk *t = m->by_message[note->kind];

	if (t != NULL && note->len > 0)
		topk_name(t, note->name, note->len, hash);
}

/* Counts what was not said, but follows. */
static void
conclude(struct meter *m, unsigned slot, uint32_t ip_len,
    enum message_kind kind, uint64_t value, const char *name, size_t len)
{
	_Alignas(struct note)
	    uint8_t room[sizeof(struct note) + NAME_MAX_BYTES + 1] = { 0 };
	struct note *note = (struct note *)room;
	uint64_t hash[2];

	note->kind = (uint8_t)kind;
	note->value = value;
	note->len = (uint16_t)len;
	memcpy(note->name, name, len);
	hash_note(m, note, hash);
	count_note(m, slot, ip_len, note, hash);
}

static void
response(struct meter *m, unsigned slot, const struct item *item,
    const struct note *note)
{
	uint64_t us;

	switch (transactions_response(m->transactions, &us, &item->tuple,
	    note->value, note->name, note->len, item->ts_ns)) {
	case TRANSACTION_ANSWER:
		conclude(m, slot, item->ip_len, MESSAGE_DNS_TIME, us,
		    note->name, note->len);
		break;
	case TRANSACTION_ORPHAN:
		conclude(m, slot, item->ip_len, MESSAGE_DNS_ORPHAN, 0, "", 0);
		break;
	default:
		break;
	}
}

static void
understand(struct meter *m, unsigned slot, const struct item *item,
    const struct note *note)
{
	switch (note->kind) {
	case MESSAGE_DNS_QUERY:
		transactions_query(m->transactions, &item->tuple, note->value,
		    note->name, note->len, item->ts_ns);
		break;
	case MESSAGE_DNS_RESPONSE:
		response(m, slot, item, note);
		break;
	case MESSAGE_ADDR_NAME:
		book_add(m->book, note->addr, note->addr_is_v6,
		    (enum name_source)note->value, note->name, note->len,
		    item->ts_ns);
		break;
	case MESSAGE_ADDR_MAC:
		book_add_mac(m->book, note->addr, note->addr_is_v6, note->name,
		    note->len, item->ts_ns);
		break;
	}
}

/* Some messages at a time wait for the memory together. */
void
meter_notes(struct meter *m, unsigned slot, const struct batch *b,
    const struct item *item)
{
	const struct note *notes[TOGETHER], *next = batch_notes(b, item);
	uint64_t hashes[TOGETHER][2];

	for (unsigned left = item->n_messages, n; left > 0; left -= n) {
		n = left < TOGETHER ? left : TOGETHER;
		for (unsigned i = 0; i < n; i++) {
			notes[i] = next;
			hash_note(m, notes[i], hashes[i]);
			next = batch_next_note(next);
		}
		for (unsigned i = 0; i < n; i++) {
			count_note(m, slot, item->ip_len, notes[i], hashes[i]);
			understand(m, slot, item, notes[i]);
		}
	}
	m->ledger.messages_exceeded +=
	    (item->flags & ITEM_MESSAGES_EXCEEDED) != 0;
}

/* transactions_advance's. */
static void
on_unanswered(void *arg, const char *name, size_t len)
{
	struct meter *m = arg;

	conclude(m, slot_of(m->newest), 0, MESSAGE_DNS_UNANSWERED, 0, name,
	    len);
}

void
meter_unanswered(struct meter *m, int64_t now_ns)
{
	while (transactions_advance(m->transactions, now_ns, on_unanswered, m))
		;
}

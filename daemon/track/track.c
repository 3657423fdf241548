/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/track/track.h"

#include "daemon/memory.h"

enum {
	/* Shares of the memory, in sixteenths. */
	SHARE_CONNS = 12,
	SHARE_FRAGMENTS = 1,
	SHARE_TRANSACTIONS = 1,
	SHARE_BOOK = 2,
	SHARES = 16,
	NESTED = 4 /* datagrams within one another */
};

struct track {
	struct track_config config;
	struct conns *conns;
	struct fragments *fragments;
	struct transactions *transactions;
	struct book *book;
	struct pkt datagram; /* what fragments became */
	struct track_packet now; /* of track_advance, and what it gives up: */
	struct message_list given_up;
};

/* Messages of streams take the same way as those of datagrams. */
static void
on_messages(void *arg, const struct track_packet *p, struct message_list *list)
{
	struct track *t = arg;

	track_messages(t, p, list);
	t->config.emit(t->config.arg, p, list);
}

struct track *
track_new(const struct track_config *config)
{
	struct track *t = memory_reserve(sizeof(*t));
	size_t share = config->memory / SHARES;
	struct conns_config conns = { .memory = share * SHARE_CONNS,
		.keys = &config->keys[0],
		.dissect = config->dissect,
		.emit = on_messages,
		.arg = t };

	t->config = *config;
	t->conns = conns_new(&conns);
	t->fragments = fragments_new(share * SHARE_FRAGMENTS, &config->keys[2]);
	t->transactions =
	    transactions_new(share * SHARE_TRANSACTIONS, &config->keys[3]);
	t->book = book_new(share * SHARE_BOOK, &config->keys[3]);
	return t;
}

void
track_free(struct track *t)
{
	if (t == NULL)
		return;
	conns_free(t->conns);
	fragments_free(t->fragments);
	transactions_free(t->transactions);
	book_free(t->book);
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

static void
note_response(struct track *t, const struct track_packet *p,
    const struct message *m, struct message_list *list)
{
	uint64_t us;

	switch (transactions_response(t->transactions, &us, p->tuple, m->value,
	    m->name, m->len, p->ts_ns)) {
	case TRANSACTION_ANSWER:
		message_text(list, MESSAGE_DNS_TIME, m->name)->value = us;
		break;
	case TRANSACTION_ORPHAN:
		message_text(list, MESSAGE_DNS_ORPHAN, "");
		break;
	default:
		break;
	}
}

void
track_messages(struct track *t, const struct track_packet *p,
    struct message_list *list)
{
	unsigned n = list->n;

	for (unsigned i = 0; i < n; i++) {
		const struct message *m = &list->m[i];

		switch (m->kind) {
		case MESSAGE_DNS_QUERY:
			transactions_query(t->transactions, p->tuple, m->value,
			    m->name, m->len, p->ts_ns);
			break;
		case MESSAGE_DNS_RESPONSE:
			note_response(t, p, m, list);
			break;
		case MESSAGE_ADDR_NAME:
			book_add(t->book, m->addr, m->addr_is_v6,
			    (enum name_source)m->value, m->name, m->len,
			    p->ts_ns);
			break;
		case MESSAGE_ADDR_MAC:
			book_add_mac(t->book, m->addr, m->addr_is_v6, m->name,
			    m->len, p->ts_ns);
			break;
		}
	}
}

/* transactions_advance's: a name that nobody answered for. */
static void
on_unanswered(void *arg, const char *name, size_t len)
{
	struct track *t = arg;

	if (t->given_up.n == MESSAGES_MAX)
		t->config.emit(t->config.arg, &t->now, &t->given_up);
	message_add(&t->given_up, MESSAGE_DNS_UNANSWERED, name, len, false);
}

void
track_advance(struct track *t, int64_t now_ns, void *context)
{
	t->now = (struct track_packet){ .ts_ns = now_ns, .context = context };
	conns_advance(t->conns, now_ns, context);
	fragments_advance(t->fragments, now_ns);
	while (transactions_advance(t->transactions, now_ns, on_unanswered, t))
		;
	t->config.emit(t->config.arg, &t->now, &t->given_up);
}

bool
track_find_name(const struct track *t, const uint8_t *addr, bool is_v6,
    struct book_entry *entry)
{
	return book_find(t->book, entry, addr, is_v6);
}

void
track_add_name(struct track *t, const uint8_t *addr, bool is_v6,
    const char *name, size_t len, int64_t ts_ns)
{
	book_add(t->book, addr, is_v6, NAME_RESOLVED, name, len, ts_ns);
}

void
track_stats(const struct track *t, struct track_stats *stats)
{
	stats->conns = *conns_stats(t->conns);
	stats->fragments = *fragments_stats(t->fragments);
	stats->transactions = *transactions_stats(t->transactions);
	stats->book = *book_stats(t->book);
}

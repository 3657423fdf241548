/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record for each transaction, found by everything but the question.  Several
 * with different questions may be alike in that, so the key ends in a number
 * that tells them apart; all are looked at.
 *
 * Records are in one of two lists, oldest first: those that wait, and those
 * that are done with and only known.
 */
#include "daemon/meter/transactions.h"

#include <string.h>

#include "daemon/memory.h"
#include "daemon/meter/chunks.h"
#include "daemon/meter/table.h"

enum {
	PORT_NETBIOS_NAMES = 137,
	PORT_MDNS = 5353,
	PORT_LLMNR = 5355,
	ADVANCE_MIN = 8,
	RECORDS_MIN = 64,
	NAME_CHUNKS = 2 /* most names are shorter than 56 bytes */
};

static const uint64_t patience_ns = TRANSACTIONS_SECONDS * UINT64_C(1000000000);
/* A query seen again so long after its answer is a new one. */
static const uint64_t copy_ns = UINT64_C(1000000000);

struct key {
	uint8_t client[16], server[16];
	uint16_t client_port, server_port;
	uint16_t id;
	uint8_t is_tcp;
	uint8_t is_v6;
	uint64_t number; /* below TRANSACTIONS_ALIKE */
};

enum state { WAITING, ANSWERED, UNANSWERED };

struct query {
	struct key key;
	uint64_t hash; /* of the key */
	uint64_t question; /* hash of name and type */
	int64_t ts_ns; /* of the query; once answered, of the answer */
	uint32_t newer, older; /* in its list: index plus one */
	uint32_t name; /* while it waits */
	uint16_t name_len;
	uint8_t state;
};

/* From the oldest to the newest: index plus one. */
struct list {
	uint32_t oldest, newest;
};

struct transactions {
	struct table table;
	struct chunks names;
	struct list waiting, done;
	uint64_t allowance; /* of the next transactions_advance */
	struct transactions_stats stats;
};

struct transactions *
transactions_new(size_t memory, const struct hash_key *key)
{
	struct transactions *t = memory_reserve(sizeof(*t));
	size_t each =
	    sizeof(struct query) + TABLE_OVERHEAD + NAME_CHUNKS * CHUNKS_NAME;
	size_t max = (memory > sizeof(*t) ? memory - sizeof(*t) : 0) / each;

	if (max < RECORDS_MIN)
		max = RECORDS_MIN;
	if (max > 1u << 24)
		max = 1u << 24;
	table_init(&t->table, key, sizeof(struct key), sizeof(struct query),
	    (uint32_t)max);
	chunks_init(&t->names, (uint32_t)max * NAME_CHUNKS, CHUNKS_NAME);
	return t;
}

void
transactions_free(struct transactions *t)
{
	if (t == NULL)
		return;
	table_fini(&t->table);
	chunks_fini(&t->names);
	memory_release(t, sizeof(*t));
}

static struct query *
record(const struct transactions *t, uint32_t index)
{
	return table_record(&t->table, index);
}

static void
list_add(struct transactions *t, struct list *l, uint32_t index)
{
	struct query *q = record(t, index);

	q->newer = 0;
	q->older = l->newest;
	if (q->older != 0)
		record(t, q->older - 1)->newer = index + 1;
	else
		l->oldest = index + 1;
	l->newest = index + 1;
}

static void
list_remove(struct transactions *t, struct list *l, uint32_t index)
{
	struct query *q = record(t, index);

	if (q->newer != 0)
		record(t, q->newer - 1)->older = q->older;
	else
		l->newest = q->older;
	if (q->older != 0)
		record(t, q->older - 1)->newer = q->newer;
	else
		l->oldest = q->newer;
}

static uint64_t
apart(int64_t a, int64_t b)
{
	return a < b ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b;
}

/* Time that jumped back is as good a reason as time that went on. */
static bool
is_old(const struct query *q, int64_t now_ns)
{
	return apart(q->ts_ns, now_ns) > patience_ns;
}

/* It waits no longer. */
static void
settle(struct transactions *t, uint32_t index, enum state state)
{
	struct query *q = record(t, index);

	list_remove(t, &t->waiting, index);
	list_add(t, &t->done, index);
	chunks_remove(&t->names, q->name);
	q->name = CHUNKS_NONE;
	q->state = (uint8_t)state;
	t->stats.waiting--;
}

static void
forget(struct transactions *t, uint32_t index)
{
	struct query *q = record(t, index);

	if (q->state == WAITING) {
		list_remove(t, &t->waiting, index);
		chunks_remove(&t->names, q->name);
		t->stats.waiting--;
	} else {
		list_remove(t, &t->done, index);
	}
	table_remove(&t->table, index, q->hash);
}

static void
evict(struct transactions *t, uint32_t index)
{
	if (record(t, index)->state == WAITING)
		t->stats.evicted++;
	forget(t, index);
}

static bool
is_for_all(const uint8_t *addr, bool is_v6)
{
	static const uint8_t broadcast[4] = { 255, 255, 255, 255 };

	if (is_v6)
		return addr[0] == 0xff;
	return addr[0] >> 4 == 14 || memcmp(addr, broadcast, 4) == 0;
}

/* Of a packet of the client; false if it asks whoever knows. */
static bool
key_of(struct key *key, const struct tuple *t, uint64_t value)
{
	memset(key, 0, sizeof(*key));
	memcpy(key->client, t->src, sizeof(key->client));
	memcpy(key->server, t->dst, sizeof(key->server));
	key->client_port = t->sport;
	key->server_port = t->dport;
	key->id = (uint16_t)value;
	key->is_tcp = value >> 32 & 1;
	key->is_v6 = (t->flags & TUPLE_V6) != 0;
	return t->dport != PORT_MDNS && t->dport != PORT_LLMNR &&
	    t->dport != PORT_NETBIOS_NAMES && !is_for_all(t->dst, key->is_v6);
}

static bool
key_of_response(struct key *key, const struct tuple *t, uint64_t value)
{
	struct tuple back = *t;

	memcpy(back.src, t->dst, sizeof(back.src));
	memcpy(back.dst, t->src, sizeof(back.dst));
	back.sport = t->dport;
	back.dport = t->sport;
	return key_of(key, &back, value);
}

/*
 * Names in upper and lower case are the same.  What of a name exceeds a
 * message's is not looked at.
 */
static uint64_t
question_of(const struct transactions *t, uint64_t value, const char *name,
    size_t len)
{
	uint8_t bytes[NAME_MAX_BYTES + 2];
	size_t n = 0;

	bytes[n++] = (uint8_t)(value >> 16);
	bytes[n++] = (uint8_t)(value >> 24);
	for (size_t i = 0; i < len && i < NAME_MAX_BYTES; i++) {
		uint8_t c = (uint8_t)name[i];

		bytes[n++] = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
	}
	return hash_bytes(&t->table.key, bytes, n);
}

/* Those that are alike, by their number. */
struct alike {
	uint64_t hashes[TRANSACTIONS_ALIKE]; /* all made of the first one's */
	uint32_t index[TRANSACTIONS_ALIKE]; /* or TABLE_NONE */
};

static void
find(const struct transactions *t, struct alike *alike, struct key *key)
{
	uint64_t hash = table_hash(&t->table, key);

	for (unsigned i = 0; i < TRANSACTIONS_ALIKE; i++) {
		key->number = i;
		alike->hashes[i] = hash + i * UINT64_C(0x9e3779b97f4a7c15);
		alike->index[i] =
		    table_find(&t->table, key, sizeof(*key), alike->hashes[i]);
	}
}

/* How much a packet at ts_ns has to do with q. */
static int
rank(const struct query *q, int64_t ts_ns)
{
	if (q->state == WAITING)
		return is_old(q, ts_ns) ? 0 : 3;
	return q->state == ANSWERED ? 2 : 1;
}

/*
 * The number of the one that a packet belongs to: of this question, or of any
 * if it has none; the oldest of the highest rank.  -1: there is none.
 */
static int
choose(const struct transactions *t, const struct alike *alike,
    bool has_question, uint64_t question, int64_t ts_ns)
{
	int best = -1, best_rank = -1;
	int64_t best_ts = 0;

	for (int i = 0; i < TRANSACTIONS_ALIKE; i++) {
		const struct query *q;
		int r;

		if (alike->index[i] == TABLE_NONE)
			continue;
		q = record(t, alike->index[i]);
		if (has_question && q->question != question)
			continue;
		r = rank(q, ts_ns);
		if (r > best_rank || (r == best_rank && q->ts_ns < best_ts)) {
			best = i;
			best_rank = r;
			best_ts = q->ts_ns;
		}
	}
	return best;
}

/*
 * The number for a new transaction: one that is free, else of one that is done
 * with, else of the oldest.
 */
static unsigned
make_number(const struct transactions *t, const struct alike *alike)
{
	unsigned best = 0;

	for (unsigned i = 0; i < TRANSACTIONS_ALIKE; i++) {
		const struct query *q, *b;

		if (alike->index[i] == TABLE_NONE)
			return i;
		q = record(t, alike->index[i]);
		b = record(t, alike->index[best]);
		if ((q->state == WAITING) != (b->state == WAITING)
			? b->state == WAITING
			: q->ts_ns < b->ts_ns)
			best = i;
	}
	return best;
}

/* Makes room for one record, and a name: what is done with goes first. */
static void
make_room(struct transactions *t)
{
	if (t->table.n < t->table.max)
		return;
	if (t->done.oldest != 0)
		evict(t, t->done.oldest - 1);
	else
		evict(t, t->waiting.oldest - 1);
}

static uint32_t
keep_name(struct transactions *t, const char *name, size_t len)
{
	uint32_t handle;

	while ((handle = chunks_add(&t->names, name, len)) == CHUNKS_NONE)
		evict(t, t->waiting.oldest - 1);
	return handle;
}

static void
begin(struct transactions *t, const struct key *key, uint64_t hash,
    uint64_t question, const char *name, size_t len, int64_t ts_ns)
{
	uint16_t n = (uint16_t)(len < NAME_MAX_BYTES ? len : NAME_MAX_BYTES);
	uint32_t handle = keep_name(t, name, n), index;
	struct query *q;

	make_room(t);
	index = table_add(&t->table, key, hash);
	q = record(t, index);
	q->hash = hash;
	q->question = question;
	q->ts_ns = ts_ns;
	q->name = handle;
	q->name_len = n;
	q->state = WAITING;
	list_add(t, &t->waiting, index);
	t->stats.begun++;
	t->stats.waiting++;
	t->allowance += 2;
}

/*
 * Whether a query that is q's question again is only that, and no new one.
 */
static bool
is_repeated(const struct query *q, int64_t ts_ns)
{
	if (q->state == ANSWERED)
		return apart(q->ts_ns, ts_ns) <= copy_ns;
	return q->state == WAITING && !is_old(q, ts_ns);
}

void
transactions_query(struct transactions *t, const struct tuple *tuple,
    uint64_t value, const char *name, size_t len, int64_t ts_ns)
{
	uint64_t question;
	struct alike alike;
	struct key key;
	int number;

	if (!key_of(&key, tuple, value))
		return;
	question = question_of(t, value, name, len);
	find(t, &alike, &key);
	number = choose(t, &alike, true, question, ts_ns);
	if (number >= 0) {
		const struct query *q = record(t, alike.index[number]);

		if (is_repeated(q, ts_ns)) {
			t->stats.repeated++;
			return;
		}
		/* One that has waited too long has yet to be told. */
		if (q->state == WAITING)
			number = -1;
	}
	if (number < 0)
		number = (int)make_number(t, &alike);
	if (alike.index[number] != TABLE_NONE)
		evict(t, alike.index[number]);
	key.number = (uint64_t)number;
	begin(t, &key, alike.hashes[number], question, name, len, ts_ns);
}

enum transaction
transactions_response(struct transactions *t, uint64_t *elapsed_us,
    const struct tuple *tuple, uint64_t value, const char *name, size_t len,
    int64_t ts_ns)
{
	struct alike alike;
	struct query *q;
	struct key key;
	int number;

	if (!key_of_response(&key, tuple, value))
		return TRANSACTION_NONE;
	find(t, &alike, &key);
	number =
	    choose(t, &alike, len > 0, question_of(t, value, name, len), ts_ns);
	if (number < 0) {
		t->stats.orphans++;
		return TRANSACTION_ORPHAN;
	}
	q = record(t, alike.index[number]);
	if (q->state == ANSWERED) {
		t->stats.copies++;
		return TRANSACTION_COPY;
	}
	if (q->state == UNANSWERED || is_old(q, ts_ns)) {
		t->stats.late++;
		return TRANSACTION_LATE;
	}
	/* Between two captures the answer may come a little before. */
	*elapsed_us = ts_ns < q->ts_ns ? 0 : apart(ts_ns, q->ts_ns) / 1000;
	q->ts_ns = ts_ns;
	settle(t, alike.index[number], ANSWERED);
	t->stats.answered++;
	return TRANSACTION_ANSWER;
}

bool
transactions_advance(struct transactions *t, int64_t now_ns,
    void (*unanswered)(void *arg, const char *name, size_t len), void *arg)
{
	uint64_t n = t->allowance + ADVANCE_MIN;
	char name[NAME_MAX_BYTES + 1];

	t->allowance = 0;
	while (t->waiting.oldest != 0) {
		uint32_t index = t->waiting.oldest - 1;
		struct query *q = record(t, index);

		if (!is_old(q, now_ns))
			return false;
		if (n-- == 0)
			return true;
		chunks_get(&t->names, q->name, name, q->name_len);
		name[q->name_len] = '\0';
		settle(t, index, UNANSWERED);
		t->stats.unanswered++;
		unanswered(arg, name, q->name_len);
	}
	return false;
}

const struct transactions_stats *
transactions_stats(const struct transactions *t)
{
	return &t->stats;
}

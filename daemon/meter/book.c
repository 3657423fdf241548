/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/book.h"

#include <string.h>

#include "daemon/memory.h"
#include "daemon/meter/chunks.h"
#include "daemon/meter/table.h"

enum { ADDRESSES_MIN = 64, NAME_CHUNKS = 2 };

static const uint64_t patience_ns = BOOK_SECONDS * UINT64_C(1000000000);

struct key {
	uint8_t addr[16];
	uint64_t is_v6;
};

struct address {
	struct key key;
	uint64_t hash;
	int64_t ts_ns, mac_ts_ns;
	uint32_t newer, older; /* by when they were told of: index plus one */
	uint32_t name;
	uint16_t len; /* 0: no name */
	uint8_t source;
	uint8_t mac_len; /* 0: no MAC */
	char mac[BOOK_MAC - 1]; /* without a NUL */
};

struct book {
	struct table table;
	struct chunks names;
	uint32_t oldest, newest; /* index plus one */
	struct book_stats stats;
};

struct book *
book_new(size_t memory, const struct hash_key *key)
{
	struct book *b = memory_reserve(sizeof(*b));
	size_t each =
	    sizeof(struct address) + TABLE_OVERHEAD + NAME_CHUNKS * CHUNKS_NAME;
	size_t max = (memory > sizeof(*b) ? memory - sizeof(*b) : 0) / each;

	if (max < ADDRESSES_MIN)
		max = ADDRESSES_MIN;
	if (max > 1u << 24)
		max = 1u << 24;
	table_init(&b->table, key, sizeof(struct key), sizeof(struct address),
	    (uint32_t)max);
	chunks_init(&b->names, (uint32_t)max * NAME_CHUNKS, CHUNKS_NAME);
	return b;
}

void
book_free(struct book *b)
{
	if (b == NULL)
		return;
	table_fini(&b->table);
	chunks_fini(&b->names);
	memory_release(b, sizeof(*b));
}

static struct address *
record(const struct book *b, uint32_t index)
{
	return table_record(&b->table, index);
}

static void
list_add(struct book *b, uint32_t index)
{
	struct address *a = record(b, index);

	a->newer = 0;
	a->older = b->newest;
	if (a->older != 0)
		record(b, a->older - 1)->newer = index + 1;
	else
		b->oldest = index + 1;
	b->newest = index + 1;
}

static void
list_remove(struct book *b, uint32_t index)
{
	struct address *a = record(b, index);

	if (a->newer != 0)
		record(b, a->newer - 1)->older = a->older;
	else
		b->newest = a->older;
	if (a->older != 0)
		record(b, a->older - 1)->newer = a->newer;
	else
		b->oldest = a->newer;
}

static uint64_t
key_of(const struct book *b, struct key *key, const uint8_t *addr, bool is_v6)
{
	*key = (struct key){ .is_v6 = is_v6 };
	memcpy(key->addr, addr, is_v6 ? 16 : 4);
	return table_hash(&b->table, key);
}

static void
forget(struct book *b, uint32_t index)
{
	struct address *a = record(b, index);

	list_remove(b, index);
	chunks_remove(&b->names, a->name);
	table_remove(&b->table, index, a->hash);
	b->stats.addresses--;
}

static void
evict(struct book *b)
{
	b->stats.evicted++;
	forget(b, b->oldest - 1);
}

/* The address, which is the newest then, and added if it was not there. */
static struct address *
touch(struct book *b, const uint8_t *addr, bool is_v6)
{
	struct address *a;
	struct key key;
	uint64_t hash = key_of(b, &key, addr, is_v6);
	uint32_t index = table_find(&b->table, &key, sizeof(key), hash);

	if (index != TABLE_NONE) {
		list_remove(b, index);
		list_add(b, index);
		return record(b, index);
	}
	if (b->table.n == b->table.max)
		evict(b);
	index = table_add(&b->table, &key, hash);
	a = record(b, index);
	a->hash = hash;
	list_add(b, index);
	b->stats.addresses++;
	return a;
}

/* Time that jumped back makes old, too. */
static bool
is_old(const struct address *a, int64_t now_ns)
{
	uint64_t age = now_ns < a->ts_ns
	    ? (uint64_t)a->ts_ns - (uint64_t)now_ns
	    : (uint64_t)now_ns - (uint64_t)a->ts_ns;

	return age > patience_ns;
}

static bool
is_called(const struct book *b, const struct address *a, const char *name,
    uint16_t len)
{
	char present[NAME_MAX_BYTES];

	if (a->len != len)
		return false;
	chunks_get(&b->names, a->name, present, len);
	return memcmp(present, name, len) == 0;
}

/* a is the newest, so it is the last that would be evicted. */
static void
set_name(struct book *b, struct address *a, const char *name, uint16_t len)
{
	if (a->len > 0)
		b->stats.replaced++;
	chunks_remove(&b->names, a->name);
	while ((a->name = chunks_add(&b->names, name, len)) == CHUNKS_NONE)
		evict(b);
	a->len = len;
}

void
book_add(struct book *b, const uint8_t *addr, bool is_v6,
    enum name_source source, const char *name, size_t len, int64_t ts_ns)
{
	uint16_t n = (uint16_t)(len < NAME_MAX_BYTES ? len : NAME_MAX_BYTES);
	struct address *a;

	if (n == 0)
		return;
	a = touch(b, addr, is_v6);
	b->stats.names++;
	if (a->len > 0 && source > a->source && !is_old(a, ts_ns)) {
		b->stats.refused++;
		return;
	}
	if (!is_called(b, a, name, n))
		set_name(b, a, name, n);
	a->source = (uint8_t)source;
	a->ts_ns = ts_ns;
}

void
book_add_mac(struct book *b, const uint8_t *addr, bool is_v6, const char *mac,
    size_t len, int64_t ts_ns)
{
	struct address *a;

	if (len == 0 || len >= BOOK_MAC)
		return;
	a = touch(b, addr, is_v6);
	memcpy(a->mac, mac, len);
	a->mac_len = (uint8_t)len;
	a->mac_ts_ns = ts_ns;
}

bool
book_find(const struct book *b, struct book_entry *out, const uint8_t *addr,
    bool is_v6)
{
	const struct address *a;
	struct key key;
	uint64_t hash = key_of(b, &key, addr, is_v6);
	uint32_t index = table_find(&b->table, &key, sizeof(key), hash);

	if (index == TABLE_NONE)
		return false;
	a = record(b, index);
	chunks_get(&b->names, a->name, out->name, a->len);
	out->name[a->len] = '\0';
	out->len = a->len;
	out->source = a->source;
	out->ts_ns = a->ts_ns;
	memcpy(out->mac, a->mac, a->mac_len);
	out->mac[a->mac_len] = '\0';
	out->mac_ts_ns = a->mac_ts_ns;
	return true;
}

const struct book_stats *
book_stats(const struct book *b)
{
	return &b->stats;
}

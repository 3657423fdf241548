/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A datagram is a record with a list of pieces in the order of their offsets;
 * a piece's bytes are in a pool.  Pieces never overlap, so the datagram
 * is whole when their lengths add up to the end that the last fragment gave;
 * there are no holes to keep.
 *
 * A datagram that is whole or was given up gives its bytes back and stays for
 * a while: its pieces' hashes tell a copy from a new datagram with the same
 * identification (16 bits come round within seconds on a fast IPv4 path).
 */
#include "daemon/track/fragments.h"

#include <string.h>

#include "daemon/memory.h"
#include "daemon/meter/table.h"
#include "daemon/meter/chunks.h"

enum {
	EXPIRE_MAX = 4, /* at a call, of each list; a call adds one */
	PIECE_CHUNK = 512 /* bytes of pieces are kept in such chunks */
};
static const uint64_t patience_ns = FRAGMENTS_SECONDS * UINT64_C(1000000000);

struct piece {
	uint64_t hash; /* of the bytes */
	uint32_t next; /* by offset; 0 ends */
	uint32_t bytes; /* handle; 0: given back */
	uint16_t offset, len;
};

/* RFC 8200: of IPv6 only addresses and identification must agree. */
struct key {
	uint8_t src[16], dst[16];
	uint32_t id;
	uint8_t proto; /* 0 for IPv6 */
	uint8_t is_v6;
	uint16_t zero;
};

enum state { WAITING, WHOLE, GIVEN_UP, STATES };

struct datagram {
	struct key key;
	uint64_t hash; /* of the key */
	int64_t ts_ns; /* of the fragment that came first */
	uint32_t first, last; /* pieces; 0: none */
	uint32_t bytes; /* in pieces */
	uint32_t end; /* if has_end */
	uint32_t newer, older; /* in its list: index plus one */
	uint16_t n_pieces;
	bool has_end;
	uint8_t proto; /* by the fragment at offset 0 */
	uint8_t state;
};

/* From the oldest to the newest. */
struct list {
	uint32_t oldest, newest; /* index plus one */
};

struct fragments {
	struct table table;
	struct list lists[STATES];
	struct chunks bytes;
	struct piece *pieces; /* number 0 is never used */
	uint32_t pieces_max, pieces_high;
	uint32_t pieces_free; /* head of the free ones; 0 ends */
	struct fragments_stats stats;
	uint8_t whole[FRAGMENTS_BYTES];
};

/* A datagram needs some 2 KB of bytes; half of what is kept is done with. */
struct fragments *
fragments_new(size_t memory, const struct hash_key *key)
{
	struct fragments *fs = memory_reserve(sizeof(*fs));
	size_t left =
	    memory < FRAGMENTS_MEMORY_MIN ? FRAGMENTS_MEMORY_MIN : memory;
	size_t record = sizeof(struct datagram) + TABLE_OVERHEAD;

	left -= sizeof(*fs);
	if (left > (size_t)1 << 30)
		left = (size_t)1 << 30;
	table_init(&fs->table, key, sizeof(struct key), sizeof(struct datagram),
	    (uint32_t)(left / 8 / record));
	fs->pieces_max = (uint32_t)(left / 8 / sizeof(struct piece));
	fs->pieces_high = 1;
	fs->pieces = memory_reserve(fs->pieces_max * sizeof(struct piece));
	chunks_init(&fs->bytes, (uint32_t)(left / 4 * 3 / PIECE_CHUNK),
	    PIECE_CHUNK);
	return fs;
}

void
fragments_free(struct fragments *fs)
{
	if (fs == NULL)
		return;
	table_fini(&fs->table);
	memory_release(fs->pieces, fs->pieces_max * sizeof(struct piece));
	chunks_fini(&fs->bytes);
	memory_release(fs, sizeof(*fs));
}

static struct datagram *
record(const struct fragments *fs, uint32_t index)
{
	return table_record(&fs->table, index);
}

static void
list_add(struct fragments *fs, struct list *l, uint32_t index)
{
	struct datagram *d = record(fs, index);

	d->newer = 0;
	d->older = l->newest;
	if (d->older != 0)
		record(fs, d->older - 1)->newer = index + 1;
	else
		l->oldest = index + 1;
	l->newest = index + 1;
}

static void
list_remove(struct fragments *fs, struct list *l, uint32_t index)
{
	struct datagram *d = record(fs, index);

	if (d->newer != 0)
		record(fs, d->newer - 1)->older = d->older;
	else
		l->newest = d->older;
	if (d->older != 0)
		record(fs, d->older - 1)->newer = d->newer;
	else
		l->oldest = d->newer;
}

static bool
has_piece(const struct fragments *fs)
{
	return fs->pieces_free != 0 || fs->pieces_high < fs->pieces_max;
}

static uint32_t
take_piece(struct fragments *fs)
{
	uint32_t i = fs->pieces_free;

	if (i == 0)
		return fs->pieces_high++;
	fs->pieces_free = fs->pieces[i].next;
	return i;
}

static void
give_piece(struct fragments *fs, uint32_t i)
{
	fs->pieces[i].next = fs->pieces_free;
	fs->pieces_free = i;
}

static void
give_bytes(struct fragments *fs, struct datagram *d)
{
	for (uint32_t i = d->first; i != 0; i = fs->pieces[i].next) {
		chunks_remove(&fs->bytes, fs->pieces[i].bytes);
		fs->pieces[i].bytes = 0;
	}
}

static void
give_pieces(struct fragments *fs, struct datagram *d)
{
	uint32_t next;

	give_bytes(fs, d);
	for (uint32_t i = d->first; i != 0; i = next) {
		next = fs->pieces[i].next;
		give_piece(fs, i);
	}
	d->first = d->last = 0;
}

static void
forget(struct fragments *fs, uint32_t index)
{
	struct datagram *d = record(fs, index);

	list_remove(fs, &fs->lists[d->state], index);
	if (d->state == WAITING)
		fs->stats.waiting--;
	give_pieces(fs, d);
	table_remove(&fs->table, index, d->hash);
}

/* No more is wanted of the datagram, but what follows of it is known. */
static void
settle(struct fragments *fs, uint32_t index, enum state state)
{
	struct datagram *d = record(fs, index);

	list_remove(fs, &fs->lists[WAITING], index);
	list_add(fs, &fs->lists[state], index);
	fs->stats.waiting--;
	d->state = (uint8_t)state;
	if (state == WHOLE)
		give_bytes(fs, d);
	else
		give_pieces(fs, d);
}

static void
give_up(struct fragments *fs, uint32_t index, enum fragments_end why)
{
	fs->stats.given_up[why]++;
	settle(fs, index, GIVEN_UP);
}

/* Time that jumped back is as good a reason as time that went on. */
static bool
is_old(const struct datagram *d, int64_t now_ns)
{
	uint64_t age = now_ns < d->ts_ns
	    ? (uint64_t)d->ts_ns - (uint64_t)now_ns
	    : (uint64_t)now_ns - (uint64_t)d->ts_ns;

	return age > patience_ns;
}

static void
forget_old(struct fragments *fs, uint32_t index)
{
	if (record(fs, index)->state == WAITING)
		fs->stats.given_up[FRAGMENTS_TIMEOUT]++;
	forget(fs, index);
}

void
fragments_advance(struct fragments *fs, int64_t now_ns)
{
	for (unsigned i = 0; i < STATES; i++)
		for (unsigned n = 0; n < EXPIRE_MAX; n++) {
			uint32_t oldest = fs->lists[i].oldest;

			if (oldest == 0 ||
			    !is_old(record(fs, oldest - 1), now_ns))
				break;
			forget_old(fs, oldest - 1);
		}
}

/* Forgets the oldest in this state; false if there is none. */
static bool
forget_oldest(struct fragments *fs, enum state state)
{
	uint32_t oldest = fs->lists[state].oldest;

	if (oldest == 0)
		return false;
	if (state == WAITING)
		fs->stats.given_up[FRAGMENTS_FULL]++;
	forget(fs, oldest - 1);
	return true;
}

static void
key_of(struct key *key, const struct fragment *f)
{
	memset(key, 0, sizeof(*key));
	memcpy(key->src, f->src, sizeof(key->src));
	memcpy(key->dst, f->dst, sizeof(key->dst));
	key->id = f->id;
	key->proto = f->is_v6 ? 0 : f->proto;
	key->is_v6 = f->is_v6;
}

static uint32_t
begin(struct fragments *fs, const struct key *key, uint64_t hash, int64_t ts_ns)
{
	struct datagram *d;
	uint32_t index;

	if (fs->table.n == fs->table.max && !forget_oldest(fs, GIVEN_UP) &&
	    !forget_oldest(fs, WHOLE))
		forget_oldest(fs, WAITING);
	index = table_add(&fs->table, key, hash);
	d = record(fs, index);
	d->hash = hash;
	d->ts_ns = ts_ns;
	d->state = WAITING;
	list_add(fs, &fs->lists[WAITING], index);
	fs->stats.begun++;
	fs->stats.waiting++;
	return index;
}

/*
 * Finds the piece behind which one at offset belongs; 0: before all.  Most
 * come in order, so the end is tried first.
 */
static uint32_t
piece_before(const struct fragments *fs, const struct datagram *d,
    uint32_t offset)
{
	uint32_t before = 0;

	if (d->last != 0 && fs->pieces[d->last].offset <= offset)
		return d->last;
	for (uint32_t i = d->first; i != 0 && fs->pieces[i].offset <= offset;
	     i = fs->pieces[i].next)
		before = i;
	return before;
}

/* Whether it is the piece that is already there, byte by byte. */
static bool
is_copy(const struct fragments *fs, const struct datagram *d, uint32_t before,
    const struct fragment *f, uint64_t hash)
{
	const struct piece *p = &fs->pieces[before];

	return before != 0 && p->offset == f->offset && p->len == f->len &&
	    p->hash == hash &&
	    f->is_last == (d->has_end && p->offset + p->len == d->end);
}

static bool
contradicts(const struct fragments *fs, const struct datagram *d,
    uint32_t before, const struct fragment *f)
{
	uint32_t from = f->offset, to = from + f->len;
	uint32_t after = before != 0 ? fs->pieces[before].next : d->first;
	const struct piece *p = &fs->pieces[before];

	if (before != 0 && (uint32_t)p->offset + p->len > from)
		return true;
	if (after != 0 && fs->pieces[after].offset < to)
		return true;
	if (d->has_end && to > d->end)
		return true;
	return f->is_last && after != 0;
}

/* RFC 791, section 3.2; RFC 8200, section 4.5: only the last may be odd. */
static bool
is_possible(const struct fragment *f)
{
	return f->len > 0 && f->offset % 8 == 0 && f->len <= FRAGMENTS_BYTES &&
	    f->offset + f->len <= FRAGMENTS_BYTES &&
	    (f->is_last || f->len % 8 == 0);
}

static void
insert(struct fragments *fs, struct datagram *d, uint32_t before,
    const struct fragment *f, uint64_t hash)
{
	uint32_t i = take_piece(fs);
	struct piece *p = &fs->pieces[i];
	uint32_t *link = before != 0 ? &fs->pieces[before].next : &d->first;

	*p = (struct piece){ .hash = hash,
		.next = *link,
		.bytes = chunks_add(&fs->bytes, f->data, f->len),
		.offset = f->offset,
		.len = (uint16_t)f->len };
	*link = i;
	if (p->next == 0)
		d->last = i;
	d->n_pieces++;
	d->bytes += f->len;
	if (f->is_last) {
		d->has_end = true;
		d->end = f->offset + f->len;
	}
	if (f->offset == 0)
		d->proto = f->proto;
}

static void
gather(struct fragments *fs, struct fragment *whole, const struct datagram *d,
    const struct fragment *f)
{
	for (uint32_t i = d->first; i != 0; i = fs->pieces[i].next) {
		const struct piece *p = &fs->pieces[i];

		chunks_get(&fs->bytes, p->bytes, fs->whole + p->offset, p->len);
	}
	*whole = *f;
	whole->data = fs->whole;
	whole->caplen = whole->len = d->end;
	whole->offset = 0;
	whole->proto = d->proto;
	whole->is_last = true;
}

/*
 * Makes room for a piece of len bytes.  There are more pieces than chunks, so
 * those that wait can't have them all.  False if the datagram itself, being the
 * oldest, had to go.
 */
static bool
reserve(struct fragments *fs, uint32_t index, uint32_t len)
{
	const struct list *waiting = &fs->lists[WAITING];
	bool is_there = true;

	if (!has_piece(fs))
		forget_oldest(fs, WHOLE);
	while (is_there && !chunks_fit(&fs->bytes, len)) {
		is_there = waiting->oldest != index + 1;
		give_up(fs, waiting->oldest - 1, FRAGMENTS_FULL);
	}
	return is_there;
}

/* The datagram waits, and f is no copy. */
static bool
add(struct fragments *fs, struct fragment *whole, uint32_t index,
    uint32_t before, const struct fragment *f, uint64_t hash)
{
	struct datagram *d = record(fs, index);

	if (!is_possible(f) || d->n_pieces == FRAGMENTS_PIECES) {
		give_up(fs, index, FRAGMENTS_BAD);
		return false;
	}
	if (contradicts(fs, d, before, f)) {
		give_up(fs, index, FRAGMENTS_OVERLAP);
		return false;
	}
	if (f->caplen < f->len) {
		give_up(fs, index, FRAGMENTS_CUT);
		return false;
	}
	if (!reserve(fs, index, f->len))
		return false;
	insert(fs, d, before, f, hash);
	if (!d->has_end || d->bytes != d->end)
		return false;
	gather(fs, whole, d, f);
	settle(fs, index, WHOLE);
	fs->stats.whole++;
	return true;
}

/* Finds f's datagram if there is one and it has not waited too long. */
static uint32_t
find(struct fragments *fs, const struct key *key, uint64_t hash, int64_t ts_ns)
{
	uint32_t index = table_find(&fs->table, key, sizeof(*key), hash);

	if (index == TABLE_NONE || !is_old(record(fs, index), ts_ns))
		return index;
	forget_old(fs, index);
	return TABLE_NONE;
}

bool
fragments_add(struct fragments *fs, struct fragment *whole,
    const struct fragment *f, int64_t ts_ns)
{
	uint64_t hash, of_bytes;
	uint32_t index, before = 0;
	struct key key;

	fs->stats.fragments++;
	fragments_advance(fs, ts_ns);
	key_of(&key, f);
	hash = table_hash(&fs->table, &key);
	of_bytes = hash_bytes(&fs->table.key, f->data, f->caplen);
	index = find(fs, &key, hash, ts_ns);
	if (index != TABLE_NONE) {
		const struct datagram *d = record(fs, index);

		before = piece_before(fs, d, f->offset);
		if (is_copy(fs, d, before, f, of_bytes)) {
			fs->stats.copies++;
			return false;
		}
		if (d->state == GIVEN_UP) {
			fs->stats.late++;
			return false;
		}
		if (d->state == WAITING)
			return add(fs, whole, index, before, f, of_bytes);
		forget(fs, index); /* the identification is used again */
	}
	index = begin(fs, &key, hash, ts_ns);
	return add(fs, whole, index, 0, f, of_bytes);
}

const struct fragments_stats *
fragments_stats(const struct fragments *fs)
{
	return &fs->stats;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/enrich/answers.h"

#include <string.h>

enum {
	NAME_CHUNKS = 2, /* for each; a name has ten at most */
	KEY = 24,
	LABEL_LONGEST = 63 /* RFC 1035, section 2.3.4 */
};

_Static_assert(offsetof(struct answer, hash) == KEY, "hashed as bytes");

void
answers_init(struct answers *a, const struct hash_key *key, uint32_t max)
{
	memset(a, 0, sizeof(*a));
	table_init(&a->table, key, KEY, sizeof(struct answer), max);
	chunks_init(&a->names, max * NAME_CHUNKS + ANSWER_NAME / 16,
	    CHUNKS_NAME);
}

void
answers_fini(struct answers *a)
{
	table_fini(&a->table);
	chunks_fini(&a->names);
}

static void
list_add(struct answers *a, uint32_t index, enum answer_state state)
{
	struct answer *e = answers_get(a, index);

	e->state = (uint8_t)state;
	e->newer = 0;
	e->older = a->lists[state].newest;
	if (e->older != 0)
		answers_get(a, e->older - 1)->newer = index + 1;
	else
		a->lists[state].oldest = index + 1;
	a->lists[state].newest = index + 1;
	a->lists[state].n++;
}

static void
list_remove(struct answers *a, uint32_t index)
{
	struct answer *e = answers_get(a, index);

	if (e->newer != 0)
		answers_get(a, e->newer - 1)->older = e->older;
	else
		a->lists[e->state].newest = e->older;
	if (e->older != 0)
		answers_get(a, e->older - 1)->newer = e->newer;
	else
		a->lists[e->state].oldest = e->newer;
	a->lists[e->state].n--;
}

void
answers_move(struct answers *a, uint32_t index, enum answer_state state)
{
	list_remove(a, index);
	list_add(a, index, state);
}

void
answers_forget(struct answers *a, uint32_t index)
{
	struct answer *e = answers_get(a, index);

	list_remove(a, index);
	chunks_remove(&a->names, e->name);
	table_remove(&a->table, index, e->hash);
}

static void
key_of(struct answer *key, const uint8_t *addr, bool is_v6)
{
	memset(key, 0, sizeof(*key));
	memcpy(key->addr, addr, is_v6 ? 16 : 4);
	key->is_v6 = is_v6;
}

uint32_t
answers_find(const struct answers *a, const uint8_t *addr, bool is_v6)
{
	struct answer key;

	key_of(&key, addr, is_v6);
	return table_find(&a->table, &key, KEY, table_hash(&a->table, &key));
}

uint32_t
answers_add(struct answers *a, const uint8_t *addr, bool is_v6)
{
	uint32_t index, oldest = a->lists[ANSWER_KEPT].oldest;
	struct answer key;

	if (a->table.n == a->table.max) {
		if (oldest == 0)
			return TABLE_NONE;
		answers_forget(a, oldest - 1);
	}
	key_of(&key, addr, is_v6);
	key.hash = table_hash(&a->table, &key);
	index = table_add(&a->table, &key, key.hash);
	answers_get(a, index)->hash = key.hash;
	list_add(a, index, ANSWER_WAITING);
	return index;
}

/* Only what is kept has a name, so that it can make room for any. */
void
answers_set_name(struct answers *a, uint32_t index, const char *name)
{
	struct answer *e = answers_get(a, index);
	size_t len = strnlen(name, ANSWER_NAME - 1);

	while ((e->name = chunks_add(&a->names, name, len)) == CHUNKS_NONE)
		answers_forget(a, a->lists[ANSWER_KEPT].oldest - 1);
	e->len = (uint16_t)len;
}

void
answers_name(const struct answers *a, uint32_t index, char name[ANSWER_NAME])
{
	const struct answer *e = answers_get(a, index);

	chunks_get(&a->names, e->name, name, e->len);
	name[e->len] = '\0';
}

/* RFC 6890: multicast, broadcast, "this network". */
bool
answers_is_host(const uint8_t *addr, bool is_v6)
{
	static const uint8_t zero[16];

	if (is_v6)
		return addr[0] != 0xff && memcmp(addr, zero, 16) != 0;
	return addr[0] != 0 && addr[0] >> 4 != 14 &&
	    memcmp(addr, "\xff\xff\xff\xff", 4) != 0;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
	    c == '_';
}

bool
answers_is_name(const char *name)
{
	size_t n = 0, in_label = 0;
	bool is_number = true; /* the last label */

	for (; name[n] != '\0' && n < ANSWER_NAME; n++) {
		if (name[n] == '.' && in_label > 0) {
			in_label = 0;
			is_number = true;
			continue;
		}
		if (!is_letter(name[n]) && !is_digit(name[n]))
			return false;
		if (++in_label > LABEL_LONGEST)
			return false;
		is_number = is_number && is_digit(name[n]);
	}
	return n < ANSWER_NAME && in_label > 0 && !is_number;
}

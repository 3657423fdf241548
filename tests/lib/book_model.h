/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What book.h promises, for 256 addresses that are known by their number and
 * always have room.  For its unit test and its fuzzer.
 */
#ifndef TESTS_LIB_BOOK_MODEL_H
#define TESTS_LIB_BOOK_MODEL_H

#include <string.h>

#include "daemon/meter/book.h"
#include "tests/lib/wide.h"

struct book_model {
	struct book_entry entries[256];
	bool is_there[256];
	struct book_stats stats;
};

static inline void
book_model_touch(struct book_model *m, uint8_t i)
{
	if (m->is_there[i])
		return;
	memset(&m->entries[i], 0, sizeof(m->entries[i]));
	m->is_there[i] = true;
	m->stats.addresses++;
}

static inline void
book_model_add(struct book_model *m, uint8_t i, enum name_source source,
    const char *name, size_t len, int64_t ts_ns)
{
	struct book_entry *e = &m->entries[i];
	wide age;

	if (len == 0)
		return;
	if (len > NAME_MAX_BYTES)
		len = NAME_MAX_BYTES;
	book_model_touch(m, i);
	m->stats.names++;
	age = (wide)ts_ns - e->ts_ns;
	if (age < 0)
		age = -age;
	if (e->len > 0 && source > e->source && age <= (wide)600 * 1000000000) {
		m->stats.refused++;
		return;
	}
	if (e->len > 0 && (e->len != len || memcmp(e->name, name, len) != 0))
		m->stats.replaced++;
	memcpy(e->name, name, len);
	e->name[len] = '\0';
	e->len = (uint16_t)len;
	e->source = (uint8_t)source;
	e->ts_ns = ts_ns;
}

static inline void
book_model_add_mac(struct book_model *m, uint8_t i, const char *mac, size_t len,
    int64_t ts_ns)
{
	if (len == 0 || len > 17)
		return;
	book_model_touch(m, i);
	memcpy(m->entries[i].mac, mac, len);
	m->entries[i].mac[len] = '\0';
	m->entries[i].mac_ts_ns = ts_ns;
}

static inline bool
book_model_same(const struct book_entry *a, const struct book_entry *b)
{
	return a->len == b->len && strcmp(a->name, b->name) == 0 &&
	    a->source == b->source && a->ts_ns == b->ts_ns &&
	    strcmp(a->mac, b->mac) == 0 && a->mac_ts_ns == b->mac_ts_ns;
}

#endif

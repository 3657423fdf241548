/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address book: what addresses are called and which MAC they have, by what
 * the wire said, in a fixed amount of memory.
 *
 * Which name stands: one of a better or the same source (enum name_source)
 * replaces it at once, so that of names that clients asked for the freshest
 * wins; one of a worse source only if it is older than BOOK_SECONDS.  When
 * there is no more room, the address that was told of longest ago leaves.
 *
 * Time is the packets' time; it may jump either way.
 */
#ifndef DAEMON_METER_BOOK_H
#define DAEMON_METER_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/meter/hash.h"
#include "dissect/message.h"

enum { BOOK_SECONDS = 600, BOOK_MAC = 18 };

struct book_entry {
	char name[NAME_MAX_BYTES + 1]; /* empty: none is known */
	uint16_t len;
	uint8_t source; /* enum name_source */
	int64_t ts_ns; /* when the name was last said */
	char mac[BOOK_MAC]; /* empty: none is known */
	int64_t mac_ts_ns;
};

/* Everything since the start. */
struct book_stats {
	uint64_t names; /* that were told, and whether they stand or not: */
	uint64_t replaced; /* another name */
	uint64_t refused; /* of a worse source */
	uint64_t evicted; /* addresses that made room */
	uint64_t addresses; /* now */
};

struct book;

/* Uses at most about memory bytes. */
struct book *book_new(size_t memory, const struct hash_key *key);
void book_free(struct book *b);

/*
 * The address (see struct tuple) is called so.  name is clean text; an empty
 * one is ignored, and what exceeds NAME_MAX_BYTES is left out.
 */
void book_add(struct book *b, const uint8_t *addr, bool is_v6,
    enum name_source source, const char *name, size_t len, int64_t ts_ns);

/*
 * The address has this MAC, by its text: the latest stands.  One of more than
 * six bytes is ignored.
 */
void book_add_mac(struct book *b, const uint8_t *addr, bool is_v6,
    const char *mac, size_t len, int64_t ts_ns);

/* Fills *out with what is known of the address; false if nothing is. */
bool book_find(const struct book *b, struct book_entry *out,
    const uint8_t *addr, bool is_v6);

const struct book_stats *book_stats(const struct book *b);

#endif

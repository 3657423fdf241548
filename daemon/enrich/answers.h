/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses whose names are asked for, and the answers: each waits, is
 * asked for, or its answer is kept until its room is needed.  Pure: what
 * resolve.h needs that is neither libevent nor time.
 */
#ifndef DAEMON_ENRICH_ANSWERS_H
#define DAEMON_ENRICH_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/meter/chunks.h"
#include "daemon/meter/table.h"

enum answer_state {
	ANSWER_WAITING,
	ANSWER_IN_FLIGHT,
	ANSWER_KEPT,
	ANSWER_STATES
};

enum { ANSWER_NAME = 254 /* with a NUL: RFC 1035, section 2.3.4 */ };

struct answer {
	uint8_t addr[16];
	uint64_t is_v6;
	uint64_t hash;
	int64_t expires_ns; /* of what is kept */
	uint32_t newer, older; /* of this state: index plus one */
	uint32_t name;
	uint16_t len; /* of the name; 0: there is none */
	uint8_t state;
};

struct answers {
	struct table table;
	struct chunks names;
	struct {
		uint32_t oldest, newest; /* index plus one */
		uint32_t n;
	} lists[ANSWER_STATES];
};

/* Makes room for max addresses; half of them with long names. */
void answers_init(struct answers *a, const struct hash_key *key, uint32_t max);
void answers_fini(struct answers *a);

static inline struct answer *
answers_get(const struct answers *a, uint32_t index)
{
	return table_record(&a->table, index);
}

/* The index of an address, or TABLE_NONE. */
uint32_t answers_find(const struct answers *a, const uint8_t *addr, bool is_v6);

/*
 * Adds an address, which is not there, as waiting.  The answer that was kept
 * for longest makes room; without one, returns TABLE_NONE.
 */
uint32_t answers_add(struct answers *a, const uint8_t *addr, bool is_v6);

/* It is the newest of the state. */
void answers_move(struct answers *a, uint32_t index, enum answer_state state);

/* Keeps a name for an address that is in flight; ANSWER_NAME bytes at most. */
void answers_set_name(struct answers *a, uint32_t index, const char *name);

/* Writes the name, with a NUL. */
void answers_name(const struct answers *a, uint32_t index,
    char name[ANSWER_NAME]);

void answers_forget(struct answers *a, uint32_t index);

/* Whether a host can have this address: it is no group, and not unspecified. */
bool answers_is_host(const uint8_t *addr, bool is_v6);

/*
 * Whether this is a host name (RFC 1123, section 2.1; underscores are as common
 * as they are wrong) that does not read as an address.
 */
bool answers_is_name(const char *name);

#endif

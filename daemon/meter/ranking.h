/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a ranking is.  One of flows is a file that ends in a const struct
 * ranking and a line in rankings.c; those of messages are lines of a table
 * there.  Its name is the tag "by" of its points.
 *
 * A ranking turns a flow's delta into keys, or takes the names of one kind of
 * message.  It never knows who reads it.
 */
#ifndef DAEMON_METER_RANKING_H
#define DAEMON_METER_RANKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/pkt.h"

enum { RANKING_KEY = 40, RANKING_TEXT = NAME_MAX_BYTES + 1, RANKINGS_MAX = 64 };

/* What is known of a flow's two hosts; asn 0, country "" where unknown. */
struct place {
	char country[4];
	uint32_t asn;
};

struct flow_view {
	const struct tuple *tuple;
	const struct place *src;
	const struct place *dst;
	uint8_t app; /* index + 1 of the application's dissector; 0: unknown */
};

/*
 * What a ranking's keys are hashed by.  The hash of a host is made once for
 * all tables that have it as their key, and that of a pair out of two of them.
 */
enum ranking_hash { HASH_KEY, HASH_SRC, HASH_DST, HASH_PAIR };

/* What the second amount of a ranking of messages is. */
enum ranking_unit {
	UNIT_PACKET_BYTES, /* of the packets that held the messages */
	UNIT_BYTES, /* of data: the messages' values; ranked by it */
	UNIT_US /* the messages' values; ranked by it */
};

struct ranking {
	const char *name;
	unsigned weight; /* of its share in the memory */
	bool needs_places; /* only if there is a GeoIP database */
	bool is_host; /* the key is an address: 16 bytes and is_v6, or text */
	bool is_tunnel; /* of the outer addresses of tunnelled packets */
	/* Rankings of flows: */
	size_t key_size; /* up to RANKING_KEY */
	enum ranking_hash hash;
	/*
	 * Writes up to two different keys; returns how many.  Each has room for
	 * RANKING_KEY bytes, of which those that it doesn't write stay zero.
	 */
	unsigned (*keys)(const struct flow_view *f, uint8_t *const keys[2]);
	/* Writes a key as people write it, NUL-terminated; its length. */
	size_t (*text)(char out[RANKING_TEXT], const uint8_t *key);
	/* Rankings of messages; key_size is 0 there: */
	enum message_kind kind;
	enum ranking_unit unit;
};

/* All rankings, in the order of their points, ended by NULL. */
extern const struct ranking *const rankings[];

/* Whether it counts messages. */
static inline bool
ranking_is_named(const struct ranking *r)
{
	return r->key_size == 0;
}

/* For text functions: writes n in decimal and a NUL; its length. */
size_t ranking_number(char *out, uint64_t n);

/*
 * For keys functions: a host's key is its address and its version; a pair's
 * two addresses and their version.
 */
enum { RANKING_HOST = 17, RANKING_PAIR = 33 };
void ranking_host(uint8_t *key, const uint8_t *addr, bool is_v6);
size_t ranking_host_text(char out[RANKING_TEXT], const uint8_t *key);

/* For rankings of numbers up to 65535, and port's rule: equal ones once. */
unsigned ranking_two(uint8_t *const keys[2], bool is_known1, uint16_t n1,
    bool is_known2, uint16_t n2);
size_t ranking_u16_text(char out[RANKING_TEXT], const uint8_t *key);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where hosts are: a bounded cache of what a look-up said of each address, so
 * that it is asked once per new host and not per packet.
 */
#ifndef DAEMON_METER_HOSTS_H
#define DAEMON_METER_HOSTS_H

#include "daemon/meter/ranking.h"
#include "daemon/meter/table.h"

/* Fills *place, which is zero, for an address of 4 bytes, or 16 if is_v6. */
typedef void (*hosts_lookup)(void *arg, const uint8_t *addr, bool is_v6,
    struct place *place);

struct hosts {
	struct table table;
	hosts_lookup lookup;
	void *arg;
	uint32_t hand;
	uint64_t n_evicts;
};

/* lookup may be NULL: every place is unknown then and nothing is kept. */
void hosts_init(struct hosts *h, const struct hash_key *key, size_t memory,
    hosts_lookup lookup, void *arg);
void hosts_fini(struct hosts *h);

enum { HOSTS_KEY = 24 }; /* RANKING_HOST, padded */

/* An address to be asked for: several are asked of the memory together. */
struct hosts_key {
	uint8_t key[HOSTS_KEY];
	uint64_t hash;
};

/*
 * Makes the key of an address and asks for its slot; hosts_prefetch then asks
 * for its record.
 */
void hosts_key(const struct hosts *h, struct hosts_key *k, const uint8_t *addr,
    bool is_v6);
void hosts_prefetch(const struct hosts *h, const struct hosts_key *k);

/*
 * Writes what is known of an address; the oldest one makes room for a new one.
 */
void hosts_place(struct hosts *h, const struct hosts_key *k,
    struct place *place);

/*
 * Finds a host of this autonomous system and writes its key (RANKING_HOST
 * bytes).  Scans the cache: for reports, not for packets.
 */
bool hosts_of_asn(const struct hosts *h, uint32_t asn, uint8_t *key);

/* Forgets everything, for a look-up that answers differently now. */
void hosts_forget(struct hosts *h);

#endif

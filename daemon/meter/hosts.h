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

/*
 * lookup may be NULL: every place is unknown then and nothing is kept.  key is
 * that of the rankings, which take the hashes of hosts made here.
 */
void hosts_init(struct hosts *h, const struct hash_key *key, size_t memory,
    hosts_lookup lookup, void *arg);
void hosts_fini(struct hosts *h);

/*
 * The host_hash of an address, and asks for its slot; hosts_prefetch then asks
 * for its record.  Several are asked of the memory together.
 */
uint64_t hosts_hash(const struct hosts *h, const uint8_t *addr, bool is_v6);
void hosts_prefetch(const struct hosts *h, uint64_t hash);

/*
 * Writes what is known of an address with this hash; the oldest one makes room
 * for a new one.
 */
void hosts_place(struct hosts *h, const uint8_t *addr, bool is_v6,
    uint64_t hash, struct place *place);

/*
 * Finds a host of this autonomous system and writes its key (RANKING_HOST
 * bytes).  Scans the cache: for reports, not for packets.
 */
bool hosts_of_asn(const struct hosts *h, uint32_t asn, uint8_t *key);

/* Forgets everything, for a look-up that answers differently now. */
void hosts_forget(struct hosts *h);

#endif

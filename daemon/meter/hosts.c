/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/hosts.h"

#include <string.h>

#include "daemon/meter/host_hash.h"

enum { HOSTS_KEY = 24 }; /* RANKING_HOST, padded */

struct host {
	uint8_t key[HOSTS_KEY];
	struct place place;
};

void
hosts_init(struct hosts *h, const struct hash_key *key, size_t memory,
    hosts_lookup lookup, void *arg)
{
	size_t max = memory / (sizeof(struct host) + TABLE_OVERHEAD);

	*h = (struct hosts){ .lookup = lookup, .arg = arg };
	if (max > 1u << 24)
		max = 1u << 24;
	table_init(&h->table, key, HOSTS_KEY, sizeof(struct host),
	    max < 64 ? 64 : (uint32_t)max);
}

void
hosts_fini(struct hosts *h)
{
	table_fini(&h->table);
}

uint64_t
hosts_hash(const struct hosts *h, const uint8_t *addr, bool is_v6)
{
	uint64_t hash = host_hash(&h->table.key, addr, is_v6);

	table_prefetch_slot(&h->table, hash);
	return hash;
}

void
hosts_prefetch(const struct hosts *h, uint64_t hash)
{
	table_prefetch_record(&h->table, hash);
}

/* Adds a host that is not there, and looks it up. */
static uint32_t
add(struct hosts *h, const uint8_t key[HOSTS_KEY], uint64_t hash)
{
	bool is_v6 = key[RANKING_HOST - 1];
	struct host *host;
	uint32_t index;

	if (h->table.n == h->table.max) {
		host = table_record(&h->table, h->hand);
		table_remove(&h->table, h->hand,
		    host_hash(&h->table.key, host->key,
			host->key[RANKING_HOST - 1]));
		h->hand = (h->hand + 1) % h->table.max;
		h->n_evicts++;
	}
	index = table_add(&h->table, key, hash);
	host = table_record(&h->table, index);
	h->lookup(h->arg, key, is_v6, &host->place);
	return index;
}

void
hosts_place(struct hosts *h, const uint8_t *addr, bool is_v6, uint64_t hash,
    struct place *place)
{
	uint8_t key[HOSTS_KEY] = { 0 };
	uint32_t index;

	*place = (struct place){ 0 };
	if (h->lookup == NULL)
		return;
	ranking_host(key, addr, is_v6);
	index = table_find(&h->table, key, HOSTS_KEY, hash);
	if (index == TABLE_NONE)
		index = add(h, key, hash);
	*place = ((const struct host *)table_record(&h->table, index))->place;
}

bool
hosts_of_asn(const struct hosts *h, uint32_t asn, uint8_t *key)
{
	for (uint32_t i = 0; i < h->table.high; i++) {
		const struct host *host = table_record(&h->table, i);

		if (host->place.asn == asn) {
			memcpy(key, host->key, RANKING_HOST);
			return true;
		}
	}
	return false;
}

void
hosts_forget(struct hosts *h)
{
	table_clear(&h->table);
	h->hand = 0;
}

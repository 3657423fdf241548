/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/hosts.h"

#include <string.h>

enum { KEY = 24 }; /* RANKING_HOST, padded */

struct host {
	uint8_t key[KEY];
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
	table_init(&h->table, key, KEY, sizeof(struct host),
	    max < 64 ? 64 : (uint32_t)max);
}

void
hosts_fini(struct hosts *h)
{
	table_fini(&h->table);
}

struct place
hosts_place(struct hosts *h, const uint8_t *addr, bool is_v6)
{
	uint8_t key[KEY] = { 0 };
	struct host *host;
	uint64_t hash;
	uint32_t index;

	if (h->lookup == NULL)
		return (struct place){ 0 };
	ranking_host(key, addr, is_v6);
	hash = table_hash(&h->table, key);
	index = table_find(&h->table, key, hash);
	if (index == TABLE_NONE) {
		if (h->table.n == h->table.max) {
			host = table_record(&h->table, h->hand);
			table_remove(&h->table, h->hand,
			    table_hash(&h->table, host->key));
			h->hand = (h->hand + 1) % h->table.max;
			h->n_evicts++;
		}
		index = table_add(&h->table, key, hash);
		host = table_record(&h->table, index);
		h->lookup(h->arg, addr, is_v6, &host->place);
	}
	host = table_record(&h->table, index);
	return host->place;
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

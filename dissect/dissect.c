/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk: find the dissector that the last one named, let it read its
 * layer, keep the worst verdict.  It is a loop, so depth is PKT_LAYERS and
 * nothing else.
 */
#include "dissect/dissect.h"

#include <string.h>

#include "dissect/registry.h"
#include "dissect/text.h"

/* Puts index + 1 where nobody was before. */
static void
claim(uint8_t *table, uint32_t size, uint32_t key, unsigned index)
{
	if (key < size && table[key] == 0)
		table[key] = (uint8_t)(index + 1);
}

static void
enter(struct dissect *d, unsigned index)
{
	const struct dissector *e = d->list[index];

	for (unsigned k = 0; k < e->n_keys; k++) {
		uint32_t key = e->keys[k];

		if (e->by == BY_LINK)
			claim(d->link, 512, key, index);
		else if (e->by == BY_ETHERTYPE)
			claim(d->ethertype, 65536, key, index);
		else if (e->by == BY_IP_PROTO)
			claim(d->ip_proto, 256, key, index);
		else if (e->by == BY_UDP_PORT)
			claim(d->udp_port, 65536, key, index);
	}
	if (e->by == BY_TCP_DATA)
		d->tcp_data[d->n_tcp_data++] = (uint8_t)(index + 1);
}

void
dissect_init(struct dissect *d)
{
	memset(d, 0, sizeof(*d));
	d->list = registry;
	d->n = registry_n;
	for (unsigned i = 0; i < d->n; i++)
		enter(d, i);
}

static unsigned
find_by_content(const struct dissect *d, const struct cur *data)
{
	for (unsigned i = 0; i < d->n_tcp_data; i++) {
		unsigned found = d->tcp_data[i];

		if (d->list[found - 1]->probe(data))
			return found;
	}
	return 0;
}

/* Returns the index + 1 of the dissector that next names; 0: nobody. */
static inline unsigned
find(const struct dissect *d, const struct layer *layer)
{
	const struct next *next = &layer->next;

	switch (next->by) {
	case BY_LINK:
		return next->key < 512 ? d->link[next->key] : 0;
	case BY_ETHERTYPE:
		return d->ethertype[next->key & 0xffff];
	case BY_IP_PROTO:
		return d->ip_proto[next->key & 0xff];
	case BY_UDP_PORT:
		if (d->udp_port[next->key & 0xffff] != 0)
			return d->udp_port[next->key & 0xffff];
		return d->udp_port[next->key2 & 0xffff];
	case BY_TCP_DATA:
		return find_by_content(d, &layer->cur);
	default:
		return 0;
	}
}

void
dissect_packet(const struct dissect *d, struct pkt *pkt, int dlt,
    const uint8_t *bytes, uint32_t caplen, uint32_t len)
{
	struct layer layer = {
		.cur = { bytes, bytes + caplen },
		.wire_left = len < caplen ? caplen : len,
		.cut = caplen < len,
		.next = { BY_LINK, (uint32_t)dlt, 0 },
	};
	unsigned found;

	memset(pkt, 0, offsetof(struct pkt, messages));
	while ((found = find(d, &layer)) != 0) {
		enum verdict verdict;

		if (pkt->n_layers == PKT_LAYERS) {
			pkt->layers_exceeded = true;
			break;
		}
		pkt->n_layers++;
		layer.next.by = BY_NONE;
		verdict = d->list[found - 1]->dissect(&layer, pkt);
		if (verdict == DISSECT_SHORT && !layer.cut)
			verdict = pkt->is_fragment ? DISSECT_OK : DISSECT_BAD;
		if (verdict > pkt->verdict) {
			pkt->verdict = (uint8_t)verdict;
			pkt->failed = (uint8_t)(found - 1);
		}
	}
}

void
pkt_message(struct pkt *pkt, enum message_kind kind, const uint8_t *name,
    size_t n, bool lower)
{
	struct message *m;

	if (pkt->n_messages == PKT_MESSAGES)
		return;
	m = &pkt->messages[pkt->n_messages++];
	m->kind = (uint8_t)kind;
	m->len = (uint16_t)text_clean(m->name, name, n, &m->cut);
	for (unsigned i = 0; lower && i < m->len; i++)
		if (m->name[i] >= 'A' && m->name[i] <= 'Z')
			m->name[i] = (char)(m->name[i] | 0x20);
}

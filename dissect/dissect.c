/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk: find the dissector that the last one named, let it read its
 * layer, keep the worst verdict.  It is a loop, so depth is PKT_LAYERS and
 * nothing else.
 */
#include "dissect/dissect.h"

#include <stddef.h>
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
enter_probe(struct dissect_probes *p, const struct dissector *e, unsigned index)
{
	uint64_t bit;

	if (p->n == 64)
		return;
	bit = UINT64_C(1) << p->n;
	p->index[p->n++] = (uint8_t)(index + 1);
	for (unsigned i = 0; i < 256; i++)
		if (e->n_first == 0 ||
		    memchr(e->first, (int)i, e->n_first) != NULL)
			p->first[i] |= bit;
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
		else if (e->by == BY_TCP_PORT)
			claim(d->tcp_port, 65536, key, index);
	}
	if (e->by == BY_TCP_DATA)
		enter_probe(&d->tcp_data, e, index);
	else if (e->by == BY_UDP_DATA)
		enter_probe(&d->udp_data, e, index);
}

/* BY_NONE has no keys. */
static void
set_spaces(struct dissect *d)
{
	d->spaces[BY_LINK].table = d->link;
	d->spaces[BY_LINK].n = sizeof(d->link);
	d->spaces[BY_ETHERTYPE].table = d->ethertype;
	d->spaces[BY_ETHERTYPE].n = sizeof(d->ethertype);
	d->spaces[BY_IP_PROTO].table = d->ip_proto;
	d->spaces[BY_IP_PROTO].n = sizeof(d->ip_proto);
}

void
dissect_init(struct dissect *d, const struct codecs *codecs)
{
	dissect_init_list(d, registry, registry_n, codecs);
}

void
dissect_init_list(struct dissect *d, const struct dissector *const *list,
    unsigned n, const struct codecs *codecs)
{
	static const struct codecs none;

	memset(d, 0, sizeof(*d));
	d->codecs = codecs != NULL ? codecs : &none;
	d->list = list;
	d->n = n;
	set_spaces(d);
	for (unsigned i = 0; i < d->n; i++) {
		const struct dissector *e = d->list[i];
		unsigned first = 0;

		d->steps[i + 1] = (struct step){ e->dissect,
			e->dissect != NULL && !e->is_app && !e->is_tunnel };
		enter(d, i);
		while (strcmp(d->list[first]->name, d->list[i]->name) != 0)
			first++;
		d->app[i] = (uint8_t)(first + 1);
	}
}

bool
dissect_set_ports(struct dissect *d, const char *name, enum by by,
    const uint16_t *ports, unsigned n)
{
	uint8_t *table = by == BY_TCP_PORT ? d->tcp_port : d->udp_port;
	unsigned index = 0;

	while (index < d->n &&
	    (d->list[index]->by != by ||
		strcmp(d->list[index]->name, name) != 0))
		index++;
	if (index == d->n)
		return false;
	for (unsigned i = 0; i < 65536; i++)
		if (table[i] == index + 1)
			table[i] = 0;
	for (unsigned i = 0; i < n; i++)
		table[ports[i]] = (uint8_t)(index + 1);
	return true;
}

/* Returns the index + 1 of the first that recognises data; 0: nobody. */
static unsigned
ask(const struct dissect *d, const struct dissect_probes *p,
    const struct cur *data, enum probe *said)
{
	uint64_t candidates;

	*said = PROBE_NO;
	if (cur_len(data) == 0)
		return 0;
	candidates = p->first[data->p[0]];
	while (candidates != 0) {
		unsigned i = (unsigned)__builtin_ctzll(candidates);
		enum probe answer = d->list[p->index[i] - 1]->probe(data);

		if (answer > PROBE_MORE) {
			*said = answer;
			return p->index[i];
		}
		if (answer == PROBE_MORE)
			*said = PROBE_MORE;
		candidates &= candidates - 1;
	}
	return 0;
}

enum probe
dissect_probe_tcp(const struct dissect *d, const struct tuple *tuple,
    const struct cur *data, unsigned *index)
{
	unsigned found = d->tcp_port[tuple->dport];
	enum probe said = PROBE_NO, by_content;

	if (found == 0)
		found = d->tcp_port[tuple->sport];
	if (found != 0 && cur_len(data) > 0)
		said = d->list[found - 1]->probe(data);
	if (said > PROBE_MORE) {
		*index = found - 1;
		return said;
	}
	found = ask(d, &d->tcp_data, data, &by_content);
	*index = found - 1;
	return by_content == PROBE_NO ? said : by_content;
}

/* For the name spaces that few packets come to. */
static unsigned
search(const struct dissect *d, const struct next *next)
{
	for (unsigned i = 0; i < d->n; i++)
		for (unsigned k = 0; k < d->list[i]->n_keys; k++)
			if (d->list[i]->by == next->by &&
			    d->list[i]->keys[k] == next->key)
				return i + 1;
	return 0;
}

static unsigned
find_udp_data(const struct dissect *d, const struct layer *layer)
{
	enum probe said;

	return ask(d, &d->udp_data, &layer->cur, &said);
}

static unsigned
find_udp(const struct dissect *d, const struct layer *layer)
{
	const struct next *next = &layer->next;

	if (d->udp_port[next->key & 0xffff] != 0)
		return d->udp_port[next->key & 0xffff];
	if (d->udp_port[next->key2 & 0xffff] != 0)
		return d->udp_port[next->key2 & 0xffff];
	return find_udp_data(d, layer);
}

/* Returns the index + 1 of the dissector that next names; 0: nobody. */
static inline unsigned
find(const struct dissect *d, const struct layer *layer)
{
	const struct next *next = &layer->next;

	if (next->by <= BY_IP_PROTO)
		return next->key < d->spaces[next->by].n
		    ? d->spaces[next->by].table[next->key]
		    : 0;
	switch (next->by) {
	case BY_UDP_PORT:
		return find_udp(d, layer);
	case BY_UDP_DATA:
		return find_udp_data(d, layer);
	default:
		return search(d, next);
	}
}

/* What the walk notes of a layer that was not plainly read. */
static void
note(const struct dissect *d, const struct layer *layer, struct pkt *pkt,
    unsigned found, enum verdict verdict)
{
	const struct dissector *e = d->list[found - 1];

	if (verdict == DISSECT_SHORT && !layer->cut)
		verdict = pkt->is_fragment ? DISSECT_OK : DISSECT_BAD;
	if (verdict > pkt->verdict) {
		pkt->verdict = (uint8_t)verdict;
		pkt->failed = (uint8_t)(found - 1);
	}
	if (e->is_tunnel)
		pkt->tunnel = (uint8_t)found;
	if (e->is_app && verdict != DISSECT_BAD)
		pkt->app = d->app[found - 1];
}

/*
 * Whom to ask when the dissector found says that these bytes are not its own:
 * the other port's, then whoever recognises them.
 */
static struct next
other(const struct dissect *d, enum by by, const struct next *next,
    unsigned found)
{
	if (by != BY_UDP_PORT)
		return (struct next){ BY_NONE, 0, 0 };
	if (d->udp_port[next->key & 0xffff] == found &&
	    d->udp_port[next->key2 & 0xffff] != found)
		return (struct next){ BY_UDP_PORT, next->key2, next->key2 };
	return (struct next){ BY_UDP_DATA, 0, 0 };
}

/*
 * Whether the walk ends at the dissector found: before an application of a
 * datagram in fragments, which will be read when it is whole; and at one that
 * needs to remember, for which the datagram is kept.
 */
static bool
is_end(const struct dissect *d, const struct layer *layer, struct pkt *pkt,
    unsigned found)
{
	const struct dissector *e = d->list[found - 1];

	if (pkt->has_fragment && (e->is_app || e->dissect == NULL))
		return true;
	if (e->dissect != NULL)
		return false;
	pkt->n_layers++;
	pkt->stream = (uint8_t)found;
	pkt->data = layer->cur;
	return true;
}

static void
walk(const struct dissect *d, struct layer *layer, struct pkt *pkt)
{
	unsigned found;

	while ((found = find(d, layer)) != 0) {
		const struct step *step = &d->steps[found];
		enum by by = layer->next.by;
		enum verdict verdict;

		if (pkt->n_layers == PKT_LAYERS) {
			pkt->layers_exceeded = true;
			return;
		}
		if (!step->is_plain && is_end(d, layer, pkt, found))
			return;
		pkt->n_layers++;
		layer->next.by = BY_NONE;
		verdict = step->dissect(layer, pkt);
		if (verdict == DISSECT_OTHER)
			layer->next = other(d, by, &layer->next, found);
		else if (verdict != DISSECT_OK || !step->is_plain)
			note(d, layer, pkt, found, verdict);
	}
}

static void
clear(struct pkt *pkt)
{
	memset(pkt, 0, offsetof(struct pkt, outer));
	pkt->messages.n = 0;
	pkt->messages.exceeded = false;
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
		.codecs = d->codecs,
	};

	clear(pkt);
	walk(d, &layer, pkt);
}

void
dissect_datagram(const struct dissect *d, struct pkt *pkt,
    const struct fragment *fragment, const uint8_t *bytes, uint32_t n)
{
	struct layer layer = {
		.cur = { bytes, bytes + n },
		.wire_left = n,
		.next = { BY_IP_PROTO, fragment->proto, 0 },
		.codecs = d->codecs,
	};
	struct tuple *t = &pkt->tuple;

	clear(pkt);
	memcpy(t->src, fragment->src, sizeof(t->src));
	memcpy(t->dst, fragment->dst, sizeof(t->dst));
	t->flags = fragment->is_v6 ? TUPLE_V6 : 0;
	t->proto = fragment->proto;
	pkt->net = fragment->is_v6 ? NET_IP6 : NET_IP4;
	pkt->n_ip = 1;
	pkt->ip_len = n + (fragment->is_v6 ? 40 : 20);
	walk(d, &layer, pkt);
}

void
pkt_fragment(struct pkt *pkt, const struct layer *layer, uint8_t proto,
    uint32_t id, uint16_t offset, bool is_last)
{
	struct fragment *f = &pkt->fragment;

	pkt->is_fragment = true;
	if (pkt->has_fragment)
		return;
	pkt->has_fragment = true;
	memcpy(f->src, pkt->tuple.src, sizeof(f->src));
	memcpy(f->dst, pkt->tuple.dst, sizeof(f->dst));
	f->is_v6 = pkt->tuple.flags & TUPLE_V6;
	f->data = layer->cur.p;
	f->caplen = (uint32_t)cur_len(&layer->cur);
	f->len = layer->wire_left;
	f->id = id;
	f->offset = offset;
	f->proto = proto;
	f->is_last = is_last;
}

void
pkt_next_ip(struct pkt *pkt)
{
	if (pkt->n_ip == 1) {
		pkt->outer = pkt->tuple;
		pkt->outer_len = pkt->ip_len;
	}
	if (pkt->n_ip < UINT8_MAX)
		pkt->n_ip++;
}

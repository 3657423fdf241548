/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk from link layer to application, and what a dissector is.
 *
 * A dissector is a file that ends in a const struct dissector; registry.c
 * lists them.  It takes a cursor, fills struct pkt and names its successor;
 * it never calls another, so depth is bounded in one place.  Nothing here
 * does I/O, allocates, keeps time or calls a library.
 */
#ifndef DISSECT_DISSECT_H
#define DISSECT_DISSECT_H

#include "dissect/cur.h"
#include "dissect/pkt.h"

/* The name spaces in which a layer names its successor. */
enum by {
	BY_NONE, /* the walk ends */
	BY_LINK, /* DLT_ value of libpcap */
	BY_ETHERTYPE,
	BY_IP_PROTO,
	BY_UDP_PORT, /* either port */
	BY_TCP_DATA, /* recognised by content: see probe */
	BY_N
};

struct next {
	enum by by;
	uint32_t key;
	uint32_t key2; /* BY_UDP_PORT: the other port */
};

/*
 * What a dissector works on.  cut says that the packet went on after the end
 * of the cursor's bytes, which the capture did not keep.  Where it is false
 * the walk turns DISSECT_SHORT into DISSECT_BAD; but for a first fragment,
 * which goes on in another packet, into DISSECT_OK.
 */
struct layer {
	struct cur cur; /* the rest of the packet, shrunk by each layer */
	uint32_t wire_left; /* bytes the packet had on the wire from cur.p on */
	bool cut;
	struct next next;
};

struct dissector {
	const char *name;
	enum by by;
	const uint32_t *keys;
	unsigned n_keys;
	/* BY_TCP_DATA: whether these bytes look like the protocol. */
	bool (*probe)(const struct cur *data);
	/*
	 * Reads one layer, leaves layer->cur behind it, sets layer->next if
	 * something follows.  The walk goes on wherever next says, also after
	 * a DISSECT_BAD: a header that lies about a length can still be read.
	 */
	enum verdict (*dissect)(struct layer *layer, struct pkt *pkt);
};

/* Like cur_take, and keeps wire_left true. */
MUST_CHECK
static inline const uint8_t *
layer_take(struct layer *layer, size_t n)
{
	const uint8_t *p = cur_take(&layer->cur, n);

	if (p != NULL)
		layer->wire_left -= (uint32_t)n;
	return p;
}

/* What follows is at most n bytes long: padding and trailers are cut off. */
static inline void
layer_shrink(struct layer *layer, uint32_t n)
{
	cur_shrink(&layer->cur, n);
	if (layer->wire_left > n)
		layer->wire_left = n;
	layer->cut = cur_len(&layer->cur) < layer->wire_left;
}

/* LLC's key among the ethertypes: a length there, so it is free (Linux's). */
enum {
	ETHERTYPE_LLC = 0x0004,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd
};

/*
 * Names the successor by a length/type field (IEEE 802.3, 3.2.6): up to 1500
 * it is the length of an LLC frame.  From 1501 to 1535 it means nothing, and
 * nobody has such a key.
 */
MUST_CHECK
static inline enum verdict
layer_ethertype(struct layer *layer, uint16_t type)
{
	if (type > 1500) {
		layer->next = (struct next){ BY_ETHERTYPE, type, 0 };
		return DISSECT_OK;
	}
	layer->next = (struct next){ BY_ETHERTYPE, ETHERTYPE_LLC, 0 };
	if (type > layer->wire_left)
		return DISSECT_BAD;
	layer_shrink(layer, type);
	return DISSECT_OK;
}

/*
 * TCP, UDP, UDP-Lite, DCCP and SCTP all begin with the two ports: they count
 * as soon as their four bytes are there, whatever becomes of the header.
 */
static inline void
layer_ports(const struct layer *layer, struct pkt *pkt)
{
	const uint8_t *p = layer->cur.p;

	if (cur_len(&layer->cur) < 4)
		return;
	pkt->tuple.sport = be16(p);
	pkt->tuple.dport = be16(p + 2);
	pkt->tuple.flags |= TUPLE_PORTS;
}

/* KEYS(1, 2) fills the members keys and n_keys. */
#define KEYS(...)                                  \
	.keys = (const uint32_t[]){ __VA_ARGS__ }, \
	.n_keys = sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t)

enum { DISSECTORS_MAX = 64 };

/* Look-up tables from key to dissector; the caller's storage, some 128 KB. */
struct dissect {
	const struct dissector *const *list;
	unsigned n;
	unsigned n_tcp_data;
	uint8_t tcp_data[DISSECTORS_MAX];
	uint8_t link[512]; /* index + 1; 0: nobody */
	uint8_t ip_proto[256];
	uint8_t ethertype[65536];
	uint8_t udp_port[65536];
};

/* Fills d from the registry.  Two dissectors with one key: the first wins. */
void dissect_init(struct dissect *d);

/*
 * Dissects one packet of link type dlt: caplen captured bytes of len on the
 * wire.  Writes all of *pkt but the messages beyond n_messages.  len smaller
 * than caplen is taken as caplen.
 */
void dissect_packet(const struct dissect *d, struct pkt *pkt, int dlt,
    const uint8_t *bytes, uint32_t caplen, uint32_t len);

/*
 * Appends a message with n raw bytes as its name, cleaned and, where lower is
 * set, in lower case (ASCII only).  Beyond PKT_MESSAGES nothing is added.
 */
void pkt_message(struct pkt *pkt, enum message_kind kind, const uint8_t *name,
    size_t n, bool lower);

#endif

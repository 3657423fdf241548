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
#include "dissect/codecs.h"
#include "dissect/pkt.h"
#include "dissect/stream.h"

/* The name spaces in which a layer names its successor. */
enum by {
	BY_NONE, /* the walk ends */
	BY_LINK, /* DLT_ value of libpcap */
	BY_ETHERTYPE,
	BY_IP_PROTO,
	BY_UDP_PORT, /* either port; if nobody has them, BY_UDP_DATA */
	BY_UDP_DATA, /* recognised by content: see probe */
	BY_TCP_PORT, /* either port, if its probe agrees */
	BY_TCP_DATA, /* recognised by content: see probe */
	BY_LLC_SAP, /* destination service access point (IEEE 802.2) */
	BY_SNAP_CISCO, /* protocol of a SNAP header with Cisco's OUI */
	BY_ICMP6, /* type of ICMPv6 */
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
	/* On entry next.key is still the key that the dissector goes by. */
	struct next next;
	const struct codecs *codecs;
};

struct dissector {
	const char *name;
	enum by by;
	const uint32_t *keys;
	unsigned n_keys;
	bool is_tunnel; /* IP may follow that is not the outermost */
	bool is_app; /* what is found here names the flow (ranking app) */
	/*
	 * BY_UDP_DATA, BY_TCP_PORT, BY_TCP_DATA: whether these bytes, at least
	 * one, look like the protocol.  first has the bytes that it can begin
	 * with (n_first of them; 0: any), so that most data ask nobody.
	 */
	const char *first;
	unsigned n_first;
	enum probe (*probe)(const struct cur *data);
	/*
	 * Reads one layer, leaves layer->cur behind it, sets layer->next if
	 * something follows.  The walk goes on wherever next says, also after
	 * a DISSECT_BAD: a header that lies about a length can still be read.
	 */
	enum verdict (*dissect)(struct layer *layer, struct pkt *pkt);
	/*
	 * Instead of dissect, for what needs to remember: reads on in one
	 * direction of a connection (TCP), or the next datagram of a UDP flow
	 * (BY_UDP_DATA).  See dissect/stream.h.
	 */
	enum stream_verdict (*stream)(struct stream *stream);
	/* Bytes that each connection has at stream->assembly; 7680 at most. */
	uint16_t assembly;
	/* Gives back what own (of both sides) or shared refer to; or NULL. */
	void (*close)(void *own[2], void *shared, const struct codecs *codecs);
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
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_PPP = 0x880b,
	ETHERTYPE_MPLS = 0x8847
};

/* Link types (DLT_) that are found within others. */
enum {
	LINK_ETHERNET = 1,
	LINK_RAW = 12, /* IP of the version that its first byte says */
	LINK_80211 = 105
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

/* Names the successor by a link type (DLT_ value of libpcap). */
static inline void
layer_link(struct layer *layer, uint32_t dlt)
{
	layer->next = (struct next){ BY_LINK, dlt, 0 };
}

/* Cuts a trailer of n bytes off, as a check sequence, if it is there. */
static inline void
layer_trim(struct layer *layer, uint32_t n)
{
	if (layer->wire_left >= n)
		layer_shrink(layer, layer->wire_left - n);
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

enum { DISSECTORS_MAX = 128 };

/* Dissectors by content: candidates for each first byte. */
struct dissect_probes {
	unsigned n;
	uint8_t index[DISSECTORS_MAX]; /* index + 1 */
	uint64_t first[256]; /* bit i: index[i] may begin so */
};

/* What the walk needs of a dissector, close together. */
struct step {
	enum verdict (*dissect)(struct layer *layer, struct pkt *pkt);
	bool is_plain; /* neither of an application nor a tunnel */
};

/*
 * Look-up tables from key to dissector; the caller's storage, some 200 KB,
 * which stays where it is.
 */
struct dissect {
	const struct dissector *const *list;
	unsigned n;
	struct step steps[DISSECTORS_MAX + 1]; /* by index + 1 */
	/* By name space, those that packets come to one after the other. */
	struct {
		const uint8_t *table; /* index + 1; 0: nobody */
		uint32_t n;
	} spaces[BY_IP_PROTO + 1];
	const struct codecs *codecs;
	struct dissect_probes tcp_data, udp_data;
	uint8_t link[512]; /* index + 1; 0: nobody */
	uint8_t ip_proto[256];
	uint8_t ethertype[65536];
	uint8_t udp_port[65536];
	uint8_t tcp_port[65536];
	/* Of each index the first that has its name, + 1: see pkt->app. */
	uint8_t app[DISSECTORS_MAX];
};

/*
 * Fills d from the registry.  Two dissectors with one key: the first wins.
 * The codecs are borrowed; NULL: none of their functions are there.
 */
void dissect_init(struct dissect *d, const struct codecs *codecs);

/* The same from n dissectors, at most DISSECTORS_MAX, which are borrowed. */
void dissect_init_list(struct dissect *d, const struct dissector *const *list,
    unsigned n, const struct codecs *codecs);

/*
 * Gives the UDP or TCP (by) ports of the dissector of this name to it, instead
 * of those it names itself; false if there is no such dissector.
 */
bool dissect_set_ports(struct dissect *d, const char *name, enum by by,
    const uint16_t *ports, unsigned n);

/*
 * Dissects one packet of link type dlt: caplen captured bytes of len on the
 * wire.  Writes all of *pkt but what its members say is not valid.  len smaller
 * than caplen is taken as caplen.
 */
void dissect_packet(const struct dissect *d, struct pkt *pkt, int dlt,
    const uint8_t *bytes, uint32_t caplen, uint32_t len);

/*
 * Dissects a datagram of n bytes that was put together from fragments such as
 * this one.  Writes *pkt as dissect_packet does.
 */
void dissect_datagram(const struct dissect *d, struct pkt *pkt,
    const struct fragment *fragment, const uint8_t *bytes, uint32_t n);

/*
 * For dissectors of IP: notes that layer->cur is, from offset on, a part of a
 * datagram.  Its addresses are those of pkt->tuple.
 */
void pkt_fragment(struct pkt *pkt, const struct layer *layer, uint8_t proto,
    uint32_t id, uint16_t offset, bool is_last);

/*
 * Asks who recognises the first bytes of a TCP direction: writes the index of
 * the dissector and returns what its probe said.  PROBE_MORE: somebody might,
 * nobody does yet.
 */
enum probe dissect_probe_tcp(const struct dissect *d, const struct tuple *tuple,
    const struct cur *data, unsigned *index);

/* Mixes what tells packets of a flow apart into pkt->digest. */
static inline void
pkt_digest(struct pkt *pkt, uint32_t word)
{
	pkt->digest = (pkt->digest ^ word) * 0x9e3779b1u;
	pkt->digest ^= pkt->digest >> 15;
}

/*
 * Before an IP header is written into pkt: when there was one before, that one
 * becomes the outer one.
 */
void pkt_next_ip(struct pkt *pkt);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What dissection makes of a packet: one struct.  Only the views of a segment
 * and of a fragment point into the packet.
 *
 * The flow's tuple is laid out so that it can be hashed and compared as
 * bytes: fixed size, no padding, unused bytes zero.
 */
#ifndef DISSECT_PKT_H
#define DISSECT_PKT_H

#include <stdbool.h>
#include <stdint.h>

#include "dissect/cur.h"
#include "dissect/message.h"

/*
 * DISSECT_SHORT: the capture ended before the packet did (snaplen).
 * DISSECT_BAD: the bytes contradict their format.
 * DISSECT_OTHER: they are not this protocol at all, whatever the port says;
 * nothing was read, nothing is said.
 */
enum verdict { DISSECT_OK, DISSECT_SHORT, DISSECT_BAD, DISSECT_OTHER };

enum { TUPLE_V6 = 1, TUPLE_PORTS = 2 };

/* IPv4 addresses stand in the first four bytes.  Ports are in host order. */
struct tuple {
	uint8_t src[16];
	uint8_t dst[16];
	uint16_t sport;
	uint16_t dport;
	uint16_t vlan[2]; /* outer, inner; n_vlans of them are valid */
	uint8_t proto;
	uint8_t flags;
	uint8_t n_vlans;
	uint8_t source; /* which capture input saw it; the caller's number */
	uint32_t spare; /* zero */
};

_Static_assert(sizeof(struct tuple) == 48, "hashed as bytes");

/* What the outermost network layer is; one for every packet. */
enum pkt_net {
	NET_UNKNOWN, /* no dissector knows the link or the protocol */
	NET_IP4,
	NET_IP6,
	NET_ARP,
	NET_LLC, /* IEEE 802.3 length and LLC: spanning tree, CDP … */
	NET_WIFI, /* IEEE 802.11: no data, encrypted, or damaged on the air */
	NET_OTHER, /* recognised, and none of these: PPPoE discovery, USB … */
	NET_N
};

enum { PKT_LAYERS = 24 /* dissectors that one packet passes at most */ };

enum {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10
};

/* A TCP segment, all in host order. */
struct segment {
	const uint8_t *data; /* in the packet */
	uint32_t caplen; /* bytes of data that were captured */
	uint32_t len; /* bytes of data on the wire */
	uint32_t seq, ack;
	uint32_t ts_val, ts_ecr; /* RFC 7323; if has_ts */
	uint16_t window; /* not scaled */
	uint16_t flags; /* TCP_* */
	uint8_t scale; /* window scale of a SYN; 255: no such option */
	bool has_ts;
};

/* A part of an IP datagram; of the outermost one that is in parts. */
struct fragment {
	uint8_t src[16], dst[16]; /* as in struct tuple */
	bool is_v6;
	const uint8_t *data; /* in the packet */
	uint32_t caplen; /* bytes of it that were captured */
	uint32_t len; /* bytes of it on the wire */
	uint32_t id;
	uint16_t offset; /* in bytes */
	uint8_t proto; /* what the datagram carries */
	bool is_last;
};

struct pkt {
	struct tuple tuple; /* all zero but for VLANs unless it is IP */
	uint32_t ip_len; /* bytes by the IP header; 0 unless it is IP */
	/*
	 * Differs between packets of a flow, but not between copies of one
	 * packet: made of identification, sequence numbers, checksums.
	 */
	uint32_t digest;
	uint8_t net; /* enum pkt_net */
	uint8_t verdict; /* enum verdict, the worst of all layers */
	uint8_t failed; /* index of the dissector that gave it */
	uint8_t n_layers;
	uint8_t n_ip; /* IP headers: above 1 it came through a tunnel */
	uint8_t tunnel; /* index + 1 of the innermost tunnel's dissector */
	uint8_t app; /* index + 1 of the application's dissector */
	uint8_t stream; /* index + 1: its datagram function wants data */
	bool layers_exceeded;
	bool is_fragment; /* part of a fragmented datagram */
	bool has_segment;
	bool has_fragment;
	/* Only valid as the members above say: */
	struct tuple outer; /* of the outermost IP header, if n_ip > 1 */
	uint32_t outer_len; /* bytes by that header */
	struct segment segment;
	struct fragment fragment;
	struct cur data; /* if stream: the datagram's bytes */
	struct message_list messages;
};

/* Notes what the network layer is, unless one outside it is known. */
static inline void
pkt_note_net(struct pkt *pkt, enum pkt_net net)
{
	if (pkt->net == NET_UNKNOWN)
		pkt->net = (uint8_t)net;
}

#endif

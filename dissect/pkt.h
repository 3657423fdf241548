/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What dissection makes of a packet: one struct, no pointers into the packet.
 *
 * The flow's tuple is laid out so that it can be hashed and compared as
 * bytes: fixed size, no padding, unused bytes zero.
 */
#ifndef DISSECT_PKT_H
#define DISSECT_PKT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * DISSECT_SHORT: the capture ended before the packet did (snaplen).
 * DISSECT_BAD: the bytes contradict their format.
 */
enum verdict { DISSECT_OK, DISSECT_SHORT, DISSECT_BAD };

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
	NET_N
};

/* Application messages: what a ranking of names counts. */
enum message_kind {
	MESSAGE_DNS_QUERY, /* name: the name asked for */
	MESSAGE_HTTP_REQUEST, /* name: host/path */
	MESSAGE_TLS_CLIENT_HELLO, /* name: SNI, empty if there is none */
	MESSAGE_N
};

enum {
	NAME_MAX_BYTES = 259, /* 256 bytes and an ellipsis, dissect/text.h */
	PKT_MESSAGES = 25, /* names looked at in one packet */
	PKT_LAYERS = 16 /* dissectors that one packet passes at most */
};

/* The name is clean text (dissect/text.h): printable UTF-8, one line. */
struct message {
	uint8_t kind;
	bool cut; /* the name was longer */
	uint16_t len;
	char name[NAME_MAX_BYTES + 1];
};

struct pkt {
	struct tuple tuple; /* all zero but for VLANs unless it is IP */
	uint32_t ip_len; /* bytes by the IP header; 0 unless it is IP */
	uint8_t net; /* enum pkt_net */
	uint8_t verdict; /* enum verdict, the worst of all layers */
	uint8_t failed; /* index of the dissector that gave it */
	uint8_t n_layers;
	bool layers_exceeded;
	bool is_fragment; /* part of a fragmented datagram */
	uint8_t n_messages;
	/* Only the first n_messages are written. */
	struct message messages[PKT_MESSAGES];
};

#endif

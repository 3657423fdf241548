/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages: what dissection learns beside the headers.
 *
 * A message is a kind, a name and perhaps a value.  One DNS response or HTTP
 * request becomes several of them, one for each thing that is counted or
 * ranked; whoever counts needs to know nothing of the protocol.
 */
#ifndef DISSECT_MESSAGE_H
#define DISSECT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * X(KIND): what the name is.  "host": an address as text; "us": value is a
 * time in microseconds; "bytes": value is an amount of bytes.  Without a
 * remark value is 0.
 */
/* clang-format off: a table */
#define MESSAGE_KINDS(X)                                                      \
	X(DNS_QUERY) /* the name asked for; value: see message_dns */         \
	X(DNS_QTYPE) /* of a query: "A", "TYPE65280" */                       \
	X(DNS_RESPONSE) /* the name asked for; value: see message_dns */      \
	X(DNS_RCODE) /* of a response: "NOERROR", "NXDOMAIN" */               \
	X(DNS_NOERROR) /* the name asked for, and so on: */                   \
	X(DNS_NODATA) /* NOERROR without an answer (also DNS_NOERROR) */      \
	X(DNS_NXDOMAIN)                                                       \
	X(DNS_SERVFAIL)                                                       \
	X(DNS_REFUSED)                                                        \
	X(DNS_NXDOMAIN_CLIENT) /* host that was told so */                    \
	X(DNS_SERVFAIL_CLIENT) /* host that was told so */                    \
	X(DNS_EDNS) /* no name; value: UDP payload size offered */            \
	X(DNS_ECS) /* client subnet: "192.0.2.0/24" */                        \
	X(DNS_TRUNCATED) /* no name: a response with TC */                    \
	X(DNS_TCP) /* no name: a message over TCP */                          \
	X(DNS_MULTICAST) /* no name: a message of mDNS */                     \
	X(DNS_LLMNR) /* no name */                                            \
	X(DNS_NBNS) /* of NetBIOS name service: what a request asks for */    \
	X(DNS_TIME) /* the name asked for; us from query to response */       \
	X(DNS_UNANSWERED) /* the name asked for */                            \
	X(DNS_ORPHAN) /* no name: a response without a query */               \
	X(HTTP_REQUEST) /* host/path */                                       \
	X(HTTP_HOST) /* host in lower case, without a port */                 \
	X(HTTP_METHOD) /* "GET" */                                            \
	X(HTTP_USER_AGENT)                                                    \
	X(HTTP_RESPONSE) /* no name */                                        \
	X(HTTP_STATUS) /* "200" */                                            \
	X(HTTP_1XX) /* no name, and so on: */                                 \
	X(HTTP_2XX)                                                           \
	X(HTTP_3XX)                                                           \
	X(HTTP_4XX)                                                           \
	X(HTTP_5XX)                                                           \
	X(HTTP_TYPE) /* of a response: media type in lower case */            \
	X(HTTP_TIME) /* host; us from request's to response's first byte */   \
	X(HTTP_UPGRADE) /* what was agreed on: "websocket", "connect" */      \
	X(HTTP2_REQUEST) /* no name; HTTP_REQUEST comes beside it */          \
	X(TLS_CLIENT_HELLO) /* SNI, empty if there is none */                 \
	X(TLS_ALPN) /* first protocol that the client offers: "h2" */         \
	X(TLS_JA4) /* client fingerprint */                                   \
	X(TLS_SERVER_HELLO) /* no name */                                     \
	X(TLS_VERSION) /* agreed on: "1.2", "1.3" */                          \
	X(TLS_CIPHER) /* agreed on: IANA's name or "0x1301" */                \
	X(TLS_CERT) /* subject of a server's certificate */                   \
	X(TLS_TIME) /* SNI; us from client's to server's hello */             \
	X(QUIC_CLIENT_HELLO) /* no name; TLS_CLIENT_HELLO beside it */        \
	X(TCP_ATTEMPT) /* no name: a connection's first SYN */                \
	X(TCP_ESTABLISHED) /* no name: a handshake seen whole */              \
	X(TCP_FAILED) /* host that refused or did not answer */               \
	X(TCP_RESET) /* host that reset an established connection */          \
	X(TCP_RETRANSMIT) /* host that sent again; bytes */                   \
	X(TCP_OUT_OF_ORDER) /* host whose segments came so; bytes */          \
	X(TCP_ZERO_WINDOW) /* host that closed its window */                  \
	X(TCP_LOST) /* host whose bytes were acknowledged, not seen; bytes */ \
	X(TCP_HANDSHAKE) /* server host; us from SYN to the last ACK */       \
	X(TCP_RTT) /* no name: there are many; us from data to its ACK */     \
	X(DHCP) /* host name of a client, empty if it gives none */           \
	X(DHCP_VENDOR) /* vendor class */                                     \
	X(NEIGHBOUR) /* LLDP, CDP: system name and port */                    \
	X(SSH) /* software of a banner */                                     \
	X(SIP) /* "INVITE sip:bob@example.org" */                             \
	X(ADDR_NAME) /* addr is called so; value: enum name_source */         \
	X(ADDR_MAC) /* addr has this MAC: "00:00:5e:00:53:01" */
/* clang-format on */

#define X_MESSAGE(kind) MESSAGE_##kind,
enum message_kind { MESSAGE_KINDS(X_MESSAGE) MESSAGE_N };
#undef X_MESSAGE

/* Who says how an address is called; the first beats the later ones. */
enum name_source {
	NAME_DNS, /* an answer to the client's question */
	NAME_SNI,
	NAME_HTTP,
	NAME_DHCP,
	NAME_NBNS,
	NAME_MDNS,
	NAME_RESOLVED, /* asked for by tapline itself */
	NAME_SOURCES
};

enum {
	NAME_MAX_BYTES = 259, /* 256 bytes and an ellipsis, dissect/text.h */
	MESSAGES_MAX = 64 /* in one list */
};

/* The name is clean text (dissect/text.h): printable UTF-8, one line. */
struct message {
	uint8_t kind;
	bool cut; /* the name was longer */
	bool addr_is_v6;
	uint16_t len; /* of the name */
	uint64_t value;
	uint8_t addr[16]; /* as in struct tuple; ADDR_* only */
	char name[NAME_MAX_BYTES + 1];
};

struct message_list {
	uint8_t n; /* so many are written */
	bool exceeded; /* there were more than MESSAGES_MAX */
	struct message m[MESSAGES_MAX + 1]; /* the last: what exceeds */
};

/*
 * Appends a message with n raw bytes as its name, cleaned and, where lower is
 * set, in lower case (ASCII only).  Returns it for its other members, which
 * are zero (addr only where the kind has one).  When the list is full,
 * exceeded is set and a message is returned that nobody reads.
 */
struct message *message_add(struct message_list *list, enum message_kind kind,
    const void *name, size_t n, bool lower);

/* The same for a text that is known to be clean, and for none ("" ). */
struct message *message_text(struct message_list *list, enum message_kind kind,
    const char *text);

/* Appends one whose name is an address; see struct tuple. */
struct message *message_host(struct message_list *list, enum message_kind kind,
    const uint8_t *addr, bool is_v6);

/*
 * The value of DNS_QUERY and DNS_RESPONSE: what a transaction is matched by,
 * beside the two hosts and the client's port.
 */
static inline uint64_t
message_dns(uint16_t id, uint16_t qtype, bool is_tcp)
{
	return (uint64_t)is_tcp << 32 | (uint64_t)qtype << 16 | id;
}

#endif

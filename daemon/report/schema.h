/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema: every measurement that tapline publishes.  The lists are
 * X-macros, so that an index, its name, type and help are one line.
 */
#ifndef DAEMON_REPORT_SCHEMA_H
#define DAEMON_REPORT_SCHEMA_H

#include "daemon/report/point.h"

/* clang-format off: tables */
/* X(index, name, type, help) */
#define SCHEMA_BIN(X)                                                   \
	X(BIN_PACKETS, "packets", INT, "packets on the wire")           \
	X(BIN_BYTES, "bytes", INT, "bytes on the wire")                 \
	X(BIN_IP_PACKETS, "ip_packets", INT, "IPv4 and IPv6 packets")   \
	X(BIN_IP_BYTES, "ip_bytes", INT, "sum of the IP total lengths") \
	X(BIN_IP4_BYTES, "ip4_bytes", INT, "IPv4's part of ip_bytes")   \
	X(BIN_IP6_BYTES, "ip6_bytes", INT, "IPv6's part of ip_bytes")   \
	X(BIN_TCP_BYTES, "tcp_bytes", INT, "TCP's part of ip_bytes")    \
	X(BIN_UDP_BYTES, "udp_bytes", INT, "UDP's part of ip_bytes")    \
	X(BIN_ICMP_BYTES, "icmp_bytes", INT,                            \
	    "ICMP's and ICMPv6's part of ip_bytes")                     \
	X(BIN_OTHER_BYTES, "other_bytes", INT,                          \
	    "other protocols' part of ip_bytes")                        \
	X(BIN_FLOWS, "flows", INT,                                      \
	    "active flows: distinct 5-tuples and VLANs, one way")       \
	X(BIN_FLOWS_ERR, "flows_err", INT,                              \
	    "flows at most counted twice, when not zero")               \
	X(BIN_DROPS, "drops", INT, "packets that the kernel dropped")   \
	X(BIN_BIN_MS, "bin_ms", INT, "width of the bin")

#define SCHEMA_TOP(X)                                                        \
	X(TOP_KEY, "key", STRING, "what is ranked; empty in the rank other") \
	X(TOP_PACKETS, "packets", INT, "packets of the key")                 \
	X(TOP_COUNT, "count", INT,                                           \
	    "messages of the key (dns, url, sni; instead of packets)")       \
	X(TOP_BYTES, "bytes", INT,                                           \
	    "bytes by the IP total lengths; of the packets that held the "   \
	    "message for dns, url and sni")                                  \
	X(TOP_ERR, "err", INT,                                               \
	    "bound of the error of bytes (count for dns, url and sni), "     \
	    "when not zero")                                                 \
	X(TOP_COUNTRY, "country", STRING, "ISO 3166 code")                   \
	X(TOP_CITY, "city", STRING, "city, in English")                      \
	X(TOP_ASN, "asn", INT, "autonomous system number")                   \
	X(TOP_AS_ORG, "as_org", STRING, "autonomous system organisation")

#define SCHEMA_DNS(X) X(DNS_QUERIES, "queries", INT, "questions in queries")
#define SCHEMA_HTTP(X) X(HTTP_REQUESTS, "requests", INT, "requests")
#define SCHEMA_TLS(X) \
	X(TLS_CLIENT_HELLOS, "client_hellos", INT, "ClientHello messages")

/* The ledger since the start of the process: docs/schema.md has its sums. */
#define SCHEMA_SELF(X)                                                         \
	X(SELF_RECEIVED, "received", INT,                                      \
	    "packets that the kernel or the file had for us")                  \
	X(SELF_DELIVERED, "delivered", INT, "packets that tapline was given")  \
	X(SELF_DELIVERED_BYTES, "delivered_bytes", INT,                        \
	    "their bytes on the wire, clamped")                                \
	X(SELF_DROPPED, "dropped", INT, "packets that the kernel dropped")     \
	X(SELF_IF_DROPPED, "if_dropped", INT,                                  \
	    "packets that the interface or its driver dropped")                \
	X(SELF_DECODED, "decoded", INT, "delivered packets read to the end")   \
	X(SELF_TRUNCATED, "truncated", INT,                                    \
	    "delivered packets cut short by the capture")                      \
	X(SELF_MALFORMED, "malformed", INT,                                    \
	    "delivered packets that contradict their format")                  \
	X(SELF_BINNED, "binned", INT, "delivered packets counted in a bin")    \
	X(SELF_BINNED_BYTES, "binned_bytes", INT, "their bytes on the wire")   \
	X(SELF_LATE, "late", INT,                                              \
	    "delivered packets older than the open bins, counted here only")   \
	X(SELF_LATE_BYTES, "late_bytes", INT, "their bytes on the wire")       \
	X(SELF_IP4, "ip4", INT, "delivered packets that are IPv4")             \
	X(SELF_IP6, "ip6", INT, "delivered packets that are IPv6")             \
	X(SELF_ARP, "arp", INT, "delivered packets that are ARP")              \
	X(SELF_LLC, "llc", INT, "delivered packets that are IEEE 802.2 LLC")   \
	X(SELF_UNKNOWN, "unknown", INT, "delivered packets of other kinds")    \
	X(SELF_FRAGMENTS, "fragments", INT, "IP fragments among them")         \
	X(SELF_LEN_CLAMPED, "len_clamped", INT,                                \
	    "packets whose length was above 262144 and was clamped to it")     \
	X(SELF_TIME_CLAMPED, "time_clamped", INT,                              \
	    "packets whose timestamp no 64-bit count of ns holds")             \
	X(SELF_LAYERS_EXCEEDED, "layers_exceeded", INT,                        \
	    "packets with more layers than are walked")                        \
	X(SELF_NAMES_CUT, "names_cut", INT, "names cut at 256 bytes")          \
	X(SELF_FLOW_EVICTS, "flow_evicts", INT,                                \
	    "flow records folded early to make room; nothing is lost")         \
	X(SELF_KEY_EVICTS, "key_evicts", INT,                                  \
	    "ranking keys that made room; err says what that costs")           \
	X(SELF_RECORDS, "records", INT, "records made, over all outputs")      \
	X(SELF_STORED, "stored", INT,                                          \
	    "records written, or acknowledged by the server")                  \
	X(SELF_SPOOLED, "spooled", INT, "records waiting in a queue")          \
	X(SELF_LOST, "lost", INT, "records lost, for any reason")              \
	X(SELF_LOST_FULL, "lost_full", INT, "lost: the queue was full")        \
	X(SELF_LOST_ERROR, "lost_error", INT, "lost: refused, or no answer")   \
	X(SELF_RELOADS, "reloads", INT, "configuration reloads")               \
	X(SELF_RELOADS_FAILED, "reloads_failed", INT,                          \
	    "reloads that kept the old configuration")                         \
	X(SELF_TABLE_BYTES, "table_bytes", INT, "memory of all tables")        \
	X(SELF_RSS_BYTES, "rss_bytes", INT, "live: resident anonymous memory") \
	X(SELF_RING_BYTES, "ring_bytes", INT, "live: size of the rings")       \
	X(SELF_CPU_MS, "cpu_ms", INT, "live: processor time used")             \
	X(SELF_TIMER_LATE_US, "timer_late_us", INT,                            \
	    "live: the latest that a timer has been")

#define SCHEMA_HEALTH(X)                              \
	X(HEALTH_SHORT, "short", INT,                 \
	    "packets that ended in the capture here") \
	X(HEALTH_BAD, "bad", INT, "packets that contradict the format here")

/* clang-format on */

#define X_INDEX(index, name, type, help) index,
enum bin_field { SCHEMA_BIN(X_INDEX) BIN_N };
enum top_field { SCHEMA_TOP(X_INDEX) TOP_N };
enum dns_field { SCHEMA_DNS(X_INDEX) DNS_N };
enum http_field { SCHEMA_HTTP(X_INDEX) HTTP_N };
enum tls_field { SCHEMA_TLS(X_INDEX) TLS_N };
enum self_field { SCHEMA_SELF(X_INDEX) SELF_N };
enum health_field { SCHEMA_HEALTH(X_INDEX) HEALTH_N };

/* Indices of tags, sorted by name as line protocol wants them. */
enum { BIN_TAG_SENSOR, BIN_TAG_SOURCE };
enum { TOP_TAG_BY, TOP_TAG_KEY, TOP_TAG_RANK, TOP_TAG_SENSOR, TOP_TAG_WINDOW };
enum { WINDOW_TAG_SENSOR, WINDOW_TAG_WINDOW };
enum { SELF_TAG_SENSOR };
enum { HEALTH_TAG_DISSECTOR, HEALTH_TAG_SENSOR };

extern const struct measurement schema_bin;
extern const struct measurement schema_top;
extern const struct measurement schema_dns; /* tags: WINDOW_TAG_* */
extern const struct measurement schema_http; /* tags: WINDOW_TAG_* */
extern const struct measurement schema_tls; /* tags: WINDOW_TAG_* */
extern const struct measurement schema_self;
extern const struct measurement schema_health;

/* All of them, ended by NULL. */
extern const struct measurement *const schema_all[];

#endif

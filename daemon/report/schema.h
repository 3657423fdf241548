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
	X(BIN_COPIES, "copies", INT,                                    \
	    "IP packets seen just before: a span port's duplicates")    \
	X(BIN_DROPS, "drops", INT, "packets that the kernel dropped")   \
	X(BIN_BLIND_MS, "blind_ms", INT,                                \
	    "live: time without capture, when not zero")                \
	X(BIN_BIN_MS, "bin_ms", INT, "width of the bin")

/* Live: an interface, since the start; also whenever its state changes. */
#define SCHEMA_SOURCE(X)                                                     \
	X(SOURCE_STATE, "state", STRING, "up no_link down absent failed")    \
	X(SOURCE_CHANGES, "changes", INT, "changes of the state")            \
	X(SOURCE_BLIND_MS, "blind_ms", INT, "time without capture")          \
	X(SOURCE_RECEIVED, "received", INT,                                  \
	    "packets that the kernel had for us")                            \
	X(SOURCE_DROPPED, "dropped", INT, "packets that the kernel dropped") \
	X(SOURCE_IF_DROPPED, "if_dropped", INT,                              \
	    "packets that the interface or its driver dropped")

#define SCHEMA_TOP(X)                                                         \
	X(TOP_KEY, "key", STRING, "what is ranked; empty in the rank other")  \
	X(TOP_PACKETS, "packets", INT, "packets of the key")                  \
	X(TOP_COUNT, "count", INT,                                            \
	    "messages of the key (dns, url, sni …; instead of packets)")      \
	X(TOP_BYTES, "bytes", INT,                                            \
	    "bytes by the IP total lengths; of the packets that held the "    \
	    "message for dns, url, sni …")                                    \
	X(TOP_DATA_BYTES, "data_bytes", INT,                                  \
	    "bytes of TCP data (tcp_retransmit, tcp_out_of_order, tcp_lost; " \
	    "instead of bytes)")                                              \
	X(TOP_US, "us", INT,                                                  \
	    "sum of the times in microseconds (dns_slow, http_slow, "         \
	    "tcp_slow; instead of bytes)")                                    \
	X(TOP_ERR, "err", INT,                                                \
	    "bound of the error of what is ranked by, when not zero")         \
	X(TOP_NAME, "name", STRING, "how the host is called")                 \
	X(TOP_NAME_SOURCE, "name_source", STRING,                             \
	    "who said so: dns sni http dhcp nbns mdns resolved")              \
	X(TOP_MAC, "mac", STRING, "the host's MAC, from ARP or NDP")          \
	X(TOP_COUNTRY, "country", STRING, "ISO 3166 code")                    \
	X(TOP_CITY, "city", STRING, "city, in English")                       \
	X(TOP_ASN, "asn", INT, "autonomous system number")                    \
	X(TOP_AS_ORG, "as_org", STRING, "autonomous system organisation")

/*
 * X(index, name, type, help), and after it, where the field is the number of
 * messages of a kind: K(index, name, KIND, help).  See report_messages.c.
 */
#define SCHEMA_QUANTILES(X, P, what)                                     \
	X(P##_P50_US, "p50_us", INT, "median of " what ", within 0.8 %") \
	X(P##_P90_US, "p90_us", INT, "90th percentile")                  \
	X(P##_P95_US, "p95_us", INT, "95th percentile")                  \
	X(P##_P99_US, "p99_us", INT, "99th percentile")                  \
	X(P##_MAX_US, "max_us", INT, "the longest")

#define SCHEMA_WINDOW(X)                                                    \
	X(WINDOW_SOURCES, "sources", INT,                                   \
	    "distinct source addresses, standard error 1.6 %")              \
	X(WINDOW_DESTINATIONS, "destinations", INT,                         \
	    "distinct destination addresses, as exact")                     \
	X(WINDOW_PAIRS, "pairs", INT,                                       \
	    "distinct pairs of source and destination, as exact")           \
	X(WINDOW_QUANTILES_LACK, "quantiles_lack", INT,                     \
	    "times that quantiles of this window no longer know, when any") \
	X(WINDOW_ERR_PERMILLE, "err_permille", INT,                         \
	    "standard error of the distinct counts")

#define SCHEMA_DNS(X, K)                                                   \
	K(DNS_QUERIES, "queries", DNS_QUERY, "questions in queries")       \
	K(DNS_RESPONSES, "responses", DNS_RESPONSE, "responses")           \
	K(DNS_NOERROR, "noerror", DNS_NOERROR, "responses: NOERROR")       \
	K(DNS_NODATA, "nodata", DNS_NODATA, "NOERROR without an answer")   \
	K(DNS_NXDOMAIN, "nxdomain", DNS_NXDOMAIN, "responses: NXDOMAIN")   \
	K(DNS_SERVFAIL, "servfail", DNS_SERVFAIL, "responses: SERVFAIL")   \
	K(DNS_REFUSED, "refused", DNS_REFUSED, "responses: REFUSED")       \
	K(DNS_TRUNCATED, "truncated", DNS_TRUNCATED, "responses with TC")  \
	K(DNS_TCP, "tcp", DNS_TCP, "messages over TCP")                    \
	K(DNS_MDNS, "mdns", DNS_MULTICAST, "messages of multicast DNS")    \
	K(DNS_LLMNR, "llmnr", DNS_LLMNR, "messages of LLMNR")              \
	K(DNS_NBNS, "nbns", DNS_NBNS, "messages of NetBIOS name service")  \
	K(DNS_EDNS, "edns", DNS_EDNS, "queries with EDNS")                 \
	X(DNS_EDNS_BYTES, "edns_bytes", INT,                               \
	    "sum of the UDP sizes they offer")                             \
	K(DNS_ECS, "ecs", DNS_ECS, "messages with a client subnet")        \
	K(DNS_TRANSACTIONS, "transactions", DNS_TIME,                      \
	    "queries with their response")                                 \
	K(DNS_UNANSWERED, "unanswered", DNS_UNANSWERED,                    \
	    "queries without one for 5 s")                                 \
	K(DNS_ORPHANS, "orphans", DNS_ORPHAN, "responses without a query") \
	X(DNS_NAMES, "names", INT,                                         \
	    "distinct names asked for, standard error 1.6 %")              \
	SCHEMA_QUANTILES(X, DNS, "the time to a response")

#define SCHEMA_HTTP(X, K)                                           \
	K(HTTP_REQUESTS, "requests", HTTP_REQUEST, "requests")      \
	K(HTTP_HTTP2_REQUESTS, "http2_requests", HTTP2_REQUEST,     \
	    "those of HTTP/2")                                      \
	K(HTTP_RESPONSES, "responses", HTTP_RESPONSE, "responses")  \
	K(HTTP_1XX, "status_1xx", HTTP_1XX, "responses 100 to 199") \
	K(HTTP_2XX, "status_2xx", HTTP_2XX, "responses 200 to 299") \
	K(HTTP_3XX, "status_3xx", HTTP_3XX, "responses 300 to 399") \
	K(HTTP_4XX, "status_4xx", HTTP_4XX, "responses 400 to 499") \
	K(HTTP_5XX, "status_5xx", HTTP_5XX, "responses 500 to 599") \
	K(HTTP_UPGRADES, "upgrades", HTTP_UPGRADE,                  \
	    "connections that became another protocol's")           \
	X(HTTP_HOSTS, "hosts", INT,                                 \
	    "distinct hosts asked, standard error 1.6 %")           \
	X(HTTP_USER_AGENTS, "user_agents", INT,                     \
	    "distinct user agents, as exact")                       \
	SCHEMA_QUANTILES(X, HTTP, "the time to a response")

#define SCHEMA_TLS(X, K)                                        \
	K(TLS_CLIENT_HELLOS, "client_hellos", TLS_CLIENT_HELLO, \
	    "ClientHello messages")                             \
	K(TLS_QUIC, "quic", QUIC_CLIENT_HELLO, "those of QUIC") \
	K(TLS_SERVER_HELLOS, "server_hellos", TLS_SERVER_HELLO, \
	    "ServerHello messages")                             \
	K(TLS_CERTIFICATES, "certificates", TLS_CERT,           \
	    "server certificates seen (up to TLS 1.2)")         \
	X(TLS_NAMES, "names", INT,                              \
	    "distinct server names, standard error 1.6 %")      \
	X(TLS_FINGERPRINTS, "fingerprints", INT,                \
	    "distinct JA4 fingerprints, as exact")              \
	SCHEMA_QUANTILES(X, TLS, "the time from hello to hello")

#define SCHEMA_TCP(X, K)                                                    \
	K(TCP_ATTEMPTS, "attempts", TCP_ATTEMPT, "connections attempted")   \
	K(TCP_ESTABLISHED, "established", TCP_ESTABLISHED,                  \
	    "connections whose handshake was seen")                         \
	K(TCP_FAILED, "failed", TCP_FAILED,                                 \
	    "attempts refused, or not answered for 10 s")                   \
	K(TCP_RESETS, "resets", TCP_RESET, "established connections reset") \
	K(TCP_RETRANSMITS, "retransmits", TCP_RETRANSMIT,                   \
	    "segments sent again")                                          \
	X(TCP_RETRANSMIT_BYTES, "retransmit_bytes", INT, "their data")      \
	K(TCP_OUT_OF_ORDER, "out_of_order", TCP_OUT_OF_ORDER,               \
	    "segments out of order")                                        \
	K(TCP_ZERO_WINDOWS, "zero_windows", TCP_ZERO_WINDOW,                \
	    "windows closed by a receiver")                                 \
	K(TCP_LOSSES, "losses", TCP_LOST,                                   \
	    "times that data were acknowledged which was not captured")     \
	X(TCP_LOST_BYTES, "lost_bytes", INT,                                \
	    "those data: what the tap never saw, an estimate")              \
	X(TCP_HANDSHAKE_P50_US, "handshake_p50_us", INT,                    \
	    "median from SYN to the handshake's end, within 0.8 %")         \
	X(TCP_HANDSHAKE_P90_US, "handshake_p90_us", INT, "90th percentile") \
	X(TCP_HANDSHAKE_P95_US, "handshake_p95_us", INT, "95th percentile") \
	X(TCP_HANDSHAKE_P99_US, "handshake_p99_us", INT, "99th percentile") \
	X(TCP_HANDSHAKE_MAX_US, "handshake_max_us", INT, "the longest")     \
	X(TCP_RTT_P50_US, "rtt_p50_us", INT,                                \
	    "median from data to their acknowledgement, seen from the tap") \
	X(TCP_RTT_P90_US, "rtt_p90_us", INT, "90th percentile")             \
	X(TCP_RTT_P95_US, "rtt_p95_us", INT, "95th percentile")             \
	X(TCP_RTT_P99_US, "rtt_p99_us", INT, "99th percentile")             \
	X(TCP_RTT_MAX_US, "rtt_max_us", INT, "the longest")

/* What the tables between packets and windows did, since the start. */
#define SCHEMA_TRACK(X)                                                      \
	X(TRACK_SEGMENTS, "segments", INT, "TCP segments with data")         \
	X(TRACK_SEGMENT_BYTES, "segment_bytes", INT, "their data")           \
	X(TRACK_LOST_BYTES, "lost_bytes", INT,                               \
	    "data acknowledged but not captured: estimated capture loss")    \
	X(TRACK_GAPS, "gaps", INT, "streams that went on behind a gap")      \
	X(TRACK_GAP_BYTES, "gap_bytes", INT, "bytes missing there")          \
	X(TRACK_OVERLAPS, "overlaps", INT,                                   \
	    "segments that said other bytes than before; the first count")   \
	X(TRACK_BUFFERS_FULL, "buffers_full", INT,                           \
	    "streams given up for want of memory")                           \
	X(TRACK_CONN_EVICTS, "conn_evicts", INT,                             \
	    "connections forgotten to make room")                            \
	X(TRACK_DATAGRAMS, "datagrams", INT,                                 \
	    "datagrams put together from fragments")                         \
	X(TRACK_DATAGRAMS_LATE, "datagrams_late", INT,                       \
	    "given up: fragments missing for too long")                      \
	X(TRACK_DATAGRAMS_OVERLAP, "datagrams_overlap", INT,                 \
	    "given up: overlapping fragments (RFC 5722)")                    \
	X(TRACK_DATAGRAMS_CUT, "datagrams_cut", INT,                         \
	    "given up: fragments cut by the capture")                        \
	X(TRACK_DATAGRAMS_EVICTED, "datagrams_evicted", INT,                 \
	    "given up: no room")                                             \
	X(TRACK_DATAGRAMS_BAD, "datagrams_bad", INT,                         \
	    "given up: too long, or in too many pieces")                     \
	X(TRACK_QUERY_REPEATS, "query_repeats", INT, "DNS queries repeated") \
	X(TRACK_QUERY_EVICTS, "query_evicts", INT,                           \
	    "DNS queries forgotten to make room")                            \
	X(TRACK_NAMES, "names", INT, "addresses whose name is known")        \
	X(TRACK_HPACK_REFUSED, "hpack_refused", INT,                         \
	    "HTTP/2 directions not read: no room for their header table")    \
	X(TRACK_HPACK_FULL, "hpack_full", INT,                               \
	    "HTTP/2 header blocks, and what follows, not read: no memory")   \
	X(TRACK_HPACK_BAD, "hpack_bad", INT,                                 \
	    "HTTP/2 header blocks that contradict RFC 7541")

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
	    "delivered packets older than the open bins, which leave them "    \
	    "out")                                                             \
	X(SELF_LATE_BYTES, "late_bytes", INT, "their bytes on the wire")       \
	X(SELF_IP4, "ip4", INT, "delivered packets that are IPv4")             \
	X(SELF_IP6, "ip6", INT, "delivered packets that are IPv6")             \
	X(SELF_ARP, "arp", INT, "delivered packets that are ARP")              \
	X(SELF_LLC, "llc", INT, "delivered packets that are IEEE 802.2 LLC")   \
	X(SELF_WIFI, "wifi", INT,                                              \
	    "delivered IEEE 802.11 frames that carry nothing readable")        \
	X(SELF_OTHER, "other", INT,                                            \
	    "delivered packets of other protocols that are recognised")        \
	X(SELF_UNKNOWN, "unknown", INT, "delivered packets of other kinds")    \
	X(SELF_FRAGMENTS, "fragments", INT, "IP fragments among them")         \
	X(SELF_LEN_CLAMPED, "len_clamped", INT,                                \
	    "packets whose length was above 262144 and was clamped to it")     \
	X(SELF_TIME_CLAMPED, "time_clamped", INT,                              \
	    "packets whose timestamp no 64-bit count of ns holds")             \
	X(SELF_LAYERS_EXCEEDED, "layers_exceeded", INT,                        \
	    "packets with more layers than are walked")                        \
	X(SELF_COPIES, "copies", INT,                                          \
	    "IP packets seen just before: a span port's duplicates")           \
	X(SELF_NAMES_CUT, "names_cut", INT, "names cut at 256 bytes")          \
	X(SELF_MESSAGES_EXCEEDED, "messages_exceeded", INT,                    \
	    "packets with more messages than are read")                        \
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
	X(SELF_LOST_ROLLBACK, "lost_rollback", INT,                            \
	    "lost: acknowledged by a server that forgot them")                 \
	X(SELF_LOST_SPOOL, "lost_spool", INT,                                  \
	    "lost: the spool's disk failed or was damaged")                    \
	X(SELF_LOST_PACKETS, "lost_packets", INT,                              \
	    "packets of the bins among the lost, when not zero")               \
	X(SELF_LOST_BYTES, "lost_bytes", INT,                                  \
	    "bytes of the bins among the lost, when not zero")                 \
	X(SELF_SPOOL_BYTES, "spool_bytes", INT, "size of the spool on disk")   \
	X(SELF_SPOOL_MEMORY_BYTES, "spool_memory_bytes", INT,                  \
	    "size of the spool in memory")                                     \
	X(SELF_SPOOL_ERRORS, "spool_errors", INT,                              \
	    "times that the spool's disk did not take what was written")       \
	X(SELF_OUTPUTS_WAITING, "outputs_waiting", INT,                        \
	    "outputs whose server is away or takes nothing for now")           \
	X(SELF_OUTPUTS_CONFIG_ERROR, "outputs_config_error", INT,              \
	    "outputs whose server refuses what somebody has to change")        \
	X(SELF_RELOADS, "reloads", INT, "configuration reloads")               \
	X(SELF_RELOADS_FAILED, "reloads_failed", INT,                          \
	    "reloads that kept the old configuration")                         \
	X(SELF_TABLE_BYTES, "table_bytes", INT, "memory of all tables")        \
	X(SELF_SANDBOX, "sandbox", STRING,                                     \
	    "live or followed: how far the process is confined: full partial " \
	    "none")                                                            \
	X(SELF_SANDBOX_DENIED, "sandbox_denied", INT,                          \
	    "live or followed: system calls that it denied")                   \
	X(SELF_RESERVE_USED, "reserve_used", INT,                              \
	    "live or followed: times that memory for a library came from the " \
	    "reserve")                                                         \
	X(SELF_RESERVE_REFUSED, "reserve_refused", INT,                        \
	    "live or followed: times that the reserve had none either")        \
	X(SELF_SELF_PACKETS, "self_packets", INT,                              \
	    "live: packets of our own connections, which are left out")        \
	X(SELF_SELF_BYTES, "self_bytes", INT, "live: their bytes on the wire") \
	X(SELF_CLOCK_STEPS, "clock_steps", INT,                                \
	    "live: times that the wall clock was set")                         \
	X(SELF_CLOCK_AHEAD_MS, "clock_ahead_ms", INT,                          \
	    "live: how far published times lead a wall clock set back")        \
	X(SELF_SUSPENDED_MS, "suspended_ms", INT,                              \
	    "live: time that the machine was suspended, of which no bin is")   \
	X(SELF_TIME_ODD, "time_odd", INT,                                      \
	    "live: packets whose timestamp fits no clock: taken as of now")    \
	X(SELF_FILES, "files", INT, "followed: files that match now")          \
	X(SELF_FILES_BAD, "files_bad", INT, "followed: of these, set aside")   \
	X(SELF_FILES_COPIED, "files_copied", INT,                              \
	    "followed: of these, copies of others, which are not read")        \
	X(SELF_FILES_CUT, "files_cut", INT,                                    \
	    "followed: captures gone before they were read to their end")      \
	X(SELF_FILE_BYTES, "file_bytes", INT,                                  \
	    "followed: bytes read, as they stand in the files")                \
	X(SELF_LAG_BYTES, "lag_bytes", INT,                                    \
	    "followed: bytes that are there and not read yet, now")            \
	X(SELF_CUT_BYTES, "cut_bytes", INT,                                    \
	    "followed: bytes that were seen, and gone before they were read")  \
	X(SELF_RSS_BYTES, "rss_bytes", INT, "live: resident anonymous memory") \
	X(SELF_RING_BYTES, "ring_bytes", INT, "live: size of the rings")       \
	X(SELF_CPU_MS, "cpu_ms", INT, "live: processor time used")             \
	X(SELF_TIMER_LATE_US, "timer_late_us", INT,                            \
	    "live: the latest that a timer has been")                          \
	X(SELF_BIN_LATE_MS, "bin_late_ms", INT,                                \
	    "live: the latest after its end that a bin was published since "   \
	    "the last of these points")

/* The ledger of one output; its sums are those of SCHEMA_SELF. */
#define SCHEMA_OUTPUT(X)                                                       \
	X(OUTPUT_RECORDS, "records", INT, "records made for this output")      \
	X(OUTPUT_STORED, "stored", INT,                                        \
	    "records written, or acknowledged by the server")                  \
	X(OUTPUT_SPOOLED, "spooled", INT, "records waiting in a queue")        \
	X(OUTPUT_LOST, "lost", INT, "records lost, for any reason")            \
	X(OUTPUT_LOST_FULL, "lost_full", INT, "lost: the queue was full")      \
	X(OUTPUT_LOST_ERROR, "lost_error", INT, "lost: refused, or no answer") \
	X(OUTPUT_LOST_ROLLBACK, "lost_rollback", INT,                          \
	    "lost: acknowledged by a server that forgot them")                 \
	X(OUTPUT_LOST_SPOOL, "lost_spool", INT,                                \
	    "lost: the spool's disk failed or was damaged")                    \
	X(OUTPUT_LOST_PACKETS, "lost_packets", INT,                            \
	    "packets of the bins among the lost, when not zero")               \
	X(OUTPUT_LOST_BYTES, "lost_bytes", INT,                                \
	    "bytes of the bins among the lost, when not zero")                 \
	X(OUTPUT_CONNECTS, "connects", INT, "connections made")                \
	X(OUTPUT_STATE, "state", STRING,                                       \
	    "ok; waiting: no connection, or the server asks for patience; "    \
	    "refused: until someone changes something")

/* Records that are lost: which, on their way to which output, and why. */
#define SCHEMA_LOSS(X)                                                  \
	X(LOSS_RECORDS, "records", INT, "how many, in a row")           \
	X(LOSS_PACKETS, "packets", INT,                                 \
	    "of bins: the packets that they counted")                   \
	X(LOSS_BYTES, "bytes", INT, "of bins: their bytes on the wire") \
	X(LOSS_UNCOUNTED, "uncounted", INT,                             \
	    "of bins: those whose packets nobody knows, when not zero") \
	X(LOSS_OF_RUN, "of_run", STRING,                                \
	    "the run they belong to; empty: no longer known")           \
	X(LOSS_FIRST_N, "first_n", INT, "n of the first")               \
	X(LOSS_LAST_N, "last_n", INT, "n of the last")                  \
	X(LOSS_AFTER_MS, "after_ms", INT,                               \
	    "time of the record before them, in ms, where it is known") \
	X(LOSS_BEFORE_MS, "before_ms", INT,                             \
	    "time of the record after them, in ms, where it is known")

#define SCHEMA_HEALTH(X)                              \
	X(HEALTH_SHORT, "short", INT,                 \
	    "packets that ended in the capture here") \
	X(HEALTH_BAD, "bad", INT, "packets that contradict the format here")

/* clang-format on */

#define X_INDEX(index, name, type, help) index,
#define K_INDEX(index, name, kind, help) index,
enum window_field { SCHEMA_WINDOW(X_INDEX) WINDOW_N };
enum tcp_field { SCHEMA_TCP(X_INDEX, K_INDEX) TCP_N };
enum track_field { SCHEMA_TRACK(X_INDEX) TRACK_N };
enum bin_field { SCHEMA_BIN(X_INDEX) BIN_N };
enum source_field { SCHEMA_SOURCE(X_INDEX) SOURCE_N };
enum top_field { SCHEMA_TOP(X_INDEX) TOP_N };
enum dns_field { SCHEMA_DNS(X_INDEX, K_INDEX) DNS_N };
enum http_field { SCHEMA_HTTP(X_INDEX, K_INDEX) HTTP_N };
enum tls_field { SCHEMA_TLS(X_INDEX, K_INDEX) TLS_N };
enum self_field { SCHEMA_SELF(X_INDEX) SELF_N };
enum output_field { SCHEMA_OUTPUT(X_INDEX) OUTPUT_N };
enum health_field { SCHEMA_HEALTH(X_INDEX) HEALTH_N };
enum loss_field { SCHEMA_LOSS(X_INDEX) LOSS_N };

/* Indices of tags, sorted by name as line protocol wants them. */
enum { BIN_TAG_SENSOR, BIN_TAG_SOURCE };
enum { TOP_TAG_BY, TOP_TAG_KEY, TOP_TAG_RANK, TOP_TAG_SENSOR, TOP_TAG_WINDOW };
enum { WINDOW_TAG_SENSOR, WINDOW_TAG_WINDOW };
enum { SELF_TAG_SENSOR };
enum { OUTPUT_TAG_OUTPUT, OUTPUT_TAG_SENSOR };
enum { HEALTH_TAG_DISSECTOR, HEALTH_TAG_SENSOR };
enum { LOSS_TAG_OUTPUT, LOSS_TAG_REASON, LOSS_TAG_SENSOR, LOSS_TAG_STREAM };

extern const struct measurement schema_bin;
extern const struct measurement schema_source; /* tags: BIN_TAG_* */
extern const struct measurement schema_top;
extern const struct measurement schema_dns; /* tags: WINDOW_TAG_* */
extern const struct measurement schema_http; /* tags: WINDOW_TAG_* */
extern const struct measurement schema_tls; /* tags: WINDOW_TAG_* */
extern const struct measurement schema_tcp; /* tags: WINDOW_TAG_* */
extern const struct measurement schema_window; /* tags: WINDOW_TAG_* */
extern const struct measurement schema_track; /* tags: SELF_TAG_* */
extern const struct measurement schema_self;
extern const struct measurement schema_output;
extern const struct measurement schema_health;
extern const struct measurement schema_loss;

/* All of them, ended by NULL. */
extern const struct measurement *const schema_all[];

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/ranking.h"

#include <string.h>

#include "dissect/text.h"

/* clang-format off: tables */
/* A line here is all that the program needs to know a ranking of flows. */
#define RANKINGS(X) \
	X(src)      \
	X(dst)      \
	X(sport)    \
	X(dport)    \
	X(port)     \
	X(pair)     \
	X(proto)    \
	X(country)  \
	X(asn)      \
	X(vlan)     \
	X(app)      \
	X(tunnel)

/*
 * X(name, weight, kind, unit): rankings of messages.  Kinds whose name is a
 * host have X_HOST.
 */
#define MESSAGE_RANKINGS(X, X_HOST)                                       \
	X(dns, 40, DNS_QUERY, PACKET_BYTES)                               \
	X(url, 32, HTTP_REQUEST, PACKET_BYTES)                            \
	X(sni, 24, TLS_CLIENT_HELLO, PACKET_BYTES)                        \
	X(dns_type, 1, DNS_QTYPE, PACKET_BYTES)                           \
	X(dns_rcode, 1, DNS_RCODE, PACKET_BYTES)                          \
	X(dns_nxdomain, 8, DNS_NXDOMAIN, PACKET_BYTES)                    \
	X(dns_servfail, 4, DNS_SERVFAIL, PACKET_BYTES)                    \
	X(dns_unanswered, 4, DNS_UNANSWERED, PACKET_BYTES)                \
	X(dns_slow, 8, DNS_TIME, US)                                      \
	X(dns_ecs, 2, DNS_ECS, PACKET_BYTES)                              \
	X_HOST(dns_nxdomain_client, 4, DNS_NXDOMAIN_CLIENT, PACKET_BYTES) \
	X_HOST(dns_servfail_client, 4, DNS_SERVFAIL_CLIENT, PACKET_BYTES) \
	X(http_host, 8, HTTP_HOST, PACKET_BYTES)                          \
	X(http_method, 1, HTTP_METHOD, PACKET_BYTES)                      \
	X(http_status, 1, HTTP_STATUS, PACKET_BYTES)                      \
	X(http_type, 2, HTTP_TYPE, PACKET_BYTES)                          \
	X(http_slow, 4, HTTP_TIME, US)                                    \
	X(user_agent, 6, HTTP_USER_AGENT, PACKET_BYTES)                   \
	X(alpn, 1, TLS_ALPN, PACKET_BYTES)                                \
	X(ja4, 6, TLS_JA4, PACKET_BYTES)                                  \
	X(tls_version, 1, TLS_VERSION, PACKET_BYTES)                      \
	X(tls_cipher, 1, TLS_CIPHER, PACKET_BYTES)                        \
	X(tls_cert, 4, TLS_CERT, PACKET_BYTES)                            \
	X_HOST(tcp_failed, 6, TCP_FAILED, PACKET_BYTES)                   \
	X_HOST(tcp_reset, 4, TCP_RESET, PACKET_BYTES)                     \
	X_HOST(tcp_retransmit, 6, TCP_RETRANSMIT, BYTES)                  \
	X_HOST(tcp_out_of_order, 4, TCP_OUT_OF_ORDER, BYTES)              \
	X_HOST(tcp_zero_window, 2, TCP_ZERO_WINDOW, PACKET_BYTES)         \
	X_HOST(tcp_lost, 4, TCP_LOST, BYTES)                              \
	X_HOST(tcp_slow, 4, TCP_HANDSHAKE, US)                            \
	X(dhcp, 3, DHCP, PACKET_BYTES)                                    \
	X(dhcp_vendor, 1, DHCP_VENDOR, PACKET_BYTES)                      \
	X(neighbour, 1, NEIGHBOUR, PACKET_BYTES)                          \
	X(ssh, 2, SSH, PACKET_BYTES)                                      \
	X(sip, 3, SIP, PACKET_BYTES)
/* clang-format on */

#define X_EXTERN(name) extern const struct ranking name##_ranking;
#define X_ADDRESS(name) &name##_ranking,

#define X_MESSAGES_OF(name_, weight_, kind_, unit_, is_host_) \
	static const struct ranking name_##_ranking = {       \
		.name = #name_,                               \
		.weight = weight_,                            \
		.is_host = is_host_,                          \
		.kind = MESSAGE_##kind_,                      \
		.unit = UNIT_##unit_,                         \
	};
#define X_MESSAGES(name, weight, kind, unit) \
	X_MESSAGES_OF(name, weight, kind, unit, false)
#define X_HOSTS(name, weight, kind, unit) \
	X_MESSAGES_OF(name, weight, kind, unit, true)
#define X_MESSAGE_ADDRESS(name, weight, kind, unit) &name##_ranking,

RANKINGS(X_EXTERN)
MESSAGE_RANKINGS(X_MESSAGES, X_HOSTS)

const struct ranking *const rankings[] = { RANKINGS(X_ADDRESS)
	    MESSAGE_RANKINGS(X_MESSAGE_ADDRESS, X_MESSAGE_ADDRESS) NULL };

_Static_assert(sizeof(rankings) / sizeof(rankings[0]) <= RANKINGS_MAX + 1,
    "meters have room for so many");

size_t
ranking_number(char *out, uint64_t n)
{
	char digits[20];
	size_t len = 0;

	do
		digits[len++] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	for (size_t i = 0; i < len; i++)
		out[i] = digits[len - 1 - i];
	out[len] = '\0';
	return len;
}

void
ranking_host(uint8_t *key, const uint8_t *addr, bool is_v6)
{
	memcpy(key, addr, 16);
	key[16] = is_v6;
}

size_t
ranking_host_text(char out[RANKING_TEXT], const uint8_t *key)
{
	return text_addr(out, key, key[16]);
}

unsigned
ranking_two(uint8_t *const keys[2], bool is_known1, uint16_t n1, bool is_known2,
    uint16_t n2)
{
	unsigned n = 0;

	if (is_known1)
		memcpy(keys[n++], &n1, sizeof(n1));
	if (is_known2 && !(is_known1 && n1 == n2))
		memcpy(keys[n++], &n2, sizeof(n2));
	return n;
}

size_t
ranking_u16_text(char out[RANKING_TEXT], const uint8_t *key)
{
	uint16_t n;

	memcpy(&n, key, sizeof(n));
	return ranking_number(out, n);
}

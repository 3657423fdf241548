/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/meter/ranking.h"

#include <string.h>

#include "dissect/text.h"

/* A line here is all that the program needs to know a ranking. */
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
	X(dns)      \
	X(url)      \
	X(sni)

#define X_EXTERN(name) extern const struct ranking name##_ranking;
#define X_ADDRESS(name) &name##_ranking,

RANKINGS(X_EXTERN)

const struct ranking *const rankings[] = { RANKINGS(X_ADDRESS) NULL };

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
ranking_two(uint8_t keys[2][RANKING_KEY], bool is_known1, uint16_t n1,
    bool is_known2, uint16_t n2)
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

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/address.h"

#include <stdio.h>
#include <string.h>

static bool
parse_port(uint16_t *port, const char *s, size_t n)
{
	unsigned value = 0;

	if (n == 0 || n > 5)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		value = value * 10 + (unsigned)(s[i] - '0');
	}
	*port = (uint16_t)value;
	return value >= 1 && value <= UINT16_MAX;
}

static bool
is_host(const char *s, size_t n)
{
	if (n == 0 || n >= ADDRESS_HOST)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c <= ' ' || c >= 0x7f || strchr("[]/?#@\\", c) != NULL)
			return false;
	}
	return true;
}

bool
address_parse(struct address *a, const char *s, size_t n, uint16_t default_port,
    const char **why)
{
	const char *end = s + n, *host_end;
	bool is_v6 = n > 0 && *s == '[';

	memset(a, 0, sizeof(*a));
	a->port = default_port;
	*why = "no user or password in a URL: it shows in the process list";
	if (memchr(s, '@', n) != NULL)
		return false;
	s += is_v6;
	host_end = memchr(s, is_v6 ? ']' : ':', (size_t)(end - s));
	*why = "no ']' behind the address";
	if (host_end == NULL && is_v6)
		return false;
	if (host_end == NULL)
		host_end = end;
	*why = "the host is missing or malformed";
	if (!is_host(s, (size_t)(host_end - s)))
		return false;
	memcpy(a->host, s, (size_t)(host_end - s));
	s = host_end + is_v6;
	*why = "the port is missing or not a number from 1 to 65535 (an IPv6 "
	       "address stands in brackets)";
	if (s == end)
		return a->port != 0;
	return *s == ':' && parse_port(&a->port, s + 1, (size_t)(end - s - 1));
}

bool
address_parse_path(struct address *a, const char *s, const char **why)
{
	size_t n = strlen(s);

	memset(a, 0, sizeof(*a));
	if (n > 2 && strncmp(s, "//", 2) == 0) {
		s += 2;
		n -= 2;
	}
	*why = "the path of a socket is wanted, of 1 to 107 bytes";
	if (n == 0 || n >= ADDRESS_PATH)
		return false;
	memcpy(a->path, s, n);
	return true;
}

void
address_label(const struct address *a, const char *scheme,
    char label[ADDRESS_LABEL])
{
	bool is_v6 = strchr(a->host, ':') != NULL;

	if (a->path[0] != '\0')
		snprintf(label, ADDRESS_LABEL, "%s%s", scheme, a->path);
	else
		snprintf(label, ADDRESS_LABEL, "%s%s%s%s:%u", scheme,
		    is_v6 ? "[" : "", a->host, is_v6 ? "]" : "", a->port);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/address.h"

#include <stdio.h>
#include <string.h>

bool
address_number(unsigned *out, const char *s, size_t n, unsigned max)
{
	unsigned value = 0;

	if (n == 0 || n > 5)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		value = value * 10 + (unsigned)(s[i] - '0');
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}

static bool
is_host(const char *s, size_t n)
{
	if (n == 0 || n >= ADDRESS_HOST)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') ||
			(c != '\0' && strchr(".:-_%", c) != NULL)))
			return false;
	}
	return true;
}

static bool
set_host(struct endpoint *p, const char *s, size_t n)
{
	if (!is_host(s, n))
		return false;
	memset(p->host, 0, sizeof(p->host));
	memcpy(p->host, s, n);
	return true;
}

static bool
set_port(struct endpoint *p, const char *s, size_t n)
{
	unsigned port;

	if (!address_number(&port, s, n, UINT16_MAX) || port == 0)
		return false;
	p->port = (uint16_t)port;
	return true;
}

bool
endpoint_set(struct endpoint *p, const char *host, size_t host_len,
    const char *port, size_t port_len)
{
	struct endpoint place;

	if (!set_host(&place, host, host_len) ||
	    !set_port(&place, port, port_len))
		return false;
	*p = place;
	return true;
}

bool
endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

const char *
endpoint_print(const struct endpoint *p, char out[ENDPOINT_TEXT])
{
	bool is_v6 = strchr(p->host, ':') != NULL;

	snprintf(out, ENDPOINT_TEXT, "%s%s%s:%u", is_v6 ? "[" : "", p->host,
	    is_v6 ? "]" : "", p->port);
	return out;
}

bool
endpoint_parse(struct endpoint *p, const char *s, size_t n,
    uint16_t default_port, const char **why)
{
	const char *end = s + n, *host_end;
	bool is_v6 = n > 0 && *s == '[';

	memset(p, 0, sizeof(*p));
	p->port = default_port;
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
	if (!set_host(p, s, (size_t)(host_end - s)))
		return false;
	s = host_end + is_v6;
	*why = "the port is missing or not a number from 1 to 65535 (an IPv6 "
	       "address stands in brackets)";
	if (s == end)
		return p->port != 0;
	return *s == ':' && set_port(p, s + 1, (size_t)(end - s - 1));
}

bool
address_parse(struct address *a, const char *s, size_t n, uint16_t default_port,
    const char **why)
{
	memset(a, 0, sizeof(*a));
	return endpoint_parse(&a->at, s, n, default_port, why);
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
	char text[ENDPOINT_TEXT];

	snprintf(label, ADDRESS_LABEL, "%s%s", scheme,
	    a->path[0] != '\0' ? a->path : endpoint_print(&a->at, text));
}

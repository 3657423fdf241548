/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A password in a URL would stand in the process list and in the log, so it
 * is refused.
 */
#include "daemon/output/redis_url.h"

#include <stdio.h>
#include <string.h>

/* Reads a decimal of at most max, to the end of s. */
static bool
number(const char *s, size_t n, unsigned max, unsigned *out)
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
	if (n == 0 || n >= REDIS_HOST)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c <= ' ' || c >= 0x7f || strchr("[]?#@", c) != NULL)
			return false;
	}
	return true;
}

/* Splits "host", "host:port", "[v6]" or "[v6]:port". */
static bool
authority(struct redis_url *u, const char *s, size_t n, const char **why)
{
	const char *end = s + n, *host_end, *port = NULL;
	unsigned value = REDIS_PORT;

	if (n > 0 && *s == '[') {
		s++;
		host_end = memchr(s, ']', (size_t)(end - s));
		*why = "no ']' behind the address";
		if (host_end == NULL)
			return false;
		port = host_end + 1;
	} else {
		host_end = memchr(s, ':', n);
		if (host_end == NULL)
			host_end = end;
		port = host_end;
	}
	*why = "the host is missing or malformed";
	if (!is_host(s, (size_t)(host_end - s)))
		return false;
	*why = "the port is not a number from 1 to 65535 (an IPv6 address "
	       "stands in brackets)";
	if (port < end &&
	    (*port != ':' ||
		!number(port + 1, (size_t)(end - port - 1), 65535, &value) ||
		value == 0))
		return false;
	memcpy(u->host, s, (size_t)(host_end - s));
	u->port = (uint16_t)value;
	return true;
}

bool
redis_url_tcp(struct redis_url *u, const char *rest, char *err, size_t err_size)
{
	size_t n = strcspn(rest, "/");
	const char *why = NULL;

	memset(u, 0, sizeof(*u));
	if (strchr(rest, '@') != NULL) {
		snprintf(err, err_size,
		    "redis://: no user or password in a URL: use --redis-user "
		    "and --redis-password-file");
		return false;
	}
	if (!authority(u, rest, n, &why)) {
		snprintf(err, err_size, "redis://%.100s: %s", rest, why);
		return false;
	}
	if (rest[n] == '/' && rest[n + 1] != '\0' &&
	    !number(rest + n + 1, strlen(rest + n + 1), 65535, &u->db)) {
		snprintf(err, err_size,
		    "redis://%.100s: the database is not a number", rest);
		return false;
	}
	return true;
}

bool
redis_url_unix(struct redis_url *u, const char *rest, char *err,
    size_t err_size)
{
	size_t n = strlen(rest);

	memset(u, 0, sizeof(*u));
	if (n > 2 && strncmp(rest, "//", 2) == 0) {
		rest += 2;
		n -= 2;
	}
	if (n == 0 || n >= REDIS_PATH) {
		snprintf(err, err_size,
		    "redis+unix: wants the path of a socket, of 1 to %d bytes",
		    REDIS_PATH - 1);
		return false;
	}
	memcpy(u->path, rest, n);
	return true;
}

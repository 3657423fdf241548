/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A password in a URL would stand in the process list and in the log, so it
 * is refused.
 */
#include "daemon/output/redis_url.h"

#include <stdio.h>
#include <string.h>

static const struct scheme {
	const char *behind; /* "redis" */
	enum redis_kind kind;
	bool tls;
	uint16_t port;
} schemes[] = {
	{ "://", REDIS_SERVER, false, 6379 },
	{ "s://", REDIS_SERVER, true, 6379 },
	{ "+sentinel://", REDIS_SENTINEL, false, 26379 },
	{ "s+sentinel://", REDIS_SENTINEL, true, 26379 },
	{ "+cluster://", REDIS_CLUSTER, false, 6379 },
	{ "s+cluster://", REDIS_CLUSTER, true, 6379 },
};
enum { N_SCHEMES = sizeof(schemes) / sizeof(schemes[0]) };

static const char unix_scheme[] = "+unix:";

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
is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr(".:-_%", c) != NULL);
}

static bool
is_host(const char *s, size_t n)
{
	if (n == 0 || n >= REDIS_HOST)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_host_char(s[i]))
			return false;
	}
	return true;
}

bool
redis_place_set(struct redis_place *p, const char *host, size_t host_len,
    const char *port, size_t port_len)
{
	unsigned value = 0;

	if (!is_host(host, host_len) ||
	    !number(port, port_len, 65535, &value) || value == 0)
		return false;
	memset(p, 0, sizeof(*p));
	memcpy(p->host, host, host_len);
	p->port = (uint16_t)value;
	return true;
}

bool
redis_place_equal(const struct redis_place *a, const struct redis_place *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

const char *
redis_place_print(const struct redis_place *p, char out[REDIS_PLACE_TEXT])
{
	bool is_v6 = strchr(p->host, ':') != NULL;

	snprintf(out, REDIS_PLACE_TEXT, "%s%s%s:%u", is_v6 ? "[" : "", p->host,
	    is_v6 ? "]" : "", p->port);
	return out;
}

/* Splits "host", "host:port", "[v6]" or "[v6]:port"; NULL, or what's wrong. */
static const char *
authority(struct redis_place *p, uint16_t default_port, const char *s, size_t n)
{
	const char *end = s + n, *host_end, *port;
	unsigned value = default_port;

	if (n > 0 && *s == '[') {
		s++;
		host_end = memchr(s, ']', (size_t)(end - s));
		if (host_end == NULL)
			return "no ']' behind the address";
		port = host_end + 1;
	} else {
		host_end = memchr(s, ':', n);
		if (host_end == NULL)
			host_end = end;
		port = host_end;
	}
	if (!is_host(s, (size_t)(host_end - s)))
		return "the host is missing or malformed";
	if (port < end &&
	    (*port != ':' ||
		!number(port + 1, (size_t)(end - port - 1), 65535, &value) ||
		value == 0))
		return "the port is not a number from 1 to 65535 (an IPv6 "
		       "address stands in brackets)";
	memcpy(p->host, s, (size_t)(host_end - s));
	p->port = (uint16_t)value;
	return NULL;
}

/* One host, or several with commas between them. */
static const char *
authorities(struct redis_url *u, const struct scheme *scheme, const char *s,
    size_t n)
{
	const char *end = s + n, *why;

	for (;;) {
		const char *comma = memchr(s, ',', (size_t)(end - s));
		size_t len = (size_t)((comma != NULL ? comma : end) - s);

		if (u->n_places == REDIS_PLACES)
			return "more than 16 hosts";
		why = authority(&u->places[u->n_places], scheme->port, s, len);
		if (why != NULL)
			return why;
		u->n_places++;
		if (comma == NULL)
			return NULL;
		if (u->kind == REDIS_SERVER)
			return "several hosts: use redis+sentinel:// or "
			       "redis+cluster://";
		s = comma + 1;
	}
}

static const char *
database(struct redis_url *u, const char *s)
{
	if (*s != '\0' && !number(s, strlen(s), 65535, &u->db))
		return "the database is not a number";
	if (u->kind == REDIS_CLUSTER && u->db != 0)
		return "a cluster has no database but 0";
	return NULL;
}

/* MASTER, or MASTER/DB; s is moved behind the name and its slash. */
static const char *
master(struct redis_url *u, const char **s)
{
	size_t n = strcspn(*s, "/");

	if (n == 0)
		return "the name of the master is missing: "
		       "redis+sentinel://HOST:PORT/MASTER";
	if (n >= REDIS_MASTER)
		return "the name of the master is too long";
	for (size_t i = 0; i < n; i++) {
		if ((*s)[i] <= ' ' || (*s)[i] >= 0x7f)
			return "the name of the master is malformed";
	}
	memcpy(u->master, *s, n);
	*s += n + ((*s)[n] == '/');
	return NULL;
}

static const char *
servers(struct redis_url *u, const struct scheme *scheme, const char *s)
{
	size_t n = strcspn(s, "/");
	const char *why = authorities(u, scheme, s, n);

	s += n + (s[n] == '/');
	if (why == NULL && u->kind == REDIS_SENTINEL)
		why = master(u, &s);
	return why != NULL ? why : database(u, s);
}

static bool
unix_socket(struct redis_url *u, const char *s, char *err, size_t err_size)
{
	size_t n = strlen(s);

	if (n > 2 && strncmp(s, "//", 2) == 0) {
		s += 2;
		n -= 2;
	}
	if (n == 0 || n >= REDIS_PATH) {
		snprintf(err, err_size,
		    "redis+unix: wants the path of a socket, of 1 to %d bytes",
		    REDIS_PATH - 1);
		return false;
	}
	memcpy(u->path, s, n);
	return true;
}

bool
redis_url_parse(struct redis_url *u, const char *rest, char *err,
    size_t err_size)
{
	memset(u, 0, sizeof(*u));
	if (strncmp(rest, unix_scheme, sizeof(unix_scheme) - 1) == 0)
		return unix_socket(u, rest + sizeof(unix_scheme) - 1, err,
		    err_size);
	if (strchr(rest, '@') != NULL) {
		snprintf(err, err_size,
		    "redis://: no user or password in a URL: use --redis-user "
		    "and --redis-password-file");
		return false;
	}
	for (unsigned i = 0; i < N_SCHEMES; i++) {
		size_t n = strlen(schemes[i].behind);
		const char *why;

		if (strncmp(rest, schemes[i].behind, n) != 0)
			continue;
		u->kind = schemes[i].kind;
		u->tls = schemes[i].tls;
		why = servers(u, &schemes[i], rest + n);
		if (why != NULL)
			snprintf(err, err_size, "redis%.100s: %s", rest, why);
		return why == NULL;
	}
	snprintf(err, err_size, "unknown output 'redis%.100s': use %s", rest,
	    REDIS_SCHEMES);
	return false;
}

void
redis_url_print(const struct redis_url *u, char *out, size_t size)
{
	char text[REDIS_PLACE_TEXT];
	size_t len;

	if (u->n_places == 0) {
		/* Two slashes would be taken for those of a URL. */
		snprintf(out, size, "redis%s%s%s", unix_scheme,
		    strncmp(u->path, "//", 2) == 0 ? "//" : "", u->path);
		return;
	}
	for (unsigned i = 0; i < N_SCHEMES; i++) {
		if (schemes[i].kind == u->kind && schemes[i].tls == u->tls)
			snprintf(out, size, "redis%s", schemes[i].behind);
	}
	for (unsigned i = 0; i < u->n_places; i++) {
		len = strlen(out);
		snprintf(out + len, size - len, "%s%s", i > 0 ? "," : "",
		    redis_place_print(&u->places[i], text));
	}
	len = strlen(out);
	if (u->kind == REDIS_SENTINEL)
		snprintf(out + len, size - len, "/%s", u->master);
}

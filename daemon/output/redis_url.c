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
		if (!endpoint_parse(&u->places[u->n_places], s, len,
			scheme->port, &why))
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
	if (*s != '\0' && !address_number(&u->db, s, strlen(s), 65535))
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
	struct address a;
	const char *why;

	if (!address_parse_path(&a, s, &why)) {
		snprintf(err, err_size, "redis+unix:PATH: %s", why);
		return false;
	}
	memcpy(u->path, a.path, sizeof(u->path));
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
	char text[ENDPOINT_TEXT];
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
		    endpoint_print(&u->places[i], text));
	}
	len = strlen(out);
	if (u->kind == REDIS_SENTINEL)
		snprintf(out + len, size - len, "/%s", u->master);
}

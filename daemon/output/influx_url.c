/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/influx_url.h"

#include <stdio.h>
#include <string.h>

static const char *const secrets[] = { "u", "p", "user", "username", "password",
	"token", "auth" };

static bool
is_plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || strchr("-._~", c) != NULL;
}

/* Appends n bytes, percent-encoded (RFC 3986, section 2.1). */
static bool
append_encoded(char target[INFLUX_TARGET], const char *s, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t len = strlen(target);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (len + 4 > INFLUX_TARGET)
			return false;
		if (is_plain(c)) {
			target[len++] = (char)c;
			continue;
		}
		target[len++] = '%';
		target[len++] = hex[c >> 4];
		target[len++] = hex[c & 15];
	}
	target[len] = '\0';
	return true;
}

static bool
append(char target[INFLUX_TARGET], const char *s)
{
	size_t len = strlen(target), n = strlen(s);

	if (len + n >= INFLUX_TARGET)
		return false;
	memcpy(target + len, s, n + 1);
	return true;
}

static bool
has_secret(const char *query)
{
	while (*query != '\0') {
		size_t n = strcspn(query, "&"), name = strcspn(query, "=&");

		for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
			if (strlen(secrets[i]) == name &&
			    strncmp(query, secrets[i], name) == 0)
				return true;
		query += n + (query[n] == '&');
	}
	return false;
}

static bool
has_precision(const char *query)
{
	return strncmp(query, "precision=", 10) == 0 ||
	    strstr(query, "&precision=") != NULL;
}

/* A path that is the user's own affair, but for the precision. */
static const char *
verbatim(char target[INFLUX_TARGET], const char *path, size_t path_len)
{
	const char *query = path[path_len] == '?' ? path + path_len + 1 : "";

	for (const char *p = path; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f ||
		    *p == '#')
			return "the path has characters that want to be "
			       "percent-encoded";
	if (has_secret(query))
		return "no password or token in a URL: use --influx-user and "
		       "--influx-password-file, or --influx-token-file";
	if (has_precision(query))
		return "the precision is always ns: leave it out";
	if (!append(target, path) ||
	    !append(target,
		path[path_len] != '?' ? "?"
		    : *query != '\0'  ? "&"
				      : "") ||
	    !append(target, "precision=ns"))
		return "too long";
	return NULL;
}

static const char *
make_target(char target[INFLUX_TARGET], const char *path)
{
	size_t n = strcspn(path, "?");
	const char *slash;
	bool fits;

	*target = '\0';
	if (n >= 6 && strncmp(path + n - 6, "/write", 6) == 0)
		return verbatim(target, path, n);
	if (path[n] == '?')
		return "a query belongs to a path that ends in /write";
	if (n < 2)
		return "a database is missing: /DATABASE, /ORG/BUCKET or a "
		       "path that ends in /write";
	path++;
	slash = strchr(path, '/');
	if (slash == NULL) {
		fits = append(target, "/write?db=") &&
		    append_encoded(target, path, strlen(path));
	} else {
		if (slash == path || slash[1] == '\0' ||
		    strchr(slash + 1, '/') != NULL)
			return "the path is neither /DATABASE nor /ORG/BUCKET "
			       "and doesn't end in /write";
		fits = append(target, "/api/v2/write?org=") &&
		    append_encoded(target, path, (size_t)(slash - path)) &&
		    append(target, "&bucket=") &&
		    append_encoded(target, slash + 1, strlen(slash + 1));
	}
	return fits && append(target, "&precision=ns") ? NULL : "too long";
}

bool
influx_url_parse(struct influx_url *u, const char *scheme, const char *rest,
    char *err, size_t err_size)
{
	size_t n = strcspn(rest, "/?");
	const char *why;

	if (address_parse(&u->address, rest, n, INFLUX_PORT, &why))
		why = make_target(u->target, rest + n);
	if (why == NULL)
		return true;
	snprintf(err, err_size, "%sHOST:PORT/...: %s", scheme, why);
	return false;
}

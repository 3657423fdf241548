/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sandbox/grants.h"

#include <stdlib.h>
#include <string.h>

void
grants_fini(struct grants *g)
{
	for (unsigned i = 0; i < g->n; i++)
		free(g->v[i].path);
	free(g->v);
	memset(g, 0, sizeof(*g));
}

static struct grant *
find(struct grants *g, const char *path, size_t n)
{
	for (unsigned i = 0; i < g->n; i++)
		if (strncmp(g->v[i].path, path, n) == 0 &&
		    g->v[i].path[n] == '\0')
			return &g->v[i];
	return NULL;
}

static struct grant *
add(struct grants *g, const char *path, size_t n)
{
	struct grant *v = g->v;
	char *copy;

	if (g->n == g->size) {
		unsigned size = g->size > 0 ? g->size * 2 : 16;

		v = realloc(g->v, size * sizeof(*v));
		if (v == NULL)
			return NULL;
		g->v = v;
		g->size = size;
	}
	copy = strndup(path, n);
	if (copy == NULL)
		return NULL;
	v[g->n] = (struct grant){ .path = copy };
	return &v[g->n++];
}

static void
grant(struct grants *g, const char *path, size_t n, unsigned access)
{
	struct grant *to = find(g, path, n);

	if (to == NULL)
		to = add(g, path, n);
	if (to != NULL)
		to->access |= access;
	else
		g->lacks_memory = true;
}

void
grants_path(struct grants *g, const char *path, unsigned access)
{
	if (path != NULL && *path != '\0')
		grant(g, path, strlen(path), access);
}

/* The folder that holds the first n bytes' last name; without its slash. */
static void
folder(struct grants *g, const char *path, size_t n, unsigned access)
{
	while (n > 0 && path[n - 1] != '/')
		n--;
	while (n > 1 && path[n - 1] == '/')
		n--;
	if (n == 0)
		grant(g, ".", 1, access);
	else
		grant(g, path, n, access);
}

/* Whether its folder is the root: "/x", "//x". */
static bool
is_in_root(const char *path)
{
	size_t n = strspn(path, "/");

	return n > 0 && strchr(path + n, '/') == NULL;
}

void
grants_beside(struct grants *g, const char *path, unsigned access)
{
	if (path == NULL || *path == '\0')
		return;
	if (is_in_root(path))
		grants_path(g, path, access);
	else
		folder(g, path, strlen(path), access);
}

void
grants_pattern(struct grants *g, const char *pattern, unsigned access)
{
	const char *slash = strrchr(pattern, '/');
	size_t n = strcspn(pattern, "*?[\\");

	if (slash != NULL && n > (size_t)(slash - pattern) + 1)
		n = (size_t)(slash - pattern) + 1;
	if (slash == NULL)
		n = 0;
	folder(g, pattern, n, access);
}

void
grants_port(struct grants *g, uint16_t port)
{
	g->internet = true;
	for (unsigned i = 0; i < g->n_ports; i++)
		if (g->ports[i] == port)
			return;
	if (g->n_ports == GRANT_PORTS)
		g->any_port = true;
	else
		g->ports[g->n_ports++] = port;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the process may still do once it is confined: a list of paths and
 * ports.  Making it looks at nothing; the paths need not exist.
 *
 * What is asked for alone is that file; what is asked for with its folder may
 * be replaced there, as files are that others write anew and rename.
 */
#ifndef DAEMON_SANDBOX_GRANTS_H
#define DAEMON_SANDBOX_GRANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	GRANT_READ = 1, /* a file, or all that is beneath a folder */
	GRANT_WRITE = 2, /* the same */
	GRANT_MAKE = 4, /* beneath a folder: files, and rename them there */
	GRANT_REMOVE = 8 /* beneath a folder: files */
};

enum { GRANT_PORTS = 64 };

struct grant {
	char *path;
	unsigned access;
};

struct grants {
	struct grant *v; /* each path once */
	unsigned n, size;
	/* TCP ports that may be connected to. */
	uint16_t ports[GRANT_PORTS];
	unsigned n_ports;
	bool any_port; /* ports can't be known */
	bool internet; /* sockets of the Internet */
	bool packets; /* packet sockets, for interfaces that come back */
	bool abstract; /* connects to an abstract unix socket */
	bool lacks_memory; /* something could not be noted */
};

/* All zeros is empty, too. */
void grants_fini(struct grants *g);

/* "" and NULL are nobody's path. */
void grants_path(struct grants *g, const char *path, unsigned access);
/* The folder of a file, but never the root: then the file alone. */
void grants_beside(struct grants *g, const char *path, unsigned access);
/* The folder beneath which all that matches a pattern is. */
void grants_pattern(struct grants *g, const char *pattern, unsigned access);
/* With this, there are sockets of the Internet. */
void grants_port(struct grants *g, uint16_t port);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By plain system calls: the C library has no functions for them.  The numbers
 * of newer kernels stand here, since <linux/landlock.h> may be older than the
 * kernel that the program meets.
 */
#define _GNU_SOURCE /* O_PATH */

#include "daemon/sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/sandbox/grants.h"

#define FS(name) ((uint64_t)LANDLOCK_ACCESS_FS_##name)
static const uint64_t fs_truncate = UINT64_C(1) << 14; /* from ABI 3 */
static const uint64_t fs_ioctl_dev = UINT64_C(1) << 15; /* 5 */
static const uint64_t net_bind_tcp = 1, net_connect_tcp = 2; /* 4 */
static const uint64_t scope_abstract = 1, scope_signal = 2; /* 6 */

enum { RULE_PORT = 2, ABI_TRUNCATE = 3, ABI_IOCTL = 5, ABI_SCOPES = 6 };

/* The kernel takes a longer one if what it does not know is 0. */
struct ruleset {
	uint64_t fs, net, scoped;
};

struct port_rule {
	uint64_t access, port;
};

int
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

/* What is forbidden wherever it is not granted. */
static struct ruleset
handled(const struct grants *g, int abi)
{
	struct ruleset r = { .fs = FS(MAKE_SYM) * 2 - 1 };

	if (abi >= 2)
		r.fs |= FS(REFER);
	if (abi >= ABI_TRUNCATE)
		r.fs |= fs_truncate;
	if (abi >= ABI_IOCTL)
		r.fs |= fs_ioctl_dev;
	if (abi >= LANDLOCK_PORTS_ABI)
		r.net = net_bind_tcp | (g->any_port ? 0 : net_connect_tcp);
	if (abi >= ABI_SCOPES)
		r.scoped = scope_signal | (g->abstract ? 0 : scope_abstract);
	return r;
}

/* A rule about a file may only have rights that a file has. */
static uint64_t
rights(const struct grant *grant, bool is_folder)
{
	uint64_t fs = 0;

	if (grant->access & GRANT_READ)
		fs |= FS(READ_FILE) | (is_folder ? FS(READ_DIR) : 0);
	if (grant->access & GRANT_WRITE)
		fs |= FS(WRITE_FILE) | fs_truncate;
	if (is_folder && grant->access & GRANT_MAKE)
		fs |= FS(MAKE_REG);
	if (is_folder && grant->access & GRANT_REMOVE)
		fs |= FS(REMOVE_FILE);
	return fs;
}

/* Absence is no fault here. */
static bool
add_path(int ruleset, uint64_t fs, const struct grant *grant, bool *is_there)
{
	struct landlock_path_beneath_attr rule = { 0 };
	struct stat st;
	bool ok;

	rule.parent_fd = open(grant->path, O_PATH | O_CLOEXEC);
	*is_there = rule.parent_fd >= 0;
	if (!*is_there)
		return true;
	ok = fstat(rule.parent_fd, &st) == 0;
	rule.allowed_access = fs & rights(grant, ok && S_ISDIR(st.st_mode));
	/* EBADFD: a pipe or the like by its name; those are never forbidden. */
	ok = ok &&
	    (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		 &rule, 0) == 0 ||
		errno == EBADFD);
	close(rule.parent_fd);
	return ok;
}

static bool
add_all(int ruleset, const struct ruleset *handled, const struct grants *g,
    const char **missing)
{
	for (unsigned i = 0; i < g->n; i++) {
		bool is_there;

		if (!add_path(ruleset, handled->fs, &g->v[i], &is_there))
			return false;
		if (!is_there && g->v[i].access & GRANT_MAKE &&
		    *missing == NULL)
			*missing = g->v[i].path;
	}
	for (unsigned i = 0; handled->net & net_connect_tcp && i < g->n_ports;
	     i++) {
		struct port_rule rule = { net_connect_tcp, g->ports[i] };

		if (syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &rule,
			0) != 0)
			return false;
	}
	return true;
}

bool
landlock_confine(const struct grants *g, const char **missing, char *err,
    size_t err_size)
{
	struct ruleset r = handled(g, landlock_abi());
	int fd = (int)syscall(SYS_landlock_create_ruleset, &r, sizeof(r), 0);
	bool ok;

	*missing = NULL;
	if (fd < 0) {
		snprintf(err, err_size, "Landlock: %s", strerror(errno));
		return false;
	}
	ok = add_all(fd, &r, g, missing) &&
	    syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	if (!ok)
		snprintf(err, err_size, "Landlock: %s", strerror(errno));
	close(fd);
	return ok;
}

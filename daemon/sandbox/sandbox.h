/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox: once everything is open, and before a byte that others wrote is
 * read, the process gives up what it will not need.  There is no way back.
 *
 * Two layers of the kernel that need no rights: Landlock for files and ports,
 * seccomp for system calls.  Where one is not to be had, the other still is,
 * and the level says so.
 */
#ifndef DAEMON_SANDBOX_SANDBOX_H
#define DAEMON_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/sandbox/grants.h"

enum sandbox_level {
	SANDBOX_LEVEL_NONE,
	SANDBOX_LEVEL_PARTIAL,
	SANDBOX_LEVEL_FULL
};

/*
 * Whether this program can be confined: the run time of a sanitizer opens
 * files and makes system calls of its own.
 */
bool sandbox_can(void);

/* "none", "partial", "full" */
const char *sandbox_level_name(enum sandbox_level level);

/*
 * Confines the process to g; with kill, a system call that is not foreseen is
 * its end.  What of it the kernel does not have is named in lacks, one line;
 * it is empty at the level full.  To be called once, before a second thread
 * exists, with no_new_privs set.  No thread may block SIGSYS from then on.
 */
enum sandbox_level sandbox_enter(const struct grants *g, bool kill, char *lacks,
    size_t lacks_size);

/* Whether denied system calls are counted: not where that can't be done. */
bool sandbox_counts(void);

/* How many there were, since the start.  For one thread, as the next one. */
uint64_t sandbox_denied(void);

/* Writes the name of one that has been denied, each once; false: none is new. */
bool sandbox_next_denied(char *name, size_t size);

/*
 * Whether it is the sandbox that keeps a file from being read: its rights
 * would allow it.
 */
bool sandbox_hides(const char *path);

#endif

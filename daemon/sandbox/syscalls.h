/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp: all threads may make the system calls that tapline makes, and no
 * other.  See seccomp(2); libseccomp writes the filter.
 */
#ifndef DAEMON_SANDBOX_SYSCALLS_H
#define DAEMON_SANDBOX_SYSCALLS_H

#include <stdbool.h>
#include <stddef.h>

struct grants;

/*
 * Confines all threads, with no_new_privs set.  Any other call fails with EPERM
 * and stands in the kernel's log; with kill, the process ends by SIGSYS.
 * *counts is whether denied.h knows how many there were.  False after a reason
 * in err: nothing is confined then.
 */
bool syscalls_confine(const struct grants *g, bool kill, bool *counts,
    char *err, size_t err_size);

/* What the call of this number is called here, or "number 1023". */
void syscalls_name(int number, char *name, size_t size);

#endif

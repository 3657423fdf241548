/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock: the calling thread, and those it starts, reach no file and no TCP
 * port that is not granted.  What is open stays open.  See landlock(7).
 */
#ifndef DAEMON_SANDBOX_LANDLOCK_H
#define DAEMON_SANDBOX_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

struct grants;

enum { LANDLOCK_FILES_ABI = 1, LANDLOCK_PORTS_ABI = 4 };

/* The version that the kernel has; 0 if there is none, and errno says why. */
int landlock_abi(void);

/*
 * Confines the thread, with no_new_privs set.  A path that is not there is
 * left out; *missing is then the first such path that should have been, or
 * NULL.  False after a reason in err: nothing is confined then.
 */
bool landlock_confine(const struct grants *g, const char **missing, char *err,
    size_t err_size);

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An epoll_wait to be preloaded: before the first one, $STORM system calls that
 * the sandbox denies.  One that doesn't fail with EPERM ends the process.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <unistd.h>

int
epoll_wait(int fd, struct epoll_event *events, int n, int timeout)
{
	static long left = -1;

	if (left < 0)
		left = atol(getenv("STORM"));
	for (; left > 0; left--)
		if (ptrace(PTRACE_ATTACH, 1, NULL, NULL) != -1 ||
		    errno != EPERM)
			_exit(99);
	return epoll_pwait(fd, events, n, timeout, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an interface is there.  Two ioctls on a socket that has nothing else
 * to do: no netlink, no /sys, no rights.
 */
#ifndef DAEMON_CAPTURE_PRESENCE_H
#define DAEMON_CAPTURE_PRESENCE_H

enum presence {
	PRESENCE_ABSENT,
	PRESENCE_DOWN,
	PRESENCE_NO_LINK, /* up, but no cable, or nobody at its other end */
	PRESENCE_UP
};

/* Returns the socket to ask with, or -1 and errno. */
int presence_open(void);

/*
 * Asks for the interface of this name in the socket's network namespace, and
 * writes its index, 0 if it is absent.  What is no network device (any, USB,
 * netfilter's log) is absent, too.
 */
enum presence presence_ask(int fd, const char *name, int *index);

#endif

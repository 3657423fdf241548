/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/presence.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int
presence_open(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

enum presence
presence_ask(int fd, const char *name, int *index)
{
	size_t n = strlen(name);
	struct ifreq r;

	*index = 0;
	if (n >= sizeof(r.ifr_name))
		return PRESENCE_ABSENT;
	memset(&r, 0, sizeof(r));
	memcpy(r.ifr_name, name, n);
	if (ioctl(fd, SIOCGIFINDEX, &r) < 0)
		return PRESENCE_ABSENT;
	*index = r.ifr_ifindex;
	if (ioctl(fd, SIOCGIFFLAGS, &r) < 0) {
		*index = 0;
		return PRESENCE_ABSENT;
	}
	if ((r.ifr_flags & IFF_UP) == 0)
		return PRESENCE_DOWN;
	return (r.ifr_flags & IFF_RUNNING) != 0 ? PRESENCE_UP
						: PRESENCE_NO_LINK;
}

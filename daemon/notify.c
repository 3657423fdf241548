/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { STATUS_MAX = 256 };

/* Fills *sa from $NOTIFY_SOCKET; returns its length, 0 if there is none. */
static socklen_t
address(struct sockaddr_un *sa)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path == NULL ? 0 : strlen(path);

	/* "@…" is abstract; another first character is no unix socket. */
	if (n < 2 || n >= sizeof(sa->sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return 0;
	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	memcpy(sa->sun_path, path, n);
	if (path[0] == '@')
		sa->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

static int fd = -1;

bool
notify_open(void)
{
	struct sockaddr_un sa;

	if (fd < 0 && address(&sa) > 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd >= 0 || address(&sa) == 0;
}

static void
send_state(const char *state)
{
	struct sockaddr_un sa;
	socklen_t len = address(&sa);

	if (len == 0 || !notify_open())
		return;
	sendto(fd, state, strlen(state), MSG_DONTWAIT | MSG_NOSIGNAL,
	    (const struct sockaddr *)&sa, len);
}

void
notify_ready(void)
{
	send_state("READY=1");
}

void
notify_status(const char *fmt, ...)
{
	static const char key[] = "STATUS=";
	char buf[sizeof(key) - 1 + STATUS_MAX];
	va_list ap;

	memcpy(buf, key, sizeof(key));
	va_start(ap, fmt);
	vsnprintf(buf + sizeof(key) - 1, STATUS_MAX, fmt, ap);
	va_end(ap);
	/* A newline would begin another assignment. */
	for (char *p = buf; *p != '\0'; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	send_state(buf);
}

void
notify_reloading(void)
{
	struct timespec ts;
	char buf[64];

	clock_gettime(CLOCK_MONOTONIC, &ts);
	snprintf(buf, sizeof(buf), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
	send_state(buf);
}

void
notify_stopping(void)
{
	send_state("STOPPING=1");
}

void
notify_watchdog(void)
{
	send_state("WATCHDOG=1");
}

/* Reads a whole decimal number from the environment. */
static bool
env_number(const char *name, uint64_t *v)
{
	const char *s = getenv(name);
	char *end;

	if (s == NULL || s[0] < '0' || s[0] > '9')
		return false;
	errno = 0;
	*v = strtoull(s, &end, 10);
	return errno == 0 && *end == '\0';
}

int64_t
notify_watchdog_ns(void)
{
	uint64_t us, pid;

	if (!env_number("WATCHDOG_USEC", &us) || us == 0 ||
	    us > (uint64_t)INT64_MAX / 1000)
		return 0;
	if (getenv("WATCHDOG_PID") != NULL &&
	    (!env_number("WATCHDOG_PID", &pid) || pid != (uint64_t)getpid()))
		return 0;
	return (int64_t)us * 1000 / 4;
}

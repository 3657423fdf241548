/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* What a service manager would read from its socket. */
#include "daemon/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

/* Listens on path ('@' for abstract) and points the variable at it. */
static int
listen_on(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct timeval limit = { 2, 0 };
	size_t n = strlen(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	memcpy(sa.sun_path, path, n);
	if (path[0] == '@')
		sa.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&sa,
			     (socklen_t)(offsetof(struct sockaddr_un,
					     sun_path) +
				 n)),
	    0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setenv("NOTIFY_SOCKET", path, 1);
	return fd;
}

static const char *
heard(int fd)
{
	static char buf[1024];
	ssize_t n = recv(fd, buf, sizeof(buf) - 1, 0);

	assert_true(n >= 0);
	buf[n] = '\0';
	return buf;
}

static void
talk(int fd)
{
	notify_ready();
	assert_string_equal(heard(fd), "READY=1");
	notify_status("%d packets, %s", 3, "a\nREADY=1");
	assert_string_equal(heard(fd), "STATUS=3 packets, a READY=1");
	notify_reloading();
	assert_memory_equal(heard(fd), "RELOADING=1\nMONOTONIC_USEC=", 27);
	notify_stopping();
	assert_string_equal(heard(fd), "STOPPING=1");
	notify_watchdog();
	assert_string_equal(heard(fd), "WATCHDOG=1");
}

static void
file_socket(void **state)
{
	char dir[] = "/tmp/tapline-notify-XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);

	int fd = listen_on(path);

	talk(fd);
	close(fd);
	/* Nobody listens any more: no failure, no signal. */
	notify_ready();
	unlink(path);
	notify_ready();
	rmdir(dir);
}

static void
abstract_socket(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "@tapline-notify-%d", (int)getpid());

	int fd = listen_on(path);

	talk(fd);
	close(fd);
}

static void
long_status(void **state)
{
	char path[64], text[1000];

	(void)state;
	snprintf(path, sizeof(path), "@tapline-notify-%d", (int)getpid());

	int fd = listen_on(path);

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	notify_status("%s", text);
	assert_int_equal(strlen(heard(fd)), 7 + 255);
	close(fd);
}

/* A reader that is stuck fills its socket; the sender never waits. */
static void
never_blocks(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "@tapline-notify-%d", (int)getpid());

	int fd = listen_on(path);

	alarm(10);
	for (int i = 0; i < 10000; i++)
		notify_watchdog();
	alarm(0);
	close(fd);
}

static void
no_socket(void **state)
{
	static const char *const bad[] = { "", "@", "/", "relative",
		"vsock:2:3",
		"/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" };

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	notify_ready();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setenv("NOTIFY_SOCKET", bad[i], 1);
		notify_ready();
	}
}

static void
watchdog(void **state)
{
	char pid[24];

	(void)state;
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	assert_int_equal(notify_watchdog_ns(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_int_equal(notify_watchdog_ns(), INT64_C(7500000000));
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_watchdog_ns(), INT64_C(7500000000));
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_watchdog_ns(), 0);
	setenv("WATCHDOG_PID", "x", 1);
	assert_int_equal(notify_watchdog_ns(), 0);
	unsetenv("WATCHDOG_PID");

	static const char *const bad[] = { "0", "", "-1", "3x",
		"18446744073709551615", "99999999999999999999" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setenv("WATCHDOG_USEC", bad[i], 1);
		assert_int_equal(notify_watchdog_ns(), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_socket),
		cmocka_unit_test(abstract_socket),
		cmocka_unit_test(long_status),
		cmocka_unit_test(never_blocks),
		cmocka_unit_test(no_socket),
		cmocka_unit_test(watchdog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

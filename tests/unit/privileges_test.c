/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each case drops its rights in a child and looks at what is left.  As root
 * the child becomes nobody; else what needs root is left out, and said.
 */
#include "daemon/privileges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* A child's exit code names the line that was wrong; 0 is right. */
#define CHECK(what)                                                        \
	do {                                                               \
		if (!(what)) {                                             \
			fprintf(stderr, "line %d: %s\n", __LINE__, #what); \
			_exit(1);                                          \
		}                                                          \
	} while (0)

static bool
is_root(void)
{
	if (geteuid() == 0)
		return true;
	print_message("SKIP: not root\n");
	return false;
}

/* The line of /proc/self/status that begins with key, as a number. */
static unsigned long long
status(const char *key)
{
	char line[256];
	unsigned long long v = ~0ULL;
	FILE *f = fopen("/proc/self/status", "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			v = strtoull(line + strlen(key), NULL, 16);
	if (f != NULL)
		fclose(f);
	return v;
}

static void
run(void (*child)(void))
{
	int st = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		child();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &st, 0), pid);
	assert_int_equal(st, 0);
}

static void
always(void)
{
	struct rlimit core;

	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	CHECK(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0);
	CHECK(status("CapInh:") == 0);
	CHECK(status("CapAmb:") == 0);
}

static bool
may_capture(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void
is_nobody(void)
{
	const struct passwd *pw = getpwnam("nobody");
	gid_t groups[4];

	CHECK(pw != NULL);
	CHECK(getuid() == pw->pw_uid && geteuid() == pw->pw_uid);
	CHECK(getgid() == pw->pw_gid && getegid() == pw->pw_gid);
	CHECK(getgroups(4, groups) == 0);
	CHECK(setuid(0) < 0 && setgid(0) < 0);
}

static char path[] = "/tmp/tapline-priv-XXXXXX";

static void
all_child(void)
{
	char err[200] = "";
	int fd = open(path, O_WRONLY);

	const gid_t group = 4;

	CHECK(fd >= 0);
	CHECK(setgroups(1, &group) == 0);
	CHECK(privileges_drop("nobody", false, err, sizeof(err)));
	CHECK(err[0] == '\0');
	always();
	is_nobody();
	CHECK(status("CapPrm:") == 0 && status("CapEff:") == 0);
	CHECK(status("CapBnd:") == 0);
	CHECK(!may_capture());
	/* What was open goes on; what wasn't can't be. */
	CHECK(write(fd, "x", 1) == 1);
	CHECK(open(path, O_RDONLY) < 0);
}

static void
drop_all(void **state)
{
	(void)state;
	if (!is_root())
		return;

	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	run(all_child);
	unlink(path);
}

static void
net_raw_child(void)
{
	char err[200] = "";

	if (!may_capture()) {
		fprintf(stderr, "SKIP: root without CAP_NET_RAW\n");
		return;
	}
	CHECK(privileges_drop("nobody", true, err, sizeof(err)));
	always();
	is_nobody();
	CHECK(status("CapPrm:") == 1 << 13 && status("CapEff:") == 1 << 13);
	CHECK(status("CapBnd:") == 1 << 13);
	CHECK(may_capture());
	CHECK(open("/etc/shadow", O_RDONLY) < 0);
	/* A second time, as a user: less is possible, more is not. */
	CHECK(privileges_drop("root", false, err, sizeof(err)));
	is_nobody();
	CHECK(!may_capture());
}

static void
keep_net_raw(void **state)
{
	(void)state;
	if (is_root())
		run(net_raw_child);
}

static void
default_child(void)
{
	const struct passwd *pw = getpwnam("tapline");
	char err[200] = "";

	if (pw == NULL)
		pw = getpwnam("nobody");

	uid_t uid = pw->pw_uid;

	CHECK(privileges_drop("", false, err, sizeof(err)));
	CHECK(getuid() == uid && uid != 0);
}

static void
default_user(void **state)
{
	(void)state;
	if (is_root())
		run(default_child);
}

static void
root_child(void)
{
	char err[200] = "";

	CHECK(privileges_drop("root", false, err, sizeof(err)));
	CHECK(getuid() == 0);
	always();
	CHECK(status("CapPrm:") == 0 && status("CapEff:") == 0);
}

static void
stay_root(void **state)
{
	(void)state;
	if (is_root())
		run(root_child);
}

static void
unknown_child(void)
{
	char err[200] = "";

	CHECK(!privileges_drop("no-such-user", false, err, sizeof(err)));
	CHECK(strstr(err, "no user no-such-user") != NULL);
	CHECK(strchr(err, '\n') == NULL);
}

static void
unknown_user(void **state)
{
	(void)state;
	if (is_root())
		run(unknown_child);
}

static void
plain_child(void)
{
	char err[200] = "";

	if (geteuid() == 0) {
		CHECK(setgroups(0, NULL) == 0);
		CHECK(setgid(65534) == 0 && setuid(65534) == 0);
	}

	uid_t uid = getuid();

	CHECK(privileges_drop("", true, err, sizeof(err)));
	CHECK(getuid() == uid);
	always();
	CHECK(!may_capture());
}

static void
not_root(void **state)
{
	(void)state;
	run(plain_child);
}

/* Stays root, with rights to files alone: CAP_DAC_OVERRIDE is 1, _READ 2. */
static void
seal_child(void)
{
	char err[200] = "";
	uid_t uid = getuid();

	CHECK(privileges_seal(err, sizeof(err)));
	CHECK(getuid() == uid);
	always();
	CHECK((status("CapPrm:") & ~6ULL) == 0);
	CHECK((status("CapEff:") & ~6ULL) == 0);
	CHECK(!may_capture());
	/* Twice does no harm. */
	CHECK(privileges_seal(err, sizeof(err)));
}

static void
seal(void **state)
{
	(void)state;
	run(seal_child);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drop_all),
		cmocka_unit_test(keep_net_raw),
		cmocka_unit_test(default_user),
		cmocka_unit_test(stay_root),
		cmocka_unit_test(unknown_user),
		cmocka_unit_test(not_root),
		cmocka_unit_test(seal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* setresuid, setresgid, syscall */

#include "daemon/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

struct caps {
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3];
};

static bool
fault(char *err, size_t err_len, const char *what)
{
	snprintf(err, err_len, "can't drop privileges: %s: %s", what,
	    strerror(errno));
	return false;
}

static int
caps_get(struct caps *c)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };

	return (int)syscall(SYS_capget, &h, c->d);
}

static int
caps_set(const struct caps *c)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };

	return (int)syscall(SYS_capset, &h, c->d);
}

/* What may be left: CAP_NET_RAW, if it is wanted and held. */
static struct caps
caps_wanted(const struct caps *held, bool keep_net_raw)
{
	struct caps c = { { { 0, 0, 0 } } };

	if (keep_net_raw) {
		c.d[0].permitted =
		    held->d[0].permitted & (UINT32_C(1) << CAP_NET_RAW);
		c.d[0].effective = c.d[0].permitted;
	}
	return c;
}

/*
 * Whether there is nothing to take away.  A service manager that left just
 * what is wanted may well forbid capset too; what it left inheritable means
 * nothing, since no_new_privs stands.
 */
static bool
caps_within(const struct caps *c, const struct caps *wanted)
{
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if ((c->d[i].permitted & ~wanted->d[i].permitted) != 0 ||
		    (c->d[i].effective & ~wanted->d[i].permitted) != 0)
			return false;
	return true;
}

/* Returns the user's entry, or NULL after saying why in err. */
static const struct passwd *
find_user(const char *user, char *err, size_t err_len)
{
	const struct passwd *pw;

	errno = 0;
	if (user[0] != '\0')
		pw = getpwnam(user);
	else if ((pw = getpwnam("tapline")) == NULL)
		pw = getpwnam("nobody");
	if (pw == NULL)
		snprintf(err, err_len, "can't drop privileges: no user %s",
		    user[0] != '\0' ? user : "tapline or nobody");
	return pw;
}

static bool
become(const struct passwd *pw, char *err, size_t err_len)
{
	if (setgroups(0, NULL) < 0)
		return fault(err, err_len, "setgroups");
	if (setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0)
		return fault(err, err_len, "setresgid");
	if (setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0)
		return fault(err, err_len, "setresuid");
	return true;
}

/*
 * Nothing is executed later, and no_new_privs stands; the bounding and the
 * ambient set are emptied all the same, so that /proc shows it.  The loop
 * ends at the first number that the kernel does not know.
 */
static void
empty_bounds(bool keep_net_raw)
{
	for (unsigned long cap = 0; cap < 64; cap++)
		if (!(keep_net_raw && cap == CAP_NET_RAW) &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			break;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

/* Proves that it happened, whatever the calls returned. */
static bool
verify(const struct passwd *pw, const struct caps *wanted, char *err,
    size_t err_len)
{
	struct caps c;

	if (caps_get(&c) < 0)
		return fault(err, err_len, "capget");
	if (!caps_within(&c, wanted)) {
		snprintf(err, err_len,
		    "can't drop privileges: capabilities are left");
		return false;
	}
	if (pw != NULL && pw->pw_uid != 0 &&
	    (setuid(0) == 0 || seteuid(0) == 0 || getuid() != pw->pw_uid ||
		geteuid() != pw->pw_uid || getgid() != pw->pw_gid ||
		getegid() != pw->pw_gid)) {
		snprintf(err, err_len,
		    "can't drop privileges: root could be had back");
		return false;
	}
	return true;
}

/* What needs no rights of its own, but for the last step. */
static bool
seal(char *err, size_t err_len)
{
	const struct rlimit no_core = { 0, 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fault(err, err_len, "no_new_privs");
	if (setrlimit(RLIMIT_CORE, &no_core) < 0)
		return fault(err, err_len, "RLIMIT_CORE");
	return true;
}

bool
privileges_seal(char *err, size_t err_len)
{
	const uint32_t files = UINT32_C(1) << CAP_DAC_OVERRIDE |
	    UINT32_C(1) << CAP_DAC_READ_SEARCH;
	struct caps held, wanted = { { { 0, 0, 0 } } };

	if (!seal(err, err_len))
		return false;
	if (caps_get(&held) < 0)
		return fault(err, err_len, "capget");
	wanted.d[0].permitted = held.d[0].permitted & files;
	wanted.d[0].effective = held.d[0].effective & files;
	if (!caps_within(&held, &wanted) && caps_set(&wanted) < 0)
		return fault(err, err_len, "capset");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fault(err, err_len, "prctl");
	return verify(NULL, &wanted, err, err_len);
}

bool
privileges_drop(const char *user, bool keep_net_raw, char *err, size_t err_len)
{
	const struct passwd *pw = NULL;
	struct caps held, wanted;

	if (!seal(err, err_len))
		return false;
	if (caps_get(&held) < 0)
		return fault(err, err_len, "capget");
	wanted = caps_wanted(&held, keep_net_raw);
	empty_bounds(keep_net_raw);
	if (geteuid() == 0) {
		pw = find_user(user, err, err_len);
		if (pw == NULL)
			return false;
		if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
			return fault(err, err_len, "keep capabilities");
		if (!become(pw, err, err_len))
			return false;
	}
	if ((pw != NULL || !caps_within(&held, &wanted)) &&
	    caps_set(&wanted) < 0)
		return fault(err, err_len, "capset");
	/* Last, since a change of user sets both of these anew. */
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fault(err, err_len, "prctl");
	return verify(pw, &wanted, err, err_len);
}

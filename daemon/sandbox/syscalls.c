/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One list for all ways to run.  What the C library may use in place of a call,
 * on another machine or in another version, is on it too.  Calls that can do
 * harm have rules about their arguments instead.
 */
#include "daemon/sandbox/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/sandbox/denied.h"
#include "daemon/sandbox/grants.h"

/* <sched.h> has it only as an extension. */
enum { THREAD = 0x00010000 };
/* "SVMA": <linux/prctl.h> may lack it. */
enum { NAME_MEMORY = 0x53564d41 };

#define C(name) SCMP_SYS(name)
static const int allowed[] = {
	/* Files that are open. */
	C(read),
	C(readv),
	C(pread64),
	C(write),
	C(writev),
	C(pwrite64),
	C(close),
	C(lseek),
	C(_llseek),
	C(fstat),
	C(fstat64),
	C(fstatfs),
	C(fstatfs64),
	C(ftruncate),
	C(ftruncate64),
	C(fallocate),
	C(fsync),
	C(fdatasync),
	C(fadvise64),
	C(fadvise64_64),
	C(fcntl),
	C(fcntl64),
	C(flock),
	C(dup),
	C(dup3),
	C(getdents),
	C(getdents64),
	/* Files by name: Landlock decides about those. */
	C(stat),
	C(stat64),
	C(lstat),
	C(lstat64),
	C(newfstatat),
	C(fstatat64),
	C(statx),
	C(statfs),
	C(statfs64),
	C(access),
	C(faccessat),
	C(faccessat2),
	C(readlink),
	C(readlinkat),
	C(rename),
	C(renameat),
	C(renameat2),
	C(unlink),
	C(unlinkat),
	C(mkdir),
	C(mkdirat),
	C(getcwd),
	C(inotify_init1),
	C(inotify_add_watch),
	C(inotify_rm_watch),
	C(memfd_create),
	/* Sockets that are there. */
	C(connect),
	C(getsockname),
	C(getpeername),
	C(getsockopt),
	C(setsockopt),
	C(send),
	C(sendto),
	C(sendmsg),
	C(sendmmsg),
	C(recv),
	C(recvfrom),
	C(recvmsg),
	C(recvmmsg),
	C(recvmmsg_time64),
	C(shutdown),
	C(socketpair),
	/* Waiting and time. */
	C(epoll_create1),
	C(epoll_ctl),
	C(epoll_wait),
	C(epoll_pwait),
	C(epoll_pwait2),
	C(poll),
	C(ppoll),
	C(ppoll_time64),
	C(select),
	C(_newselect),
	C(pselect6),
	C(pselect6_time64),
	C(eventfd2),
	C(pipe),
	C(pipe2),
	C(timerfd_create),
	C(timerfd_settime),
	C(timerfd_settime64),
	C(timerfd_gettime),
	C(clock_gettime),
	C(clock_gettime64),
	C(clock_getres),
	C(clock_getres_time64),
	C(clock_nanosleep),
	C(clock_nanosleep_time64),
	C(nanosleep),
	C(gettimeofday),
	C(time),
	/* Memory, threads and signals. */
	C(brk),
	C(munmap),
	C(mremap),
	C(madvise),
	C(futex),
	C(futex_time64),
	C(set_robust_list),
	C(rseq),
	C(sched_yield),
	C(sched_getaffinity),
	C(getcpu),
	C(rt_sigaction),
	C(rt_sigprocmask),
	C(rt_sigreturn),
	C(sigreturn),
	C(sigaltstack),
	C(restart_syscall),
	C(exit),
	C(exit_group),
	/* What one may know of oneself. */
	C(getpid),
	C(gettid),
	C(getuid),
	C(getuid32),
	C(geteuid),
	C(geteuid32),
	C(getgid),
	C(getgid32),
	C(getegid),
	C(getegid32),
	C(getrusage),
	C(getrlimit),
	C(ugetrlimit),
	C(sysinfo),
	C(uname),
	C(getrandom),
};

static const unsigned requests[] = {
	FIONREAD,
	SIOCOUTQ,
	FIONBIO,
	TCGETS,
	TIOCGWINSZ,
	/* libpcap's, and whether an interface is there. */
	SIOCGIFINDEX,
	SIOCGIFNAME,
	SIOCGIFFLAGS,
	SIOCGIFHWADDR,
	SIOCGIFMTU,
	SIOCETHTOOL,
};

#define ALLOW(f, call, n, ...) \
	seccomp_rule_add(f, SCMP_ACT_ALLOW, C(call), n, __VA_ARGS__)

/* New memory is never code. */
static int
allow_memory(scmp_filter_ctx f)
{
	int rc = ALLOW(f, mmap, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

	if (rc == 0)
		rc = ALLOW(f, mmap2, 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0)
		rc = ALLOW(f, mprotect, 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return rc;
}

/*
 * Before its third version, Landlock has no word about O_TRUNC: a file that may
 * only be read could be emptied.
 */
static int
allow_open(scmp_filter_ctx f)
{
	int rc = ALLOW(f, open, 1, SCMP_A1(SCMP_CMP_MASKED_EQ, O_TRUNC, 0));

	if (rc == 0)
		rc = ALLOW(f, openat, 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, O_TRUNC, 0));
	if (rc == 0)
		rc = ALLOW(f, openat, 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE, O_WRONLY));
	return rc;
}

static int
allow_socket(scmp_filter_ctx f, bool is_wanted, int family)
{
	if (!is_wanted)
		return 0;
	return ALLOW(f, socket, 1,
	    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family, 0));
}

static int
allow_sockets(scmp_filter_ctx f, const struct grants *g)
{
	int rc = allow_socket(f, true, AF_UNIX);

	if (rc == 0)
		rc = allow_socket(f, g->internet, AF_INET);
	if (rc == 0)
		rc = allow_socket(f, g->internet, AF_INET6);
	if (rc == 0)
		rc = allow_socket(f, g->packets, AF_PACKET);
	/* Nobody connects to us. */
	if (rc == 0 && g->packets)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, C(bind), 0);
	/* Libraries ask it for lists that we don't need. */
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EAFNOSUPPORT),
		    C(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_NETLINK, 0));
	return rc;
}

/*
 * clone3 has its flags where no filter can see them: the C library takes clone
 * when it is told that there is none.
 */
static struct scmp_arg_cmp
is_thread(scmp_datum_t flag)
{
	bool is_second = seccomp_arch_native() == SCMP_ARCH_S390X ||
	    seccomp_arch_native() == SCMP_ARCH_S390;

	return SCMP_CMP(is_second ? 1 : 0, SCMP_CMP_MASKED_EQ, THREAD, flag);
}

static int
allow_threads(scmp_filter_ctx f)
{
	int rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), C(clone3), 0);

	if (rc == 0)
		rc = ALLOW(f, clone, 1, is_thread(THREAD));
	if (rc == 0)
		rc = ALLOW(f, prctl, 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0));
	/* abort(3) */
	if (rc == 0)
		rc = ALLOW(f, tgkill, 1,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	return rc;
}

/*
 * What the C library may call while it blocks all signals, as it makes a
 * process or a thread: a trap would be the end there.
 */
static int
deny_quietly(scmp_filter_ctx f)
{
	int rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), C(clone), 1,
	    is_thread(0));

	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), C(prctl), 1,
		    SCMP_A0(SCMP_CMP_EQ, NAME_MEMORY, 0));
	return rc;
}

static int
add_rules(scmp_filter_ctx f, const struct grants *g)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(allowed) / sizeof(allowed[0]);
	     i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0;
	     rc == 0 && i < sizeof(requests) / sizeof(requests[0]); i++)
		rc = ALLOW(f, ioctl, 1,
		    SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, requests[i]));
	if (rc == 0)
		rc = allow_memory(f);
	if (rc == 0)
		rc = allow_open(f);
	if (rc == 0)
		rc = allow_sockets(f, g);
	if (rc == 0)
		rc = allow_threads(f);
	return rc;
}

bool
syscalls_confine(const struct grants *g, bool kill, bool *counts, char *err,
    size_t err_size)
{
	uint32_t other = kill ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM);
	bool traps = !kill && denied_catch();
	scmp_filter_ctx f;
	int rc;

	*counts = kill || traps;
	f = seccomp_init(traps ? SCMP_ACT_TRAP : other);
	rc = f != NULL ? 0 : -ENOMEM;

	if (rc == 0) {
		/* It is set already. */
		seccomp_attr_set(f, SCMP_FLTATR_CTL_NNP, 0);
		/*
		 * Where only prctl(2) is to be had, there is no log, and other
		 * threads are free: there are none.
		 */
		seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
		seccomp_attr_set(f, SCMP_FLTATR_CTL_LOG, 1);
		seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
		rc = add_rules(f, g);
	}
	if (rc == 0 && traps)
		rc = deny_quietly(f);
	if (rc == 0)
		rc = seccomp_load(f);
	if (rc != 0)
		snprintf(err, err_size, "seccomp: %s", strerror(-rc));
	seccomp_release(f);
	return rc == 0;
}

void
syscalls_name(int number, char *name, size_t size)
{
	char *found =
	    seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

	if (found != NULL)
		snprintf(name, size, "%s", found);
	else
		snprintf(name, size, "number %d", number);
	free(found);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_probe ASK… -- OPTIONS: confines itself just as tapline would with
 * these options, then tries what is asked and prints a line for each:
 * "ASK ok", or the name of the error.  The level comes first.
 *
 *	read:PATH write:PATH make:PATH remove:PATH rename:PATH list:PATH
 *	truncate:PATH	open, only for reading, with O_TRUNC
 *	connect:PORT	at 127.0.0.1, over TCP
 *	listen		over TCP
 *	socket:FAMILY	a number
 *	hides:PATH	as a reload asks; "hidden" or "not"
 *	thread fork spawn ptrace signal code exec mount abort
 *	traced		ptrace, from a thread that blocks what ours do
 *	storm:N		ptrace, so many times
 *	denied		how many calls were, and which of them for the first time
 *
 * sandbox_probe without landlock|both COMMAND…: runs a command where the
 * kernel seems to have no Landlock, or no seccomp either.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/sandbox/sandbox.h"
#include "daemon/sensor.h"
#include "daemon/thread.h"

/* Closes a descriptor; returns 0 or the error of having none. */
static int
done(int fd)
{
	int error = fd < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return error;
}

static int
read_it(const char *path)
{
	return done(open(path, O_RDONLY | O_CLOEXEC));
}

static int
write_it(const char *path)
{
	return done(open(path, O_WRONLY | O_APPEND | O_CLOEXEC));
}

static int
make_it(const char *path)
{
	return done(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

static int
truncate_it(const char *path)
{
	return done(open(path, O_RDONLY | O_TRUNC | O_CLOEXEC));
}

static int
remove_it(const char *path)
{
	return unlink(path) == 0 ? 0 : errno;
}

/* To PATH.new and back. */
static int
rename_it(const char *path)
{
	char other[512];

	snprintf(other, sizeof(other), "%s.new", path);
	return rename(path, other) == 0 && rename(other, path) == 0 ? 0 : errno;
}

static int
list_it(const char *path)
{
	DIR *d = opendir(path);
	int error = d == NULL ? errno : 0;

	if (d != NULL)
		closedir(d);
	return error;
}

static int
on_port(const char *port, int (*call)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return errno;
	error = call(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 ? 0 : errno;
	close(fd);
	return error;
}

static int
connect_to(const char *port)
{
	return on_port(port, connect);
}

static int
listen_on(const char *nothing)
{
	(void)nothing;
	return on_port("0", bind);
}

static int
socket_of(const char *family)
{
	return done(socket(atoi(family), SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static void *
nothing_to_do(void *arg)
{
	return arg;
}

static int
thread(const char *nothing)
{
	pthread_t t;
	int error = pthread_create(&t, NULL, nothing_to_do, NULL);

	(void)nothing;
	if (error == 0)
		pthread_join(t, NULL);
	return error;
}

static int
fork_it(const char *nothing)
{
	pid_t pid = fork();

	(void)nothing;
	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}

static int
trace(const char *nothing)
{
	(void)nothing;
	return ptrace(PTRACE_ATTACH, 1, NULL, NULL) == 0 ? 0 : errno;
}

static int
spawn_it(const char *nothing)
{
	char name[] = "true";
	char *const argv[] = { name, NULL }, *const none[] = { NULL };
	pid_t pid;

	(void)nothing;
	return posix_spawn(&pid, "/bin/true", NULL, NULL, argv, none);
}

static void *
trace_for(void *error)
{
	*(int *)error = trace("");
	return NULL;
}

static int
trace_in_thread(const char *nothing)
{
	pthread_t t;
	int error = 0;

	(void)nothing;
	if (!thread_start(&t, 64 << 10, trace_for, &error))
		return errno;
	pthread_join(t, NULL);
	return error;
}

static int
storm(const char *times)
{
	int error = 0;

	for (long n = atol(times); n > 0; n--) {
		error = trace("");
		if (error != EPERM)
			break;
	}
	return error;
}

static int
abort_it(const char *nothing)
{
	(void)nothing;
	fflush(stdout);
	abort();
}

static int
signal_parent(const char *nothing)
{
	(void)nothing;
	return kill(getppid(), 0) == 0 ? 0 : errno;
}

static int
code(const char *nothing)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)nothing;
	return p == MAP_FAILED ? errno : 0;
}

/* It doesn't return if it may. */
static int
exec(const char *nothing)
{
	char name[] = "echo", what[] = "exec ok";
	char *const argv[] = { name, what, NULL };
	char *const none[] = { NULL };

	(void)nothing;
	fflush(stdout);
	execve("/bin/echo", argv, none);
	return errno;
}

static int
mount_it(const char *nothing)
{
	(void)nothing;
	return mount("none", "/mnt", "tmpfs", 0, NULL) == 0 ? 0 : errno;
}

static const struct {
	const char *name;
	int (*ask)(const char *arg);
} asks[] = {
	{ "read", read_it },
	{ "write", write_it },
	{ "make", make_it },
	{ "remove", remove_it },
	{ "rename", rename_it },
	{ "list", list_it },
	{ "truncate", truncate_it },
	{ "connect", connect_to },
	{ "listen", listen_on },
	{ "socket", socket_of },
	{ "thread", thread },
	{ "fork", fork_it },
	{ "spawn", spawn_it },
	{ "ptrace", trace },
	{ "traced", trace_in_thread },
	{ "storm", storm },
	{ "abort", abort_it },
	{ "signal", signal_parent },
	{ "code", code },
	{ "exec", exec },
	{ "mount", mount_it },
};

static void
tell_denied(void)
{
	char name[64];

	printf("denied %llu", (unsigned long long)sandbox_denied());
	while (sandbox_next_denied(name, sizeof(name)))
		printf(" %s", name);
	printf("%s\n", sandbox_counts() ? "" : " nothing is counted here");
}

static void
probe(const char *text)
{
	size_t n = strcspn(text, ":");
	const char *arg = text[n] == ':' ? text + n + 1 : "";

	if (n == 5 && memcmp(text, "hides", 5) == 0) {
		printf("%s %s\n", text, sandbox_hides(arg) ? "hidden" : "not");
		return;
	}
	if (strcmp(text, "denied") == 0) {
		tell_denied();
		return;
	}
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		int error;

		if (strlen(asks[i].name) != n ||
		    memcmp(asks[i].name, text, n) != 0)
			continue;
		error = asks[i].ask(arg);
		printf("%s %s\n", text,
		    error == 0 ? "ok" : strerrorname_np(error));
		return;
	}
	printf("%s unknown\n", text);
}

static int
run_without(const char *what, char *command[])
{
	static const int landlock[] = { SCMP_SYS(landlock_create_ruleset),
		SCMP_SYS(landlock_add_rule), SCMP_SYS(landlock_restrict_self) };
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	for (size_t i = 0; i < 3; i++)
		seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), landlock[i], 0);
	if (strcmp(what, "both") == 0) {
		seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp),
		    0);
		seccomp_rule_add(f, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
		    SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP, 0));
	}
	if (seccomp_load(f) != 0)
		return 126;
	execvp(command[0], command);
	return 127;
}

int
main(int argc, char *argv[])
{
	struct sensor *s = calloc(1, sizeof(*s));
	struct options o;
	int n = 1;

	if (argc > 3 && strcmp(argv[1], "without") == 0)
		return run_without(argv[2], argv + 3);
	while (n < argc && strcmp(argv[n], "--") != 0)
		n++;
	if (s == NULL || n == argc ||
	    options_read(&o, argc - n, argv + n, stderr) != 0)
		return 2;
	log_init(o.quiet, o.verbose);
	s->options = &o;
	s->is_live = o.interfaces.n > 0;
	if (!sensor_confine(s))
		return s->exit_code;
	printf("sandbox %s\n", s->self.sandbox != NULL ? s->self.sandbox : "-");
	for (int i = 1; i < n; i++)
		probe(argv[i]);
	fflush(stdout);
	_exit(0);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/complexity/count.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <valgrind/callgrind.h>

/* In the environment: the pipe on which valgrind answers. */
static const char variable[] = "COMPLEXITY_FD";

static bool is_ns;
static int from_valgrind;
static uint64_t last; /* what had been counted at count_begin */

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "complexity: %s\n", what);
	exit(1);
}

static _Noreturn void
run_valgrind(char **argv, const char *profile, int log_fd)
{
	char *args[32] = { (char[]){ "valgrind" }, (char[]){ "-q" },
		(char[]){ "--tool=callgrind" },
		(char[]){ "--collect-atstart=no" }, (char[]){ "--vgdb=no" } };
	char log[32], out[256];
	unsigned n = 5;

	snprintf(log, sizeof(log), "--log-fd=%d", log_fd);
	args[n++] = log;
	snprintf(out, sizeof(out), "--callgrind-out-file=%s",
	    profile != NULL ? profile : "/dev/null");
	args[n++] = out;
	while (*argv != NULL) {
		if (n + 1 == sizeof(args) / sizeof(args[0]))
			fail("too many words");
		args[n++] = *argv++;
	}
	execvp(args[0], args);
	fail("valgrind can't be run");
}

/* The program has ended; what it has not read says why, if it crashed. */
static _Noreturn void
pass_on(int status, int fd)
{
	char text[4096];
	ssize_t n;

	while ((n = read(fd, text, sizeof(text))) > 0)
		fwrite(text, 1, (size_t)n, stderr);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static _Noreturn void
run_again(char **argv, const char *profile)
{
	int pipes[2], status;
	char fd[16];
	pid_t child;

	if (pipe(pipes) != 0 || fcntl(pipes[0], F_SETFL, O_NONBLOCK) != 0)
		fail(strerror(errno));
	snprintf(fd, sizeof(fd), "%d", pipes[0]);
	setenv(variable, fd, 1);
	child = fork();
	if (child == 0)
		run_valgrind(argv, profile, pipes[1]);
	if (child < 0 || waitpid(child, &status, 0) != child)
		fail(strerror(errno));
	pass_on(status, pipes[0]);
}

void
count_init(char **argv, const char *profile)
{
	const char *fd = getenv(variable);

	if (!RUNNING_ON_VALGRIND || fd == NULL)
		run_again(argv, profile);
	from_valgrind = atoi(fd);
}

void
count_init_ns(void)
{
	is_ns = true;
}

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/*
 * All that has been counted so far.  The question is callgrind_control's; there
 * is no other that is answered at once and without a file.
 */
static uint64_t
total(void)
{
	static const char key[] = "\nevents-1: ";
	static char text[65536];
	const char *at;
	ssize_t n;

	VALGRIND_MONITOR_COMMAND("status internal");
	n = read(from_valgrind, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, key);
	if (at == NULL)
		fail("valgrind does not say what it has counted");
	return strtoull(at + sizeof(key) - 1, NULL, 10);
}

void
count_begin(void)
{
	if (is_ns)
		last = now_ns();
	else
		CALLGRIND_TOGGLE_COLLECT;
}

uint64_t
count_end(void)
{
	uint64_t before = last;

	if (is_ns)
		return now_ns() - before;
	CALLGRIND_TOGGLE_COLLECT;
	last = total();
	return last - before;
}

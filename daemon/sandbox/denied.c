/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handler runs in the thread that made the call, in place of it: it only
 * touches lock-free atomics and the registers that the thread goes on with.
 */
#define _GNU_SOURCE /* the names of registers */

#include "daemon/sandbox/denied.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <ucontext.h>

/* The register with the result of a call, where it alone says that one failed. */
#if defined(__x86_64__)
#define RESULT(context) (context)->uc_mcontext.gregs[REG_RAX]
#elif defined(__i386__)
#define RESULT(context) (context)->uc_mcontext.gregs[REG_EAX]
#elif defined(__aarch64__)
#define RESULT(context) (context)->uc_mcontext.regs[0]
#elif defined(__s390x__)
#define RESULT(context) (context)->uc_mcontext.gregs[2]
#endif

enum {
	SECCOMP_TRAP = 1, /* SYS_SECCOMP, which <signal.h> lacks */
	WORD = 32,
	WORDS = (DENIED_NUMBERS + 1) / WORD
};

static_assert((DENIED_NUMBERS + 1) % WORD == 0, "words of whole bits");
static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler takes no lock");

static atomic_uint fresh; /* calls since they were last added to counted */
static atomic_uint seen[WORDS]; /* a bit for each number */
static uint64_t counted;
static unsigned told[WORDS];

#ifdef RESULT
static void
on_sigsys(int signo, siginfo_t *info, void *context)
{
	ucontext_t *thread = context;
	unsigned n = (unsigned)info->si_syscall;

	(void)signo;
	/* Somebody sends one: no call was denied. */
	if (info->si_code != SECCOMP_TRAP)
		return;
	if (n > DENIED_NUMBERS)
		n = DENIED_NUMBERS;
	atomic_fetch_add_explicit(&fresh, 1, memory_order_relaxed);
	atomic_fetch_or_explicit(&seen[n / WORD], 1u << n % WORD,
	    memory_order_relaxed);
	RESULT(thread) = -EPERM;
}

bool
denied_catch(void)
{
	struct sigaction act = { .sa_sigaction = on_sigsys,
		.sa_flags = SA_SIGINFO };
	sigset_t sigsys;

	sigemptyset(&sigsys);
	sigaddset(&sigsys, SIGSYS);
	/* Whoever started us may have blocked it. */
	return sigaction(SIGSYS, &act, NULL) == 0 &&
	    sigprocmask(SIG_UNBLOCK, &sigsys, NULL) == 0;
}
#else
bool
denied_catch(void)
{
	return false;
}
#endif

uint64_t
denied_count(void)
{
	counted += atomic_exchange(&fresh, 0);
	return counted;
}

int
denied_next(void)
{
	for (unsigned w = 0; w < WORDS; w++) {
		unsigned rest = atomic_load(&seen[w]) & ~told[w];

		for (unsigned i = 0; rest != 0; i++, rest >>= 1) {
			if ((rest & 1) == 0)
				continue;
			told[w] |= 1u << i;
			return (int)(w * WORD + i);
		}
	}
	return -1;
}

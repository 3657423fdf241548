/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/sandbox/denied.h"
#include "daemon/sandbox/landlock.h"
#include "daemon/sandbox/syscalls.h"

enum { ERR_SIZE = 256 };

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { HAS_SANITIZER = 1 };
#else
enum { HAS_SANITIZER = 0 };
#endif

static bool counts = true; /* what isn't denied is 0 */

bool
sandbox_can(void)
{
	return !HAS_SANITIZER;
}

const char *
sandbox_level_name(enum sandbox_level level)
{
	static const char *const names[] = {
		[SANDBOX_LEVEL_NONE] = "none",
		[SANDBOX_LEVEL_PARTIAL] = "partial",
		[SANDBOX_LEVEL_FULL] = "full",
	};

	return names[level];
}

static void __attribute__((format(printf, 3, 4)))
note(char *lacks, size_t size, const char *fmt, ...)
{
	size_t n = strlen(lacks);
	va_list ap;

	if (n > 0 && n + 2 < size) {
		memcpy(lacks + n, "; ", 3);
		n += 2;
	}
	va_start(ap, fmt);
	vsnprintf(lacks + n, size - n, fmt, ap);
	va_end(ap);
}

/* Returns whether files are confined. */
static bool
confine_files(const struct grants *g, char *lacks, size_t size)
{
	const char *missing;
	char err[ERR_SIZE];
	int abi = landlock_abi();

	if (abi < LANDLOCK_FILES_ABI) {
		note(lacks, size,
		    "files and ports are not limited: Landlock: %s",
		    strerror(errno));
		return false;
	}
	if (!landlock_confine(g, &missing, err, sizeof(err))) {
		note(lacks, size, "files and ports are not limited: %s", err);
		return false;
	}
	if (abi < LANDLOCK_PORTS_ABI && g->internet && !g->any_port)
		note(lacks, size,
		    "ports are not limited: Landlock has version "
		    "%d, not %d",
		    abi, LANDLOCK_PORTS_ABI);
	if (missing != NULL)
		note(lacks, size, "%.200s is not there", missing);
	if (g->lacks_memory)
		note(lacks, size, "out of memory");
	return true;
}

/* Returns whether system calls are confined. */
static bool
confine_calls(const struct grants *g, bool kill, char *lacks, size_t size)
{
	char err[ERR_SIZE];

	if (!syscalls_confine(g, kill, &counts, err, sizeof(err)))
		note(lacks, size, "system calls are not limited: %s", err);
	else
		return true;
	return false;
}

enum sandbox_level
sandbox_enter(const struct grants *g, bool kill, char *lacks, size_t lacks_size)
{
	bool files, calls;

	*lacks = '\0';
	if (!sandbox_can()) {
		note(lacks, lacks_size, "this build has a sanitizer");
		return SANDBOX_LEVEL_NONE;
	}
	/* In this order: the filter has no calls of Landlock's. */
	files = confine_files(g, lacks, lacks_size);
	calls = confine_calls(g, kill, lacks, lacks_size);
	if (*lacks == '\0')
		return SANDBOX_LEVEL_FULL;
	return files || calls ? SANDBOX_LEVEL_PARTIAL : SANDBOX_LEVEL_NONE;
}

bool
sandbox_hides(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return false;
	}
	/* Landlock does not speak about access(2). */
	return errno == EACCES && access(path, R_OK) == 0;
}

bool
sandbox_counts(void)
{
	return counts;
}

uint64_t
sandbox_denied(void)
{
	return denied_count();
}

bool
sandbox_next_denied(char *name, size_t size)
{
	int number = denied_next();

	if (number >= 0)
		syscalls_name(number, name, size);
	return number >= 0;
}

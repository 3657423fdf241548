/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One write(2) a line, so that lines of several processes don't mix; a lock, so
 * that several threads may say something.
 */
#include "daemon/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "dissect/text.h"

enum { PER_SECOND = 10, MESSAGE = 1024, CHUNK = 60, TEXT = 4 * MESSAGE };

static struct {
	atomic_bool quiet, verbose;
	bool with_priority;
	int64_t second; /* of the monotonic clock */
	unsigned n; /* lines in that second */
	uint64_t n_suppressed;
} state;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
write_line(int priority, const char *text)
{
	char line[TEXT + 64];
	int n;

	if (state.with_priority)
		n = snprintf(line, sizeof(line), "<%d>tapline: %s\n", priority,
		    text);
	else
		n = snprintf(line, sizeof(line), "tapline: %s\n", text);
	/* If standard error fails there is nobody to tell. */
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
		return;
}

static void
tell_suppressed(void)
{
	char text[64];

	if (state.n_suppressed == 0)
		return;
	snprintf(text, sizeof(text), "%llu messages suppressed",
	    (unsigned long long)state.n_suppressed);
	state.n_suppressed = 0;
	write_line(LOG_WARNING, text);
}

/*
 * A terminal shows the priority as it is, and a session under systemd hands
 * these variables to every program that is started in it.
 */
static bool
is_under_systemd(void)
{
	if (isatty(STDERR_FILENO))
		return false;
	return getenv("JOURNAL_STREAM") != NULL ||
	    getenv("NOTIFY_SOCKET") != NULL || getenv("INVOCATION_ID") != NULL;
}

void
log_init(bool quiet, bool verbose)
{
	static bool registered;

	state.quiet = quiet;
	state.verbose = verbose;
	state.with_priority = is_under_systemd();
	if (!registered)
		registered = atexit(tell_suppressed) == 0;
}

static bool
is_suppressed(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec != state.second || state.n == 0) {
		tell_suppressed();
		state.second = now.tv_sec;
		state.n = 0;
	}
	if (state.n >= PER_SECOND) {
		state.n_suppressed++;
		return true;
	}
	state.n++;
	return false;
}

/*
 * Text is cleaned in chunks that end between characters and are too short to
 * be cut.
 */
static void
clean(char *out, const char *in)
{
	const uint8_t *p = (const uint8_t *)in;
	size_t left = strlen(in);
	bool cut;

	*out = '\0';
	while (left > 0) {
		size_t n = left > CHUNK ? CHUNK : left;

		for (int i = 0; n < left && i < 3 && (p[n] & 0xc0) == 0x80; i++)
			n--;
		out += text_clean(out, p, n, &cut);
		p += n;
		left -= n;
	}
}

__attribute__((format(printf, 2, 0))) static void
message(int priority, const char *fmt, va_list ap)
{
	char raw[MESSAGE], text[TEXT + TEXT_MAX];
	int error = errno; /* for %m, and the caller's */

	pthread_mutex_lock(&lock);
	if (!is_suppressed()) {
		errno = error;
		vsnprintf(raw, sizeof(raw), fmt, ap);
		clean(text, raw);
		write_line(priority, text);
	}
	pthread_mutex_unlock(&lock);
	errno = error;
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(LOG_ERR, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(LOG_WARNING, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	if (state.quiet)
		return;
	va_start(ap, fmt);
	message(LOG_INFO, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!state.verbose)
		return;
	va_start(ap, fmt);
	message(LOG_DEBUG, fmt, ap);
	va_end(ap);
}

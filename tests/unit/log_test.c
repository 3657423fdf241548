/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages, seen through a pipe in place of standard error.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/log.h"

static int saved, ends[2];
static char text[65536];

static void
capture(void)
{
	assert_int_equal(pipe(ends), 0);
	saved = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
}

static void
release(void)
{
	size_t n = 0;
	ssize_t got;

	dup2(saved, STDERR_FILENO);
	close(saved);
	while ((got = read(ends[0], text + n, sizeof(text) - n - 1)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	close(ends[0]);
}

/* The limit is per second of the clock: each test begins with a new one. */
static int
next_second(void **state)
{
	struct timespec now;

	(void)state;
	unsetenv("JOURNAL_STREAM");
	unsetenv("NOTIFY_SOCKET");
	unsetenv("INVOCATION_ID");
	clock_gettime(CLOCK_MONOTONIC, &now);
	now.tv_sec++;
	now.tv_nsec = 0;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &now, NULL);
	return 0;
}

static void
test_levels(void **state)
{
	(void)state;
	capture();
	log_init(true, false);
	log_error("e%d", 1);
	log_warn("w");
	log_info("i");
	log_debug("d");
	log_init(false, true);
	log_info("i");
	log_debug("d");
	release();
	assert_string_equal(text,
	    "tapline: e1\ntapline: w\ntapline: i\ntapline: d\n");
}

static void
test_priorities(void **state)
{
	(void)state;
	capture();
	setenv("JOURNAL_STREAM", "1:2", 1);
	log_init(false, true);
	log_error("e");
	log_warn("w");
	log_info("i");
	log_debug("d");
	unsetenv("JOURNAL_STREAM");
	log_init(false, false);
	release();
	assert_string_equal(text,
	    "<3>tapline: e\n<4>tapline: w\n<6>tapline: i\n<7>tapline: d\n");
}

static void
test_hostile(void **state)
{
	char long_text[5000];

	(void)state;
	capture();
	log_init(false, false);
	log_error("%s", "a\nb\x1b[2J\x7f\xff caf\xc3\xa9 \xc2\x9b");
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	log_error("%s", long_text);
	/* A character may lie across any chunk. */
	for (size_t i = 0; i < 1000; i += 2)
		memcpy(long_text + i, "\xc3\xa9", 2);
	long_text[1000] = '\0';
	log_error("%s", long_text);
	log_error("x%s", long_text);
	release();
	const char *want =
	    "tapline: a\\x0ab\\x1b[2J\\x7f\\xff caf\xc3\xa9 \\xc2\\x9b\n";
	assert_memory_equal(text, want, strlen(want));
	assert_null(strstr(text, "\\xc3"));
	assert_non_null(strstr(text, long_text));
	unsigned n = 0;
	for (char *c = text; (c = strchr(c, '\n')) != NULL; c++)
		n++;
	assert_int_equal(n, 4);
}

static void
test_rate(void **state)
{
	const char *p = text;
	unsigned n = 0;

	capture();
	log_init(false, false);
	for (int i = 0; i < 1000; i++)
		log_error("flood");
	next_second(state);
	log_error("next");
	release();
	for (; (p = strstr(p, "flood")) != NULL; p++)
		n++;
	assert_int_equal(n, 10);
	assert_non_null(
	    strstr(text, "tapline: 990 messages suppressed\ntapline: next\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_levels, next_second),
		cmocka_unit_test_setup(test_priorities, next_second),
		cmocka_unit_test_setup(test_hostile, next_second),
		cmocka_unit_test_setup(test_rate, next_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

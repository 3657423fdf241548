/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes every call fail that opens a descriptor, from no_files_begin to
 * no_files_end; what reads ahead then has to do without its thread.
 */
#ifndef TESTS_LIB_NO_FILES_H
#define TESTS_LIB_NO_FILES_H

#include <assert.h>
#include <sys/resource.h>

static inline struct rlimit
no_files_begin(void)
{
	struct rlimit before, none;

	assert(getrlimit(RLIMIT_NOFILE, &before) == 0);
	none = before;
	none.rlim_cur = 0;
	assert(setrlimit(RLIMIT_NOFILE, &none) == 0);
	return before;
}

static inline void
no_files_end(struct rlimit before)
{
	assert(setrlimit(RLIMIT_NOFILE, &before) == 0);
}

#endif

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spool in a folder of its own, for tests: records that say their value, and
 * what is expected of them.
 */
#ifndef TESTS_LIB_SPOOL_BED_H
#define TESTS_LIB_SPOOL_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/log.h"
#include "daemon/spool/frame.h"
#include "daemon/spool/spool.h"

#define S INT64_C(1000000000)

static const struct spool_stream streams[] = { { "bin", 11, true },
	{ "top", 22, false }, { "self", 33, false } };
enum { BIN, TOP, SELF, N_STREAMS };

static char root[64], dir[128];
static struct spool_config config;
static struct spool_reader *reader;

static inline int
setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/spool-test.XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(dir, sizeof(dir), "%s/spool", root);
	config = (struct spool_config){ .dir = dir,
		.size = 1 << 20,
		.memory = 256 << 10,
		.keep_ns = 600 * S,
		.streams = streams,
		.n_streams = N_STREAMS };
	return 0;
}

static inline int
teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
	return 0;
}

static inline struct spool *
open_at(int64_t mono_ns)
{
	struct spool *sp = spool_new(&config);
	char err[256] = "";

	assert_non_null(sp);
	reader = spool_reader(sp, "r1");
	if (!spool_open(sp, mono_ns, err, sizeof(err)))
		fail_msg("%s", err);
	return sp;
}

/* A record whose payload says which it is; of BIN it tells as much. */
static inline void
add(struct spool *sp, unsigned stream, unsigned value, size_t len)
{
	const struct spool_sum amount = { value, 10 * (uint64_t)value, 0 };
	uint8_t payload[4096];

	assert_true(len >= 4 && len <= sizeof(payload));
	memset(payload, (int)(value & 0xff), len);
	memcpy(payload, &value, 4);
	assert_true(spool_append(sp, stream, (int64_t)value * S, &amount,
	    payload, len));
}

static inline void
settle(unsigned stream, uint64_t k, int64_t ts_ns)
{
	const struct spool_mark mark = { k, ts_ns,
		spool_sum_at(reader, stream, k) };

	spool_settle(reader, stream, &mark);
}

static inline unsigned
value_of(const struct spool_record *rec)
{
	unsigned value;

	assert_true(rec->len >= 4);
	memcpy(&value, rec->payload, 4);
	for (size_t i = 4; i < rec->len; i++)
		assert_int_equal(rec->payload[i], value & 0xff);
	return value;
}

static inline enum spool_next
next(struct spool_record *rec)
{
	enum spool_next what;

	while ((what = spool_next(reader, rec)) == SPOOL_LATER)
		;
	return what;
}

static inline void
expect(unsigned stream, uint64_t k, unsigned value)
{
	struct spool_record rec;

	assert_int_equal(next(&rec), SPOOL_RECORD);
	assert_int_equal(rec.stream, stream);
	assert_int_equal(rec.k, k);
	assert_int_equal(value_of(&rec), value);
}

static inline void
expect_end(void)
{
	struct spool_record rec;

	assert_int_equal(next(&rec), SPOOL_END);
}

/* What is read is a beginning of 1, 2, 3 …; returns how many. */
static inline unsigned
read_all(void)
{
	struct spool_record rec;
	unsigned n = 0;

	while (next(&rec) == SPOOL_RECORD) {
		n++;
		assert_int_equal(rec.k, n);
		assert_int_equal(value_of(&rec), n);
	}
	return n;
}

static inline void
limit_files(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

#endif

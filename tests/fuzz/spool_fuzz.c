/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool's reader.  The input is a list of frames' bodies, which are given
 * right lengths and sums, so that what is in them is reached; a frame whose
 * type has its high bit set stands there as it is, with what sum it has, and
 * the next bit is for the sum that older formats had.
 * Whatever a folder holds: it opens, what is read ascends and stays in bounds,
 * and what is written afterwards is found again.
 */
#include <assert.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/spool/frame.h"
#include "daemon/spool/spool.h"
#include "tests/lib/spool_old.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct spool_stream streams[] = { { "bin", 1, false },
	{ "top", 2, true } };
static char dir[64];

static void
at_end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	(void)!system(command);
}

/* In memory, since it is made anew for every input. */
static void
set_up(void)
{
	const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	snprintf(dir, sizeof(dir), "%s/spool-fuzz.XXXXXX", tmp);
	assert(mkdtemp(dir) != NULL);
	log_init(true, false);
	assert(freopen("/dev/null", "w", stdout) != NULL);
	atexit(at_end);
}

static void
clean(void)
{
	char path[128];

	for (unsigned i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "%s/%016x.seg", dir, i);
		unlink(path);
	}
}

/*
 * Each frame: a type, a length of two bytes, the body; type 0, with either sum,
 * begins a file.
 */
static void
write_files(const uint8_t *data, size_t size)
{
	static uint8_t frame[FRAME_SIZE];
	unsigned number = 1;
	char path[128];
	FILE *f = NULL;

	while (size >= 3 && number < 4) {
		size_t n = (size_t)data[1] << 8 | data[2];
		uint8_t type = data[0];

		data += 3;
		size -= 3;
		n = n < size ? n : size;
		if (f == NULL || (type & 0xbf) == 0) {
			if (f != NULL)
				fclose(f);
			snprintf(path, sizeof(path), "%s/%016x.seg", dir,
			    number++);
			f = fopen(path, "wb");
			assert(f != NULL);
		}
		memcpy(frame + FRAME_OVERHEAD, data, n);
		if ((type & 0x80) != 0)
			fwrite(data, 1, n, f);
		else
			fwrite(frame, 1,
			    (type & 0x40) != 0
				? seal_old(frame, 1 + type % 4, n)
				: frame_seal(frame, 1 + type % 4, n),
			    f);
		data += n;
		size -= n;
	}
	if (f != NULL)
		fclose(f);
}

static struct spool *
open_spool(struct spool_reader **r)
{
	const struct spool_config c = { .dir = dir,
		.size = 1 << 20,
		.memory = 1 << 18,
		.keep_ns = 1000000000,
		.streams = streams,
		.n_streams = 2 };
	struct spool *sp = spool_new(&c);
	char err[256];

	assert(sp != NULL);
	*r = spool_reader(sp, "r1");
	assert(*r != NULL);
	assert(spool_open(sp, 0, err, sizeof(err)));
	return sp;
}

static unsigned
read_all(struct spool *sp, struct spool_reader *r, const char *wanted)
{
	uint64_t last[2] = { 0 };
	struct spool_record rec;
	enum spool_next what;
	unsigned n = 0, found = 0;

	while ((what = spool_next(r, &rec)) != SPOOL_END) {
		if (what == SPOOL_LATER)
			continue;
		assert(rec.stream < 2 && rec.k > last[rec.stream]);
		assert(rec.k <= spool_last(sp, rec.stream));
		assert(rec.len <= UINT16_MAX);
		last[rec.stream] = rec.k;
		found += wanted != NULL && rec.len == strlen(wanted) &&
		    memcmp(rec.payload, wanted, rec.len) == 0;
		const struct spool_mark mark = { rec.k, rec.ts_ns,
			rec.through };
		spool_settle(r, rec.stream, &mark);
		assert(++n < 100000);
	}
	return found;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spool_reader *r;
	uint64_t run, k, n, end;

	if (dir[0] == '\0')
		set_up();
	clean();
	write_files(data, size);
	struct spool *sp = open_spool(&r);
	read_all(sp, r, NULL);
	spool_name(sp, 0, spool_last(sp, 0), &run, &n, &end);
	spool_find(sp, 1, 0x3030303030303030, 1, &k);
	spool_backlog(r);
	/* A stream whose ids have come to their end takes no more. */
	spool_sum_at(r, 1, spool_last(sp, 1) / 2);
	const struct spool_sum amount = { 1, 2, 0 };
	bool ok =
	    spool_append(sp, 1, 7, &amount, (const uint8_t *)"after it", 8);
	spool_commit(sp, 0);
	spool_free(sp);
	sp = open_spool(&r);
	spool_seek(r, 1, spool_last(sp, 1));
	unsigned found = read_all(sp, r, "after it");
	assert(!ok || found >= 1);
	spool_free(sp);
	return 0;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/redis_reader.h"

#include <hiredis/hiredis.h>
#include <hiredis/sds.h>
#include <stdbool.h>

enum { LARGE = 64 << 10 };

static void *(*create_array)(const redisReadTask *task, int elements);

static void *
create_bounded_array(const redisReadTask *task, int elements)
{
	size_t *so_far = task->privdata;

	if (elements < 0 || (size_t)elements > REDIS_REPLY_ELEMENTS - *so_far)
		return NULL;
	*so_far += (size_t)elements;
	return create_array(task, elements);
}

struct redisReader *
redis_reader_new(size_t *elements)
{
	static redisReplyObjectFunctions functions;
	redisReader *reader = redisReaderCreate();

	if (reader == NULL)
		return NULL;
	create_array = reader->fn->createArray;
	functions = *reader->fn;
	functions.createArray = create_bounded_array;
	reader->fn = &functions;
	reader->privdata = elements;
	reader->maxbuf = 0; /* see redis_reader_trim */
	return reader;
}

/* Whether all that it was fed has become replies. */
static bool
is_idle(const redisReader *r)
{
	return r->err == 0 && r->ridx == -1 && r->pos == r->len;
}

void
redis_reader_trim(struct redisReader **reader)
{
	redisReader *old = *reader, *fresh;

	if (!is_idle(old) || sdsalloc(old->buf) <= LARGE)
		return;
	fresh = redis_reader_new(old->privdata);
	if (fresh == NULL)
		return;
	redisReaderFree(old);
	*reader = fresh;
}

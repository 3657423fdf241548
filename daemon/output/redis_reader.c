/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/redis_reader.h"

#include <hiredis/hiredis.h>

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
	return reader;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hiredis' reader, which makes arrays as large as the server says, held to
 * replies of REDIS_REPLY_ELEMENTS at all depths: what is past any reply of
 * ours is refused before it costs memory.  Nesting is bounded by hiredis.
 */
#ifndef DAEMON_OUTPUT_REDIS_READER_H
#define DAEMON_OUTPUT_REDIS_READER_H

#include <stddef.h>

struct redisReader;

enum { REDIS_REPLY_ELEMENTS = 8192 };

/*
 * Counts in *elements, which the caller sets to 0 behind each reply; borrowed.
 * NULL when out of memory; redisReaderFree ends it.
 */
struct redisReader *redis_reader_new(size_t *elements);

/*
 * Between two replies: replaces one that has become large by a new one, if
 * there is memory.  hiredis 0.14 would do that itself, and end the process if
 * there is none, so it is told not to.
 */
void redis_reader_trim(struct redisReader **reader);

#endif

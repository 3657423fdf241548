/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long to wait before a server is tried again: 0.1 s, then longer, up to
 * 5 s, with jitter, so that sensors don't come at once.
 */
#ifndef DAEMON_OUTPUT_BACKOFF_H
#define DAEMON_OUTPUT_BACKOFF_H

#include <stdint.h>

#define BACKOFF_MIN_NS INT64_C(100000000)
#define BACKOFF_MAX_NS INT64_C(5000000000)

struct backoff {
	int64_t ns; /* the next wait, at most */
	uint32_t random;
};

void backoff_init(struct backoff *b);
/* Half to all of the wait; the next one is twice as long. */
int64_t backoff_next(struct backoff *b);
/* There was success: the next wait is short again. */
void backoff_well(struct backoff *b);

#endif

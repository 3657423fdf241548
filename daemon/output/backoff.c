/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/backoff.h"

#include <sys/random.h>

void
backoff_init(struct backoff *b)
{
	b->ns = BACKOFF_MIN_NS;
	if (getrandom(&b->random, sizeof(b->random), 0) != sizeof(b->random))
		b->random = 1;
}

int64_t
backoff_next(struct backoff *b)
{
	int64_t half = b->ns / 2;

	b->random = b->random * 1664525 + 1013904223;
	b->ns *= 2;
	if (b->ns > BACKOFF_MAX_NS)
		b->ns = BACKOFF_MAX_NS;
	return half + half * (b->random >> 16) / 65536;
}

void
backoff_well(struct backoff *b)
{
	b->ns = BACKOFF_MIN_NS;
}

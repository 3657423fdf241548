/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/spool/stream_id.h"

#include <string.h>

int
stream_id_cmp(struct stream_id a, struct stream_id b)
{
	if (a.ms != b.ms)
		return a.ms < b.ms ? -1 : 1;
	if (a.seq != b.seq)
		return a.seq < b.seq ? -1 : 1;
	return 0;
}

static bool
digits(const char *s, size_t n, uint64_t *out)
{
	uint64_t value = 0;

	if (n == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s[i] - '0'),
			&value))
			return false;
	}
	*out = value;
	return true;
}

bool
stream_id_parse(struct stream_id *id, const char *s, size_t n)
{
	const char *dash = n > 0 ? memchr(s, '-', n) : NULL;

	if (dash == NULL)
		return false;
	return digits(s, (size_t)(dash - s), &id->ms) &&
	    digits(dash + 1, n - (size_t)(dash - s) - 1, &id->seq);
}

bool
stream_id_next(struct stream_id *id, struct stream_id last, uint64_t ms)
{
	if (ms > last.ms) {
		*id = (struct stream_id){ ms, 0 };
		return true;
	}
	if (last.seq < UINT64_MAX) {
		*id = (struct stream_id){ last.ms, last.seq + 1 };
		return true;
	}
	if (last.ms == UINT64_MAX)
		return false;
	*id = (struct stream_id){ last.ms + 1, 0 };
	return true;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/report/number.h"

#include <string.h>

size_t
number_u64(char *out, uint64_t value)
{
	char buf[20];
	size_t n = sizeof(buf);

	do {
		buf[--n] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	memcpy(out, buf + n, sizeof(buf) - n);
	return sizeof(buf) - n;
}

size_t
number_i64(char *out, int64_t value)
{
	if (value >= 0)
		return number_u64(out, (uint64_t)value);
	out[0] = '-';
	return 1 + number_u64(out + 1, -(uint64_t)value);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/influx_answer.h"

enum { BODY = 200 };

enum influx_verdict
influx_verdict_of(int status)
{
	static const struct {
		int status;
		enum influx_verdict verdict;
	} known[] = {
		{ 400, INFLUX_BAD_LINE },
		{ 408, INFLUX_RETRY },
		{ 413, INFLUX_TOO_LARGE },
		{ 422, INFLUX_BAD_LINE },
		{ 425, INFLUX_RETRY },
		{ 429, INFLUX_RETRY },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].status == status)
			return known[i].verdict;
	if (status >= 200 && status < 300)
		return INFLUX_STORED;
	/* No redirection is followed: it would take the secret along. */
	if (status >= 300 && status < 500)
		return INFLUX_REFUSED;
	return INFLUX_RETRY;
}

int
influx_retry_after(const char *value)
{
	int seconds = 0;

	if (value == NULL || *value == '\0')
		return -1;
	for (; *value != '\0'; value++) {
		if (*value < '0' || *value > '9')
			return -1;
		seconds = seconds * 10 + (*value - '0');
		if (seconds > INFLUX_RETRY_MAX)
			seconds = INFLUX_RETRY_MAX;
	}
	return seconds;
}

void
influx_answer_text(char out[TEXT_MAX + 4], const void *body, size_t n)
{
	const uint8_t *p = body;
	bool cut;

	if (n > BODY)
		n = BODY;
	while (n > 0 && (p[n - 1] == '\n' || p[n - 1] == '\r'))
		n--;
	text_clean(out, p, n, &cut);
}

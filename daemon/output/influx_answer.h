/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an HTTP server's answer to a write means.  Every byte of it is the
 * server's: bounded, and clean text before it reaches the log.  Pure.
 */
#ifndef DAEMON_OUTPUT_INFLUX_ANSWER_H
#define DAEMON_OUTPUT_INFLUX_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "dissect/text.h"

enum influx_verdict {
	INFLUX_STORED,
	INFLUX_RETRY, /* later, the same again */
	INFLUX_REFUSED, /* until someone changes something */
	INFLUX_BAD_LINE, /* at least one of the lines is to blame */
	INFLUX_TOO_LARGE, /* the same in smaller parts */
};

/* Of a status as HTTP has it; 0 is none. */
enum influx_verdict influx_verdict_of(int status);

/*
 * Seconds of a Retry-After (RFC 9110, section 10.2.3), at most
 * INFLUX_RETRY_MAX; -1 if it is missing, a date or malformed.
 */
enum { INFLUX_RETRY_MAX = 300 };
int influx_retry_after(const char *value);

/* Writes what the body says as one line of clean text. */
void influx_answer_text(char out[TEXT_MAX + 4], const void *body, size_t n);

#endif

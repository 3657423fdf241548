/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What outputs read: the answers of HTTP servers, URLs, and records of a spool
 * that someone has written to.
 */
#include "tests/fuzz/fuzz.h"

#include "daemon/output/influx_answer.h"
#include "daemon/output/influx_url.h"
#include "daemon/output/journal.h"
#include "daemon/report/line.h"
#include "daemon/report/schema.h"

static void
fuzz_answer(const uint8_t *data, size_t n, const char *text)
{
	char out[TEXT_MAX + 4];
	int seconds = influx_retry_after(text);

	MUST(seconds >= -1 && seconds <= INFLUX_RETRY_MAX);
	influx_answer_text(out, data, n);
	fuzz_text(out, strlen(out), true);
}

/* A target becomes part of a request's first line. */
static void
fuzz_url(const char *text)
{
	struct influx_url u;
	char err[256] = "";

	if (!influx_url_parse(&u, "influx://", text, err, sizeof(err))) {
		MUST(err[0] != '\0');
		return;
	}
	MUST(u.target[0] == '/' && u.address.at.port != 0);
	MUST(strstr(u.target, "precision=ns") != NULL);
	for (const char *p = u.target; *p != '\0'; p++)
		MUST((unsigned char)*p > ' ' && (unsigned char)*p < 0x7f);
	for (const char *p = u.address.at.host; *p != '\0'; p++)
		MUST((unsigned char)*p > ' ' && (unsigned char)*p < 0x7f);
}

/* Whatever is in a record, its line is one line or none. */
static void
fuzz_record(unsigned stream, const uint8_t *data, size_t n)
{
	struct spool_record rec = { .stream = stream,
		.payload = data,
		.len = n };
	char line[LINE_SIZE];
	struct point p;
	size_t len;

	if (!journal_point(&p, &rec) ||
	    !line_write(line, sizeof(line), &p, &len) || len == 0)
		return;
	MUST(memchr(line, '\n', len) == line + len - 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char text[4096];

	if (n == 0)
		return 0;
	unsigned kind = *data++;
	n--;
	size_t len = n < sizeof(text) - 1 ? n : sizeof(text) - 1;
	memcpy(text, data, len);
	text[len] = '\0';
	fuzz_answer(data, n, text);
	fuzz_url(text);
	fuzz_record(kind % 16, data, n);
	return 0;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration file.  Whatever it holds: messages are printable lines
 * that name the file, and what was accepted, written as a file again, is
 * accepted without a fault and means the same.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/source.h"
#include "config/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned
parse(const void *data, size_t size, struct source *s)
{
	char *text;
	size_t n;
	FILE *err = open_memstream(&text, &n);
	/* fmemopen refuses a size of 0 and wants writable memory. */
	char *copy = malloc(size + 1);
	struct faults f = { .err = err };
	FILE *in;

	assert(err != NULL && copy != NULL);
	memcpy(copy, data, size);
	copy[size] = '\n';
	in = fmemopen(copy, size + 1, "r");
	assert(in != NULL);
	file_parse(in, "f", s, &f);
	fclose(in);
	fclose(err);
	assert((f.n == 0) == (n == 0));
	assert(n == 0 || strncmp(text, "tapline: f:", 11) == 0);
	for (size_t i = 0; i < n; i++)
		assert(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
	free(text);
	free(copy);
	return f.n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source s = { 0 }, again = { 0 };
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert(out != NULL);
	(void)parse(data, size, &s);
	for (unsigned i = 0; i < OPTION_ROWS; i++) {
		if (source_has(&s, &option_rows[i]))
			value_print(&option_rows[i], &s.o, out);
	}
	fclose(out);
	assert(parse(text, n, &again) == 0);
	for (unsigned i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];

		assert(source_has(&s, row) == source_has(&again, row));
		if (source_has(&s, row))
			assert(value_equal(row, &s.o, &again.o));
	}
	free(text);
	source_fini(&s);
	source_fini(&again);
	return 0;
}

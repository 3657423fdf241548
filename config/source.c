/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/source.h"

#include <stdarg.h>

#include "config/value.h"

enum { FAULTS_WRITTEN = 20 };

void
fault(struct faults *f, const char *fmt, ...)
{
	va_list ap;

	if (f->n++ > FAULTS_WRITTEN)
		return;
	fputs("tapline: ", f->err);
	if (f->n > FAULTS_WRITTEN)
		fputs("more faults follow", f->err);
	else {
		va_start(ap, fmt);
		vfprintf(f->err, fmt, ap);
		va_end(ap);
	}
	fputc('\n', f->err);
}

bool
source_set(struct source *s, const struct option_row *row, const char *text,
    unsigned line, char *why)
{
	unsigned i = (unsigned)(row - option_rows);

	if (!value_set(row, text, &s->o, why))
		return false;
	if (row->type == OPTION_WINDOWS)
		s->window_line[s->o.windows.n - 1] = line;
	if (s->line[i] == 0)
		s->line[i] = line;
	return true;
}

bool
source_has(const struct source *s, const struct option_row *row)
{
	return s->line[row - option_rows] != 0;
}

void
source_fini(struct source *s)
{
	for (unsigned i = 0; i < OPTION_ROWS; i++)
		value_clear(&option_rows[i], &s->o);
}

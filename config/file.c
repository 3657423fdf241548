/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration file, by libinih: "name = value" lines, comments that
 * begin with # or ; and, after a blank, ; to the end of a line.
 *
 * Left alone, libinih cuts long lines in two, takes an indented line for
 * more of the value before it, and does not tell its handler the line.  So
 * it gets its lines from a reader of ours that counts them, strips leading
 * blanks, and answers a line that can't be right with a blank one.
 */
#include "config/source.h"

#include <errno.h>
#include <ini.h>
#include <string.h>

#include "config/value.h"

enum { FILE_MAX = 1 << 20 };

struct reader {
	FILE *in;
	const char *path;
	struct source *s;
	struct faults *f;
	unsigned line;
	size_t bytes;
	bool pending; /* the last line was given out as "name = value" */
};

/*
 * Reads one line without its end into str.  Returns false at the end of the
 * file; *what is NULL or the reason why the line is no good.
 */
static bool
raw_line(struct reader *r, char *str, size_t size, const char **what)
{
	size_t n = 0;
	int c;

	*what = NULL;
	while ((c = getc(r->in)) != EOF) {
		if (r->bytes++ == FILE_MAX) {
			*what = "the file is longer than 1 MiB";
			return true;
		}
		if (c == '\n')
			break;
		if (c == '\0')
			*what = "the line has a NUL byte";
		else if (n + 1 < size)
			str[n++] = (char)c;
		else
			*what = "the line is too long";
	}
	str[n] = '\0';
	return c != EOF || n > 0 || *what != NULL;
}

/* libinih skipped the last line given to it: it is not "name = value". */
static void
note_skipped(struct reader *r)
{
	if (r->pending)
		fault(r->f, "%s:%u: the line is not 'name = value'", r->path,
		    r->line);
	r->pending = false;
}

static char *
next_line(char *str, int size, void *arg)
{
	struct reader *r = arg;
	const char *what, *p = str;

	note_skipped(r);
	if (r->bytes > FILE_MAX || !raw_line(r, str, (size_t)size, &what))
		return NULL;
	r->line++;
	if (what == NULL) {
		if (r->line == 1 && strncmp(str, "\xef\xbb\xbf", 3) == 0)
			p += 3; /* a byte-order mark */
		p += strspn(p, " \t\r\v\f");
		memmove(str, p, strlen(p) + 1);
		if (str[0] == '[')
			what = "there are no sections: names stand alone";
	}
	if (what != NULL) {
		fault(r->f, "%s:%u: %s", r->path, r->line, what);
		str[0] = '\0';
	}
	r->pending = str[0] != '\0' && str[0] != '#' && str[0] != ';';
	return str;
}

static void
unknown(struct reader *r, const char *name)
{
	char quoted[VALUE_QUOTE];
	const char *near = option_suggest(name, OPTION_FILE);

	value_quote(quoted, name);
	if (option_find(name, strlen(name)) != NULL)
		fault(r->f, "%s:%u: %s can only be given on the command line",
		    r->path, r->line, quoted);
	else if (near != NULL)
		fault(r->f, "%s:%u: unknown name %s; did you mean '%s'?",
		    r->path, r->line, quoted, near);
	else
		fault(r->f, "%s:%u: unknown name %s", r->path, r->line, quoted);
}

static int
handle(void *arg, const char *section, const char *name, const char *value)
{
	struct reader *r = arg;
	const struct option_row *row = option_find(name, strlen(name));
	char why[VALUE_WHY];

	(void)section;
	r->pending = false;
	if (row == NULL || !(row->flags & OPTION_FILE))
		unknown(r, name);
	else if (!(row->flags & OPTION_LIST) && source_has(r->s, row))
		fault(r->f, "%s:%u: %s is given twice, first in line %u",
		    r->path, r->line, name, r->s->line[row - option_rows]);
	else if (!source_set(r->s, row, value, r->line, why))
		fault(r->f, "%s:%u: %s: %s", r->path, r->line, name, why);
	return 1;
}

void
file_parse(FILE *in, const char *path, struct source *s, struct faults *f)
{
	struct reader r = { .in = in, .path = path, .s = s, .f = f };

	ini_allow_multiline = false;
	ini_stop_on_first_error = false;
	ini_use_stack = false;
	ini_initial_alloc = VALUE_LINE + 3;
	ini_max_line = VALUE_LINE + 3;
	errno = 0;
	if (ini_parse_stream(next_line, &r, handle, &r) == -2)
		fault(f, "%s: %s", path, strerror(ENOMEM));
	note_skipped(&r);
	if (ferror(in))
		fault(f, "%s: %s", path, strerror(errno));
}

const char *
file_path(const char *name)
{
	return name[0] == '-' ? name + 1 : name;
}

void
file_read(const char *name, struct source *s, struct faults *f)
{
	const char *path = file_path(name);
	FILE *in = fopen(path, "re");

	if (in == NULL && errno == ENOENT && path != name)
		return;
	if (in == NULL) {
		fault(f, "%s: %s", path, strerror(errno));
		return;
	}
	file_parse(in, path, s, f);
	fclose(in);
}

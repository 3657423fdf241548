/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: options by the table, files after -r, then the words of
 * the filter.  Not getopt_long, which can neither take several files after
 * one -r nor say which name was meant.
 */
#include "config/source.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "config/value.h"

struct args {
	char *const *argv;
	int argc;
	int next;
	struct source *s;
	struct faults *f;
};

static const struct option_row *
row_named(const char *name)
{
	return option_find(name, strlen(name));
}

static void
set(struct args *a, const struct option_row *row, const char *name,
    const char *text)
{
	char why[VALUE_WHY];

	/* What is given twice and is not a list: the last one counts. */
	if (!source_set(a->s, row, text, 1, why))
		fault(a->f, "%s: %s", name, why);
}

static bool
takes_value(const struct option_row *row)
{
	return row->type != OPTION_FLAG && row->type != OPTION_BOOL;
}

static bool
looks_like_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/*
 * Sets the row to the value attached to the option, or else to the next
 * argument.  A value that begins with a dash must be attached: what follows
 * is more probably the next option, and the value was forgotten.
 */
static void
set_value(struct args *a, const struct option_row *row, const char *name,
    const char *attached)
{
	if (attached != NULL)
		set(a, row, name, attached);
	else if (a->next < a->argc && !looks_like_option(a->argv[a->next]))
		set(a, row, name, a->argv[a->next++]);
	else
		fault(a->f, "%s needs a value: %s", name, row->metavar);
}

static void
unknown_long(struct args *a, const char *word, size_t n)
{
	char name[64], quoted[VALUE_QUOTE];
	const char *near;

	snprintf(name, sizeof(name), "%.*s", (int)(n < 60 ? n : 60), word + 2);
	near = option_suggest(name, 0);
	value_quote(quoted, word);
	if (near != NULL)
		fault(a->f, "unknown option %s; did you mean '--%s'?", quoted,
		    near);
	else
		fault(a->f, "unknown option %s", quoted);
}

/* --NAME, --NAME VALUE, --NAME=VALUE, and --no-NAME where it is yes or no. */
static const struct option_row *
long_option(struct args *a, const char *word)
{
	size_t n = strcspn(word + 2, "=");
	const char *attached = word[2 + n] == '=' ? word + 2 + n + 1 : NULL;
	const struct option_row *row = option_find(word + 2, n);
	const char *yes = "yes";
	char name[64];

	if (row == NULL && n > 3 && strncmp(word, "--no-", 5) == 0) {
		row = option_find(word + 5, n - 3);
		if (row != NULL && row->type != OPTION_BOOL)
			row = NULL;
		yes = "no";
	}
	if (row == NULL) {
		unknown_long(a, word, n);
		return NULL;
	}
	snprintf(name, sizeof(name), "%.*s", (int)n + 2, word);
	if (takes_value(row))
		set_value(a, row, name, attached);
	else if (attached != NULL)
		fault(a->f, "%s takes no value", name);
	else
		set(a, row, name, yes);
	return row;
}

static const struct option_row *
row_lettered(char letter)
{
	for (unsigned i = 0; i < OPTION_ROWS; i++) {
		if (option_rows[i].letter == letter && letter != '\0')
			return &option_rows[i];
	}
	return NULL;
}

/* -q, -qv, -i VALUE, -iVALUE, -qi VALUE. */
static const struct option_row *
short_options(struct args *a, const char *word)
{
	const struct option_row *row = NULL;

	for (const char *p = word + 1; *p != '\0'; p++) {
		char name[3] = { '-', *p, '\0' }, quoted[VALUE_QUOTE];

		row = row_lettered(*p);
		if (row == NULL) {
			fault(a->f, "unknown option %s",
			    value_quote(quoted, word));
			return NULL;
		}
		if (takes_value(row)) {
			set_value(a, row, name, p[1] != '\0' ? p + 1 : NULL);
			return row;
		}
		set(a, row, name, row->def[0] == 'y' ? "no" : "yes");
	}
	return row;
}

/*
 * Whether a word after -r is one more capture: it names a file, and no filter
 * begins with it.  A missing file with a capture's name is taken for one too:
 * "no such file" tells more than a filter's syntax error.
 */
static bool
is_capture(const char *word)
{
	static const char *const ends[] = { ".pcap", ".pcapng", ".cap", ".gz",
		".zst" };
	size_t n = strlen(word);
	struct stat st;

	if (strpbrk(word, "./") == NULL)
		return false;
	for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t k = strlen(ends[i]);

		if (n > k && strcasecmp(word + n - k, ends[i]) == 0)
			return true;
	}
	return stat(word, &st) == 0;
}

/* Joins what is left to the filter. */
static void
filter_words(struct args *a)
{
	const struct option_row *row = row_named("filter");
	size_t n = 1;
	char *text, *p;

	for (int i = a->next; i < a->argc; i++)
		n += strlen(a->argv[i]) + 1;
	text = malloc(n);
	if (text == NULL) {
		fault(a->f, "the filter does not fit into memory");
		return;
	}
	p = text;
	for (int i = a->next; i < a->argc; i++) {
		const char *word = a->argv[i];
		char quoted[VALUE_QUOTE];

		if (word[0] == '-' && strspn(word, "-") < strlen(word) &&
		    strchr("0123456789(", word[1]) == NULL)
			fault(a->f, "%s: options go before the filter",
			    value_quote(quoted, word));
		if (p != text)
			*p++ = ' ';
		p = stpcpy(p, word);
	}
	*p = '\0';
	if (source_has(a->s, row))
		fault(a->f, "the filter is given by --filter and by words");
	else
		set(a, row, "filter", text);
	free(text);
}

void
args_read(int argc, char *const argv[], struct source *s, struct faults *f)
{
	struct args a = { .argv = argv,
		.argc = argc,
		.next = 1,
		.s = s,
		.f = f };
	const struct option_row *reads = row_named("read");
	const struct option_row *follows = row_named("follow");
	const struct option_row *last = NULL;
	char quoted[VALUE_QUOTE];

	while (a.next < argc) {
		const char *word = argv[a.next];

		if (strcmp(word, "--") == 0) {
			a.next++;
			break;
		}
		if (looks_like_option(word)) {
			a.next++;
			last = word[1] == '-' ? long_option(&a, word)
					      : short_options(&a, word);
		} else if (last == reads && last != NULL && is_capture(word)) {
			a.next++;
			set(&a, reads, "-r", word);
		} else if (last == follows && last != NULL &&
		    is_capture(word)) {
			a.next++;
			if (f->n == 0)
				fault(f,
				    "-F: quote the pattern: %s is a file "
				    "more, of those that are there now",
				    value_quote(quoted, word));
		} else
			break;
	}
	if (a.next < argc)
		filter_words(&a);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Values as they are kept, and back to text. */
#include "config/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config/options.h"
#include "config/table.h"

#define NANO INT64_C(1000000000)

const char *const value_key_as[] = {
	[KEY_AS_FIELD] = "field",
	[KEY_AS_TAG] = "tag",
	[KEY_AS_BOTH] = "both",
};

const char *const value_sandbox[] = {
	[SANDBOX_NO] = "no",
	[SANDBOX_YES] = "yes",
	[SANDBOX_REQUIRE] = "require",
	[SANDBOX_STRICT] = "strict",
};

static void *
at(const struct option_row *row, struct options *o)
{
	return (char *)o + row->offset;
}

static const void *
at_const(const struct option_row *row, const struct options *o)
{
	return (const char *)o + row->offset;
}

static size_t
width(const struct option_row *row)
{
	switch (row->type) {
	case OPTION_FLAG:
	case OPTION_BOOL:
		return sizeof(bool);
	case OPTION_COUNT:
	case OPTION_SIZE:
	case OPTION_SECONDS:
		return sizeof(uint64_t);
	case OPTION_WINDOWS:
		return sizeof(struct window_list);
	case OPTION_SPEED:
		return sizeof(double);
	case OPTION_KEY_AS:
		return sizeof(enum key_as);
	case OPTION_SANDBOX:
		return sizeof(enum sandbox);
	case OPTION_NAME:
	case OPTION_PATH:
	case OPTION_SENSOR:
	case OPTION_FILTER:
	case OPTION_PORTS:
		break;
	}
	return row->flags & OPTION_LIST ? sizeof(struct string_list)
					: sizeof(char *);
}

static bool
is_text(const struct option_row *row)
{
	return row->type == OPTION_NAME || row->type == OPTION_PATH ||
	    row->type == OPTION_SENSOR || row->type == OPTION_FILTER ||
	    row->type == OPTION_PORTS;
}

void
value_clear(const struct option_row *row, struct options *o)
{
	void *field = at(row, o);

	if (is_text(row) && row->flags & OPTION_LIST) {
		struct string_list *list = field;

		for (unsigned i = 0; i < list->n; i++)
			free(list->v[i]);
		free(list->v);
	} else if (is_text(row))
		free(*(char **)field);
	memset(field, 0, width(row));
}

bool
value_empty(const struct option_row *row, const struct options *o)
{
	const void *field = at_const(row, o);

	if (row->type == OPTION_WINDOWS)
		return ((const struct window_list *)field)->n == 0;
	if (is_text(row) && row->flags & OPTION_LIST)
		return ((const struct string_list *)field)->n == 0;
	return false;
}

void
value_move(const struct option_row *row, struct options *to,
    struct options *from)
{
	value_clear(row, to);
	memcpy(at(row, to), at(row, from), width(row));
	memset(at(row, from), 0, width(row));
}

static bool
list_equal(const struct string_list *a, const struct string_list *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++) {
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	}
	return true;
}

bool
value_equal(const struct option_row *row, const struct options *a,
    const struct options *b)
{
	const void *x = at_const(row, a), *y = at_const(row, b);

	if (row->type == OPTION_WINDOWS) {
		const struct window_list *v = x, *w = y;

		return v->n == w->n &&
		    memcmp(v->ns, w->ns, v->n * sizeof(v->ns[0])) == 0;
	}
	if (!is_text(row))
		return memcmp(x, y, width(row)) == 0;
	if (row->flags & OPTION_LIST)
		return list_equal(x, y);
	return strcmp(*(char *const *)x, *(char *const *)y) == 0;
}

void
value_print_size(FILE *out, uint64_t bytes)
{
	static const char *const units[] = { "", "k", "M", "G", "T" };
	unsigned u = 0;

	while (u < 4 && bytes != 0 && bytes % 1024 == 0) {
		bytes /= 1024;
		u++;
	}
	fprintf(out, "%" PRIu64 "%s", bytes, units[u]);
}

void
value_print_seconds(FILE *out, int64_t ns)
{
	char fraction[16];
	size_t n;

	fprintf(out, "%" PRId64, ns / NANO);
	if (ns % NANO == 0)
		return;
	n = (size_t)snprintf(fraction, sizeof(fraction), ".%09" PRId64,
	    ns % NANO);
	while (fraction[n - 1] == '0')
		n--;
	fprintf(out, "%.*s", (int)n, fraction);
}

void
value_print_window(FILE *out, int64_t ns)
{
	if (ns == 0)
		fputs("all", out);
	else
		value_print_seconds(out, ns);
}

void
value_print_number(const struct option_row *row, FILE *out, uint64_t v)
{
	switch (row->type) {
	case OPTION_SIZE:
		value_print_size(out, v);
		break;
	case OPTION_SECONDS:
	case OPTION_WINDOWS:
	case OPTION_SPEED:
		value_print_seconds(out, (int64_t)v);
		break;
	default:
		fprintf(out, "%" PRIu64, v);
	}
}

/*
 * libinih strips blanks at both ends and takes a semicolon after a blank for
 * a comment; quotes mean nothing to it.
 */
static void
print_text(const struct option_row *row, const char *text, FILE *out)
{
	char quoted[VALUE_QUOTE];
	size_t n = strlen(text);
	bool blank = n > 0 && text[0] != ';';

	if (strstr(text, " ;") != NULL || text[0] == ' ' ||
	    (n > 0 && text[n - 1] == ' '))
		fprintf(out, "# %s: %s can't stand in a file\n", row->name,
		    value_quote(quoted, text));
	else
		fprintf(out, "%s =%s%s\n", row->name, blank ? " " : "", text);
}

static void
print_texts(const struct option_row *row, const void *field, FILE *out)
{
	const struct string_list *list = field;

	if (!(row->flags & OPTION_LIST)) {
		print_text(row, *(char *const *)field, out);
		return;
	}
	if (list->n == 0)
		fprintf(out, "%s =\n", row->name);
	for (unsigned i = 0; i < list->n; i++)
		print_text(row, list->v[i], out);
}

void
value_print(const struct option_row *row, const struct options *o, FILE *out)
{
	const void *field = at_const(row, o);

	if (is_text(row)) {
		print_texts(row, field, out);
		return;
	}
	if (row->type == OPTION_WINDOWS) {
		const struct window_list *list = field;

		for (unsigned i = 0; i < list->n; i++) {
			fprintf(out, "%s = ", row->name);
			value_print_window(out, list->ns[i]);
			fputc('\n', out);
		}
		return;
	}
	fprintf(out, "%s = ", row->name);
	if (row->type == OPTION_FLAG || row->type == OPTION_BOOL)
		fputs(*(const bool *)field ? "yes" : "no", out);
	else if (row->type == OPTION_KEY_AS)
		fputs(value_key_as[*(const enum key_as *)field], out);
	else if (row->type == OPTION_SANDBOX)
		fputs(value_sandbox[*(const enum sandbox *)field], out);
	else if (row->type == OPTION_SPEED)
		value_print_seconds(out,
		    (int64_t)(*(const double *)field * 1e9 + 0.5));
	else
		value_print_number(row, out, *(const uint64_t *)field);
	fputc('\n', out);
}

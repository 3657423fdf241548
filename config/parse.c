/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to values.  Numbers are read digit by digit: strtod knows of exponents,
 * hexadecimal, "inf" and locales, none of which a configuration should.
 */
#include "config/value.h"

#include <stdlib.h>
#include <string.h>

#include "config/options.h"
#include "config/table.h"

#define NANO UINT64_C(1000000000)

char *
value_quote(char *out, const char *text)
{
	char *p = out;

	*p++ = '\'';
	for (size_t i = 0; text[i] != '\0'; i++) {
		unsigned char c = (unsigned char)text[i];

		if (i == 64) {
			p += sprintf(p, "...");
			break;
		}
		if (c < 0x20 || c > 0x7e)
			p += sprintf(p, "\\x%02x", c);
		else
			*p++ = (char)c;
	}
	*p++ = '\'';
	*p = '\0';
	return out;
}

/* Says "'text' reason"; returns false, so that callers can return it. */
static bool
refuse(char *why, const char *text, const char *reason)
{
	char quoted[VALUE_QUOTE];

	snprintf(why, VALUE_WHY, "%s %s", value_quote(quoted, text), reason);
	return false;
}

/*
 * Reads a decimal without sign, exponent or locale, in units of 1e-9.  Returns
 * what follows it, or NULL: no digits, more than nine on a side.
 */
static const char *
decimal(const char *s, uint64_t *out)
{
	uint64_t v = 0;
	unsigned n = 0, fraction = 0;

	for (; *s >= '0' && *s <= '9'; s++, n++) {
		if (v >= NANO)
			return NULL;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	if (n == 0 || v >= NANO)
		return NULL;
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++, fraction++) {
			if (fraction == 9)
				return NULL;
			v = v * 10 + (uint64_t)(*s - '0');
		}
		if (fraction == 0)
			return NULL;
	}
	for (; fraction < 9; fraction++)
		v *= 10;
	*out = v;
	return s;
}

/* A whole number with an optional unit of 1024^n. */
static bool
size(const char *s, bool unit, uint64_t *out)
{
	static const char units[] = "kmgt";
	uint64_t v = 0;
	unsigned n = 0;

	for (; *s >= '0' && *s <= '9'; s++, n++) {
		if (v > UINT64_MAX / 10 - 1)
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	if (n == 0)
		return false;
	if (unit && *s != '\0') {
		char lower = (char)(*s | 0x20);
		const char *u = strchr(units, lower);

		if (u == NULL)
			return false;
		for (; u >= units; u--) {
			if (v > UINT64_MAX / 1024)
				return false;
			v *= 1024;
		}
		s++;
	}
	*out = v;
	return *s == '\0';
}

/* Seconds, or with the unit ms, s, m or h. */
static bool
seconds(const char *s, uint64_t *ns)
{
	uint64_t v, scale = 1;
	const char *unit = decimal(s, &v);

	if (unit == NULL)
		return false;
	if (strcmp(unit, "m") == 0)
		scale = 60;
	else if (strcmp(unit, "h") == 0)
		scale = 3600;
	else if (strcmp(unit, "ms") == 0) {
		if (v % 1000 != 0)
			return false;
		v /= 1000;
	} else if (*unit != '\0' && strcmp(unit, "s") != 0)
		return false;
	*ns = v > INT64_MAX / scale ? INT64_MAX : v * scale;
	return true;
}

static bool
in_range(const struct option_row *row, const char *text, uint64_t v, char *why)
{
	char reason[128] = "is out of range";
	FILE *f;

	if (v >= row->min && v <= row->max)
		return true;
	f = fmemopen(reason, sizeof(reason), "w");
	if (f != NULL) {
		fputs("is not between ", f);
		value_print_number(row, f, row->min);
		fputs(" and ", f);
		value_print_number(row, f, row->max);
		fclose(f);
	}
	return refuse(why, text, reason);
}

static bool
set_number(const struct option_row *row, const char *text, uint64_t *v,
    char *why)
{
	bool is_size = row->type == OPTION_SIZE;

	if (!size(text, is_size, v))
		return refuse(why, text,
		    is_size ? "is not a size like 64k, 64M or 1G"
			    : "is not a whole number");
	return in_range(row, text, *v, why);
}

static bool
set_seconds(const struct option_row *row, const char *text, int64_t *ns,
    char *why)
{
	uint64_t v;

	if (!seconds(text, &v))
		return refuse(why, text,
		    "is not a time like 2, 0.5, 10m or 1h");
	if (!in_range(row, text, v, why))
		return false;
	if (v % 1000000 != 0)
		return refuse(why, text, "is finer than a millisecond");
	*ns = (int64_t)v;
	return true;
}

static bool
set_window(const struct option_row *row, const char *text,
    struct window_list *list, char *why)
{
	int64_t ns = 0;

	if (strcmp(text, "all") != 0 && !set_seconds(row, text, &ns, why))
		return false;
	for (unsigned i = 0; i < list->n; i++) {
		if (list->ns[i] == ns)
			return refuse(why, text, "is given twice");
	}
	if (list->n == OPTIONS_WINDOWS)
		return refuse(why, text, "is one window too many: at most 4");
	list->ns[list->n++] = ns;
	return true;
}

static bool
set_speed(const struct option_row *row, const char *text, double *speed,
    char *why)
{
	uint64_t v;
	const char *end = decimal(text, &v);

	if (end == NULL || *end != '\0')
		return refuse(why, text, "is not a factor like 1, 0.5 or 10");
	if (v != 0 && !in_range(row, text, v, why))
		return false;
	*speed = (double)v / 1e9;
	return true;
}

static bool
set_key_as(const char *text, enum key_as *out, char *why)
{
	for (unsigned i = 0; i <= KEY_AS_BOTH; i++) {
		if (strcmp(text, value_key_as[i]) == 0) {
			*out = (enum key_as)i;
			return true;
		}
	}
	return refuse(why, text, "is not field, tag or both");
}

static bool
set_sandbox(const char *text, enum sandbox *out, char *why)
{
	for (unsigned i = 0; i <= SANDBOX_STRICT; i++) {
		if (strcmp(text, value_sandbox[i]) == 0) {
			*out = (enum sandbox)i;
			return true;
		}
	}
	return refuse(why, text, "is not yes, no, require or strict");
}

static bool
set_bool(const char *text, bool *out, char *why)
{
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		return refuse(why, text, "is not yes or no");
	*out = text[0] == 'y';
	return true;
}

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool
text_fits(const struct option_row *row, const char *text, char *why)
{
	size_t n = strlen(text);

	if (n == 0 && row->def[0] != '\0')
		return refuse(why, text, "is empty");
	if (n > row->max)
		return refuse(why, text, "is too long");
	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (is_control(c))
			return refuse(why, text, "has control characters");
		if (row->type == OPTION_PATH)
			continue;
		if (c == ' ')
			return refuse(why, text, "has blanks");
		/* The sensor is a tag, and part of a Redis key's hash tag. */
		if (row->type == OPTION_SENSOR &&
		    ((unsigned char)c > 0x7e || strchr("{},\\", c) != NULL))
			return refuse(why, text,
			    "has characters that a sensor's name can't have");
	}
	return true;
}

static bool
set_string(char **slot, const char *text, char *why)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return refuse(why, text, "does not fit into memory");
	free(*slot);
	*slot = copy;
	return true;
}

/* Blanks of any kind become spaces, so that a filter is always one line. */
static bool
set_filter(const struct option_row *row, const char *text, char **slot,
    char *why)
{
	size_t n;

	if (strlen(text) > row->max)
		return refuse(why, text, "is too long");
	for (const char *p = text; *p != '\0'; p++) {
		if (is_control(*p) && strchr("\t\n\r", *p) == NULL)
			return refuse(why, text, "has control characters");
	}
	text += strspn(text, " \t\n\r");
	if (!set_string(slot, text, why))
		return false;
	n = strlen(*slot);
	for (size_t i = 0; i < n; i++) {
		if (is_control((*slot)[i]))
			(*slot)[i] = ' ';
	}
	while (n > 0 && (*slot)[n - 1] == ' ')
		(*slot)[--n] = '\0';
	return true;
}

static bool
set_text(const struct option_row *row, const char *text, char **slot, char *why)
{
	return text_fits(row, text, why) && set_string(slot, text, why);
}

/* Doubles the room at powers of two, so that 4096 names cost 13 moves. */
static bool
list_add(const struct option_row *row, const char *text,
    struct string_list *list, char *why)
{
	if (text[0] == '\0' && row->def[0] == '\0')
		return true;
	if (!text_fits(row, text, why))
		return false;
	for (unsigned i = 0; i < list->n; i++) {
		/* Counted or written twice; a capture may well be replayed so. */
		if (strcmp(row->name, "read") != 0 &&
		    strcmp(list->v[i], text) == 0)
			return refuse(why, text, "is given twice");
	}
	if (list->n == OPTIONS_LIST)
		return refuse(why, text, "is one too many: at most 4096");
	if ((list->n & (list->n - 1)) == 0) {
		unsigned room = list->n == 0 ? 1 : list->n * 2;
		char **v = realloc(list->v, room * sizeof(*v));

		if (v == NULL)
			return refuse(why, text, "does not fit into memory");
		list->v = v;
	}
	list->v[list->n] = NULL;
	if (!set_string(&list->v[list->n], text, why))
		return false;
	list->n++;
	return true;
}

/* Ports in a row, with commas between them. */
static bool
set_ports(const char *text, char **slot, char *why)
{
	const char *p = text;

	for (unsigned n = 0; n < OPTIONS_PORTS; n++) {
		unsigned port = 0;

		while (*p >= '0' && *p <= '9' && port <= 65535)
			port = port * 10 + (unsigned)(*p++ - '0');
		if (port == 0 || port > 65535 || (*p != ',' && *p != '\0'))
			return refuse(why, text,
			    "is not a list of ports like 53,5300");
		if (*p++ == '\0')
			return set_string(slot, text, why);
	}
	return refuse(why, text, "has too many ports: at most 64");
}

bool
value_set(const struct option_row *row, const char *text, struct options *o,
    char *why)
{
	void *field = (char *)o + row->offset;

	switch (row->type) {
	case OPTION_FLAG:
	case OPTION_BOOL:
		return set_bool(text, field, why);
	case OPTION_COUNT:
	case OPTION_SIZE:
		return set_number(row, text, field, why);
	case OPTION_SECONDS:
		return set_seconds(row, text, field, why);
	case OPTION_WINDOWS:
		return set_window(row, text, field, why);
	case OPTION_SPEED:
		return set_speed(row, text, field, why);
	case OPTION_KEY_AS:
		return set_key_as(text, field, why);
	case OPTION_SANDBOX:
		return set_sandbox(text, field, why);
	case OPTION_FILTER:
		return set_filter(row, text, field, why);
	case OPTION_PORTS:
		return set_ports(text, field, why);
	case OPTION_NAME:
	case OPTION_PATH:
	case OPTION_SENSOR:
		if (row->flags & OPTION_LIST)
			return list_add(row, text, field, why);
		return set_text(row, text, field, why);
	}
	return false;
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any point, written as a line, is read back by a strict parser of its own as
 * it was: no byte of a value ever becomes syntax.
 *
 * The input makes the point: for each tag and field a byte that says whether
 * it is there, then a string up to a NUL, or eight bytes of a number.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/report/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT = 300, TEXT_ESCAPED = 4 * TEXT + 1 };

static const struct schema_field fields[] = {
	{ "i0", FIELD_INT, "" },
	{ "s0", FIELD_STRING, "" },
	{ "i2", FIELD_INT, "" },
	{ "s1", FIELD_STRING, "" },
	{ "i1", FIELD_INT, "" },
};
enum { N_FIELDS = 5, N_TAGS = 3 };
static const char *const tags[] = { "ta", "tb", "tc" };
static const struct measurement thing = { "thing", tags, N_TAGS, fields,
	N_FIELDS };

struct input {
	const uint8_t *p, *end;
};

static unsigned
take_byte(struct input *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

static uint64_t
take_number(struct input *in)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | take_byte(in);
	return value;
}

static void
take_text(struct input *in, char *text)
{
	size_t n = 0;
	unsigned c;

	while (n < TEXT - 1 && (c = take_byte(in)) != 0)
		text[n++] = (char)c;
	text[n] = '\0';
}

/* What a reader must see for a text. */
static void
model(char *out, const char *in, char backslash)
{
	static const char hex[] = "0123456789abcdef";

	for (; *in != '\0'; in++) {
		unsigned char c = (unsigned char)*in;

		if (c < 0x20 || c == 0x7f) {
			*out++ = backslash;
			*out++ = 'x';
			*out++ = hex[c >> 4];
			*out++ = hex[c & 15];
		} else {
			*out++ = c == '\\' ? backslash : *in;
		}
	}
	*out = '\0';
}

/* The parser: each takes from *s what it expects, or the fuzzer has a find. */
static void
literal(const char **s, const char *want)
{
	size_t n = strlen(want);

	assert(strncmp(*s, want, n) == 0);
	*s += n;
}

static void
tag_value(const char **s, const char *want)
{
	assert(*want != '\0');
	for (; *want != '\0'; want++) {
		assert(**s != '\n' && **s != '\0');
		if (**s == '\\') {
			(*s)++;
			assert(**s == ',' || **s == '=' || **s == ' ');
		} else {
			assert(**s != ',' && **s != '=' && **s != ' ');
		}
		assert(**s == *want);
		(*s)++;
	}
	assert(**s == ',' || **s == ' ');
}

static void
string_value(const char **s, const char *want)
{
	literal(s, "\"");
	for (; *want != '\0'; want++) {
		assert((unsigned char)**s >= 0x20 && **s != '"');
		if (**s == '\\') {
			(*s)++;
			assert(**s == '\\' || **s == '"');
		}
		assert(**s == *want);
		(*s)++;
	}
	literal(s, "\"");
}

static void
int_value(const char **s, uint64_t want)
{
	char *end;

	assert(**s >= '0' && **s <= '9');
	assert(**s != '0' || (*s)[1] == 'i');
	uint64_t got = strtoull(*s, &end, 10);
	assert(got == (want > INT64_MAX ? (uint64_t)INT64_MAX : want));
	*s = end;
	literal(s, "i");
}

static void
read_back(const char *s, const struct point *p)
{
	char text[TEXT_ESCAPED], *end;
	char separator[2] = " ";

	literal(&s, "tapline_thing");
	for (unsigned i = 0; i < N_TAGS; i++) {
		if (p->tags[i] == NULL || *p->tags[i] == '\0')
			continue;
		literal(&s, ",");
		literal(&s, tags[i]);
		literal(&s, "=");
		model(text, p->tags[i], '/');
		tag_value(&s, text);
	}
	for (unsigned i = 0; i < N_FIELDS; i++) {
		if (!point_has(p, i))
			continue;
		literal(&s, separator);
		separator[0] = ',';
		literal(&s, fields[i].name);
		literal(&s, "=");
		if (fields[i].type == FIELD_INT) {
			int_value(&s, p->v[i].u);
		} else {
			model(text, p->v[i].s, '\\');
			string_value(&s, text);
		}
	}
	assert(separator[0] == ',');
	literal(&s, " ");
	assert(strtoll(s, &end, 10) == p->ts_ns);
	assert(strcmp(end, "\n") == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, data + size };
	char text[N_TAGS + N_FIELDS][TEXT], line[LINE_SIZE + 1];
	struct point p;
	size_t len;

	point_init(&p, &thing, (int64_t)take_number(&in));
	for (unsigned i = 0; i < N_TAGS; i++) {
		if (take_byte(&in) % 4 == 0)
			continue;
		take_text(&in, text[i]);
		point_tag(&p, i, text[i]);
	}
	for (unsigned i = 0; i < N_FIELDS; i++) {
		if (take_byte(&in) % 4 == 0)
			continue;
		switch (fields[i].type) {
		case FIELD_INT:
			point_int(&p, i, take_number(&in));
			break;
		case FIELD_STRING:
			take_text(&in, text[N_TAGS + i]);
			point_string(&p, i, text[N_TAGS + i]);
			break;
		}
	}
	assert(line_write(line, LINE_SIZE, &p, &len));
	assert((len > 0) == !point_is_empty(&p));
	line[len] = '\0';
	assert(strlen(line) == len);
	if (len > 0)
		read_back(line, &p);
	return 0;
}

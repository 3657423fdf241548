/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Line protocol, to the byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/report/line.h"
#include "daemon/report/number.h"
#include "daemon/report/schema.h"

static const struct schema_field fields[] = {
	{ "n", FIELD_INT, "an integer" },
	{ "s", FIELD_STRING, "a string" },
};
static const char *const tags[] = { "a", "b" };
static const struct measurement thing = { "thing", tags, 2, fields, 2 };

static void
expect(const struct point *p, const char *want)
{
	char line[LINE_SIZE];
	size_t len;

	assert_true(line_write(line, sizeof(line), p, &len));
	assert_int_equal(len, strlen(want));
	assert_memory_equal(line, want, len);
	/* At every shorter capacity: refused, and not a byte past it. */
	for (size_t cap = 0; cap < len; cap++) {
		char *tight = malloc(cap + 1);
		size_t n = 1;

		tight[cap] = '!';
		assert_false(line_write(tight, cap, p, &n));
		assert_int_equal(n, 0);
		assert_int_equal(tight[cap], '!');
		free(tight);
	}
}

/* Each field of as many as there can be is written alone, and with all. */
static void
test_widest_point(void **state)
{
	static struct schema_field many[POINT_FIELDS];
	static char names[POINT_FIELDS][8];
	const struct measurement wide = { "wide", tags, 2, many, POINT_FIELDS };
	char want[32], all[LINE_SIZE] = "tapline_wide";
	struct point p, whole;

	(void)state;
	point_init(&whole, &wide, 1);
	for (unsigned i = 0; i < POINT_FIELDS; i++) {
		snprintf(names[i], sizeof(names[i]), "f%u", i);
		many[i] = (struct schema_field){ names[i], FIELD_INT, "" };
		point_init(&p, &wide, 1);
		assert_true(point_is_empty(&p));
		point_int(&p, i, i);
		assert_false(point_is_empty(&p));
		for (unsigned k = 0; k < POINT_FIELDS; k++)
			assert_int_equal(point_has(&p, k), k == i);
		snprintf(want, sizeof(want), "tapline_wide f%u=%ui 1\n", i, i);
		expect(&p, want);
		point_clear(&p);
		assert_true(point_is_empty(&p));
		point_int(&whole, i, i);
		snprintf(want, sizeof(want), "%cf%u=%ui", i > 0 ? ',' : ' ', i,
		    i);
		strcat(all, want);
	}
	strcat(all, " 1\n");
	expect(&whole, all);
}

static void
test_whole_point(void **state)
{
	struct point p;

	(void)state;
	point_init(&p, &thing, 1700000000000000000);
	point_tag(&p, 0, "x");
	point_tag(&p, 1, "y");
	point_int(&p, 0, 42);
	point_string(&p, 1, "text");
	expect(&p,
	    "tapline_thing,a=x,b=y n=42i,s=\"text\" "
	    "1700000000000000000\n");
}

static void
test_left_out(void **state)
{
	struct point p;

	(void)state;
	point_init(&p, &thing, -5);
	point_int(&p, 0, 0);
	expect(&p, "tapline_thing n=0i -5\n");
	point_tag(&p, 1, "");
	expect(&p, "tapline_thing n=0i -5\n");
	point_string(&p, 1, "");
	expect(&p, "tapline_thing n=0i,s=\"\" -5\n");
}

static void
test_without_fields(void **state)
{
	char line[LINE_SIZE];
	struct point p;
	size_t len = 1;

	(void)state;
	point_init(&p, &thing, 0);
	point_tag(&p, 0, "x");
	assert_true(line_write(line, sizeof(line), &p, &len));
	assert_int_equal(len, 0);
}

static void
test_clamp(void **state)
{
	struct point p;

	(void)state;
	point_init(&p, &thing, INT64_MIN);
	point_int(&p, 0, INT64_MAX);
	expect(&p,
	    "tapline_thing n=9223372036854775807i -9223372036854775808\n");
	point_int(&p, 0, UINT64_MAX);
	expect(&p,
	    "tapline_thing n=9223372036854775807i -9223372036854775808\n");
}

static void
test_hostile(void **state)
{
	static const struct {
		const char *in, *tag, *string;
	} cases[] = {
		{ "a,b=c d", "a\\,b\\=c\\ d", "a,b=c d" },
		{ "back\\", "back/", "back\\\\" },
		{ "a\\\\b", "a//b", "a\\\\\\\\b" },
		{ "q\"q", "q\"q", "q\\\"q" },
		{ "\\\"", "/\"", "\\\\\\\"" },
		{ "x\nline v=7", "x/x0aline\\ v\\=7", "x\\\\x0aline v=7" },
		{ "\r\t\x1b\x7f\x01", "/x0d/x09/x1b/x7f/x01",
		    "\\\\x0d\\\\x09\\\\x1b\\\\x7f\\\\x01" },
		{ "caf\xc3\xa9", "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "#", "#", "#" },
		{ "%s%n", "%s%n", "%s%n" },
		{ "2001:db8::1", "2001:db8::1", "2001:db8::1" },
	};
	char want[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct point p;

		point_init(&p, &thing, 1);
		point_tag(&p, 0, cases[i].in);
		point_string(&p, 1, cases[i].in);
		snprintf(want, sizeof(want), "tapline_thing,a=%s s=\"%s\" 1\n",
		    cases[i].tag, cases[i].string);
		expect(&p, want);
	}
}

static void
test_room_for_the_schema(void **state)
{
	char text[260], line[LINE_SIZE];
	size_t len;

	(void)state;
	/* The worst clean text: every byte doubles. */
	memset(text, '"', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (unsigned k = 0; schema_all[k] != NULL; k++) {
		const struct measurement *m = schema_all[k];
		struct point p;

		point_init(&p, m, INT64_MIN);
		for (unsigned i = 0; i < m->n_tags; i++)
			point_tag(&p, i, text);
		for (unsigned i = 0; i < m->n_fields; i++) {
			if (m->fields[i].type == FIELD_INT)
				point_int(&p, i, UINT64_MAX);
			else
				point_string(&p, i, text);
		}
		assert_true(line_write(line, sizeof(line), &p, &len));
		assert_true(len > 0);
	}
}

static void
test_integers(void **state)
{
	static const struct {
		int64_t value;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 7, "7" },
		{ -1, "-1" },
		{ INT64_MAX, "9223372036854775807" },
		{ INT64_MIN, "-9223372036854775808" },
	};
	char got[NUMBER_SIZE + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		got[number_i64(got, cases[i].value)] = '\0';
		assert_string_equal(got, cases[i].text);
	}
	got[number_u64(got, UINT64_MAX)] = '\0';
	assert_string_equal(got, "18446744073709551615");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_widest_point),
		cmocka_unit_test(test_whole_point),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_without_fields),
		cmocka_unit_test(test_clamp),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_room_for_the_schema),
		cmocka_unit_test(test_integers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

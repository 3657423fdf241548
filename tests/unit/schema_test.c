/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema's own rules, and docs/schema.md against it: between the two
 * marks, the page is what "schema_test --print" writes.  Runs in the root of
 * the tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/report/schema.h"

static const char begin[] = "<!-- schema: begin -->\n";
static const char end[] = "<!-- schema: end -->\n";

static const char *
type_name(enum field_type type)
{
	return type == FIELD_INT ? "integer" : "string";
}

static void
print_schema(FILE *out)
{
	for (unsigned k = 0; schema_all[k] != NULL; k++) {
		const struct measurement *m = schema_all[k];

		fprintf(out, "\n### `tapline_%s`\n\nTags:", m->name);
		for (unsigned i = 0; i < m->n_tags; i++)
			fprintf(out, "%s `%s`", i == 0 ? "" : ",", m->tags[i]);
		fprintf(out,
		    "\n\n| field | type | what it is |\n|---|---|---|\n");
		for (unsigned i = 0; i < m->n_fields; i++)
			fprintf(out, "| `%s` | %s | %s |\n", m->fields[i].name,
			    type_name(m->fields[i].type), m->fields[i].help);
	}
	fputc('\n', out);
}

static bool
is_plain(const char *name)
{
	/* What every reader takes, and no word that one has taken. */
	static const char *const reserved[] = { "time", "_time", "db", "" };

	for (unsigned i = 0; i < 4; i++) {
		if (strcmp(name, reserved[i]) == 0)
			return false;
	}
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") ==
	    strlen(name) &&
	    name[0] >= 'a' && name[0] <= 'z';
}

static void
check_fields(const struct measurement *m)
{
	for (unsigned i = 0; i < m->n_fields; i++) {
		assert_true(is_plain(m->fields[i].name));
		assert_true(strlen(m->fields[i].help) > 0);
		assert_null(strchr(m->fields[i].help, '|'));
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(m->fields[i].name,
			    m->fields[k].name);
	}
}

static void
test_rules(void **state)
{
	(void)state;
	for (unsigned k = 0; schema_all[k] != NULL; k++) {
		const struct measurement *m = schema_all[k];

		assert_true(is_plain(m->name));
		assert_in_range(m->n_tags, 1, POINT_TAGS);
		assert_in_range(m->n_fields, 1, POINT_FIELDS);
		for (unsigned i = 0; i < m->n_tags; i++) {
			assert_true(is_plain(m->tags[i]));
			if (i > 0)
				assert_true(
				    strcmp(m->tags[i - 1], m->tags[i]) < 0);
		}
		check_fields(m);
	}
}

static void
test_indices(void **state)
{
	(void)state;
	assert_string_equal(schema_bin.tags[BIN_TAG_SOURCE], "source");
	assert_string_equal(schema_top.tags[TOP_TAG_BY], "by");
	assert_string_equal(schema_top.tags[TOP_TAG_KEY], "key");
	assert_string_equal(schema_top.tags[TOP_TAG_RANK], "rank");
	assert_string_equal(schema_top.tags[TOP_TAG_SENSOR], "sensor");
	assert_string_equal(schema_top.tags[TOP_TAG_WINDOW], "window");
	assert_string_equal(schema_dns.tags[WINDOW_TAG_WINDOW], "window");
	assert_string_equal(schema_health.tags[HEALTH_TAG_SENSOR], "sensor");
	assert_int_equal(schema_self.n_fields, SELF_N);
	assert_string_equal(schema_bin.fields[BIN_BIN_MS].name, "bin_ms");
}

static char *
read_page(void)
{
	FILE *f = fopen("docs/schema.md", "r");
	char *page = calloc(1, 1 << 20);

	assert_non_null(f);
	assert_non_null(page);
	assert_true(fread(page, 1, (1 << 20) - 1, f) > 0);
	fclose(f);
	return page;
}

static void
test_page(void **state)
{
	char *page = read_page(), *want = NULL;
	size_t size;
	FILE *out = open_memstream(&want, &size);

	(void)state;
	print_schema(out);
	fclose(out);
	char *from = strstr(page, begin), *to = strstr(page, end);
	assert_non_null(from);
	assert_non_null(to);
	*to = '\0';
	assert_string_equal(from + strlen(begin), want);
	free(want);
	free(page);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_indices),
		cmocka_unit_test(test_page),
	};

	if (argc > 1 && strcmp(argv[1], "--print") == 0) {
		print_schema(stdout);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

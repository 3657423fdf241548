/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which text is taken as the name of a host.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/enrich/answers.h"

static void
test_host_names(void **state)
{
	static const char *const good_names[] = { "a", "A-b.c_d", "1.a",
		"localhost", "_x.y", "x1.1x", "xn--bcher-kva.example" };
	static const char *const bad_names[] = { "", ".", "a.", ".a", "a..b",
		"1", "1.2.3.4", "a.1", "a b", "a:b", "a\x80", "a*" };
	char longest[255];

	(void)state;
	for (unsigned i = 0; i < sizeof(good_names) / sizeof(char *); i++)
		if (!answers_is_name(good_names[i]))
			fail_msg("'%s' is refused", good_names[i]);
	for (unsigned i = 0; i < sizeof(bad_names) / sizeof(char *); i++)
		if (answers_is_name(bad_names[i]))
			fail_msg("'%s' is taken", bad_names[i]);
	memset(longest, 'a', sizeof(longest));
	for (unsigned i = 63; i < 253; i += 64)
		longest[i] = '.';
	longest[253] = '\0';
	assert_true(answers_is_name(longest));
	longest[253] = 'a';
	longest[254] = '\0';
	assert_false(answers_is_name(longest));
	longest[64] = '\0';
	longest[63] = 'a';
	assert_false(answers_is_name(longest));
	longest[63] = '\0';
	assert_true(answers_is_name(longest));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host_names),
	};

	return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS certificates: the name that the server's first one gives, over records of
 * any size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/tls_messages.h"

/* clang-format off */
#define CN "\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03" "A.b"
#define CN_2 "\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03" "c.d"
#define COUNTRY "\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02" "DE"
/* clang-format on */

static void
test_certificates(void **state)
{
	static const struct {
		const char *subject;
		size_t n;
		const char *log;
	} subjects[] = {
		{ ORG CN, 28, "TLS_CERT A.b\n" },
		{ CN ORG, 28, "TLS_CERT A.b\n" },
		{ COUNTRY ORG, 27, "TLS_CERT Org\n" },
		{ CN CN_2, 28, "TLS_CERT c.d\n" },
		{ CN_BMP, 21, "TLS_CERT h\xc3\xa9\xe2\x82\xac\\x0a!\n" },
		{ COUNTRY, 13, "" },
		{ "", 0, "" },
		{ "\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x04"
		  "A.b",
		    14, "" },
	};
	uint8_t message[1024], bytes[4096];

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(subjects) / sizeof(subjects[0]);
	     i++) {
		char log[512];
		size_t n =
		    handshake(message, 2, SERVER_12, sizeof(SERVER_12) - 1);

		n += certificate(message + n, subjects[i / 2].subject,
		    subjects[i / 2].n, i % 2);
		snprintf(log, sizeof(log), "%s%s", SAID_12,
		    subjects[i / 2].log);
		for (size_t size = 1; size < n + 40; size += 13) {
			size_t len = records(bytes, message, n, size);

			feed_init(&f, &tls_dissector, NULL);
			feed(&f, true, bytes, len, i, false);
			assert_int_equal(f.sides[1].verdict, STREAM_DONE);
			feed_fini(&f);
			assert_string_equal(f.log, log);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

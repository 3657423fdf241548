/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STUN: recognised by its content.
 */
#include "tests/lib/datagram.h"

extern const struct dissector stun_dissector;

#define COOKIE "\x21\x12\xa4\x42"
#define ID "0123456789ab"

static enum probe
probe(const char *bytes, size_t n)
{
	const uint8_t *p = guard_put(bytes, n);

	return stun_dissector.probe(&(struct cur){ p, p + n });
}

#define PROBE(bytes) probe(bytes, sizeof(bytes) - 1)

static void
test_probe(void **state)
{
	static const char request[] =
	    "\x00\x01\x00\x08" COOKIE ID "\x80\x22\x00\x04"
	    "test";

	(void)state;
	for (size_t n = 1; n < sizeof(request) - 1; n++)
		assert_int_equal(probe(request, n), PROBE_NO);
	assert_int_equal(PROBE(request), PROBE_CLIENT);
	assert_int_equal(PROBE("\x01\x01\x00\x00" COOKIE ID), PROBE_SERVER);
	assert_int_equal(PROBE("\x00\x01\x00\x00" COOKIE ID "more"),
	    PROBE_CLIENT);
	assert_int_equal(PROBE("\x00\x01\x00\x02" COOKIE ID "ab"),
	    PROBE_CLIENT);
	assert_int_equal(PROBE("\x00\x01\x00\x02" COOKIE ID "abc"), PROBE_NO);
	assert_int_equal(PROBE("\x00\x01\x00\x04" COOKIE ID "abc"), PROBE_NO);
	assert_int_equal(PROBE("\x40\x01\x00\x00" COOKIE ID), PROBE_NO);
	assert_int_equal(PROBE("\x00\x01\x00\x00"
			       "\x21\x12\xa4\x43" ID),
	    PROBE_NO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lines have told, read back from them: that of bins, whatever their tags
 * hold, and nothing of others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/output/amount.h"
#include "daemon/output/lineq.h"
#include "daemon/report/line.h"
#include "daemon/report/schema.h"

static struct point
bin(uint64_t packets, uint64_t bytes, const char *source)
{
	struct point p;

	point_init(&p, &schema_bin, 1);
	point_tag(&p, BIN_TAG_SENSOR, "s");
	point_tag(&p, BIN_TAG_SOURCE, source);
	point_int(&p, BIN_PACKETS, packets);
	point_int(&p, BIN_BYTES, bytes);
	point_int(&p, BIN_IP_PACKETS, 7);
	return p;
}

/* The same from the point and from its line. */
static void
expect(const struct point *p, uint64_t packets, uint64_t bytes)
{
	struct spool_sum sum = { 0 };
	char line[LINE_SIZE];
	size_t len;

	amount_add_point(&sum, p);
	assert_int_equal(sum.packets, packets);
	assert_int_equal(sum.bytes, bytes);
	assert_true(line_write(line, sizeof(line), p, &len));
	amount_add_lines(&sum, line, len);
	assert_int_equal(sum.packets, 2 * packets);
	assert_int_equal(sum.bytes, 2 * bytes);
	/* Cut off anywhere it stays in bounds. */
	for (size_t n = 0; n < len; n++)
		amount_add_lines(&sum, line, n);
}

static void
test_bins(void **state)
{
	static const char *const sources[] = { "eth0", "a b", "a\\", "x=1,y",
		" packets=9i,bytes=9i", "\\ packets=5i", "tapline_bin", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct point p = bin(1234567890123 + i, 98765 * i, sources[i]);

		expect(&p, 1234567890123 + i, 98765 * i);
	}
}

static void
test_others(void **state)
{
	struct point p;

	(void)state;
	point_init(&p, &schema_top, 1);
	point_tag(&p, TOP_TAG_BY, "tapline_bin, packets=1i,bytes=2i");
	point_int(&p, TOP_PACKETS, 5);
	point_int(&p, TOP_BYTES, 6);
	expect(&p, 0, 0);
	/* Where an interface is absent there is no amount. */
	point_init(&p, &schema_bin, 1);
	point_tag(&p, BIN_TAG_SENSOR, "s");
	point_int(&p, BIN_BIN_MS, 2000);
	expect(&p, 0, 0);
}

/* A queue knows what the lines that made room have told. */
static void
test_queue(void **state)
{
	struct spool_sum left = { 0 };
	uint64_t n_lost = 0, n;
	struct lineq q;
	char line[LINE_SIZE], out[1024];
	size_t len;

	(void)state;
	assert_true(lineq_init(&q, sizeof(out)));
	for (uint64_t i = 1; i <= 100; i++) {
		struct point p = bin(i, 10 * i, "eth0");

		assert_true(line_write(line, sizeof(line), &p, &len));
		n_lost += lineq_append(&q, line, len);
	}
	assert_true(n_lost > 50);
	assert_int_equal(q.lost.packets, n_lost * (n_lost + 1) / 2);
	len = lineq_take(&q, out, sizeof(out), UINT64_MAX, &n);
	amount_add_lines(&left, out, len);
	assert_int_equal(n_lost + n, 100);
	assert_int_equal(q.lost.packets + left.packets, 5050);
	assert_int_equal(q.lost.bytes + left.bytes, 50500);
	lineq_fini(&q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bins),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

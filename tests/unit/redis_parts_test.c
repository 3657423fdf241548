/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pure parts of the Redis output: stream ids, lists, values, errors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/output/redis_refusal.h"
#include "daemon/output/values.h"
#include "daemon/spool/stream_id.h"
#include "daemon/report/schema.h"

static void
test_id_parse(void **state)
{
	static const char *const bad[] = { "", "-", "1", "1-", "-1", "1-x",
		"+1-1", " 1-1", "1-1 ", "1--1", "18446744073709551616-0",
		"0-18446744073709551616", "1-1-1" };
	struct stream_id id;

	(void)state;
	assert_true(stream_id_parse(&id, "1700000000000-12", 16));
	assert_int_equal(id.ms, 1700000000000);
	assert_int_equal(id.seq, 12);
	assert_true(stream_id_parse(&id, "18446744073709551615-0", 22));
	assert_true(id.ms == UINT64_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(stream_id_parse(&id, bad[i], strlen(bad[i])));
}

static void
expect_next(struct stream_id last, uint64_t ms, struct stream_id want)
{
	struct stream_id id;

	assert_true(stream_id_next(&id, last, ms));
	assert_int_equal(stream_id_cmp(id, want), 0);
	assert_true(stream_id_cmp(id, last) > 0);
}

static void
test_id_next(void **state)
{
	struct stream_id id;

	(void)state;
	expect_next((struct stream_id){ 0, 0 }, 0, (struct stream_id){ 0, 1 });
	expect_next((struct stream_id){ 0, 0 }, 5, (struct stream_id){ 5, 0 });
	expect_next((struct stream_id){ 5, 0 }, 5, (struct stream_id){ 5, 1 });
	/* Time that goes back. */
	expect_next((struct stream_id){ 5, 3 }, 4, (struct stream_id){ 5, 4 });
	expect_next((struct stream_id){ 5, UINT64_MAX }, 1,
	    (struct stream_id){ 6, 0 });
	assert_false(stream_id_next(&id,
	    (struct stream_id){ UINT64_MAX, UINT64_MAX }, 1));
}

static void
test_values(void **state)
{
	const char *argv[VALUES_ARGS];
	size_t lens[VALUES_ARGS];
	uint8_t packed[VALUES_SIZE];
	struct point p;

	(void)state;
	point_init(&p, &schema_top, 0);
	point_tag(&p, TOP_TAG_BY, "src");
	point_string(&p, TOP_KEY, "a\nb");
	point_int(&p, TOP_BYTES, UINT64_MAX);
	size_t len = values_pack(packed, sizeof(packed), &p);
	assert_true(len > 0);
	unsigned n = values_unpack(&schema_top, packed, len, true, argv, lens);
	/* The key is a tag and a field, and stands once. */
	unsigned n_tags = schema_top.n_tags - 1;
	assert_int_equal(n, 2 * (n_tags + schema_top.n_fields));
	assert_string_equal(argv[0], "by");
	assert_int_equal(lens[1], 3);
	assert_memory_equal(argv[1], "src", 3);
	assert_int_equal(lens[3], 0); /* no rank */
	unsigned at = 2 * (n_tags + TOP_BYTES);
	assert_string_equal(argv[at], "bytes");
	assert_memory_equal(argv[at + 1], "9223372036854775807", lens[at + 1]);
	at = 2 * (n_tags + TOP_PACKETS);
	assert_int_equal(lens[at + 1], 1);
	assert_memory_equal(argv[at + 1], "0", 1);
	assert_int_equal(values_unpack(&schema_top, packed, len, false, argv,
			     lens),
	    2 * schema_top.n_fields);
	assert_string_equal(argv[0], "key");
	assert_memory_equal(argv[1], "a\nb", 3);
	point_init(&p, &schema_top, 0);
	point_tag(&p, TOP_TAG_KEY, "as a tag");
	size_t tag_len = values_pack(packed, sizeof(packed), &p);
	values_unpack(&schema_top, packed, tag_len, false, argv, lens);
	assert_memory_equal(argv[1], "as a tag", 8);
	len = tag_len;
	/* Too small a buffer, and packed values that end early. */
	for (size_t cap = 0; cap < len; cap++) {
		assert_int_equal(values_pack(packed, cap, &p), 0);
		values_unpack(&schema_top, packed, cap, true, argv, lens);
	}
}

static void
test_refusals(void **state)
{
	(void)state;
	assert_int_equal(redis_refusal_of("OOM command not allowed"),
	    REFUSED_FOR_NOW);
	assert_int_equal(redis_refusal_of("OOMX"), REFUSED_FOR_GOOD);
	assert_int_equal(redis_refusal_of("ASK 11 127.0.0.1:7000"),
	    REFUSED_FOR_NOW);
	assert_int_equal(redis_refusal_of("WRONGTYPE Operation"),
	    REFUSED_STREAM);
	assert_int_equal(redis_refusal_of("ERR The ID specified in XADD is "
					  "equal or smaller than the target "
					  "stream top item"),
	    REFUSED_ID);
	assert_int_equal(redis_refusal_of("ERR syntax error"),
	    REFUSED_FOR_GOOD);
	assert_int_equal(redis_refusal_of(""), REFUSED_FOR_GOOD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_id_parse),
		cmocka_unit_test(test_id_next),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

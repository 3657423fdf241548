/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points through the spool: each comes back as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/output/journal.h"
#include "daemon/report/line.h"
#include "daemon/report/schema.h"

static struct spool *
make_spool(uint64_t memory)
{
	static struct spool_stream streams[SPOOL_STREAMS];
	struct spool_config c = { .memory = memory,
		.keep_ns = INT64_MAX,
		.streams = streams };

	c.n_streams = journal_streams(streams);
	return spool_new(&c);
}

/* A point of any measurement that has some of what it can have. */
static void
make_point(struct point *p, const struct measurement *m, unsigned seed)
{
	static const char *const texts[] = { "", "x", "a b,c=d\\",
		"caf\xc3\xa9" };

	srand(seed);
	point_init(p, m, (int64_t)rand() * 1000003);
	for (unsigned i = 0; i < m->n_tags; i++)
		point_tag(p, i, rand() % 3 ? texts[rand() % 4] : NULL);
	for (unsigned i = 0; i < m->n_fields; i++) {
		if (rand() % 3 == 0)
			continue;
		switch (m->fields[i].type) {
		case FIELD_INT:
			point_int(p, i,
			    rand() % 5 ? (uint64_t)rand() : UINT64_MAX);
			break;
		case FIELD_STRING:
			point_string(p, i, texts[rand() % 4]);
			break;
		}
	}
	if (point_is_empty(p) && m->fields[0].type == FIELD_INT)
		point_int(p, 0, 0);
}

static void
test_a_point_comes_back_as_it_was(void **state)
{
	struct spool *sp = make_spool(8 << 20);
	struct spool_reader *r = spool_reader(sp, "r");
	struct spool_record rec;
	char err[64];
	unsigned n = 0;

	(void)state;
	assert_true(spool_open(sp, 0, err, sizeof(err)));
	for (unsigned m = 0; schema_all[m] != NULL; m++) {
		for (unsigned seed = 1; seed <= 50; seed++, n++) {
			char want[LINE_SIZE], got[LINE_SIZE];
			size_t want_len, got_len;
			struct point p, back;

			make_point(&p, schema_all[m], seed * 100 + m);
			assert_true(journal_append(sp, &p));
			spool_commit(sp, 0);
			assert_int_equal(spool_next(r, &rec), SPOOL_RECORD);
			assert_true(journal_point(&back, &rec));
			assert_true(
			    line_write(want, sizeof(want), &p, &want_len));
			assert_true(
			    line_write(got, sizeof(got), &back, &got_len));
			assert_int_equal(got_len, want_len);
			assert_memory_equal(got, want, want_len);
			/* Cut anywhere, it is none. */
			for (size_t len = rec.len; len-- > 0;) {
				rec.len = len;
				assert_false(journal_point(&back, &rec));
			}
		}
	}
	assert_true(n >= 500);
	spool_free(sp);
}

/* A bit that stands for no field of the measurement makes it no point. */
static void
test_bits_of_no_field_are_refused(void **state)
{
	struct spool *sp = make_spool(8 << 20);
	struct spool_reader *r = spool_reader(sp, "r");
	struct spool_record rec;
	char err[64];

	(void)state;
	assert_true(spool_open(sp, 0, err, sizeof(err)));
	for (unsigned k = 0; schema_all[k] != NULL; k++) {
		const struct measurement *m = schema_all[k];
		size_t bits = 2 * m->n_tags; /* behind tags without a value */
		uint8_t bytes[256] = { 0 };
		struct point p;

		point_init(&p, m, 1);
		if (m->fields[0].type == FIELD_INT)
			point_int(&p, 0, 1);
		else
			point_string(&p, 0, "x");
		assert_true(journal_append(sp, &p));
		spool_commit(sp, 0);
		assert_int_equal(spool_next(r, &rec), SPOOL_RECORD);
		assert_in_range(rec.len, bits + 8, sizeof(bytes) - 8);
		memcpy(bytes, rec.payload, rec.len);
		rec.payload = bytes;
		assert_true(journal_point(&p, &rec));
		rec.len += 8; /* a number, for the field that is none */
		for (unsigned i = m->n_fields; i % 64 != 0; i++) {
			bytes[bits + i / 8] ^= (uint8_t)(1 << i % 8);
			assert_false(journal_point(&p, &rec));
			bytes[bits + i / 8] ^= (uint8_t)(1 << i % 8);
		}
	}
	spool_free(sp);
}

static void
test_a_point_without_a_field_is_no_record(void **state)
{
	struct spool *sp = make_spool(8 << 20);
	struct point p;

	(void)state;
	point_init(&p, &schema_bin, 1);
	assert_true(journal_append(sp, &p));
	assert_false(spool_is_open_batch(sp));
	spool_free(sp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_point_comes_back_as_it_was),
		cmocka_unit_test(test_bits_of_no_field_are_refused),
		cmocka_unit_test(test_a_point_without_a_field_is_no_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

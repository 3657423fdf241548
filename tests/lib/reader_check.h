/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold for every saved capture, whole, cut at each byte and given in
 * pieces; for tests of the reader, with cmocka.
 */
#ifndef TESTS_LIB_READER_CHECK_H
#define TESTS_LIB_READER_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/capture/reader.h"
#include "tests/lib/feed_reader.h"
#include "tests/lib/guard.h"
#include "tests/lib/saved.h"

/* What a packet must be. */
struct reader_expected {
	int64_t ts_ns;
	int dlt;
	uint32_t caplen, len;
	unsigned number; /* of saved_data */
};

static inline void
reader_check_packet(const struct capture_packet *p,
    const struct reader_expected *e)
{
	assert_int_equal(p->ts_ns, e->ts_ns);
	assert_int_equal(p->dlt, e->dlt);
	assert_int_equal(p->caplen, e->caplen);
	assert_int_equal(p->len, e->len);
	assert_true(saved_is_data(p->bytes, e->number, p->caplen));
}

/* Reads the first n bytes of s, flush against an unmapped page. */
static inline unsigned
reader_read_cut(struct reader *r, const struct saved *s, size_t n,
    const struct reader_expected *e, unsigned n_expected)
{
	enum reader_result result;
	struct capture_packet p;
	unsigned n_packets = 0;

	reader_reset(r);
	reader_over(r, guard_put(s->bytes, n), n);
	while ((result = reader_next(r, &p)) == READER_PACKET) {
		assert_true(n_packets < n_expected);
		reader_check_packet(&p, &e[n_packets++]);
	}
	assert_int_equal(result, READER_MORE);
	return n_packets;
}

/*
 * The whole of s gives the packets e and may end there.  What is cut gives
 * those before the cut, waits for more, and is a fault unless it is cut between
 * records; reader_position is that of the last whole one.
 */
static inline void
reader_check_cuts(struct reader *r, const struct saved *s,
    const struct reader_expected *e, unsigned n_expected)
{
	unsigned n_packets = 0;
	uint64_t whole = 0, near;

	for (size_t n = 0; n <= s->n; n++) {
		unsigned now = reader_read_cut(r, s, n, e, n_expected);
		uint64_t position = reader_position(r);
		const char *fault = reader_fault(r, &near);

		assert_true(now == n_packets || now == n_packets + 1);
		assert_true(position == whole || position == n);
		assert_true(now == n_packets || position == n);
		if (now > 0)
			assert_true((fault == NULL) == (position == n));
		assert_int_equal(near, n);
		n_packets = now;
		whole = position;
	}
	assert_int_equal(n_packets, n_expected);
	assert_int_equal(whole, s->n);
	assert_null(reader_fault(r, &near));
}

/*
 * However many bytes are given at once, and whether there is room in front of
 * them, the packets are the same.
 */
static inline void
reader_check_steps(struct reader *r, const struct saved *s,
    const struct reader_expected *e, unsigned n_expected, size_t step,
    size_t before)
{
	struct feed_reader feed = { .before = before };
	struct capture_packet p;
	unsigned n_packets = 0;

	reader_reset(r);
	for (size_t n = 0; n < s->n; n += step) {
		size_t size = step < s->n - n ? step : s->n - n;
		enum reader_result result;

		assert_true(feed_reader(&feed, r, s->bytes + n, size));
		while ((result = reader_next(r, &p)) == READER_PACKET) {
			assert_true(n_packets < n_expected);
			reader_check_packet(&p, &e[n_packets++]);
		}
		assert_int_equal(result, READER_MORE);
	}
	assert_int_equal(n_packets, n_expected);
	reader_reset(r);
	feed_reader_end(&feed);
}

/* s gives the packets e, in every way that it can be given. */
static inline void
reader_check(const struct saved *s, const struct reader_expected *e,
    unsigned n_expected)
{
	struct reader r;

	reader_init(&r);
	reader_check_cuts(&r, s, e, n_expected);
	for (size_t step = 1; step < 200; step++) {
		reader_check_steps(&r, s, e, n_expected, step, 0);
		reader_check_steps(&r, s, e, n_expected, step, 30);
		reader_check_steps(&r, s, e, n_expected, step, 1000);
	}
	reader_fini(&r);
}

#define READER_CHECK(s, e) reader_check((s), (e), sizeof(e) / sizeof((e)[0]))

/* s is damaged at a place, after n_expected packets, for this reason. */
static inline void
reader_check_fault(const struct saved *s, unsigned n_expected, uint64_t where,
    const char *reason)
{
	struct capture_packet p;
	enum reader_result end;
	unsigned n_packets = 0;
	const char *fault;
	struct reader r;
	uint64_t near;

	reader_init(&r);
	reader_over(&r, guard_put(s->bytes, s->n), s->n);
	while ((end = reader_next(&r, &p)) == READER_PACKET)
		n_packets++;
	assert_int_equal(end, READER_BAD);
	assert_int_equal(n_packets, n_expected);
	assert_int_equal(reader_next(&r, &p), READER_BAD);
	fault = reader_fault(&r, &near);
	if (fault == NULL || strstr(fault, reason) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", fault, reason);
	assert_int_equal(near, where);
	assert_int_equal(reader_position(&r), where);
	reader_fini(&r);
}

#endif

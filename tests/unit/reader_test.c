/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcap captures put together by hand: each version, unit and byte order, each
 * fault; where captures may end; and the reader's memory.
 */
#include "daemon/capture/reader.h"

#include "tests/lib/reader_check.h"

enum { SEC = 1700000000, ETHERNET = 1 };

static const int64_t ns_per_s = 1000000000;
static struct saved saved;
static struct reader reader;
static struct feed_reader feed;

/* Begins a section with one interface and returns its size. */
static size_t
put_face(uint32_t snaplen)
{
	saved.n = 0;
	saved_section(&saved, false);
	saved_face(&saved, 1, snaplen, 6, 0);
	return saved.n;
}

/* pcap --------------------------------------------------------------------- */

static void
test_pcap_in_either_order_and_unit(void **state)
{
	static const struct reader_expected micro[] = {
		{ SEC * ns_per_s + 999999000, 1, 40, 1500, 1 },
		{ SEC * ns_per_s, 1, 0, 0, 2 },
		{ (SEC - 1) * ns_per_s + 7000, 1, 60, 40, 3 },
	};
	static const struct reader_expected nano[] = {
		{ SEC * ns_per_s + 999999, 1, 40, 1500, 1 },
		{ SEC * ns_per_s, 1, 0, 0, 2 },
		{ (SEC - 1) * ns_per_s + 7, 1, 60, 40, 3 },
	};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		bool is_nano = i / 2 != 0;

		saved_pcap(&saved, i % 2 != 0,
		    is_nano ? 0xa1b23c4d : 0xa1b2c3d4, 4, 262144, ETHERNET);
		saved_record(&saved, SEC, 999999, 40, 1500);
		saved_data(&saved, 1, 40);
		saved_record(&saved, SEC, 0, 0, 0);
		saved_record(&saved, SEC - 1, 7, 60, 40);
		saved_data(&saved, 3, 60);
		reader_check(&saved, is_nano ? nano : micro, 3);
	}
}

static void
test_pcap_times_are_unsigned(void **state)
{
	static const struct reader_expected e[] = {
		{ UINT32_MAX * ns_per_s, 1, 0, 9, 0 },
		{ (SEC + 4294) * ns_per_s + 967295000, 1, 0, 9, 0 },
	};

	(void)state;
	saved_pcap(&saved, false, 0xa1b2c3d4, 4, 262144, ETHERNET);
	saved_record(&saved, UINT32_MAX, 0, 0, 9);
	saved_record(&saved, SEC, UINT32_MAX, 0, 9);
	READER_CHECK(&saved, e);
}

static void
test_pcap_modified_has_longer_records(void **state)
{
	/* On Ethernet, 14 bytes beyond the snapshot length may be there. */
	static const struct reader_expected e[] = {
		{ SEC * ns_per_s + 5000, 1, 30, 99, 4 },
		{ SEC * ns_per_s + 6000, 1, 30, 99, 5 },
	};

	(void)state;
	for (unsigned big = 0; big < 2; big++) {
		saved_pcap(&saved, big, 0xa1b2cd34, 4, 16, ETHERNET);
		saved_record(&saved, SEC, 5, 30, 99);
		saved_data(&saved, 200, 8);
		saved_data(&saved, 4, 30);
		saved_record(&saved, SEC, 6, 31, 99);
		saved_data(&saved, 200, 8);
		saved_data(&saved, 5, 31);
		READER_CHECK(&saved, e);
	}
}

static void
test_pcap_old_versions_swap_the_lengths(void **state)
{
	static const struct reader_expected e[] = {
		{ SEC * ns_per_s, 1, 20, 80, 6 },
		{ SEC * ns_per_s, 1, 20, 80, 7 },
		{ SEC * ns_per_s, 1, 20, 10, 8 },
	};

	(void)state;
	for (unsigned minor = 0; minor <= 3; minor++) {
		saved_pcap(&saved, false, 0xa1b2c3d4, minor, 65535, ETHERNET);
		saved_record(&saved, SEC, 0, 80, 20);
		saved_data(&saved, 6, 20);
		/* 2.3 stands in files of both orders. */
		saved_record(&saved, SEC, 0, minor == 3 ? 20 : 80,
		    minor == 3 ? 80 : 20);
		saved_data(&saved, 7, 20);
		if (minor < 3) {
			saved_record(&saved, SEC, 0, 10, 20);
			saved_data(&saved, 8, 20);
		}
		reader_check(&saved, e, minor == 3 ? 2 : 3);
	}
	/* 543.0 */
	saved.bytes[4] = 543 & 0xff;
	saved.bytes[5] = 543 >> 8;
	saved.bytes[6] = 0;
	saved.n = 24;
	saved_record(&saved, SEC, 0, 80, 20);
	saved_data(&saved, 6, 20);
	reader_check(&saved, e, 1);
}

static void
test_pcap_cuts_to_the_snapshot_length(void **state)
{
	static const struct reader_expected e[] = {
		{ SEC * ns_per_s, 12, 16, 40, 1 },
		{ SEC * ns_per_s, 12, 8, 8, 2 },
	};

	(void)state;
	/* The frame check sequence's length stands above the link type. */
	saved_pcap(&saved, true, 0xa1b2c3d4, 4, 16, 0xf4000000 | 101);
	saved_record(&saved, SEC, 0, 40, 40);
	saved_data(&saved, 1, 40);
	saved_record(&saved, SEC, 0, 8, 8);
	saved_data(&saved, 2, 8);
	READER_CHECK(&saved, e);
}

static void
test_pcap_faults(void **state)
{
	(void)state;
	saved_pcap(&saved, false, 0xa1b2c3d5, 4, 65535, ETHERNET);
	reader_check_fault(&saved, 0, 0, "unknown file format");
	saved_pcap(&saved, true, 0xa1b2c3d4, 5, 65535, ETHERNET);
	reader_check_fault(&saved, 0, 0, "version 2.5");
	for (unsigned snaplen = 0; snaplen < 2; snaplen++) {
		saved_pcap(&saved, false, 0xa1b2c3d4, 4,
		    snaplen != 0 ? INT32_MAX : 0, ETHERNET);
		saved_record(&saved, SEC, 0, 4, 4);
		saved_data(&saved, 1, 4);
		saved_record(&saved, SEC, 0, 262145, 4);
		reader_check_fault(&saved, 1, 44, "262145 captured bytes");
	}
	/* Some link types have longer packets; 16 MiB are the end of all. */
	saved_pcap(&saved, false, 0xa1b2c3d4, 4, 0, 249);
	saved_record(&saved, SEC, 0, 1024 * 1024 + 1, 4);
	reader_check_fault(&saved, 0, 24, "1048577 captured bytes");
	saved_pcap(&saved, false, 0xa1b2c3d4, 4, 0, 231);
	saved_record(&saved, SEC, 0, READER_RECORD_MAX, 4);
	reader_check_fault(&saved, 0, 24, "captured bytes");
}

/* What may not end where it ends -------------------------------------------- */

static void
check_end(const char *expected)
{
	struct capture_packet p;
	const char *fault;
	uint64_t near;

	reader_reset(&reader);
	reader_over(&reader, guard_put(saved.bytes, saved.n), saved.n);
	while (reader_next(&reader, &p) == READER_PACKET)
		;
	fault = reader_fault(&reader, &near);
	if (expected == NULL)
		assert_null(fault);
	else
		assert_string_equal(fault, expected);
}

static void
test_ends(void **state)
{
	(void)state;
	saved.n = 0;
	check_end("truncated dump file; tried to read 4 file header bytes, "
		  "only got 0");
	saved_pcap(&saved, false, 0xa1b2c3d4, 4, 0, 1);
	check_end(NULL);
	saved_record(&saved, 0, 0, 9, 9);
	saved_data(&saved, 0, 8);
	check_end("truncated dump file; tried to read 9 captured bytes, "
		  "only got 8");
	saved.n = 25;
	check_end("truncated dump file; tried to read 16 header bytes, "
		  "only got 1");
	saved.n = 23;
	check_end("truncated dump file; tried to read 24 file header bytes, "
		  "only got 23");
	saved.n = 0;
	saved_section(&saved, false);
	check_end("it describes no interface");
	saved_face(&saved, 1, 0, 6, 0);
	check_end(NULL);
	saved_section(&saved, true);
	check_end(NULL);
	saved_block(&saved, 5);
	saved_data(&saved, 0, 100);
	saved_end(&saved);
	saved.n--;
	check_end("truncated dump file; tried to read 112 bytes of a block, "
		  "only got 111");
}

/* Memory -------------------------------------------------------------------- */

/* Gives n bytes of value 0, and asks for a packet in between. */
static enum reader_result
give_zeros(uint64_t n, struct capture_packet *p)
{
	enum reader_result result = READER_MORE;

	while (n > 0) {
		size_t size = n < 100000 ? (size_t)n : 100000;

		assert_true(feed_reader(&feed, &reader, NULL, size));
		n -= size;
		result = reader_next(&reader, p);
		if (result != READER_MORE)
			break;
	}
	return result;
}

static void
give_saved(void)
{
	assert_true(feed_reader(&feed, &reader, saved.bytes, saved.n));
}

static void
test_the_buffer_grows_with_a_record(void **state)
{
	const uint32_t size = 8 * 1024 * 1024;
	struct capture_packet p;

	(void)state;
	reader_fini(&reader);
	saved_pcap(&saved, false, 0xa1b2c3d4, 4, 0, 279);
	saved_record(&saved, SEC, 0, size, size);
	give_saved();
	assert_int_equal(reader_next(&reader, &p), READER_MORE);
	/* A length that is only stated costs nothing. */
	assert_true(reader.size < size);
	assert_int_equal(give_zeros(size - 1, &p), READER_MORE);
	assert_int_equal(give_zeros(1, &p), READER_PACKET);
	assert_int_equal(p.caplen, size);
	assert_int_equal(p.bytes[size - 1], 0);
	assert_true(reader.size < 2 * READER_RECORD_MAX);
}

static void
test_a_large_block_is_passed_over_unheld(void **state)
{
	const uint32_t size = UINT32_MAX - 3;
	struct capture_packet p;
	uint64_t near;

	(void)state;
	reader_fini(&reader);
	put_face(0);
	saved_packet(&saved, 0, 0, 3, 4, 4);
	size_t at = saved.n;
	saved_u32(&saved, 5);
	saved_u32(&saved, size);
	give_saved();
	assert_int_equal(reader_next(&reader, &p), READER_PACKET);
	assert_int_equal(reader_next(&reader, &p), READER_MORE);
	assert_int_equal(give_zeros(64 << 20, &p), READER_MORE);
	assert_int_equal(reader_position(&reader), at);
	assert_string_equal(reader_fault(&reader, &near),
	    "truncated dump file; tried to read 4294967292 bytes of a block, "
	    "only got 67108872");
	assert_true(reader.size < 1 << 20);
}

/* Each byte is copied a bounded number of times, however few come at once. */
static void
test_pieces_do_not_move_what_is_held(void **state)
{
	struct capture_packet p;
	const uint8_t *held;

	(void)state;
	reader_fini(&reader);
	feed.before = 1000;
	saved_pcap(&saved, false, 0xa1b2c3d4, 4, 0, 1);
	saved_record(&saved, SEC, 0, 900, 900);
	give_saved();
	assert_int_equal(reader_next(&reader, &p), READER_MORE);
	assert_int_equal(give_zeros(10, &p), READER_MORE);
	held = reader.at;
	for (unsigned i = 0; i < 889; i++)
		assert_int_equal(give_zeros(1, &p), READER_MORE);
	assert_ptr_equal(reader.at, held);
	assert_int_equal(give_zeros(1, &p), READER_PACKET);
	assert_int_equal(p.caplen, 900);
	/* And with as many as are held, it goes on in front of them. */
	saved.n = 0;
	saved_record(&saved, SEC, 0, 20, 20);
	give_saved();
	assert_int_equal(reader_next(&reader, &p), READER_MORE);
	assert_int_equal(give_zeros(20, &p), READER_PACKET);
	assert_ptr_equal(p.bytes, feed.last + feed.before);
	reader_fini(&reader);
	feed.before = 0;
}

static void
test_packets_stay_until_more_is_given(void **state)
{
	struct capture_packet p[3];

	(void)state;
	put_face(0);
	for (unsigned i = 0; i < 3; i++)
		saved_packet(&saved, 0, 0, i, 100, 100);
	reader_reset(&reader);
	give_saved();
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(reader_next(&reader, &p[i]), READER_PACKET);
	for (unsigned i = 0; i < 3; i++)
		assert_true(saved_is_data(p[i].bytes, i, 100));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pcap_in_either_order_and_unit),
		cmocka_unit_test(test_pcap_times_are_unsigned),
		cmocka_unit_test(test_pcap_modified_has_longer_records),
		cmocka_unit_test(test_pcap_old_versions_swap_the_lengths),
		cmocka_unit_test(test_pcap_cuts_to_the_snapshot_length),
		cmocka_unit_test(test_pcap_faults),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_the_buffer_grows_with_a_record),
		cmocka_unit_test(test_a_large_block_is_passed_over_unheld),
		cmocka_unit_test(test_pieces_do_not_move_what_is_held),
		cmocka_unit_test(test_packets_stay_until_more_is_given),
	};
	int failed;

	reader_init(&reader);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	reader_fini(&reader);
	feed_reader_end(&feed);
	return failed;
}

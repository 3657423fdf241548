/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng captures put together by hand: blocks, sections, interfaces, units,
 * and each fault of theirs.
 */
#include "daemon/capture/reader.h"

#include "tests/lib/reader_check.h"

enum { SEC = 1700000000 };

static const int64_t ns_per_s = 1000000000;
static struct saved saved;

/* Packets of 2 interfaces with different link types and units. */
static void
put_section(bool is_big)
{
	saved_section(&saved, is_big);
	saved_face(&saved, 1, 0, 6, 0);
	saved_face(&saved, 101, 64, 9, -3600);
	saved_packet(&saved, 0, SEC * INT64_C(1000000) + 5, 1, 21, 1500);
	saved_packet(&saved, 1, (uint64_t)(SEC * ns_per_s + 7), 2, 64, 64);
	saved_packet(&saved, 0, SEC * INT64_C(1000000) - 1, 3, 0, 9);
	/* The draft's old Packet Block counts drops beside the interface. */
	saved_block(&saved, 2);
	saved_u16(&saved, 1);
	saved_u16(&saved, 77);
	saved_number(&saved, 0, 8);
	saved_u32(&saved, 3);
	saved_u32(&saved, 4);
	saved_data(&saved, 4, 3);
	saved_end(&saved);
	/* A Simple Packet Block is of the first interface, without a time. */
	saved_block(&saved, 3);
	saved_u32(&saved, 5);
	saved_data(&saved, 5, 5);
	saved_end(&saved);
}

/* clang-format off */
#define SECTION \
	{ SEC * ns_per_s + 5000, 1, 21, 1500, 1 }, \
	{ (SEC - 3600) * ns_per_s + 7, 12, 64, 64, 2 }, \
	{ (SEC - 1) * ns_per_s + 999999000, 1, 0, 9, 3 }, \
	{ 0, 12, 3, 4, 4 }, \
	{ 0, 1, 5, 5, 5 }
/* clang-format on */

static void
test_pcapng_in_either_order(void **state)
{
	static const struct reader_expected e[] = { SECTION };

	(void)state;
	for (unsigned big = 0; big < 2; big++) {
		saved.n = 0;
		put_section(big);
		READER_CHECK(&saved, e);
	}
}

static void
test_pcapng_sections_change_order_and_interfaces(void **state)
{
	static const struct reader_expected e[] = { SECTION, SECTION,
		{ 0, 113, 4, 4, 9 }, SECTION };

	(void)state;
	saved.n = 0;
	put_section(false);
	put_section(true);
	saved_section(&saved, true);
	saved_face(&saved, 113, 0, 6, 0);
	saved_packet(&saved, 0, 0, 9, 4, 4);
	put_section(false);
	READER_CHECK(&saved, e);
}

static void
test_pcapng_passes_over_what_it_does_not_know(void **state)
{
	static const struct reader_expected e[] = { { 0, 1, 4, 4, 1 },
		{ 0, 1, 4, 4, 2 } };

	(void)state;
	saved.n = 0;
	saved_section(&saved, false);
	saved_block(&saved, 5);
	saved_end(&saved);
	saved_face(&saved, 1, 0, 6, 0);
	for (unsigned i = 1; i <= 2; i++) {
		for (unsigned n = 0; n < 40; n += 13) {
			saved_block(&saved, 0x80000000 + n);
			saved_data(&saved, 0, n);
			saved_end(&saved);
		}
		saved_packet(&saved, 0, 0, i, 4, 4);
	}
	READER_CHECK(&saved, e);
}

static void
test_pcapng_units(void **state)
{
	static const struct {
		unsigned unit;
		uint64_t t;
		int64_t ts_ns;
	} cases[] = {
		{ 0, SEC, SEC * ns_per_s },
		{ 3, SEC * UINT64_C(1000) + 9, SEC * ns_per_s + 9000000 },
		{ 9, (uint64_t)(SEC * ns_per_s + 1), SEC * ns_per_s + 1 },
		{ 12, UINT64_C(1234567890123456), INT64_C(1234567890123) },
		{ 19, UINT64_MAX, INT64_C(1844674407) },
		{ 0x80, SEC, SEC * ns_per_s },
		{ 0x80 + 20, UINT64_C(3) << 19, 3 * ns_per_s / 2 },
		{ 0x80 + 32, (uint64_t)SEC << 32 | 1u << 31,
		    SEC * ns_per_s + ns_per_s / 2 },
		{ 0x80 + 63, UINT64_C(3) << 61, 3 * ns_per_s / 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reader_expected e[3] = { { cases[i].ts_ns, 1, 1, 1, 0 },
			{ 0, 1, 1, 1, 0 }, { cases[i].ts_ns, 1, 1, 1, 0 } };

		saved.n = 0;
		saved_section(&saved, i % 2 != 0);
		saved_face(&saved, 1, 0, cases[i].unit, 0);
		/* Back in time and forth again: seconds are remembered. */
		saved_packet(&saved, 0, cases[i].t, 0, 1, 1);
		saved_packet(&saved, 0, 0, 0, 1, 1);
		saved_packet(&saved, 0, cases[i].t, 0, 1, 1);
		READER_CHECK(&saved, e);
	}
}

static void
test_pcapng_times_out_of_bounds_are_clamped(void **state)
{
	static const int64_t offsets[] = { INT64_MAX, INT64_MIN, -SEC - 5 };
	struct capture_packet p;
	struct reader r;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		saved.n = 0;
		saved_section(&saved, false);
		saved_face(&saved, 1, 0, 0, offsets[i]);
		saved_packet(&saved, 0, SEC, 0, 1, 1);
		reader_init(&r);
		reader_over(&r, saved.bytes, saved.n);
		assert_int_equal(reader_next(&r, &p), READER_PACKET);
		assert_true(p.ts_clamped);
		assert_true(p.ts_ns >= 0);
		reader_fini(&r);
	}
}

/* Begins a section with one interface and returns its size. */
static size_t
put_face(uint32_t snaplen)
{
	saved.n = 0;
	saved_section(&saved, false);
	saved_face(&saved, 1, snaplen, 6, 0);
	return saved.n;
}

static void
test_pcapng_faults_of_packets(void **state)
{
	size_t at = put_face(32);

	(void)state;
	saved_packet(&saved, 0, 0, 0, 33, 33);
	reader_check_fault(&saved, 0, at, "33 captured bytes");
	at = put_face(0);
	saved_packet(&saved, 0, 0, 0, 8, 8);
	saved_packet(&saved, 1, 0, 0, 8, 8);
	reader_check_fault(&saved, 1, at + 40, "interface 1");
	at = put_face(0);
	saved_packet(&saved, 0, 0, 0, 8, 8);
	saved.bytes[at + 20] = 9; /* one byte, and it is the trailer's */
	reader_check_fault(&saved, 0, at, "9 captured bytes, in a block for 8");
	at = put_face(0);
	saved_block(&saved, 6);
	saved_data(&saved, 0, 16);
	saved_end(&saved);
	reader_check_fault(&saved, 0, at, "too short");
	/* A new section has no interfaces yet. */
	put_face(0);
	saved_section(&saved, true);
	at = saved.n;
	saved_block(&saved, 3);
	saved_u32(&saved, 1);
	saved_end(&saved);
	reader_check_fault(&saved, 0, at, "interface 0");
}

static void
test_pcapng_faults_of_blocks(void **state)
{
	static const uint32_t sizes[] = { 0, 8, 11, 13, 15, 33, 34, 40 };
	size_t at;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		at = put_face(0);
		/* Types 5 and 6 are an unknown one and a packet's. */
		saved_u32(&saved, 5 + i % 2);
		saved_u32(&saved, sizes[i]);
		saved_data(&saved, 0, 40);
		reader_check_fault(&saved, 0, at,
		    sizes[i] == 40 ? "by its end" : "which none of type");
	}
	for (unsigned type = 5; type <= 6; type++) {
		at = put_face(0);
		saved_block(&saved, type);
		saved_data(&saved, 0, 24);
		saved_end(&saved);
		saved.bytes[saved.n - 4] ^= 4;
		reader_check_fault(&saved, 0, at, "by its end");
	}
	saved.n = 0;
	saved_section(&saved, false);
	saved_block(&saved, 1);
	saved_u32(&saved, 1);
	saved_end(&saved);
	reader_check_fault(&saved, 0, 28, "too short");
	/* One that we would have to hold is limited. */
	at = put_face(0);
	saved_u32(&saved, 6);
	saved_u32(&saved, READER_RECORD_MAX + 4);
	reader_check_fault(&saved, 0, at, "16777220");
	at = put_face(0);
	saved_section(&saved, false);
	saved.bytes[at + 8] ^= 1;
	reader_check_fault(&saved, 0, at, "byte order");
	saved.bytes[at + 8] ^= 1;
	saved.bytes[at + 12] = 2;
	reader_check_fault(&saved, 0, at, "version 2.0");
	saved.bytes[8] ^= 1;
	reader_check_fault(&saved, 0, 0, "unknown file format");
}

static void
test_pcapng_faults_of_options(void **state)
{
	/* clang-format off */
	static const struct { uint8_t n, bytes[24]; } cases[] = {
		{ 4, { 9, 0, 1, 0 } },
		{ 8, { 9, 0, 2, 0, 6, 6 } },
		{ 8, { 9, 0, 1, 0, 20 } },
		{ 8, { 9, 0, 1, 0, 0x80 + 64 } },
		{ 16, { 9, 0, 1, 0, 6, 0, 0, 0, 9, 0, 1, 0, 6 } },
		{ 8, { 14, 0, 4, 0 } },
		{ 24, { 14, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		    14, 0, 8, 0 } },
		{ 4, { 0, 0, 4, 0 } },
		{ 8, { 2, 0, 0xff, 0xff } },
		{ 8, { 2, 0, 5, 0, 'a', 'b', 'c', 'd' } },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		saved.n = 0;
		saved_section(&saved, false);
		saved_block(&saved, 1);
		saved_u32(&saved, 1);
		saved_u32(&saved, 0);
		for (unsigned k = 0; k < cases[i].n; k++)
			saved_u8(&saved, cases[i].bytes[k]);
		saved_end(&saved);
		reader_check_fault(&saved, 0, 28, "wrong options");
	}
}

static void
test_pcapng_interfaces_are_bounded(void **state)
{
	(void)state;
	saved.n = 0;
	saved_section(&saved, false);
	for (unsigned i = 0; i < READER_FACES_MAX; i++)
		saved_face(&saved, 1, 0, 6, 0);
	saved_packet(&saved, READER_FACES_MAX - 1, 0, 0, 4, 4);
	size_t at = saved.n;
	saved_face(&saved, 1, 0, 6, 0);
	reader_check_fault(&saved, 1, at, "more than 1024");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pcapng_in_either_order),
		cmocka_unit_test(
		    test_pcapng_sections_change_order_and_interfaces),
		cmocka_unit_test(test_pcapng_passes_over_what_it_does_not_know),
		cmocka_unit_test(test_pcapng_units),
		cmocka_unit_test(test_pcapng_times_out_of_bounds_are_clamped),
		cmocka_unit_test(test_pcapng_faults_of_packets),
		cmocka_unit_test(test_pcapng_faults_of_blocks),
		cmocka_unit_test(test_pcapng_faults_of_options),
		cmocka_unit_test(test_pcapng_interfaces_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

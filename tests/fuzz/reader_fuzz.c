/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saved captures, pcap and pcapng.  However the bytes come, the packets are
 * the same, and they are libpcap's where it can read them.  The first byte says
 * how many are given at once.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/lib/twin.h"

/* libpcap's 64 bits overflow in units below 2^-34 s; ours are exact. */
static bool
has_fine_units(const uint8_t *data, size_t n)
{
	for (size_t i = 0; i + 5 <= n; i++) {
		if ((memcmp(data + i, "\x09\0\x01\0", 4) == 0 ||
			memcmp(data + i, "\0\x09\0\x01", 4) == 0) &&
		    data[i + 4] >= 0x80 + 34)
			return true;
	}
	return false;
}

/*
 * libpcap reads no section header before the first interface but the first,
 * where we read each.
 */
static bool
begins_twice(const uint8_t *data, size_t n)
{
	unsigned n_sections = 0;

	for (size_t i = 0; i + 4 <= n; i++)
		n_sections += memcmp(data + i, "\x0a\x0d\x0d\x0a", 4) == 0;
	return n_sections > 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct twin t;
	uint64_t packets;
	bool is_damaged;

	if (n == 0)
		return 0;
	if (t.reader.next == NULL)
		reader_init(&t.reader);
	t.data = data + 1;
	t.n = n - 1;
	t.chunk = 0;
	t.ignores_time = has_fine_units(t.data, t.n);
	if (!twin_run(&t) && !begins_twice(t.data, t.n)) {
		fprintf(stderr, "%s; %s\n", t.why, t.text);
		abort();
	}
	packets = t.packets;
	is_damaged = t.is_damaged;
	t.chunk = 1u + data[0];
	(void)twin_run(&t);
	MUST(t.packets == packets && t.is_damaged == is_damaged);
	MUST(reader_position(&t.reader) <= t.reader.given);
	MUST(t.reader.ng.n_faces <= READER_FACES_MAX);
	return 0;
}

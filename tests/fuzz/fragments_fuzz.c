/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fragments in any order, of any lengths, at any time: what becomes of each
 * agrees with a plain model.
 *
 * The input is a list of fragments of eight bytes each: which datagram (three
 * bits; bit 3: IPv6, bit 4: protocol, bit 5: last, bit 6: eight more bytes are
 * the time, bit 7: it may be large), the offset in units of eight bytes (two
 * bytes), the length (two), what is captured of it less than that (one), where
 * its bytes come from (one) and the milliseconds since the one before (one,
 * squared).
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "daemon/track/fragments.h"
#include "tests/lib/fragments_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { STEP = 8, STEPS_MAX = 500 };

static uint8_t pattern[65536 * 3];

static struct fragment
fragment_of(const uint8_t *p)
{
	bool is_large = p[0] & 128;
	uint32_t offset =
	    (uint32_t)(p[1] << 8 | p[2]) % (is_large ? 8192 : 64) * 8;
	uint32_t len = (uint32_t)(p[3] << 8 | p[4]) % (is_large ? 65536 : 256);

	return (struct fragment){ .id = p[0] & 7,
		.is_v6 = p[0] & 8,
		.proto = p[0] & 16 ? 17 : 6,
		.is_last = p[0] & 32,
		.offset = (uint16_t)offset,
		.len = len,
		.caplen = len - (p[5] < len ? p[5] : len),
		.data = pattern + offset + p[6] };
}

static void
check(const struct fragments *fs, const struct fragment *whole,
    const struct model *m)
{
	const struct fragments_stats *s = fragments_stats(fs);

	assert(whole->len == m->whole_len && whole->caplen == whole->len);
	assert(whole->proto == m->whole_proto && whole->offset == 0);
	assert(memcmp(whole->data, m->whole, whole->len) == 0);
	assert(s->whole == m->stats.whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct hash_key key = { 1, 2 };
	static struct model m;
	struct fragments *fs = fragments_new(8 << 20, &key);
	int64_t ts_ns = 0;

	for (size_t i = 0; pattern[1] == 0 && i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 131 + (i >> 8));
	for (unsigned step = 0; n >= STEP && step < STEPS_MAX; step++) {
		struct fragment f = fragment_of(data), whole;
		uint64_t elapsed = (uint64_t)data[7] * data[7] * 1000000;

		if ((data[0] & 64) && n >= 2 * STEP) {
			data += STEP;
			n -= STEP;
			memcpy(&ts_ns, data, sizeof(ts_ns));
			elapsed = 0;
		}
		ts_ns = (int64_t)((uint64_t)ts_ns + elapsed);
		data += STEP;
		n -= STEP;
		bool is_whole = model_add(&m, &f, ts_ns);
		assert(fragments_add(fs, &whole, &f, ts_ns) == is_whole);
		if (is_whole)
			check(fs, &whole, &m);
	}
	assert(memcmp(fragments_stats(fs), &m.stats, sizeof(m.stats)) == 0);
	for (unsigned i = 0; i < MODEL_DATAGRAMS; i++)
		m.datagrams[i].state = MODEL_FREE;
	m.stats = (struct fragments_stats){ 0 };
	fragments_free(fs);
	return 0;
}

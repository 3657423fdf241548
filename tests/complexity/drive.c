/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/complexity/drive.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/codec/codecs.h"
#include "tests/lib/halves.h"

/* Such as nobody's packets were made for. */
const struct hash_key drive_keys[8] = {
	{ 0x243f6a8885a308d3, 0x13198a2e03707344 },
	{ 0xa4093822299f31d0, 0x082efa98ec4e6c89 },
	{ 0x452821e638d01377, 0xbe5466cf34e90c6c },
	{ 0xc0ac29b7c97c50dd, 0x3f84d5b5b5470917 },
	{ 0x9216d5d98979fb1b, 0xd1310ba698dfb5ac },
	{ 0x2ffd72dbd01adfb7, 0xb8e1afed6a267e96 },
	{ 0xba7c9045f12c7f99, 0x24a19947b3916cf7 },
	{ 0x0801f2e2858efc16, 0x636920d871574e69 },
};

static void
on_bin(void *arg, const struct bin *bin)
{
	(void)arg;
	(void)bin;
}

static void
on_report(void *arg, int64_t end_ns)
{
	(void)arg;
	(void)end_ns;
}

const struct dissect *
drive_dissect(void)
{
	static struct dissect tables;

	if (tables.n == 0)
		dissect_init(&tables, codecs_get());
	return &tables;
}

struct halves *
drive_new(size_t memory)
{
	struct meter_config c = { .bin_ns = INT64_C(2000000000),
		.window_ns = { INT64_C(60000000000) },
		.n_windows = 1,
		.memory = memory / 6 * 5,
		.n_sources = 1,
		.on_bin = on_bin,
		.on_report = on_report };

	memcpy(c.keys, drive_keys, sizeof(c.keys));
	return halves_new(&c, drive_dissect(), memory / 6);
}

void
drive_free(struct halves *h)
{
	halves_free(h);
}

void
drive_packet(struct halves *h, int64_t ts_ns, int dlt, const uint8_t *bytes,
    size_t len)
{
	dissect_packet(drive_dissect(), front_pkt(h->front), dlt, bytes,
	    (uint32_t)len, (uint32_t)len);
	front_packet(h->front, 0, ts_ns, false, (uint32_t)len);
}

void
drive_dissected(struct halves *h, int64_t ts_ns, const struct pkt *pkt,
    size_t len)
{
	halves_packet(h, 0, ts_ns, (uint32_t)len, pkt);
}

void
drive_settle(struct halves *h)
{
	front_flush(h->front);
}

void
drive_advance(struct halves *h, int64_t now_ns)
{
	halves_advance(h, now_ns);
}

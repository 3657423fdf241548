/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's whole way: a saved capture is read, dissected, tracked,
 * counted and reported, and its points become lines that nobody reads.
 * Whatever the capture, the ledger's sums hold and every line is one line.
 *
 * The first byte chooses what the reports have, what is live, and whether time
 * is the capture's: jumps publish many empty bins, which takes long.
 */
#include "daemon/capture/reader.h"
#include "daemon/codec/codecs.h"
#include "daemon/memory.h"
#include "daemon/output/output.h"
#include "daemon/report/line.h"
#include "daemon/report/report.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/halves.h"

enum {
	TOP = 5,
	PACKETS = 512, /* of one capture; fewer if time jumps: */
	PACKETS_JUMPING = 4,
	SPAN_S = 20, /* of one whose time doesn't */
	MEMORY = 2 << 20
};

enum { IS_LIVE = 1, IS_TAG = 2, OFTEN = 4, JUMPS = 8 };

struct run {
	struct halves *halves;
	struct report_config report;
	struct topk_row rows[TOP];
	uint64_t binned, drops;
};

static struct dissect tables;

static void
emit(void *arg, const struct point *p)
{
	static char line[LINE_SIZE];
	size_t n;

	(void)arg;
	MUST(line_write(line, sizeof(line), p, &n));
	if (n == 0)
		return;
	MUST(line[n - 1] == '\n' && memchr(line, '\n', n) == line + n - 1);
	for (size_t i = 0; i + 1 < n; i++)
		MUST((uint8_t)line[i] >= 0x20 && line[i] != 0x7f);
}

static void
on_bin(void *arg, const struct bin *bin)
{
	struct run *r = arg;

	r->binned += bin->sources[0].packets;
	report_bin(&r->report, bin);
}

static void
on_report(void *arg, int64_t end_ns)
{
	static const struct output_stats stats;
	static const struct report_self self;
	struct run *r = arg;

	if (end_ns != 0)
		report_windows(&r->report, r->halves->meter, end_ns, r->rows);
	report_self(&r->report, r->halves->meter, end_ns, &self, &stats,
	    &tables);
}

static void
look_up(void *arg, const uint8_t *addr, bool is_v6, struct place *place)
{
	(void)arg;
	place->country[0] = 'A' + addr[0] % 26;
	place->country[1] = is_v6 ? 'V' : 'A';
	place->asn = addr[1];
}

static int64_t
time_of(const struct capture_packet *p, unsigned how)
{
	if (how & JUMPS)
		return p->ts_ns;
	return INT64_C(1700000000000000000) +
	    p->ts_ns % (SPAN_S * INT64_C(1000000000));
}

static void
begin(struct run *r, unsigned how)
{
	static const char *const sources[] = { "fuzz" };
	struct meter_config c = { .bin_ns = INT64_C(2000000000),
		.window_ns = { INT64_C(10000000000), 0 },
		.n_windows = 2,
		.report_ns = how & OFTEN ? INT64_C(4000000000) : 0,
		.memory = MEMORY,
		.n_sources = 1,
		.is_live = how & IS_LIVE,
		.lookup = how & IS_TAG ? look_up : NULL,
		.on_bin = on_bin,
		.on_report = on_report,
		.arg = r };
	static int64_t windows[2];

	memcpy(windows, c.window_ns, sizeof(windows));
	memset(c.keys, 1, sizeof(c.keys));
	if (tables.n == 0)
		dissect_init(&tables, codecs_get());
	r->report = (struct report_config){ .sensor = "fuzz",
		.sources = sources,
		.n_sources = 1,
		.window_ns = windows,
		.n_windows = 2,
		.top = TOP,
		.has_key_field = !(how & IS_TAG),
		.has_key_tag = how & IS_TAG,
		.emit = emit };
	r->halves = halves_new(&c, &tables, MEMORY / 6);
}

static void
end(struct run *r, uint64_t delivered)
{
	struct meter_ledger l;
	uint64_t verdicts = 0, nets = 0;

	halves_finish(r->halves);
	meter_ledger(r->halves->meter, &l);
	for (unsigned i = 0; i < 3; i++)
		verdicts += l.verdicts[i];
	for (unsigned i = 0; i < NET_N; i++)
		nets += l.nets[i];
	MUST(l.delivered == delivered && verdicts == delivered);
	MUST(nets == delivered && l.binned + l.late == delivered);
	MUST(l.binned == r->binned);
	halves_free(r->halves);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct reader reader;
	struct run r = { 0 };
	struct capture_packet p;
	uint64_t delivered = 0, max;

	if (n == 0)
		return 0;
	if (reader.next == NULL)
		reader_init(&reader);
	begin(&r, data[0]);
	reader_reset(&reader);
	reader_over(&reader, data + 1, n - 1);
	max = data[0] & JUMPS ? PACKETS_JUMPING : PACKETS;
	while (delivered < max && reader_next(&reader, &p) == READER_PACKET) {
		/* A copy of its own, so that a read past it is seen. */
		uint8_t *exact = malloc(p.caplen + (p.caplen == 0));

		MUST(exact != NULL);
		if (p.caplen > 0)
			memcpy(exact, p.bytes, p.caplen);
		delivered++;
		dissect_packet(&tables, front_pkt(r.halves->front), p.dlt,
		    exact, p.caplen, p.len < LEN_MAX ? p.len : LEN_MAX);
		front_packet(r.halves->front, 0, time_of(&p, data[0]),
		    p.ts_clamped, p.len);
		front_settle(r.halves->front);
		free(exact);
	}
	/* In place the bytes were the caller's. */
	reader_reset(&reader);
	end(&r, delivered);
	return 0;
}
